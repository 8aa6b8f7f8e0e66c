"""What the page script adds, used as a person would: by keyboard, in a hurry, and not at all."""

import re

from playwright.async_api import Browser, Page, expect

from tests.support.browser import accessibility_problems, sign_in, window
from tests.support.server import Server


async def test_suggestions_are_chosen_by_keyboard(page: Page):
    await page.goto("/")
    field = page.get_by_role("combobox").first
    await field.press_sequentially("foo")
    options = page.get_by_role("option")
    await expect(options.first).to_be_visible()
    await expect(field).to_have_attribute("aria-expanded", "true")
    await expect(page.locator("#status")).to_contain_text("Suggestions:")
    assert await accessibility_problems(page) == []
    await field.press("ArrowDown")
    chosen = await options.first.get_attribute("data-text")
    await expect(field).to_have_value(chosen or "")
    await expect(field).to_have_attribute(
        "aria-activedescendant", await options.first.get_attribute("id") or ""
    )
    await field.press("Escape")
    await expect(field).to_have_value("foo")
    await expect(options.first).to_be_hidden()
    await field.press("ArrowDown")
    await expect(options.first).to_be_visible()
    await field.press("ArrowDown")
    await field.press("Enter")
    await page.wait_for_url(re.compile(r"/(search\?|services/)"))


async def test_a_suggestion_can_be_tapped(phone: Page):
    await phone.goto("/")
    await phone.get_by_role("combobox").first.press_sequentially("millrace")
    await phone.get_by_role("option", name="Millrace Community Pantry").tap()
    await expect(phone.get_by_role("heading", level=1)).to_have_text("Millrace Community Pantry")


async def test_everything_works_without_the_script(browser: Browser, demo: Server):
    async with window(browser, demo.url, java_script_enabled=False) as page:
        await page.goto("/")
        await page.locator("input[name=q]").first.fill("pantry")
        await page.locator("input[name=near]").first.fill("69812")
        await page.get_by_role("button", name="Find help").first.click()
        await page.wait_for_url("**/search?**")
        await page.get_by_role("link", name="Millrace Community Pantry").first.click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("Millrace Community Pantry")
        assert (
            await page.locator("button:visible:not(form *)").count() == 0
        )  # no button that would do nothing
        await page.locator(".menu summary").click()
        await page.get_by_role("link", name="Español").click()
        await expect(page.locator("html")).to_have_attribute("lang", "es")
        await expect(page.get_by_role("heading", level=1)).to_have_text("Millrace Community Pantry")
        await sign_in(page, "navigator@demo.example")
        await page.locator(".menu summary").click()
        await page.locator(".menu form button").click()
        await page.wait_for_url(re.compile(r"/(sign-in|search)?$"))


async def test_leaving_leaves_nothing_behind_to_go_back_to(page: Page):
    await page.goto("/sign-in")
    await page.goto("/search?q=shelter")
    await page.get_by_role("link", name="Leave this site").click()
    await expect(page).not_to_have_url(re.compile("127.0.0.1"))
    await page.go_back()
    await expect(page).to_have_url(re.compile("/sign-in$"))


async def test_three_escapes_leave_too(page: Page):
    await page.goto("/search?q=shelter")
    for _ in range(3):
        await page.keyboard.press("Escape")
    await expect(page).not_to_have_url(re.compile("127.0.0.1"))


async def test_the_keyboard_reaches_the_main_part_first(page: Page):
    await page.goto("/search?q=food")
    await page.keyboard.press("Tab")
    await expect(page.locator(".skip")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.locator("main")).to_be_focused()


async def test_errors_take_the_focus_and_lead_to_their_fields(page: Page):
    await sign_in(page, "navigator@demo.example")
    await page.goto("/clients/new")
    await page.get_by_role("button", name="Save").click()
    summary = page.locator(".errors")
    await expect(summary).to_be_focused()
    links = summary.get_by_role("link")
    assert await links.count() >= 3
    for link in await links.all():
        target = page.locator(await link.get_attribute("href") or "")
        await link.click()
        await expect(target).to_be_focused()
    assert await accessibility_problems(page) == []


async def test_a_form_clicked_twice_goes_once(page: Page):
    await page.goto("/sign-in")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    await page.locator("input[name=email]").fill("navigator@demo.example")
    await page.locator("input[name=password]").fill("handrail-demo")
    await page.get_by_role("button", name="Sign in").dblclick(no_wait_after=True)
    await page.wait_for_url("**/today")
    assert len(sent) == 1


async def test_before_a_session_ends_somebody_is_asked(page: Page):
    await sign_in(page, "navigator@demo.example")
    await page.clock.install()
    await page.goto("/clients")
    await page.clock.fast_forward("26:30")
    dialog = page.get_by_role("dialog")
    await expect(dialog).to_be_hidden()
    await page.clock.fast_forward("01:00")
    await expect(dialog).to_be_visible()
    await expect(dialog.get_by_role("button")).to_be_focused()
    assert await accessibility_problems(page) == []
    await page.keyboard.press("Enter")
    await expect(dialog).to_be_hidden()
    await page.clock.fast_forward("26:30")
    await expect(dialog).to_be_hidden()
    await expect(page).to_have_url(re.compile("/clients$"))


async def test_a_link_is_copied_and_that_is_said(page: Page):
    await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await page.goto("/search?q=millrace+community+pantry")
    await page.get_by_role("link", name="Millrace Community Pantry").first.click()
    await page.get_by_role("button", name="Copy link").click()
    await expect(page.locator("#status")).to_have_text("Copied")
    assert "/services/" in await page.evaluate("navigator.clipboard.readText()")


async def test_a_menu_closes_with_escape_and_gives_the_focus_back(page: Page):
    await page.goto("/search?q=food")
    menu = page.locator(".menu summary")
    await menu.press("Enter")
    await expect(page.get_by_role("link", name="Español")).to_be_visible()
    assert await accessibility_problems(page) == []
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("link", name="Español")).to_be_hidden()
    await expect(menu).to_be_focused()


async def test_no_map_library_is_loaded_where_no_tiles_are_set(page: Page):
    """The demo has none: its sketch is drawn by the server."""
    requested: list[str] = []
    page.on("request", lambda request: requested.append(request.url))
    await page.goto("/search?q=food&near=69812")
    await expect(page.get_by_role("group", name=re.compile("^Sketch map"))).to_be_visible()
    assert not [url for url in requested if "leaflet" in url]


async def test_a_filter_swaps_the_results_and_says_so(page: Page):
    await page.goto("/search?q=food&near=69812")
    before = await page.get_by_role("heading", level=1).inner_text()
    await page.locator("a.chip", has_text="Spanish").first.click()
    await page.wait_for_url("**language=es**")
    heading = page.get_by_role("heading", level=1)
    await expect(heading).not_to_have_text(before)
    places = (await heading.inner_text()).split(" within")[0].strip()
    await expect(page.locator("#status")).to_contain_text(places)
    await expect(page).to_have_title(f"{places} · Handrail")
    assert await page.evaluate("document.activeElement !== document.body")
    assert await accessibility_problems(page) == []
    await page.go_back()
    await expect(heading).to_have_text(re.compile(before.split()[0]))
