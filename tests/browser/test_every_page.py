"""Every page that somebody can get to by links is read by axe, fits a phone, and breaks nothing.

The crawl begins at each role's home in the demo and follows the links it meets, one page of each kind.
"""

import re
from urllib.parse import parse_qsl, urlsplit

import pytest
from playwright.async_api import Browser, Page

from tests.support.browser import LAPTOP, NARROW, PHONE, accessibility_problems, overflow, sign_in, window
from tests.support.server import Server

ID = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}")
ROLES = [None, "navigator", "coordinator", "provider", "admin"]
SEEDS = {
    None: ["/", "/search?q=food&near=69812", "/search?q=zzzqqq", "/handout", "/sign-in", "/nowhere"],
    "navigator": ["/today", "/clients/new"],
}
# Files to download, and what leads out of the crawl.
NO_PAGES = re.compile(
    r"^/leave|\.csv|\.ics|^/language|^/static|^/metrics|^/healthz|^/readyz|^/api/|^/sign-out"
)


def kind(url: str) -> str:
    """Return what pages of this kind have in common: the path without ids, and the names that are asked for."""
    parts = urlsplit(url)
    names = sorted({name for name, value in parse_qsl(parts.query) if value} & {"tab", "show", "need", "q"})
    tab = "".join(value for name, value in parse_qsl(parts.query) if name in {"tab", "show"})
    path = re.sub(r"^/act/.*", "/act/TOKEN", ID.sub("ID", parts.path))
    return f"{path}?{','.join(names)}{tab}"


async def links(page: Page) -> list[str]:
    """Return the links of the page that lead to pages of this site."""
    found: list[str] = await page.evaluate(
        "[...document.querySelectorAll('main a[href], header a[href], nav a[href]')].map(a => a.getAttribute('href'))"
    )
    return [link for link in found if link.startswith("/") and not NO_PAGES.search(link)]


async def crawl(page: Page, seeds: list[str]) -> dict[str, list[str]]:
    """Look at one page of each kind; return what is wrong by address, an empty list for a good page."""
    waiting, seen, report = list(seeds), set(), {}
    while waiting:
        url = waiting.pop(0)
        if kind(url) in seen:
            continue
        seen.add(kind(url))
        answer = await page.goto(url)
        status = answer.status if answer else 0
        problems = [f"answered {status}"] if status != (404 if url == "/nowhere" else 200) else []
        problems += await accessibility_problems(page)
        if (too_wide := await overflow(page)) > 0:
            problems.append(f"{too_wide} px wider than a laptop's window")
        for size in (PHONE, NARROW):
            await page.set_viewport_size(size)
            if (too_wide := await overflow(page)) > 0:
                problems.append(f"{too_wide} px wider than a window of {size['width']}")
        problems += [
            f"phone: {problem}" for problem in await accessibility_problems(page) if problem not in problems
        ]
        await page.set_viewport_size(LAPTOP)
        report[url] = problems
        waiting += await links(page)
    return report


def faults(report: dict[str, list[str]]) -> list[str]:
    return [f"{url}: {problem}" for url, problems in report.items() for problem in problems]


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role or "anybody")
async def test_every_page_in_reach_is_sound(browser: Browser, demo: Server, role: str | None):
    async with window(browser, demo.url) as page:
        if role:
            await sign_in(page, f"{role}@demo.example")
        report = await crawl(page, SEEDS.get(role, ["/today"]))
    assert len(report) >= 5, f"hardly any page was reached: {list(report)}"
    assert faults(report) == []


async def test_pages_in_spanish_and_in_the_dark_are_sound(browser: Browser, demo: Server):
    async with window(browser, demo.url, locale="es-MX", color_scheme="dark") as page:
        report = await crawl(page, ["/search?q=comida&near=69812"])
        assert await page.evaluate("document.documentElement.lang") == "es"
    assert faults(report) == []


async def test_everything_in_reach_works_without_a_script(browser: Browser, demo: Server):
    async with window(browser, demo.url, java_script_enabled=False) as page:
        await page.goto("/")
        await page.locator("input[name=q]").first.fill("food")
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/search?*")
        assert await page.locator("main article, main .card").count() > 0
