"""Every state of a page that no link leads to: with mistakes, with everything unfolded, on each side of a referral.

Each is read by axe on a laptop in the light and on a phone in the dark, must fit a window of 320 pixels, and must keep
what it knows of a person to itself: nothing in titles, addresses or the browser's storage.
"""

import re
import sqlite3
import tomllib
from collections.abc import Awaitable, Callable
from urllib.parse import unquote_plus
from uuid import UUID

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.test_budgets import add_client, mails, new_mail, referral_id
from tests.support.browser import LAPTOP, NARROW, PHONE, accessibility_problems, overflow, sign_in, window
from tests.support.hands import Hands, saying
from tests.support.letters import link_in
from tests.support.server import Server
from tests.support.tools import ROOT

Look = Callable[[str], Awaitable[None]]
STATES = (
    "requested", "accepted", "in-progress", "on-hold", "rejected", "cancelled", "completed", "failed", "draft",
    "entered-in-error",
)  # fmt: skip


def family_names() -> list[str]:
    people = tomllib.loads((ROOT / "seeds" / "people" / "caseload.toml").read_text())["client"]
    return [person["name"].partition("|")[2] for person in people]


NAMED = re.compile(r"\b(" + "|".join([*map(re.escape, family_names()), "Perpetua"]) + r")\b")


async def faults(page: Page) -> list[str]:
    """Return what is wrong with the page as it stands; leaves it laptop-wide and light."""
    found = await accessibility_problems(page)
    await page.emulate_media(color_scheme="dark")
    for size in (NARROW, PHONE):
        await page.set_viewport_size(size)
        if (too_wide := await overflow(page)) > 0:
            found.append(f"{too_wide} px wider than a window of {size['width']}")
    found += [f"on a phone in the dark: {problem}" for problem in await accessibility_problems(page)]
    await page.emulate_media(color_scheme="light")
    await page.set_viewport_size(LAPTOP)
    told = f"{await page.title()} {unquote_plus(page.url)}"
    if NAMED.search(told):
        found.append(f"names somebody: {told}")
    stored = await page.evaluate("[...Object.keys(localStorage), ...Object.keys(sessionStorage)]")
    return found + [f"keeps {key} in the browser" for key in stored]


async def unfold(page: Page) -> None:
    """Open every fold of the page."""
    await page.locator("main details").evaluate_all("folds => folds.forEach(fold => { fold.open = true })")


class Tour:
    """A walk through states of pages, which remembers what was wrong in each."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.report: dict[str, list[str]] = {}

    async def see(self, name: str, *, folds: bool = True) -> None:
        """Look at the page as it stands."""
        if folds:
            await unfold(self.page)
        self.report[name] = await faults(self.page)

    async def at(self, path: str, status: int = 200, name: str = "") -> None:
        """Go to a page and look at it."""
        answer = await self.page.goto(path)
        assert answer is not None
        assert answer.status == status, f"{path} answered {answer.status}"
        await self.see(name or path)

    def end(self, least: int) -> None:
        """Assert that nothing was wrong, and that the walk was as long as it should be."""
        assert len(self.report) >= least
        assert {name: found for name, found in self.report.items() if found} == {}


def ids(demo: Server, query: str, *values: str) -> list[str]:
    with sqlite3.connect(demo.data_dir / "handrail.db") as database:
        return [str(UUID(row[0])) for row in database.execute(query, values)]


def referral_in(demo: Server, state: str, side: str, organization: str) -> list[str]:
    return ids(
        demo, f"select id from referral where state = ? and {side}_name = ? limit 1", state, organization
    )


@pytest.mark.parametrize("language", ["en-US", "es-MX"])
async def test_public_pages_in_trouble(browser: Browser, demo: Server, language: str):
    async with window(browser, demo.url, locale=language) as page:
        tour = Tour(page)
        await tour.at("/search?q=food&near=69812&free=true&language=es", name="filters on")
        await tour.at("/search?q=zzzqqq&near=69812", name="nothing found")
        await tour.at("/search?near=zzz", 400)
        await tour.at("/search?radius=-1&near=69812", 400)
        await tour.at("/nowhere", 404)
        await tour.at("/act/nonsense", 404)
        await tour.at("/services/nonsense", 404)
        await page.goto("/sign-in")
        await page.locator("main form button").click()
        await expect(page.locator(".errors")).to_be_focused()
        await tour.see("sign-in left empty")
        await page.locator("[name=email]").fill("nobody@demo.example")
        await page.locator("[name=password]").fill("wrong password")
        await page.locator("main form button").first.click()
        await expect(page.locator(".errors")).to_be_focused()
        await tour.see("sign-in refused")
        tour.end(9)


async def test_the_pages_of_somebody_who_refers(browser: Browser, demo: Server):
    async with window(browser, demo.url) as page:
        await sign_in(page, "navigator@demo.example")
        tour, hands, main = Tour(page), Hands(page), page.locator("main")
        await page.goto("/clients/new")
        await hands.press("Save")
        await tour.see("new client left empty")
        await page.goto("/clients")
        await hands.press("Find")
        await tour.see("nobody to find")
        await hands.fill("First name", "Perpetua")
        await hands.fill("Last name", "Unknown")
        await hands.fill("Date of birth", "1984-02-29")
        await hands.press("Find")
        await tour.see("nobody found")

        client = await add_client(page, "Manystates")
        await tour.see("a client with places that fit")
        await hands.press("Add the need")
        await expect(page.locator(".errors")).to_be_focused()
        await tour.see("no need chosen")
        await page.goto(client)
        await hands.open("Change or close")
        await hands.choose("Close this need as", "Could not be met")
        await hands.press("Close the need")
        await expect(page.locator(".errors")).to_be_focused()
        await tour.see("a need closed without saying why")

        await tour.at(f"{client}/consents/new", name="consent for whom")
        await tour.at(f"{client}/consents/new?q=zzzqqq", name="consent for nobody known")
        await tour.at(f"{client}/consents/new?q=Transit", name="consent to record")
        await hands.press("Record the consent")
        await expect(page.locator(".errors")).to_be_focused()
        await tour.see("consent to record for nobody")
        await page.get_by_role("radio", name="Alder Transit").check()
        await hands.press("Record the consent")
        await expect(main).to_contain_text("Alder Transit")
        await tour.see("a client with a consent")

        await hands.follow("Refer", main)
        await tour.see("a referral without consent")
        for label in ("Name", "How to reach", "Town", "Language", "What you write"):
            await hands.untick(label)
        await hands.tick("Yes, signed")
        await hands.press("Send")
        await expect(page.locator(".errors")).to_be_focused()
        await tour.see("a referral that tells nothing")
        await page.goto(client)
        await hands.follow("Refer", main)
        await hands.press("Keep as a draft")
        await tour.see("a referral kept as a draft")
        await page.goto(client)
        await hands.follow("Refer", main)
        await hands.tick("Yes, said aloud")
        await hands.press("Send")
        await tour.see("a referral just sent")
        address = page.url
        await hands.open("Cancel it")
        await hands.press("Cancel the referral")
        await expect(page.locator(".errors")).to_be_focused()
        await tour.see("a referral cancelled without saying why")
        await page.goto(address)
        await hands.open("Cancel it")
        await page.locator("input[name=version]").first.evaluate("field => { field.value = '99' }")
        await hands.tick("Something else")
        await hands.press("Cancel the referral")
        await tour.see("a referral that somebody else moved")

        for state in STATES:
            for one in referral_in(demo, state, "sender", "Alder Care Link"):
                await tour.at(f"/referrals/{one}", name=f"sent and {state}")
        await tour.at("/referrals?show=closed")
        await tour.at("/admin", 403)
        await tour.at(f"/clients/{UUID(int=1)}", 404)
        tour.end(30)


async def test_the_pages_of_somebody_who_receives(browser: Browser, demo: Server):
    async with window(browser, demo.url) as page:
        await sign_in(page, "provider@demo.example")
        tour, hands = Tour(page), Hands(page)
        for show in ("waiting", "under-way", "closed"):
            await tour.at(f"/inbox?show={show}")
        for state in STATES:
            for one in referral_in(demo, state, "receiver", "Millrace Neighbors"):
                if state not in {"draft", "entered-in-error"}:
                    await tour.at(f"/referrals/{one}", name=f"received and {state}")
        (asked,) = referral_in(demo, "requested", "receiver", "Millrace Neighbors")
        await page.goto(f"/referrals/{asked}")
        await hands.open("No, and why")
        await hands.tick("Something else")
        await hands.press("Decline")
        await expect(page.locator(".errors")).to_be_focused()
        await tour.see("declined without saying why")
        (begun,) = referral_in(demo, "in-progress", "receiver", "Millrace Neighbors")
        await page.goto(f"/referrals/{begun}")
        await hands.press("Close the referral")
        await expect(page.locator(".errors")).to_be_focused()
        await tour.see("closed without an outcome")
        tour.end(9)


async def test_the_pages_of_somebody_who_watches(browser: Browser, demo: Server):
    async with window(browser, demo.url) as page:
        await sign_in(page, "coordinator@demo.example")
        tour = Tour(page)
        for tab in ("overdue", "declined", "unanswered", "under-way"):
            await tour.at(f"/worklist?tab={tab}")
        await tour.at("/worklist?tab=overdue&reminded=2")
        await tour.at("/reports?since=2001-01-01&until=2001-01-02", name="a report of nothing")
        await tour.at("/reports?since=nonsense", 400)
        await tour.at("/worklist?after=nonsense", 400)
        tour.end(8)


async def test_the_page_of_a_mailed_link(browser: Browser, demo: Server):
    async with window(browser, demo.url) as sender, window(browser, demo.url) as page:
        await sign_in(sender, "navigator@demo.example")
        known = mails(demo)
        await add_client(sender, "Mailstates")
        sending, hands, tour = Hands(sender), Hands(page), Tour(page)
        await sending.follow("Refer", sender.locator("main"))
        await sending.tick("Yes, said aloud")
        await sending.press("Send")
        link = link_in(await new_mail(demo, known, "/act/"))
        await tour.at(link, name="asked")
        await page.goto(link)
        await hands.open("No, and why")
        await hands.press("Decline")
        await expect(page.locator(".errors")).to_be_focused()
        await tour.see("declined without saying why")
        await page.goto(link)
        await hands.press("Mail me a code")
        await tour.see("a code before the answer")
        await hands.press("Yes, we can help")
        follow = page.url
        await tour.see("accepted")
        await hands.fill("Code sent to", "12")
        await hands.press("Show me who it is")
        await expect(page.locator(".errors")).to_be_focused()
        await tour.see("a wrong code")
        code = await new_mail(demo, known, "Your code")
        await page.goto(follow)
        await hands.fill("Code sent to", re.findall(r"\d{6}", code["subject"])[0])
        await hands.press("Show me who it is")
        await expect(page.get_by_role("heading", level=1)).to_have_text("Perpetua Mailstates")
        await tour.see("who it is")
        await hands.press("Close the referral")
        await expect(page.locator(".errors")).to_be_focused()
        await tour.see("closed without an outcome")
        await page.goto(follow)
        await hands.open("Put on hold")
        hold = page.locator("details", has_text=saying("Put on hold"))
        await hands.tick("No funds", hold)
        await hands.press("Put on hold", hold)
        await tour.see("on hold")
        await sender.reload()
        await sending.open("Cancel it")
        await sending.tick("Not safe")
        await sending.press("Cancel the referral")
        assert referral_id(sender)
        await tour.at(follow, name="cancelled by the sender")
        await tour.at(link, name="a link that was used")
        tour.end(10)


async def test_staff_pages_in_spanish(browser: Browser, demo: Server):
    async with window(browser, demo.url, locale="es-MX") as page:
        await sign_in(page, "coordinator@demo.example")
        assert await page.evaluate("document.documentElement.lang") == "es"
        tour = Tour(page)
        (client,) = ids(
            demo,
            "select client_id from referral where state = 'rejected' and sender_name = 'Alder Care Link' limit 1",
        )
        (draft,) = referral_in(demo, "draft", "sender", "Alder Care Link")
        for path in (
            "/today",
            f"/clients/{client}",
            f"/clients/{client}/consents/new?q=Table",
            "/worklist",
            "/reports",
        ):
            await tour.at(path)
        await page.goto(f"/referrals/{draft}")
        await page.locator("main a.btn[href*='draft=']").click()
        await expect(page.locator("form[data-preview]")).to_be_visible()
        await tour.see("a referral to send")
        tour.end(6)
