"""The same work by keyboard alone, without a script, in a hurry, and after signing out."""

import re
import sqlite3
from uuid import UUID

from playwright.async_api import Browser, Locator, Page, expect

from tests.browser.test_budgets import add_client, mails, new_mail, referral_id
from tests.support.browser import sign_in, window
from tests.support.hands import Hands, saying
from tests.support.letters import link_in
from tests.support.server import Server

NAVIGATOR = "navigator@demo.example"
#: What has the focus: its text, whether it is the wanted element, and whether that can be seen. The buttons inside a
#: native date field draw a ring of their own.
_FOCUSED = """wanted => {
  const element = document.activeElement;
  const target = element.matches('.choice input') ? element.closest('.choice') : element;
  const seen = [element, target].some(one => {
    const style = getComputedStyle(one);
    return (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2) || style.boxShadow !== 'none';
  });
  return [element.outerHTML.slice(0, 200), element === wanted, seen || !element.matches(':focus')];
}"""


async def tab_to(page: Page, target: Locator, most: int = 60) -> None:
    """Press Tab until `target` has the focus; everything on the way must show that it has it."""
    wanted = await target.element_handle()
    for _ in range(most):
        await page.keyboard.press("Tab")
        element, reached, seen = await page.evaluate(_FOCUSED, wanted)
        assert seen, f"it does not show that it has the focus: {element}"
        if reached:
            return
    raise AssertionError(f"Tab does not reach {target}")


async def type_into(page: Page, target: Locator, text: str) -> None:
    await tab_to(page, target)
    await page.keyboard.type(text)


async def enter(page: Page, target: Locator) -> None:
    """Go to a link or button by Tab and use it by Enter."""
    await tab_to(page, target)
    async with page.expect_navigation():
        await page.keyboard.press("Enter")


def referrals_of(demo: Server, referral: str) -> int:
    """Return how many referrals there are for the need of this one."""
    with sqlite3.connect(demo.data_dir / "handrail.db") as database:
        query = "select count(*) from referral where need_id = (select need_id from referral where id = ?)"
        return int(database.execute(query, (UUID(referral).hex,)).fetchone()[0])


async def test_somebody_is_found_and_referred_by_keyboard(browser: Browser, demo: Server, page: Page):
    async with window(browser, demo.url) as other:
        await sign_in(other, NAVIGATOR)
        await add_client(other, "Keyboardly")
    main = page.locator("main")
    await page.goto("/sign-in")
    await type_into(page, page.locator("[name=email]"), NAVIGATOR)
    await type_into(page, page.locator("[name=password]"), "handrail-demo")
    async with page.expect_navigation():
        await page.keyboard.press("Enter")

    await enter(page, page.get_by_role("navigation").get_by_role("link", name="Clients"))
    await page.keyboard.press("Tab")
    await expect(page.locator(".skip")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(main).to_be_focused()
    await type_into(page, main.get_by_label("First name"), "Perpetua")
    await type_into(page, main.get_by_label("Last name"), "Keyboardly")
    await type_into(page, main.get_by_label("Date of birth"), "02291984")
    await enter(page, main.get_by_role("button", name="Find"))
    await enter(page, main.get_by_role("link", name="Perpetua Keyboardly"))
    await enter(page, main.get_by_role("link", name=saying("Refer")).first)

    await enter(page, main.get_by_role("button", name="Send", exact=True))
    await expect(page.locator(".errors")).to_be_focused()
    await tab_to(page, page.locator(".errors a"))
    await page.keyboard.press("Enter")
    spoken = main.get_by_label(saying("Yes, said aloud"))
    await expect(spoken).to_be_focused()
    await page.keyboard.press("Space")
    await expect(spoken).to_be_checked()
    await tab_to(page, main.get_by_label(saying("Language")))
    await page.keyboard.press("Space")
    await expect(page.locator("[data-told=language]")).to_be_hidden()
    await enter(page, main.get_by_role("button", name="Send", exact=True))
    await expect(main).to_contain_text("You asked")


async def test_somebody_is_referred_and_answered_without_a_script(browser: Browser, demo: Server):
    async with window(browser, demo.url, java_script_enabled=False) as page:
        await sign_in(page, NAVIGATOR)
        await add_client(page, "Scriptless", "Food today")
        hands = Hands(page)
        await page.goto("/search?q=food&near=69812")
        filters = page.locator("form", has=page.locator("[name=free]")).first
        if await page.locator("details:has([name=free]):not([open]) > summary").count():
            await page.locator("details:has([name=free]) > summary").first.click()
        await filters.locator("[name=free]").check()
        async with page.expect_navigation():
            await filters.get_by_role("button").first.click()
        assert "free=" in page.url
        await hands.follow("Refer", page.locator("main"))
        await hands.follow("Choose Perpetua Scriptless", page.locator("main"))
        language = page.locator("[data-told=language]")
        await expect(language).to_be_visible()
        await hands.untick("Language")
        await hands.fill("In one or two sentences", "Comes by bus")
        await hands.press("Show what they will see")
        await expect(language).to_be_hidden()
        await expect(page.locator("[data-mirrored]")).to_have_text("Comes by bus")
        await hands.tick("Yes, signed")
        known = mails(demo)
        await hands.press("Send")
        referral = referral_id(page)
        await page.context.clear_cookies()

        await page.goto(link_in(await new_mail(demo, known, "/act/")))
        await hands.press("Yes, we can help")
        code = await new_mail(demo, known, "Your code")
        await hands.fill("Code sent to", re.findall(r"\d{6}", code["subject"])[0])
        await hands.press("Show me who it is")
        await expect(page.locator("main")).to_contain_text("Comes by bus")
        await hands.tick("Got help")
        await hands.press("Close the referral")
        await expect(page.get_by_role("heading", level=1)).to_have_text("Thank you. It is closed.")
    assert referrals_of(demo, referral) == 1


async def test_sending_twice_in_a_hurry_sends_once(browser: Browser, demo: Server):
    for script in (True, False):
        async with window(browser, demo.url, java_script_enabled=script, has_touch=True) as page:
            await sign_in(page, NAVIGATOR)
            await add_client(page, f"Hurried{'' if script else 'still'}")
            hands = Hands(page)
            await hands.follow("Refer", page.locator("main"))
            await hands.tick("Yes, said aloud")
            await page.get_by_role("button", name="Send", exact=True).dblclick(no_wait_after=True)
            await page.wait_for_url(re.compile(r"/referrals/[0-9a-f]{8}-"))
            await expect(page.locator("main")).to_contain_text("You asked")
            assert referrals_of(demo, referral_id(page)) == 1


async def test_after_signing_out_going_back_shows_no_client(page: Page):
    await sign_in(page, NAVIGATOR)
    await add_client(page, "Goneby")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Perpetua Goneby")
    await page.locator("header .menu summary").click()
    async with page.expect_navigation():
        await page.get_by_role("button", name="Sign out").click()
    for _ in range(3):
        await page.go_back()
        await expect(page.locator("body")).not_to_contain_text("Goneby")
