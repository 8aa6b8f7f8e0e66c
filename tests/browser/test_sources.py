"""Somebody adds a source by keyboard, without a script, looks at what would change, and takes it over."""

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from tests.browser.test_by_other_means import enter, type_into
from tests.support.browser import NARROW, PHONE, accessibility_problems, overflow, sign_in, window
from tests.support.hsds_api import HsdsApi, an_id, service
from tests.support.server import Server


@pytest.fixture
def api() -> Iterator[HsdsApi]:
    with HsdsApi(12).running() as running:
        yield running


@pytest.fixture
def other_api() -> Iterator[HsdsApi]:
    """One with other listings: those that came from one source are not another's to change."""
    with HsdsApi().running() as running:
        for number in range(300, 312):
            running.put(service(number))
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def plain(browser: Browser, demo: Server) -> AsyncIterator[Page]:
    """A window in which no script runs, signed in as the administrator."""
    async with window(browser, demo.url, java_script_enabled=False) as page:
        await sign_in(page, "admin@demo.example")
        yield page


async def wait_for(page: Page, words: str) -> None:
    """Load the page again, as it asks for, until it holds `words`."""
    for _ in range(100):
        await page.reload()
        if await page.get_by_text(words).count():
            return
        await page.wait_for_timeout(300)
    raise AssertionError(f"{words!r} never came")


async def look(page: Page) -> list[str]:
    """Return what is wrong with a page, in English and Spanish, at all sizes."""
    problems = []
    address = page.url
    path = "/" + address.split("/", 3)[3]
    for language in ("es", "en"):
        await page.goto(f"/language?to={language}&next={path}")
        problems += await accessibility_problems(page)
        for size in (PHONE, NARROW):
            await page.set_viewport_size(size)
            if (too_wide := await overflow(page)) > 0:
                problems.append(f"{too_wide} px wider than a window of {size['width']} in {language}")
        await page.set_viewport_size({"width": 1280, "height": 860})
    return [f"{path}: {problem}" for problem in problems]


async def test_a_source_is_added_and_taken_over_by_keyboard_without_a_script(
    demo: Server, plain: Page, api: HsdsApi
) -> None:
    page, main = plain, plain.locator("main")
    await page.goto("/admin/sources")
    await enter(page, main.get_by_role("link", name="Add a source"))
    await type_into(page, main.locator("#name"), "Neighbours by keyboard")
    await type_into(page, main.locator("#address"), api.url)
    await enter(page, main.get_by_role("button", name="Add the source"))
    await enter(page, main.get_by_role("button", name="Pull now"))
    await wait_for(page, "Take the changes over")
    await expect(main).to_contain_text("Service 011")
    await enter(page, main.get_by_role("button", name="Take the changes over"))
    await wait_for(page, "What has changed")
    await page.goto("/search?q=Service+011")
    await wait_for(page, "Organization 3")


async def test_pages_of_sources_fit_and_break_nothing(
    browser: Browser, demo: Server, other_api: HsdsApi
) -> None:
    async with window(browser, demo.url) as page:
        await sign_in(page, "admin@demo.example")
        await page.goto("/admin/sources/new")
        problems = await look(page)
        await page.fill("#name", "Neighbours that fit")
        await page.fill("#address", other_api.url)
        await page.get_by_role("button", name="Add the source").click()
        await page.wait_for_url("**/admin/sources/*-*")
        source = page.url
        for state in ("first", "second"):
            await page.goto(source)
            await page.get_by_role("button", name="Pull now").click()
            await page.wait_for_url("**/pulls/*")
            problems += await look(page)
            await wait_for(page, "Take the changes over")
            problems += await look(page)
            if state == "first":
                await page.get_by_role("button", name="Take the changes over").click()
                await wait_for(page, "What has changed")
                other_api.change(
                    304,
                    description="Said better " * 60,
                    phones=[{"id": an_id("n"), "number": "(698) 557-0001"}],
                )
                other_api.take(307)
        for address in (source, "/admin/sources"):
            await page.goto(address)
            problems += await look(page)
        assert problems == []
