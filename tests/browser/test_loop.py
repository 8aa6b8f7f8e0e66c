"""The whole loop, as the people in it see it: find help, refer, follow until it is known whether it helped."""

import csv
import io
import re
from datetime import timedelta
from uuid import UUID

from playwright.async_api import Browser, Locator, Page
from sqlalchemy import update

from core import clock
from core.database import Database
from referrals.models import Referral
from tests.support.browser import PHONE, accessibility_problems, sign_in, window
from tests.support.letters import body, link_in, received, wait_for
from tests.support.server import Server

GIVEN, FAMILY, BORN, PHONE_NUMBER = "Wilhelmina", "Ashgrove", "1990-05-17", "(698) 555-0166"
IDENTITY = (FAMILY, "May 17, 1990", BORN, PHONE_NUMBER)


class Counted:
    """Counts what a person does on a page: each click, and each field filled in."""

    def __init__(self) -> None:
        self.interactions = 0

    async def click(self, target: Locator) -> None:
        self.interactions += 1
        await target.click()

    async def fill(self, target: Locator, text: str) -> None:
        self.interactions += 1
        await target.fill(text)


async def problems_of(page: Page) -> list[str]:
    return [f"{page.url}: {problem}" for problem in await accessibility_problems(page)]


async def add_client(page: Page) -> str:
    """Record Wilhelmina; return the address of her page."""
    await page.goto("/clients/new")
    for name, value in (
        ("given_name", GIVEN),
        ("family_name", FAMILY),
        ("birth_date", BORN),
        ("place", "Harlow"),
        ("phone", PHONE_NUMBER),
    ):
        await page.locator(f"[name={name}]").fill(value)
    await page.locator("[name=contact_way][value=phone]").check()
    await page.get_by_role("button", name="Save").click()
    await page.wait_for_url(re.compile(r"/clients/[0-9a-f-]{36}"))
    return page.url


async def add_need(page: Page, client: str, code: str) -> None:
    """Note on the client's page that something is needed."""
    await page.goto(client)
    if not await page.locator("select[name=code]").is_visible():
        await page.get_by_text("Add a need").first.click()
    await page.locator("select[name=code]").select_option(code)
    await page.get_by_role("button", name="Add the need").click()
    await page.wait_for_url(re.compile("#need-"))


def refer_to(page: Page, service: str = "") -> Locator:
    """Return the first link of the page that refers (to a service)."""
    return page.locator("main").get_by_role("link", name=re.compile(rf"^Refer\s+to\s+{service}")).first


async def send(page: Page, steps: Counted) -> str:
    """Ask for consent and send what the form shows; return the id of the referral."""
    if await page.locator("[name=consent]").count():
        await steps.click(page.locator("[name=consent][value=spoken]"))
    await steps.click(page.get_by_role("button", name="Send", exact=True))
    await page.wait_for_url(re.compile(r"/referrals/[0-9a-f]{8}-"))
    return re.sub(r".*/referrals/([0-9a-f-]{36}).*", r"\1", page.url)


async def decline(page: Page) -> None:
    """Say on a mailed page that there is no room."""
    await page.get_by_text("No, and why").click()
    await page.locator("[name=reason][value=no-capacity]").check()
    await page.locator("form", has=page.locator("[name=reason]")).get_by_role("button").click()


async def make_overdue(demo: Server, referral_id: str) -> None:
    """Let the answer be late, as if the days had passed."""
    database = Database(f"sqlite+aiosqlite:///{demo.data_dir}/handrail.db")
    async with database.transaction() as db:
        late = clock.now() - timedelta(days=1)
        await db.execute(update(Referral).where(Referral.id == UUID(referral_id)).values(respond_by=late))
    await database.dispose()


async def rows_of_report(page: Page) -> dict[str, dict[str, str]]:
    """Return the lines of the report's file by the id of the referral."""
    answer = await page.request.get("/reports/referrals.csv")
    assert answer.ok
    lines = csv.DictReader(io.StringIO((await answer.text()).lstrip("\ufeff")))
    return {line["Referral"]: line for line in lines}


async def test_the_whole_loop(browser: Browser, demo: Server):
    problems: list[str] = []
    async with window(browser, demo.url) as page:
        await sign_in(page, "navigator@demo.example")
        client = await add_client(page)
        await add_need(page, client, "food-insecurity")
        problems += await problems_of(page)

        # The first referral: found by searching, accepted from the mail, closed with an outcome.
        await page.goto("/search?q=pantry&near=Harlow")
        await refer_to(page, "Millrace Community Pantry").click()
        await page.get_by_role("link", name=re.compile(rf"^Choose\s+{GIVEN}")).click()
        problems += await problems_of(page)
        helped = await send(page, Counted())
        problems += await problems_of(page)
        await accepted_from_the_mail(browser, demo, "Millrace Community Pantry", problems)

        # The second: sent from the client's page; declined, and sent on to the next best.
        await add_need(page, client, "transportation-insecurity")
        steps = Counted()
        first_choice = refer_to(page)
        service = re.sub(r"^Refer\s+to\s+", "", (await first_choice.inner_text()).strip())
        await steps.click(first_choice)
        declined = await send(page, steps)
        assert steps.interactions <= 8
        asked = await wait_for(demo.data_dir, lambda mail: service in body(mail) and "/act/" in body(mail))
        async with window(browser, demo.url, viewport=PHONE) as phone:
            await phone.goto(link_in(asked))
            problems += await problems_of(phone)
            await decline(phone)
            await phone.get_by_role("heading", name=re.compile("You said no")).first.wait_for()
            problems += await problems_of(phone)
        await page.goto(f"/referrals/{declined}")
        problems += await problems_of(page)
        await refer_to(page).click()
        rerouted = await send(page, Counted())
        assert rerouted != declined

        # The third, which is that one: nobody answers in time, and they are reminded, once.
        await make_overdue(demo, rerouted)

    async with window(browser, demo.url) as page:
        await sign_in(page, "coordinator@demo.example")
        await page.goto("/worklist?tab=overdue")
        problems += await problems_of(page)
        reminders = len(received(demo.data_dir))
        await page.goto(f"/referrals/{rerouted}")
        await page.get_by_role("button", name="Remind them now").click()
        await page.get_by_text("A reminder was sent").wait_for()
        assert await page.get_by_role("button", name="Remind them now").count() == 0
        await wait_for(demo.data_dir, lambda _mail: len(received(demo.data_dir)) > reminders)

        await page.goto("/reports")
        problems += await problems_of(page)
        report = await rows_of_report(page)
    assert (report[helped]["State"], report[helped]["Got help"]) == ("Completed", "yes")
    assert (report[declined]["State"], report[declined]["Got help"]) == ("Declined", "no")
    assert (report[rerouted]["State"], report[rerouted]["Follows"]) == ("Sent", declined)
    assert problems == []
    told = [
        part for mail in received(demo.data_dir) for part in IDENTITY if part in body(mail) + mail["subject"]
    ]
    assert told == []


async def accepted_from_the_mail(browser: Browser, demo: Server, service: str, problems: list[str]) -> None:
    """Answer yes without an account, type the code, see who it is, close it with what came of it."""
    asked = await wait_for(demo.data_dir, lambda mail: service in body(mail) and "/act/" in body(mail))
    async with window(browser, demo.url, viewport=PHONE) as phone:
        steps = Counted()
        steps.interactions += 1  # opening the link
        await phone.goto(link_in(asked))
        problems += await problems_of(phone)
        shown = await phone.locator("body").inner_text()
        assert [part for part in IDENTITY if part in shown] == []
        await steps.click(phone.get_by_role("button", name=re.compile("^Yes")))
        assert steps.interactions <= 2
        await phone.locator("[name=code]").wait_for()
        problems += await problems_of(phone)
        mailed = await wait_for(
            demo.data_dir, lambda mail: mail["to"] == asked["to"] and "code" in mail["subject"]
        )
        code = re.search(r"\b\d{6}\b", mailed["subject"])
        assert code is not None
        await phone.locator("[name=code]").fill(code[0])
        await phone.keyboard.press("Enter")
        await phone.get_by_text(PHONE_NUMBER).first.wait_for()
        problems += await problems_of(phone)
        await phone.locator("[name=outcome][value=got-help]").check()
        await phone.locator("[name=provided]").fill("A week of groceries")
        closing = phone.locator("form", has=phone.locator("[name=outcome]"))
        await closing.get_by_role("button").click()
        await phone.get_by_role("heading", name="Thank you. It is closed.").wait_for()
        problems += await problems_of(phone)
