"""Chromium, driven as a person would use it, kept from ever talking to anything but this machine."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, BrowserContext, Page, Route, ViewportSize, async_playwright

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
]
PHONE: ViewportSize = {"width": 390, "height": 844}
# What remains of a laptop's window at 400 % zoom.
NARROW: ViewportSize = {"width": 320, "height": 640}
LAPTOP: ViewportSize = {"width": 1280, "height": 860}


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """Start the chromium that is on the PATH; without one the test is skipped, or fails in CI."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        unavailable("browser tests need chromium on the PATH")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=FLAGS)
        try:
            yield browser
        finally:
            await browser.close()


@asynccontextmanager
async def window(browser: Browser, base_url: str, **options: Any) -> AsyncIterator[Page]:
    """Open a page with cookies of its own; it fails the test on a script error or a breach of the page's policy."""
    context: BrowserContext = await browser.new_context(base_url=base_url, **{"viewport": LAPTOP} | options)
    context.set_default_timeout(10_000)
    await context.route("**/*", _only_this_machine)
    page = await context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: complaints.append(message.text) if _is_breach(message.text) else None)
    try:
        yield page
        assert complaints == []
    finally:
        await context.close()


async def _only_this_machine(route: Route) -> None:
    if urlsplit(route.request.url).hostname in {"127.0.0.1", "localhost"}:
        await route.continue_()
    else:
        await route.abort()


def _is_breach(text: str) -> bool:
    return "Content Security Policy" in text or "Content-Security-Policy" in text


async def accessibility_problems(page: Page) -> list[str]:
    """Return what axe finds wrong on the page by WCAG 2.2 AA and its best practices, a line for each place."""
    results = await Axe().run(page)
    return [
        f"{violation['id']}: {violation['help']}: {node['html'][:160]}"
        for violation in results.response["violations"]
        for node in violation["nodes"]
    ]


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
