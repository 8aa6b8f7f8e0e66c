"""The list of saved services and handing it out, without a browser: cookies, addresses, paper, mail."""

import re
from html import unescape
from uuid import UUID, uuid4

import msgspec
import pytest
import time_machine
from sqlalchemy import select

from core import security
from core.database import Database
from core.jobs import run_due
from core.mail import Mail
from core.settings import Settings
from core.tongue import tongue
from search.basket import MOST, Basket, pack, unpack
from search.basket.codes import qr
from search.basket.handout import leaves
from search.basket.letters import letter, message, text_link
from search.state import Search
from tests.search.listings import id_of
from tests.support.cast import Cast
from tests.support.http import Http, post_form, sign_in
from tests.support.mailbox import Mailbox

PANTRY, SHELTER = id_of("Millrace Community Pantry"), id_of("Lantern House")
HTMX = {"hx-request": "true"}


def text_of(html: str) -> str:
    """What a page says, without its markup."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def listed(http: Http) -> tuple[UUID, ...]:
    """What the browser's list holds."""
    return unpack(http.cookies.get(security.cookie_name(http.settings, "list")) or "").ids


async def save(
    http: Http, service_id: UUID, keep: str = "yes", back: str = "/search?q=pantry", **headers: str
):
    form = {"service": str(service_id), "keep": keep, "back": back}
    return await post_form(http, "/basket", form, headers=headers)


def test_packed_ids_come_back_in_their_order() -> None:
    ids = tuple(uuid4() for _ in range(MOST))
    assert unpack(pack(ids)) == Basket(ids)
    assert unpack(",".join(map(str, ids[:3]))) == Basket(ids[:3])


@pytest.mark.parametrize("broken", ["", "....", "é" * 22, "a.b", "\x00" * 36, "A" * 10_000, "-" * 36])
def test_a_broken_list_is_empty(broken: str) -> None:
    assert unpack(broken).count == 0


def test_a_list_is_bounded_and_holds_each_once() -> None:
    ids = tuple(uuid4() for _ in range(MOST + 5))
    assert unpack(pack(ids)).ids == ids[:MOST]
    assert unpack(pack([ids[0], ids[0], ids[1]])).ids == ids[:2]
    full = Basket(ids[:MOST])
    assert full.saved(ids[0]) == full
    with pytest.raises(ValueError, match="full"):
        full.saved(ids[MOST])


async def test_saving_and_taking_off_by_forms(http: Http, search: Search) -> None:
    answer = await save(http, PANTRY, back="/search?q=pantry&near=69812")
    assert (answer.status_code, answer.headers["location"]) == (303, "/search?q=pantry&near=69812")
    await save(http, PANTRY)
    await save(http, SHELTER)
    assert listed(http) == (PANTRY, SHELTER)
    await save(http, PANTRY, "no")
    assert listed(http) == (SHELTER,)
    page = text_of((await http.get("/search?q=shelter")).text)
    assert "1 on your list" in page
    assert "Saved : take Lantern House off your list" in page


async def test_the_cookie_ends_with_the_browser_and_is_out_of_reach_of_scripts(
    http: Http, search: Search
) -> None:
    answer = await save(http, PANTRY)
    (cookie,) = [one for one in answer.headers.get_list("set-cookie") if "list=" in one]
    assert "HttpOnly" in cookie
    assert "max-age" not in cookie.lower() and "expires" not in cookie.lower()
    assert pack([PANTRY]) in cookie


async def test_htmx_gets_the_button_and_the_count_alone(http: Http, search: Search) -> None:
    answer = await save(http, PANTRY, **HTMX)
    assert answer.status_code == 200
    assert answer.text.lstrip().startswith("<form")
    assert 'data-say="Saved. 1 on your list."' in answer.text
    assert 'id="basket-count" hx-swap-oob="true"' in answer.text
    # What leads back leads to the page, not to this answer.
    assert 'name="back" value="/basket' not in answer.text
    assert listed(http) == (PANTRY,)
    again = await save(http, PANTRY, "no", **HTMX)
    assert "Taken off the list" in again.text


@pytest.mark.parametrize(
    "form",
    [
        {"service": "x", "keep": "yes"},
        {"service": str(uuid4()), "keep": "yes"},
        {"service": str(PANTRY), "keep": "perhaps"},
        {"keep": "yes"},
    ],
)
async def test_what_is_no_service_is_not_saved(http: Http, search: Search, form: dict[str, str]) -> None:
    assert (await post_form(http, "/basket", form)).status_code == 404
    assert listed(http) == ()


async def test_a_forged_form_saves_nothing(http: Http, search: Search) -> None:
    form = {"service": str(PANTRY), "keep": "yes", "_csrf": "a.b"}
    assert (await post_form(http, "/basket", form)).status_code == 400
    foreign = {"service": str(PANTRY), "keep": "yes"}
    answer = await post_form(http, "/basket", foreign, headers={"origin": "https://elsewhere.example"})
    assert answer.status_code == 400
    assert listed(http) == ()


@pytest.mark.parametrize("back", ["https://elsewhere.example/", "//elsewhere.example", "/\\elsewhere", "x"])
async def test_it_leads_back_to_our_own_pages_alone(http: Http, search: Search, back: str) -> None:
    assert (await save(http, PANTRY, back=back)).headers["location"] == "/handout"
    emptied = await post_form(http, "/basket/empty", {"back": back})
    assert emptied.headers["location"] == "/handout"


async def test_a_full_list_says_so(http: Http, search: Search) -> None:
    await http.get("/sign-in")
    full = pack(uuid4() for _ in range(MOST))
    http.cookies.set(security.cookie_name(http.settings, "list"), full)
    answer = await save(http, PANTRY, **HTMX)
    assert "Your list is full" in answer.text
    assert f"={full};" in answer.headers["set-cookie"]


async def test_emptying_and_leaving_forget_the_list(http: Http, search: Search) -> None:
    await save(http, PANTRY)
    await post_form(http, "/basket/empty", {"back": "/handout"})
    assert listed(http) == ()
    await save(http, PANTRY)
    answer = await http.get("/leave")
    assert answer.status_code == 303 and answer.headers["location"].startswith("https://")
    assert listed(http) == () and "visitor" not in str(http.cookies)


async def test_signing_out_forgets_the_list(http: Http, search: Search) -> None:
    await sign_in(http, Cast.nina)
    await save(http, PANTRY)
    assert "1 on your list" in text_of((await http.get("/search?q=pantry")).text)
    await post_form(http, "/sign-out", {})
    assert listed(http) == ()


async def test_the_own_list_is_handed_out_in_spanish_around_a_page_in_english(
    http: Http, search: Search
) -> None:
    await save(http, PANTRY)
    html = (await http.get("/handout?lang=es&print=1")).text
    assert '<html lang="en"' in html and "Your list: 1 place" in text_of(html)
    sheet = html[html.index('<div class="sheet"') :]
    assert '<div class="sheet" lang="es"' in sheet
    assert "(698) 555-0142" in text_of(sheet) and 'href="tel:+16985550142"' in sheet
    assert "Photo ID" in sheet and "data-print-now" in html


async def test_a_hand_out_opens_by_its_address_on_another_phone(http: Http, search: Search) -> None:
    html = (await http.get(f"/handout?s={pack([SHELTER, PANTRY])}&lang=en")).text
    said = text_of(html)
    assert said.index("1. Lantern House") < said.index("2. Millrace Community Pantry")
    assert "A list of 2 places" in said
    assert http.settings.base_url in html and 'class="qr"' in html
    assert "Empty the list" not in said


async def test_a_private_address_is_on_no_hand_out(http: Http, search: Search, database: Database) -> None:
    html = (await http.get(f"/handout?s={pack([SHELTER])}")).text
    assert "The address is kept private" in html
    async with database.transaction(write=False) as db:
        told = await leaves(db, [SHELTER], "en")
    everything = (
        html + letter(told, "en", "https://x.example") + message(told, "en", "https://x.example") + str(told)
    )
    assert "Harlow" not in everything and "Mill Lane" not in everything and "69815" not in everything


@pytest.mark.parametrize(
    "query",
    ["", "?s=", "?s=nonsense", "?s=5534bd35-ee3c-4edd-bc7f-f4020d3a9f06", "?s=%00&lang=xx", "?lang=tlh"],
)
async def test_a_hand_out_of_nothing_says_what_to_do(http: Http, search: Search, query: str) -> None:
    answer = await http.get(f"/handout{query}")
    if "%00" in query:
        assert answer.status_code == 400
    else:
        assert answer.status_code == 200 and "Nothing saved yet" in text_of(answer.text)


async def test_a_broken_address_does_not_show_the_readers_own_list(http: Http, search: Search) -> None:
    await save(http, PANTRY)
    said = text_of((await http.get("/handout?s=nonsense")).text)
    assert "There is nothing on this list any more" in said and "Millrace" not in said
    assert listed(http) == (PANTRY,)


async def test_it_is_mailed_in_neutral_words_and_the_address_is_forgotten(
    http: Http, search: Search, database: Database, settings: Settings, smtp: Mailbox
) -> None:
    form = {"s": pack([PANTRY]), "lang": "es", "to": "someone@mail.example"}
    answer = await post_form(http, "/handout/mail", form)
    assert answer.status_code == 303 and "sent=1" in answer.headers["location"]
    assert "mail.example" not in answer.headers["location"]
    page = await http.get(answer.headers["location"])
    assert "It is on its way" in page.text and "mail.example" not in page.text
    await run_due(database, msgspec.structs.replace(settings, smtp_url=smtp.url))
    (message_,) = smtp.messages
    body = message_.get_content()
    assert "Millrace Community Pantry" in body and "(698) 555-0142" in body
    assert "Millrace" not in message_["subject"] and "reply-to" not in message_
    async with database.transaction(write=False) as db:
        (row,) = (await db.scalars(select(Mail))).all()
    assert (row.state, row.to, row.text) == ("sent", "", None)


@pytest.mark.parametrize(
    "to",
    ["", "nobody", "a@b", "a@b.example, c@d.example", "A <a@b.example>", "a@b.example\nbcc: c@d.example"],
)
async def test_what_is_no_address_gets_no_mail(
    http: Http, search: Search, database: Database, to: str
) -> None:
    answer = await post_form(http, "/handout/mail", {"s": pack([PANTRY]), "to": to})
    assert answer.status_code == 422 and "Millrace Community Pantry" in answer.text
    async with database.transaction(write=False) as db:
        assert (await db.scalars(select(Mail))).all() == []


async def test_nobodys_mailbox_is_filled(http: Http, search: Search, database: Database) -> None:
    with time_machine.travel("2026-11-23T18:00:00Z", tick=False):
        answers = [
            await post_form(http, "/handout/mail", {"s": pack([PANTRY]), "to": to})
            for to in ("a@mail.example", "A@mail.example", "a@mail.example", "a@mail.example")
        ]
    assert [answer.status_code for answer in answers] == [303, 303, 303, 429]
    assert "Try again in" in answers[-1].text and int(answers[-1].headers["retry-after"]) > 0


async def test_one_network_cannot_mail_everybody(http: Http, search: Search) -> None:
    with time_machine.travel("2026-11-23T18:00:00Z", tick=False):
        answers = [
            await post_form(http, "/handout/mail", {"s": pack([PANTRY]), "to": f"n{n}@mail.example"})
            for n in range(11)
        ]
    assert [answer.status_code for answer in answers] == [303] * 10 + [429]


async def test_sending_the_form_twice_mails_once(http: Http, search: Search, database: Database) -> None:
    form = {"s": pack([PANTRY]), "to": "a@mail.example", "_key": "the very same key"}
    first, second = await post_form(http, "/handout/mail", form), await post_form(http, "/handout/mail", form)
    assert first.headers["location"] == second.headers["location"]
    async with database.transaction(write=False) as db:
        assert len((await db.scalars(select(Mail))).all()) == 1


async def test_the_form_takes_no_words_of_the_sender(http: Http, search: Search, database: Database) -> None:
    form = {
        "s": pack([PANTRY]),
        "to": "a@mail.example",
        "text": "Buy now",
        "note": "Buy now",
        "subject": "Buy now",
    }
    await post_form(http, "/handout/mail", form)
    async with database.transaction(write=False) as db:
        (row,) = (await db.scalars(select(Mail))).all()
    assert "Buy now" not in f"{row.subject}{row.text}"


def test_a_text_message_is_typed_in_and_goes_where_its_sender_says() -> None:
    assert (
        text_link("1. A & B\nhttps://x.example/?s=1")
        == "sms:?&body=1.%20A%20%26%20B%0Ahttps%3A//x.example/%3Fs%3D1"
    )


def test_a_code_is_one_picture_without_style() -> None:
    code = str(qr("https://help.example/handout?s=1", 'A "list"'))
    assert code.startswith('<svg class="qr" role="img" aria-label="A &#34;list&#34;"')
    assert "style" not in code and "<script" not in code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("A week of groceries for you and your family, from the shop of your choice.", "en"),
        ("Comida para una semana; usted escoge lo que necesita para su familia.", "es"),
        ("Lantern House", ""),
        ("", ""),
    ],
)
def test_the_language_of_a_text_is_told_by_its_little_words(text: str, code: str) -> None:
    assert tongue(text) == code
