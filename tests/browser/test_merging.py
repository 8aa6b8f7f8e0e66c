"""Two listings are compared, merged and taken apart again: by keyboard, without a script, and for everybody to read."""

import re
import sqlite3
from collections.abc import Iterator

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.test_by_other_means import enter, tab_to
from tests.directory.test_duplicates import BOARD, SHEET
from tests.support.browser import LAPTOP, PHONE, accessibility_problems, overflow, sign_in, window
from tests.support.packages import package
from tests.support.server import Server, command

COORDINATOR = "coordinator@demo.example"
HOME = "/listings/duplicates"


@pytest.fixture(scope="module")
def listed(demo: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The demo with two sources that tell of the same food shelf."""
    folder = tmp_path_factory.mktemp("sources")
    for source, tables in (("board", BOARD), ("sheet", SHEET)):
        done = command("directory", "import", str(package(folder, tables, source)), env=demo.env)
        assert done.returncode == 0, done.stderr
    found = command("directory", "duplicates", "find", "--source", "sheet", env=demo.env)
    assert found.returncode == 0 and "2 pairs found, 2 of them new" in found.stdout, found.stderr
    yield demo
    with sqlite3.connect(demo.data_dir / "handrail.db") as database:
        database.execute("update service set status = 'inactive' where source in ('board', 'sheet')")
    # Nobody told the index: other tests of the same server would count what is no longer shown.
    done = command("search", "check", env=demo.env)
    assert done.returncode == 0, done.stderr


async def sound(page: Page) -> list[str]:
    """What is wrong with the page, on a laptop and on a phone."""
    problems = await accessibility_problems(page)
    await page.set_viewport_size(PHONE)
    problems += [f"phone: {problem}" for problem in await accessibility_problems(page)]
    if (too_wide := await overflow(page)) > 0:
        problems.append(f"{too_wide} px wider than a phone")
    await page.set_viewport_size(LAPTOP)
    return problems


@pytest.mark.parametrize("locale", ["en-US", "es-MX"])
async def test_the_pages_are_sound(browser: Browser, listed: Server, locale: str) -> None:
    async with window(browser, listed.url, locale=locale) as page:
        await sign_in(page, COORDINATOR)
        await page.goto(HOME)
        assert await sound(page) == []
        await page.locator("main .lines a.btn").first.click()
        await expect(page.locator("main form[action$=merge]")).to_be_visible()
        assert await sound(page) == []
        await page.goto(f"{HOME}/merges")
        assert await sound(page) == []


async def test_merging_and_undoing_by_keyboard_without_a_script(browser: Browser, listed: Server) -> None:
    async with window(browser, listed.url, java_script_enabled=False) as page:
        await sign_in(page, COORDINATOR)
        main = page.locator("main")
        await page.goto(HOME)
        await enter(page, main.get_by_role("link", name="Compare Grace").first)
        await expect(main).to_contain_text("same telephone")
        name = main.get_by_role("group", name="Name", exact=True).get_by_role("radio")
        await tab_to(page, name.locator("xpath=self::*[@checked]"))
        await page.keyboard.press("ArrowDown")
        await enter(page, main.get_by_role("button", name="They are the same: merge"))
        await expect(main).to_contain_text("leads to")
        kept = await main.locator(".notice a").first.get_attribute("href")
        assert kept is not None and re.fullmatch(r"/services/[0-9a-f-]{36}", kept)

        await enter(page, main.locator(".notice").get_by_role("button", name="Undo Grace"))
        await expect(main).to_contain_text("Both listings stand for themselves again.")
        await page.goto(HOME)
        await expect(main.get_by_role("link", name="Compare Grace")).to_be_visible()


async def test_a_pair_is_put_aside_and_found_again(browser: Browser, listed: Server, phone: Page) -> None:
    await sign_in(phone, COORDINATOR)
    await phone.goto(f"{HOME}?tab=organization")
    main = phone.locator("main")
    await main.get_by_role("link", name="Compare Grace").click()
    await main.get_by_role("button", name="Decide later").click()
    await expect(main.get_by_role("link", name="Compare Grace")).to_have_count(0)
    await main.get_by_role("link", name="Put off").click()
    await expect(main.get_by_role("link", name="Compare Grace")).to_be_visible()
