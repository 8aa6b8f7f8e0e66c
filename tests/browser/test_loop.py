"""The whole loop, as the people in it see it: find help, refer, follow until it is known whether it helped."""

import csv
import io
import re
from email.message import EmailMessage

from playwright.async_api import Browser, Locator, Page, expect

from tests.support.browser import PHONE, accessibility_problems, sign_in, window
from tests.support.hands import Hands, saying
from tests.support.letters import body, link_in, received, wait_for
from tests.support.passing import let_days_pass
from tests.support.server import Server

GIVEN, FAMILY, BORN, PHONE_NUMBER = "Wilhelmina", "Ashgrove", "1990-05-17", "(698) 555-0166"
IDENTITY = (FAMILY, "May 17, 1990", BORN, PHONE_NUMBER)
NOTE = "Two children. Eats no pork."


class Loop:
    """What is found out on the way: pages that axe complains of, and mails that were read already."""

    def __init__(self, browser: Browser, demo: Server) -> None:
        self.browser, self.demo = browser, demo
        self.problems: list[str] = []
        self.before = {str(mail["Message-ID"]) for mail in received(demo.data_dir)}
        self.read = set(self.before)

    async def look(self, page: Page) -> None:
        """Have axe read the page as it stands."""
        self.problems += [f"{page.url}: {problem}" for problem in await accessibility_problems(page)]

    async def mail(self, words: str) -> EmailMessage:
        """Return the next mail with these words in it."""
        found = await wait_for(
            self.demo.data_dir,
            lambda mail: (
                str(mail["Message-ID"]) not in self.read and words in f"{mail['subject']}\n{body(mail)}"
            ),
        )
        self.read.add(str(found["Message-ID"]))
        return found


async def add_client(page: Page) -> str:
    """Record Wilhelmina; return the address of her page."""
    hands = Hands(page)
    await hands.follow("New client")
    await hands.fill("First name", GIVEN)
    await hands.fill("Last name", FAMILY)
    await hands.fill("Date of birth", BORN)
    await hands.fill("Town or ZIP code", "Harlow")
    await hands.fill("Phone number", PHONE_NUMBER)
    assert hands.count <= 6
    await hands.press("Save")
    return page.url


async def add_need(page: Page, need: str) -> None:
    if await page.get_by_label("What is needed?").is_hidden():
        await page.locator("summary", has_text="Add a need").click()
    hands = Hands(page)
    await hands.choose("What is needed?", need)
    await hands.press("Add the need")


def card(page: Page, need: str) -> Locator:
    """Return the card of a need on the page of a client."""
    return page.locator("section.card", has=page.get_by_role("heading", name=saying(need)))


def sent_id(page: Page) -> str:
    found = re.search(r"/referrals/([0-9a-f-]{36})", page.url)
    assert found is not None, page.url
    return found[1]


async def letter(page: Page) -> dict[str, str]:
    """Return what the letter on the page tells, as far as it can be seen."""
    told = {}
    for row in await page.locator(".letter:not(.letter--flat) dl.sum > div").all():
        if await row.is_visible():
            told[await row.locator("dt").inner_text()] = await row.locator("dd").inner_text()
    return told


async def test_the_whole_loop(browser: Browser, demo: Server):
    loop = Loop(browser, demo)
    async with window(browser, demo.url) as page:
        await sign_in(page, "navigator@demo.example")
        client = await add_client(page)
        await add_need(page, "Food today")
        await add_need(page, "A ride")
        await loop.look(page)
        helped = await search_and_refer(loop, page)
        await accept_and_close(loop)
        await page.goto(client)
        await expect(card(page, "Food today")).to_contain_text("Got help")
        await expect(card(page, "Food today")).to_contain_text("Bread and beans for a week")
        declined, overdue = await refer_decline_and_ask_the_next(loop, page, client)
    await nobody_answers(loop, overdue)
    await read_the_report(loop, helped, declined, overdue)
    assert loop.problems == []
    mails = received(demo.data_dir)
    assert [part for mail in mails for part in IDENTITY if part in body(mail) + mail["subject"]] == []


async def search_and_refer(loop: Loop, page: Page) -> str:
    """Find a pantry by searching, say exactly what it may be told, and send."""
    hands = Hands(page)
    await page.goto("/search?q=Millrace+Community+Pantry&near=Harlow")
    await hands.follow("Refer to Millrace Community Pantry", page.locator("main"))
    await loop.look(page)
    await hands.follow(f"Choose {GIVEN} {FAMILY}", page.locator("main"))
    await hands.press("Send")
    await expect(page.locator(".errors")).to_be_focused()
    await loop.look(page)
    await hands.tick("Yes, said aloud")
    assert "Language" in await letter(page)
    await hands.untick("Language")
    await hands.fill("In one or two sentences", NOTE)
    shown = await letter(page)
    assert shown == {
        "Need": "Food today, this week",
        "Asked for": "Millrace Community Pantry",
        "Name": f"{GIVEN} {FAMILY}",
        "How to reach the person": f"Call · {PHONE_NUMBER}",
        "Town and ZIP code": "Harlow",
        "You write": NOTE,
        "From": "Alder Care Link",
    }
    await hands.press("Send")
    assert hands.count <= 8
    await loop.look(page)
    return sent_id(page)


async def accept_and_close(loop: Loop) -> None:
    """Answer yes from the mail, without an account; see who it is with a code; say how it ended."""
    asked = await loop.mail("Millrace Community Pantry")
    async with window(loop.browser, loop.demo.url, viewport=PHONE) as phone:
        hands = Hands(phone)
        await phone.goto(link_in(asked))
        await loop.look(phone)
        seen = await phone.locator("body").inner_text()
        assert [part for part in (*IDENTITY, GIVEN, NOTE) if part in seen] == []
        await hands.press("Yes, we can help")
        assert hands.count <= 2
        await loop.look(phone)
        code = re.search(r"\b\d{6}\b", (await loop.mail("Your code"))["subject"])
        assert code is not None
        wrong = "000000" if code[0] != "000000" else "111111"
        await hands.fill("Code sent to", wrong)
        await hands.press("Show me who it is")
        await expect(phone.locator(".errors")).to_be_focused()
        await loop.look(phone)
        await hands.fill("Code sent to", code[0])
        await hands.press("Show me who it is")
        await expect(phone.get_by_role("heading", level=1)).to_have_text(f"{GIVEN} {FAMILY}")
        assert await letter(phone) == {
            "How to reach the person": f"Call · {PHONE_NUMBER}",
            "Town and ZIP code": "Harlow",
            "Note": NOTE,
        }
        await loop.look(phone)
        hands.begin()
        await hands.tick("Got help")
        await hands.fill("What was provided?", "Bread and beans for a week")
        await hands.press("Close the referral")
        assert hands.count <= 3
        await expect(phone.get_by_role("heading", level=1)).to_have_text("Thank you. It is closed.")
        await loop.look(phone)
        await phone.goto(link_in(asked))
        await expect(phone.get_by_role("button", name=saying("Yes"))).to_have_count(0)


async def refer_decline_and_ask_the_next(loop: Loop, page: Page, client: str) -> tuple[str, str]:
    """Refer from the page of the client; get a no from the mail; ask the next best place."""
    hands = Hands(page)
    await page.goto(client)
    await hands.follow("Refer", card(page, "A ride"))
    service = (await letter(page))["Asked for"]
    await hands.tick("Yes, said aloud")
    await hands.press("Send")
    assert hands.count <= 3
    declined = sent_id(page)
    asked = await loop.mail(service)
    async with window(loop.browser, loop.demo.url, viewport=PHONE) as phone:
        answering = Hands(phone)
        await phone.goto(link_in(asked))
        await answering.open("No, and why")
        await answering.press("Decline")
        await expect(phone.locator(".errors")).to_be_focused()
        await loop.look(phone)
        answering.begin()
        await answering.tick("No room at the moment")
        await answering.press("Decline")
        assert answering.count <= 3
        await expect(phone.get_by_role("heading", level=1)).to_contain_text("You said no")
        await loop.look(phone)
    await page.goto(f"/referrals/{declined}")
    await expect(page.locator("main")).to_contain_text("No room at the moment")
    await loop.look(page)
    hands.begin()
    await hands.follow("Refer", page.locator("main"))
    next_service = (await letter(page))["Asked for"]
    assert next_service != service
    await hands.tick("Yes, said aloud")
    await hands.press("Send")
    assert hands.count <= 3
    await loop.mail(next_service)
    return declined, sent_id(page)


async def nobody_answers(loop: Loop, overdue: str) -> None:
    """Four days pass: the reminder goes out by itself, once, and the worklist asks nobody to send it again."""
    await let_days_pass(loop.demo.data_dir, overdue, days=4)
    reminder = await loop.mail("Still waiting for your answer")
    async with window(loop.browser, loop.demo.url) as page:
        await sign_in(page, "coordinator@demo.example")
        await Hands(page).follow("Worklist")
        row = page.get_by_role("row", name=saying(f"{GIVEN} {FAMILY[0]}."))
        await expect(row).to_contain_text("reminded")
        await expect(row.get_by_role("button")).to_have_count(0)
        await loop.look(page)
    async with window(loop.browser, loop.demo.url, viewport=PHONE) as phone:
        await phone.goto(link_in(reminder))
        await expect(phone.get_by_role("button", name="Yes, we can help")).to_be_visible()
    same = [
        mail
        for mail in received(loop.demo.data_dir)
        if str(mail["Message-ID"]) not in loop.before
        and (mail["To"], mail["Subject"]) == (reminder["To"], reminder["Subject"])
    ]
    assert len(same) == 1


async def read_the_report(loop: Loop, helped: str, declined: str, overdue: str) -> None:
    """The coordinator's report knows all three, on its page and in its file."""
    async with window(loop.browser, loop.demo.url) as page:
        await sign_in(page, "coordinator@demo.example")
        await Hands(page).follow("Reports")
        await loop.look(page)
        answer = await page.request.get("/reports/referrals.csv")
        lines = list(csv.DictReader(io.StringIO((await answer.text()).lstrip("\ufeff"))))
        got_help = sum(line["Got help"] == "yes" for line in lines)
        await expect(page.get_by_role("heading", level=1)).to_have_text(
            f"{got_help} of {len(lines)} got help"
        )
    report = {line["Referral"]: line for line in lines}
    assert (report[helped]["State"], report[helped]["Got help"]) == ("Completed", "yes")
    assert (report[declined]["State"], report[declined]["Got help"]) == ("Declined", "no")
    assert (report[overdue]["State"], report[overdue]["Follows"]) == ("Sent", declined)
