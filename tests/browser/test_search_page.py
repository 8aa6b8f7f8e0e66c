"""The search page as people use it: typing with suggestions, filters, going back, the map beside the list."""

import asyncio
import json
import re
from urllib.parse import quote

from playwright.async_api import Browser, Page, Route, expect

from tests.support.browser import accessibility_problems, window
from tests.support.hands import Hands
from tests.support.server import Server

STATUS = "#status"


async def test_help_is_found_on_a_phone_in_three(phone: Page):
    """What, where, and Enter; the first result stands above every form, within the first screen."""
    hands = Hands(phone)
    await phone.goto("/")
    hands.begin()
    await hands.fill("What do you need?", "food")
    await hands.fill("Where?", "69812")
    hands.count += 1
    async with phone.expect_navigation():
        await phone.keyboard.press("Enter")
    assert hands.count <= 3
    first = phone.locator(".result").first
    box = await first.bounding_box()
    assert box is not None and box["y"] < 844
    assert await phone.locator("main form:visible input:not([type=hidden])").count() == 0


async def test_suggestions_come_with_every_letter(page: Page):
    await page.goto("/")
    field = page.get_by_role("combobox").first
    options = page.get_by_role("option")
    for letters, words in (("fo", "fo"), ("o", "foo"), ("d p", "food p")):
        async with page.expect_response(f"**/api/suggest?q={quote(words)}") as info:
            await field.press_sequentially(letters)
        found = json.loads(await (await info.value).text())["suggestions"]
        assert found, words
        await expect(field).to_have_value(words)
        await expect(options).to_have_count(len(found))
        await expect(field).to_have_attribute("aria-expanded", "true")
        await expect(page.locator(STATUS)).to_contain_text(f"Suggestions: {len(found)}.")
    listbox = page.get_by_role("listbox")
    assert await field.get_attribute("aria-controls") == await listbox.get_attribute("id")
    count = await options.count()
    for number in range(count):
        await field.press("ArrowDown")
        await expect(options.nth(number)).to_have_attribute("aria-selected", "true")
        await expect(field).to_have_attribute(
            "aria-activedescendant", await options.nth(number).get_attribute("id") or ""
        )
    await field.press("ArrowDown")
    await expect(field).to_have_value("food p")  # past the last stand the words as typed
    await field.press("ArrowUp")
    await expect(options.last).to_have_attribute("aria-selected", "true")
    await field.press("Escape")
    await expect(options.first).to_be_hidden()
    await expect(field).to_have_value("food p")
    await expect(field).to_be_focused()
    await field.press("ArrowDown")
    await expect(options.first).to_be_visible()
    await field.press("Tab")
    await expect(options.first).to_be_hidden()
    await expect(page.get_by_label("Where?")).to_be_focused()


async def test_answers_that_come_late_or_never_do_no_harm(page: Page):
    """The answer to "fo" comes after that to "food"; then answers fail; the form still searches."""
    late = asyncio.Event()

    async def answer(route: Route) -> None:
        typed = route.request.url.partition("q=")[2]
        if typed == "fo":
            await late.wait()
        if typed == "food%20":
            await route.fulfill(status=429, body="too many")
        else:
            body = {"suggestions": [{"text": f"about {typed}", "kind": "need", "id": "food"}]}
            try:
                await route.fulfill(json=body)
            except Exception:
                assert typed == "fo", "only the question nobody waits for any more may be gone"

    await page.route("**/api/suggest?*", answer)
    await page.goto("/")
    field = page.get_by_role("combobox").first
    async with page.expect_request("**/api/suggest?q=fo"):
        await field.press_sequentially("fo")
    await field.press_sequentially("od")
    option = page.get_by_role("option", name="about food")
    await expect(option).to_be_visible()
    late.set()
    await expect(option).to_be_visible()
    await expect(page.get_by_role("option", name=re.compile("about fo$"))).to_have_count(0)
    async with page.expect_response("**/api/suggest?q=food%20"):
        await field.press_sequentially(" ")
    await expect(page.get_by_role("option")).to_have_count(0)
    await expect(field).to_have_attribute("aria-expanded", "false")
    await field.press("Enter")
    await page.wait_for_url(re.compile(r"/search\?q=food"))


async def test_without_a_script_the_box_is_a_plain_form(browser: Browser, demo: Server):
    async with window(browser, demo.url, java_script_enabled=False) as page:
        await page.goto("/")
        assert await page.get_by_role("option").count() == 0 or await page.locator("datalist").count() == 1
        await page.locator("#q").fill("food p")
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/search?q=food+p*")


async def test_the_focus_stays_on_the_wish_that_was_chosen(page: Page):
    await page.goto("/search?q=food&near=69812")
    chip = page.locator("#wish-free")
    await chip.focus()
    await page.keyboard.press("Enter")
    await page.wait_for_url("**free=1**")
    await expect(page.locator("#wish-free.chip--on")).to_be_focused()
    await expect(page.locator(STATUS)).to_contain_text("places for food")
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(re.compile(r"/search\?q=food&near=69812$"))
    await expect(page.locator("#wish-free:not(.chip--on)")).to_be_focused()
    await page.get_by_label("Sort").focus()
    await page.get_by_label("Sort").select_option("name")
    await page.wait_for_url("**sort=name**")
    await expect(page.get_by_label("Sort")).to_be_focused()


async def test_every_filter_stands_in_the_address_and_in_the_form(page: Page):
    await page.goto("/search?q=food&near=69812")
    await page.locator("#all-filters").click()
    form = page.get_by_role("form", name="Filters")
    await form.get_by_label("How far").select_option("25")
    await form.get_by_label("Age of the person").fill("30")
    await form.get_by_label("Open at a set time").fill("2026-12-01T11:00")
    await form.get_by_role("checkbox", name="Spanish").check()
    await form.get_by_role("checkbox", name="English").check()
    await form.get_by_role("checkbox", name=re.compile("^Free")).check()
    await form.get_by_role("checkbox", name="Step-free").check()
    people = form.get_by_role("group", name="For whom").get_by_role("checkbox")
    await people.first.check()
    await form.get_by_role("button", name="Show places").click()
    await page.wait_for_url("**eligibility=**")
    for part in (
        "q=food",
        "near=69812",
        "radius=25",
        "age=30",
        "open_at=2026-12-01T11%3A00",
        "language=es",
        "language=en",
        "free=1",
        "accessible=1",
    ):
        assert part in page.url, part
    assert await accessibility_problems(page) == []
    address = page.url
    await page.reload()
    assert page.url == address
    on = page.locator(".chip--on")
    names = [text.partition(",")[0].strip() for text in await on.all_inner_texts()]
    assert {"Within 25 miles", "Spanish", "English", "Free", "Step-free", "Age 30"} <= set(names)
    for left in range(await on.count() - 1, -1, -1):
        await on.first.click()
        await expect(on).to_have_count(left)
    await expect(page).to_have_url(re.compile(r"/search\?q=food&near=69812$"))


async def test_back_and_forward_show_what_the_address_says(page: Page):
    await page.goto("/search?q=food&near=69812")
    heading = page.get_by_role("heading", level=1)
    all_of_them = await heading.inner_text()
    await page.locator("#wish-free").click()
    await page.wait_for_url("**free=1**")
    await expect(heading).not_to_have_text(all_of_them)
    free = await heading.inner_text()
    await page.go_back()
    await expect(heading).to_have_text(all_of_them)
    await expect(page.locator(".chip--on")).to_have_count(0)
    await page.wait_for_load_state("load")
    await page.go_forward()
    await expect(heading).to_have_text(free)
    await expect(page.locator("#wish-free.chip--on")).to_be_visible()


async def test_going_forward_before_the_script_is_there_shows_the_right_page(page: Page):
    await page.goto("/search?q=food&near=69812")
    heading = page.get_by_role("heading", level=1)
    all_of_them = await heading.inner_text()
    await page.locator("#wish-free").click()
    await page.wait_for_url("**free=1**")
    await expect(heading).not_to_have_text(all_of_them)
    free = await heading.inner_text()
    there = asyncio.Event()

    async def slowly(route: Route) -> None:
        await there.wait()
        await route.continue_()

    await page.route(re.compile(r"/static/.*\.js"), slowly)
    await page.go_back(wait_until="commit")
    await expect(heading).to_have_text(all_of_them)
    await page.go_forward(wait_until="commit")
    await expect(page).to_have_url(re.compile("free=1"))
    there.set()
    await expect(heading).to_have_text(free)


async def test_what_is_offered_where_nothing_is_found_keeps_its_word(page: Page):
    """Each number is what the page shows after the click."""
    await page.goto("/search?q=dentist&near=69812&radius=1&language=so&free=1&accessible=1")
    await expect(page.get_by_role("heading", name="Nothing fits all of this yet")).to_be_visible()
    ways = page.locator(".rail .chip:has(b)")
    count = await ways.count()
    assert count >= 2
    for number in range(count):
        way = ways.nth(number)
        told = int((await way.locator("b").inner_text()).replace(",", ""))
        await way.click()
        heading = page.get_by_role("heading", level=1)
        await expect(heading).to_contain_text(re.compile(rf"(^|\D){told:,} place"))
        await page.go_back()
        await expect(page.get_by_role("heading", name="Nothing fits all of this yet")).to_be_visible()
    await expect(page.get_by_role("link", name="Call 2-1-1")).to_be_visible()


async def test_a_card_marks_its_pin_and_a_pin_its_card(page: Page):
    await page.goto("/search?q=food&near=69812")
    card, other = page.locator("#r1"), page.locator("#r2")
    pin = page.locator('.map [href="#r1"]')
    marked = re.compile("is-marked")
    await card.get_by_role("link").first.focus()
    await expect(pin).to_have_class(marked)
    await expect(other).not_to_have_class(marked)
    await other.get_by_role("link").first.focus()
    await expect(pin).not_to_have_class(marked)
    await expect(page.locator('.map [href="#r2"]')).to_have_class(marked)
    await pin.focus()
    await expect(card).to_have_class(marked)
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(re.compile("#r1$"))
    await page.evaluate("document.activeElement.blur()")
    await card.hover()
    await expect(pin).to_have_class(marked)


async def test_page_two_has_its_own_pins(page: Page):
    await page.goto("/search?near=69812")
    await page.get_by_role("link", name="Next").click()
    await page.wait_for_url("**page=2**")
    first = page.locator(".result").first
    await expect(first).to_have_attribute("id", "r21")
    pins = await page.locator(".map a[href^='#r']").evaluate_all(
        "links => links.map(link => link.getAttribute('href'))"
    )
    cards = await page.locator(".result").evaluate_all("cards => cards.map(card => '#' + card.id)")
    assert pins and set(pins) <= set(cards)


async def test_a_tab_strip_hints_at_what_is_beyond_its_edge(phone: Page):
    """Where more tabs are than fit, the edge is shaded; nothing is hidden from the keyboard."""
    await phone.goto("/")
    shade = await phone.evaluate(
        """() => {
            const strip = Object.assign(document.createElement('nav'), { className: 'tabs' });
            document.querySelector('main').append(strip);
            return getComputedStyle(strip).backgroundAttachment;
        }"""
    )
    assert "local" in shade and "scroll" in shade


async def test_suggestions_are_json_that_a_program_can_read(page: Page):
    answer = await page.request.get("/api/suggest?q=fo")
    assert {"text", "kind", "id"} <= set(json.loads(await answer.text())["suggestions"][0])


async def test_the_buttons_of_a_card_fit_into_it_in_spanish_too(browser: Browser, demo: Server):
    """Spanish words are longer: none may stick out of its card, where nobody could press it."""
    for width in (320, 360, 390, 480):
        viewport = {"width": width, "height": 844}
        async with window(browser, demo.url, viewport=viewport, locale="es") as page:
            await page.goto("/search?q=comida&near=69812")
            card = page.locator(".result").first
            await expect(card.get_by_role("link", name="Detalles")).to_be_visible()
            edge = await card.evaluate("card => card.getBoundingClientRect().right")
            buttons = card.locator(".acts .btn:visible")
            ends = await buttons.evaluate_all("all => all.map(one => one.getBoundingClientRect().right)")
            assert len(ends) == 3
            assert max(ends) <= edge, width
