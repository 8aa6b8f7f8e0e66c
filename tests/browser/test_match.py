"""Four questions that lead to what fits: by hand, by keyboard, without a script, on a phone; nothing in the address."""

from urllib.parse import urlsplit

from playwright.async_api import Browser, Page, expect

from tests.browser.test_by_other_means import enter, tab_to, type_into
from tests.support.browser import LAPTOP, NARROW, PHONE, accessibility_problems, overflow, window
from tests.support.hands import Hands
from tests.support.server import Server

FOOD, BED = "There is not enough to eat", "I have nowhere to sleep tonight"


async def ask(page: Page, *needs: str, near: str = "69812") -> None:
    """Tick needs, say where, and ask for what fits."""
    await page.goto("/match")
    for need in needs:
        await page.get_by_label(need).check()
    await page.get_by_label("Town or ZIP code").fill(near)
    await Hands(page).press("Show what fits")


async def test_from_the_home_page_to_what_fits_in_four(phone: Page) -> None:
    hands = Hands(phone)
    await phone.goto("/")
    await hands.follow("Answer four questions")
    await hands.tick(FOOD)
    await hands.fill("Town or ZIP code", "69812")
    await hands.press("Show what fits")
    assert hands.count <= 4
    await expect(phone.get_by_role("heading", level=1)).to_contain_text("places fit")
    await expect(phone.get_by_role("link", name="Millrace Community Pantry", exact=True)).to_be_visible()


async def test_every_state_is_read_by_axe_and_fits_every_window(page: Page) -> None:
    problems: list[str] = []

    async def look(state: str) -> None:
        for size in (NARROW, PHONE, LAPTOP):
            await page.set_viewport_size(size)
            if (too_wide := await overflow(page)) > 0:
                problems.append(f"{state}: {too_wide} px wider than {size['width']}")
        problems.extend(f"{state}: {problem}" for problem in await accessibility_problems(page))

    await page.goto("/match")
    for fold in await page.locator("main details > summary").all():
        await fold.click()
    await look("questions")
    await Hands(page).press("Show what fits")
    await expect(page.get_by_role("alert")).to_be_focused()
    await look("nothing chosen")
    await ask(page, FOOD, near="Springfield")
    await look("several places")
    await ask(page, FOOD, BED)
    for fold in await page.locator("main details > summary").all():
        await fold.click()
    await look("what fits")
    assert problems == []


async def test_it_goes_by_keyboard_alone(page: Page) -> None:
    await page.goto("/match")
    for need in (FOOD, BED):
        await tab_to(page, page.get_by_label(need))
        await page.keyboard.press("Space")
    await type_into(page, page.get_by_label("Town or ZIP code"), "69812")
    await tab_to(page, page.get_by_text("What else is true?"))
    await page.keyboard.press("Enter")
    await tab_to(page, page.get_by_label("Served in the military"))
    await page.keyboard.press("Space")
    await enter(page, page.get_by_role("button", name="Show what fits"))
    left_out = page.locator("summary", has_text="left out").first
    await tab_to(page, left_out, most=120)
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("Full now").first).to_be_visible()


async def test_it_needs_no_script(browser: Browser, demo: Server) -> None:
    async with window(browser, demo.url, viewport=PHONE, java_script_enabled=False) as page:
        await ask(page, BED)
        await expect(page.get_by_role("link", name="Winter Cots", exact=True)).to_be_visible()
        # The answers stand in the form, to be changed.
        await page.locator("summary", has_text="Change the answers").click()
        await expect(page.get_by_role("checkbox", name=BED)).to_be_checked()
        await page.get_by_label("A woman or a man").select_option("men")
        await Hands(page).press("Show what fits")
        await page.locator("summary", has_text="left out").click()
        await expect(page.get_by_text("Only for women")).to_be_visible()


async def test_what_somebody_says_of_themselves_stands_in_no_address(page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    await page.goto("/match")
    await page.locator("summary", has_text="What else is true?").click()
    await page.get_by_label("Somebody at home hurts or scares us").check()
    await page.get_by_label("Age", exact=True).select_option("65+")
    await ask_on(page)
    assert page.url.endswith("/match")
    assert not [url for url in asked if "survivors" in url or "65" in urlsplit(url).query]
    assert "hurts" not in await page.title()
    await expect(page.get_by_text("1-800-799-7233")).to_be_visible()
    stored = await page.evaluate("[localStorage.length, sessionStorage.length]")
    assert stored == [0, 0]


async def test_back_leads_to_the_questions_as_they_were_answered(page: Page) -> None:
    await ask(page, FOOD)
    await page.go_back()
    await expect(page.get_by_label(FOOD)).to_be_checked()
    await expect(page.get_by_label("Town or ZIP code")).to_have_value("69812")


async def ask_on(page: Page) -> None:
    """Tick one need on the page that is open, and ask."""
    await page.get_by_label(FOOD).check()
    await Hands(page).press("Show what fits")
