"""Saving services and handing them out, as a social worker does with the client beside them, and as the client alone."""

import asyncio
import re

from playwright.async_api import Browser, Page, expect

from tests.support.browser import LAPTOP, NARROW, PHONE, accessibility_problems, overflow, sign_in, window
from tests.support.hands import Hands
from tests.support.server import Server

RESULTS = "/search?q=food&near=69812"
COUNT_PRINTS = "window.printed = 0; window.print = () => { window.printed += 1; };"


async def save(page: Page, number: int) -> None:
    """Press "Save" on a card, and wait until it says so."""
    button = page.locator(f"#r{number} form.save button")
    await button.click()
    await expect(button).to_have_text(re.compile("Saved"))


async def test_three_services_are_handed_out_in_spanish_in_four(phone: Page):
    await phone.add_init_script(COUNT_PRINTS)
    await phone.goto(RESULTS)
    hands = Hands(phone)
    for number in (1, 2, 3):
        hands.count += 1
        await save(phone, number)
    await hands.follow("Print in Spanish")
    assert hands.count <= 4
    sheet = phone.locator(".sheet")
    await expect(sheet).to_have_attribute("lang", "es")
    await expect(sheet.get_by_role("article")).to_have_count(3)
    assert await phone.evaluate("window.printed") == 1
    await expect(phone).to_have_url(re.compile(r"/handout\?lang=es$"))
    await phone.reload()
    assert await phone.evaluate("window.printed") == 0  # it prints once, going back to it only shows it


async def test_saving_is_said_and_keeps_the_focus(page: Page):
    await page.goto(RESULTS)
    button = page.locator("#r1 form.save button")
    await button.focus()
    await page.keyboard.press("Enter")
    await expect(button).to_have_text(re.compile("Saved"))
    await expect(button).to_be_focused()
    await expect(page.locator("#status")).to_have_text("Saved. 1 on your list.")
    await expect(page.locator("#basket-count")).to_have_text("1")
    await expect(page.get_by_role("complementary", name="My list")).to_contain_text("1 on your list")
    assert await accessibility_problems(page) == []
    await page.keyboard.press("Enter")
    await expect(page.locator("#basket")).to_be_hidden()
    await expect(page.locator("#status")).to_contain_text("Taken off")


async def test_the_list_goes_along_and_is_emptied(page: Page):
    await page.goto(RESULTS)
    for number in (1, 2):
        await save(page, number)
    await page.locator("#r3 h2 a").click()
    await page.locator("form.save button:visible").first.click()
    await expect(page.locator("#basket-count")).to_have_text("3")
    await page.get_by_role("link", name=re.compile("3 on your list")).click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Your list: 3 places")
    await page.get_by_role("button", name=re.compile("^Take off")).first.click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Your list: 2 places")
    await page.get_by_role("button", name="Empty the list").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Your list is empty")
    assert not [one for one in await page.context.cookies() if one.get("name", "").endswith("list")]


async def test_leaving_takes_the_list_along(page: Page):
    await page.goto(RESULTS)
    await save(page, 1)
    await page.get_by_role("link", name="Leave this site").click()
    await expect(page).not_to_have_url(re.compile("127.0.0.1"))
    for _ in range(50):  # what is forgotten is forgotten behind the page that has gone
        if not await page.context.cookies():
            break
        await asyncio.sleep(0.1)
    assert await page.context.cookies() == []


async def test_all_of_it_works_without_a_script(browser: Browser, demo: Server):
    async with window(browser, demo.url, java_script_enabled=False) as page:
        await page.goto(RESULTS)
        for number in (1, 2, 3):
            async with page.expect_navigation():
                await page.locator(f"#r{number} form.save button").click()
            assert "/search?q=food" in page.url
        await page.get_by_role("link", name="Print in Spanish").click()
        await expect(page.locator(".sheet article")).to_have_count(3)
        await page.get_by_label("Mail address").fill("somebody@mail.example")
        async with page.expect_navigation():
            await page.get_by_role("button", name="Send the mail").click()
        await expect(page.locator("main")).to_contain_text("It is on its way.")


async def test_the_address_opens_on_another_phone(browser: Browser, demo: Server, page: Page):
    await page.goto(RESULTS)
    await save(page, 1)
    name = (await page.locator("#r1 h2").inner_text()).strip()
    await page.goto("/handout?lang=es")
    address = await page.locator("a.break").get_attribute("href") or ""
    assert "/handout?s=" in address
    async with window(browser, demo.url, viewport=PHONE) as other:
        await other.goto(address)
        await expect(other.locator(".sheet h2")).to_contain_text(name)
        assert await overflow(other) <= 0
        assert await accessibility_problems(other) == []


async def test_the_hand_out_is_sound_in_both_languages_on_paper_and_in_the_dark(page: Page):
    await page.goto(RESULTS)
    for number in (1, 2, 3):
        await save(page, number)
    for language in ("en", "es"):
        await page.goto(f"/handout?lang={language}")
        assert await accessibility_problems(page) == []
        await page.emulate_media(color_scheme="dark")
        for size in (PHONE, NARROW):
            await page.set_viewport_size(size)
            assert await overflow(page) <= 0
        assert await accessibility_problems(page) == []
        await page.emulate_media(color_scheme="light", media="print")
        await expect(page.locator("header")).to_be_hidden()
        await expect(page.get_by_role("button", name="Print")).to_be_hidden()
        await expect(page.locator(".sheet .qr")).to_be_visible()
        await page.emulate_media(media="screen")
        await page.set_viewport_size(LAPTOP)


async def test_a_wrong_address_is_told_beside_its_field(page: Page):
    await page.goto(RESULTS)
    await save(page, 1)
    await page.goto("/handout?lang=es")
    await page.get_by_label("Mail address").fill("nobody")
    await page.get_by_role("button", name="Send the mail").click()
    await expect(page.locator(".errors")).to_be_focused()
    await expect(page.get_by_label("Mail address")).to_have_value("nobody")
    assert await accessibility_problems(page) == []


async def test_a_form_that_has_grown_too_old_says_so_on_a_page(page: Page):
    """The cookie that its token is bound to is gone: a page says what to do, not a button."""
    await page.goto(RESULTS)
    await page.context.clear_cookies()
    async with page.expect_navigation():
        await page.locator("#r1 form.save button").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("That did not work")
    assert await accessibility_problems(page) == []


async def test_staff_have_a_list_too(page: Page):
    await sign_in(page, "navigator@demo.example")
    await page.goto(RESULTS)
    await save(page, 1)
    await page.get_by_role("link", name="Print in Spanish").click()
    await expect(page.locator(".sheet")).to_have_attribute("lang", "es")
