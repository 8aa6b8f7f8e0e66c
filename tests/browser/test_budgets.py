"""How often somebody has to click, tap or type for what they do every day: each task has a budget."""

import re
from email.message import EmailMessage

from playwright.async_api import Browser, Page, expect

from tests.support.browser import PHONE, sign_in, window
from tests.support.hands import Hands, saying
from tests.support.letters import body, link_in, received, wait_for
from tests.support.passing import let_days_pass
from tests.support.server import Server

NAVIGATOR, COORDINATOR, PROVIDER = (f"{who}@demo.example" for who in ("navigator", "coordinator", "provider"))


async def add_client(page: Page, family_name: str, need: str = "Food today") -> str:
    """Record a client with a need, as somebody signed in; return the address of the client's page."""
    hands = Hands(page)
    await page.goto("/clients/new")
    await hands.fill("First name", "Perpetua")
    await hands.fill("Last name", family_name)
    await hands.fill("Date of birth", "1984-02-29")
    await hands.fill("Town or ZIP code", "69812")
    await hands.tick("In person only")
    assert hands.count <= 6
    await hands.press("Save")
    await hands.choose("What is needed?", need)
    await hands.press("Add the need")
    return page.url.partition("#")[0]


async def refer(page: Page, family_name: str, need: str = "Food today") -> tuple[str, str]:
    """Send a referral to the first place that fits a new client's need; return the ids of client and referral."""
    client = await add_client(page, family_name, need)
    hands = Hands(page)
    await hands.follow("Refer", page.locator("main"))
    await hands.tick("Yes, said aloud")
    await hands.press("Send")
    return client, referral_id(page)


def referral_id(page: Page) -> str:
    found = re.search(r"/referrals/([0-9a-f-]{36})", page.url)
    assert found is not None, page.url
    return found[1]


def mails(demo: Server) -> set[str]:
    """Return which mails were written until now."""
    return {str(mail["Message-ID"]) for mail in received(demo.data_dir)}


async def new_mail(demo: Server, known: set[str], words: str) -> EmailMessage:
    """Return a mail with these words that is not among the known ones."""
    return await wait_for(
        demo.data_dir,
        lambda mail: str(mail["Message-ID"]) not in known and words in f"{mail['subject']} {body(mail)}",
    )


async def test_a_known_need_is_referred_in_six(page: Page):
    await sign_in(page, NAVIGATOR)
    await add_client(page, "Sixways")
    hands = Hands(page)
    await page.goto("/today")
    await hands.follow("Clients")
    await hands.follow("Perpetua Sixways")
    await hands.follow("Refer", page.locator("main"))
    await hands.tick("Yes, said aloud")
    await hands.press("Send")
    await expect(page.locator("main")).to_contain_text("You asked")
    assert hands.count <= 5


async def test_somebody_is_referred_from_a_search_in_eight(phone: Page):
    await sign_in(phone, NAVIGATOR)
    await add_client(phone, "Eightfold", "A ride")
    hands = Hands(phone)
    await phone.goto("/today")
    await hands.fill("Need or service", "ride to the doctor")
    await hands.fill("Where", "69812")
    await hands.press("Find")
    await hands.follow("Refer", phone.locator("main"))
    await hands.follow("Choose Perpetua Eightfold", phone.locator("main"))
    await hands.tick("Yes, said aloud")
    await hands.press("Send")
    await expect(phone.locator("main")).to_contain_text("You asked")
    assert hands.count <= 7


async def test_an_organization_accepts_in_one_and_closes_in_two(browser: Browser, demo: Server, page: Page):
    await sign_in(page, NAVIGATOR)
    known = mails(demo)
    await refer(page, "Halfdozen")
    link = link_in(await new_mail(demo, known, "/act/"))
    async with window(browser, demo.url, viewport=PHONE) as phone:
        hands = Hands(phone)
        await phone.goto(link)
        await hands.press("Yes, we can help")
        assert hands.count <= 2
        code = await new_mail(demo, known, "Your code")
        await hands.fill("Code sent to", re.findall(r"\d{6}", code["subject"])[0])
        await hands.press("Show me who it is")
        await expect(phone.get_by_role("heading", name="Perpetua Halfdozen").first).to_be_visible()
        hands.begin()
        await hands.tick("Got help")
        await hands.press("Close the referral")
        assert hands.count <= 2
        await expect(phone.get_by_role("heading", level=1)).to_have_text("Thank you. It is closed.")


async def test_an_organization_declines_in_three_and_the_next_is_asked_in_three(
    browser: Browser, demo: Server, page: Page
):
    await sign_in(page, NAVIGATOR)
    known = mails(demo)
    _client, first = await refer(page, "Nextbest", "Clothes, furniture, child care")
    link = link_in(await new_mail(demo, known, "/act/"))
    async with window(browser, demo.url, viewport=PHONE) as phone:
        hands = Hands(phone)
        await phone.goto(link)
        await hands.open("No, and why")
        await hands.tick("No funds at the moment")
        await hands.press("Decline")
        assert hands.count <= 3
    hands = Hands(page)
    await page.goto("/worklist?tab=declined")
    row = page.get_by_role("row", name=saying("Perpetua N."))
    await hands.follow("Ask the next", row)
    await hands.tick("Yes, said aloud")
    await hands.press("Send")
    assert hands.count <= 3
    assert referral_id(page) != first
    await page.goto(f"/referrals/{first}")
    await expect(page.locator("main")).to_contain_text("Another place was asked")
    await page.goto("/worklist?tab=declined")
    await expect(page.get_by_role("row", name=saying("Perpetua N."))).to_have_count(0)


async def test_the_oldest_overdue_is_reminded_in_two_and_all_the_others_in_two(
    browser: Browser, demo: Server, page: Page
):
    async with window(browser, demo.url) as sender:
        await sign_in(sender, NAVIGATOR)
        sent = [(await refer(sender, family_name))[1] for family_name in ("Oldest", "Older")]
    for referral, days in zip(sent, (30, 20), strict=True):
        await let_days_pass(demo.data_dir, referral, days, wake_jobs=False)
    await sign_in(page, COORDINATOR)
    hands = Hands(page)
    await hands.follow("Worklist")
    oldest = page.locator("main tbody tr").first
    await expect(oldest).to_contain_text("Perpetua O.")
    await hands.press("Remind", oldest)
    assert hands.count <= 3
    await expect(page.locator("main tbody tr").first).to_contain_text("reminded")

    known = mails(demo)
    await page.goto("/today")
    hands.begin()
    await hands.follow("Worklist")
    await hands.press("Remind all")
    assert hands.count <= 4
    await expect(page.get_by_role("button", name=saying("Remind"))).to_have_count(0)
    await new_mail(demo, known, "Still waiting")


async def test_the_report_is_a_file_in_two(page: Page):
    await sign_in(page, COORDINATOR)
    hands = Hands(page)
    await hands.follow("Reports")
    async with page.expect_download() as download:
        hands.count += 1
        await page.get_by_role("link", name=saying("CSV")).click()
    assert hands.count <= 3
    assert (await download.value).suggested_filename.endswith(".csv")


async def test_an_inbox_says_yes_in_one_and_closes_in_three(page: Page):
    await sign_in(page, PROVIDER)
    hands = Hands(page)
    await hands.press("Yes, we can")
    assert hands.count == 1
    await expect(page.locator("main")).to_contain_text("You said yes")
    hands.begin()
    await hands.tick("Got some of the help")
    await hands.press("Close the referral")
    assert hands.count <= 2
    await expect(page.locator("main")).to_contain_text("You closed it")
