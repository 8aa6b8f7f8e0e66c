"""Chromium, driven as a person would use it, kept from ever talking to anything but this machine."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    ViewportSize,
    async_playwright,
)

from tests.support.tools import unavailable

FLAGS = [
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-sync",
    "--no-first-run",
    # Nothing else has a name here. Intercepting requests would do the same, and turn the browser's own cache off.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
]
PROGRAMS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
"""The first is the same browser without the parts that nobody would see, and takes half as long."""
PHONE: ViewportSize = {"width": 390, "height": 844}
# What remains of a laptop's window at 400 % zoom.
NARROW: ViewportSize = {"width": 320, "height": 640}
LAPTOP: ViewportSize = {"width": 1280, "height": 860}


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """Start the chromium that is on the PATH; without one the test is skipped, or fails in CI."""
    path = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if path is None:
        unavailable(f"browser tests need one of {', '.join(PROGRAMS)} on the PATH")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=FLAGS)
        try:
            yield browser
        finally:
            await browser.close()


@asynccontextmanager
async def window(browser: Browser, base_url: str, **options: Any) -> AsyncIterator[Page]:
    """Open a page with cookies of its own.

    The test fails on a script error, an error on the console, a breach of the page's policy, or an answer of 500.
    """
    context: BrowserContext = await browser.new_context(base_url=base_url, **{"viewport": LAPTOP} | options)
    context.set_default_timeout(10_000)
    page = await context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: complaints.append(message.text) if _is_complaint(message) else None)
    page.on("response", lambda answer: complaints.append(answer.url) if answer.status >= 500 else None)
    try:
        yield page
        assert complaints == []
    finally:
        await context.close()


def _is_complaint(message: ConsoleMessage) -> bool:
    """Tell whether the browser complains; that the page itself answered 404 or 422 is part of many a test."""
    if "Content Security Policy" in message.text or "Content-Security-Policy" in message.text:
        return True
    expected = "Failed to load resource: the server responded with a status of 4" in message.text
    return message.type == "error" and not expected and "ERR_FAILED" not in message.text


async def accessibility_problems(page: Page) -> list[str]:
    """Return what axe finds wrong on the page by WCAG 2.2 AA and its best practices, a line for each place."""
    if not await page.evaluate("typeof axe === 'object'"):
        await page.evaluate(Axe().axe_script)
    # Put into lines over there: most of what axe tells is about what is right, and much of it.
    found: list[str] = await page.evaluate(
        """axe.run({resultTypes: ['violations']}).then(results => results.violations.flatMap(violation =>
            violation.nodes.map(node => `${violation.id}: ${violation.help}: ${node.html.slice(0, 160)}`)))"""
    )
    return found


async def overflow(page: Page) -> int:
    """Return by how many pixels the page is wider than its window: nobody should have to scroll sideways."""
    width: int = await page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    return width


async def sign_in(page: Page, email: str, password: str = "handrail-demo") -> None:
    """Sign in by keyboard, as somebody of the demo."""
    await page.goto("/sign-in")
    await page.locator("input[name=email]").fill(email)
    await page.locator("input[name=password]").fill(password)
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/today")
