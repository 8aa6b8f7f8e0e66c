"""Languages: every text has its Spanish, plural forms and times are right, and no English is left on Spanish pages."""

import re
from datetime import date, time, timedelta
from html.parser import HTMLParser
from typing import Any

import pytest
import time_machine
from babel.messages.catalog import Catalog, Message

from core import clock, display, i18n, messages
from directory.models import (
    Address,
    Contact,
    CostOption,
    Language,
    Location,
    Organization,
    Phone,
    RequiredDocument,
    Schedule,
    Service,
    ServiceArea,
    ServiceAtLocation,
)
from referrals import messages as letters
from referrals.models import Referral
from tests.support.cast import Cast
from tests.support.databases import settings_for
from tests.support.http import sign_in
from tests.support.world import make_world

#: English that stays on Spanish pages: names of languages as their speakers write them, of file formats and commands.
STAYS = {"english", "csv", "litestar", "accounts", "add", "role", "email", "organization"}


def test_every_text_is_translated():
    assert messages.problems() == []


@pytest.mark.parametrize(
    ("text", "translated", "wrong"),
    [
        ("Call %(name)s", "Llame a %(name)s", None),
        ("Call %(name)s", "Llame", "placeholder lost"),
        ("Call %(name)s", "Llame a %(nombre)s", "unknown placeholder"),
        ("Call %(name)s", "", "not translated"),
        (("One call", "%(num)s calls"), ("Una llamada", "%(num)s llamadas"), None),
        (("%(num)s call", "%(num)s calls"), ("%(num)s llamada", ""), "not translated"),
        (("%(num)s call", "%(num)s calls"), ("%(num)s llamada", "llamadas"), "placeholder lost"),
    ],
)
def test_a_bad_translation_is_told(text, translated, wrong):
    assert messages._wrong(Message(text), Message(text, translated)) == wrong


def test_a_text_without_translation_is_told(monkeypatch):
    texts = Catalog()
    texts.add("A text that nobody has translated")
    monkeypatch.setattr(messages, "extract", lambda: texts)
    assert messages.problems() == ["es: missing: 'A text that nobody has translated'"]


def test_taking_in_texts_again_changes_nothing(tmp_path, monkeypatch):
    path = tmp_path / "es.po"
    path.write_bytes((i18n.LOCALES_DIR / "es.po").read_bytes())
    monkeypatch.setattr(messages, "LOCALES_DIR", tmp_path)
    messages.update()
    before = path.read_bytes()
    messages.update()
    assert path.read_bytes() == before
    assert messages.problems() == []


@pytest.mark.parametrize(
    ("cookie", "accepted", "language"),
    [
        (None, "", "en"),
        (None, "es", "es"),
        (None, "es-MX,es;q=0.9,en;q=0.5", "es"),
        (None, "en;q=0.5, es;q=0.9", "es"),
        (None, "fr,es;q=0.3", "es"),
        (None, "fr,de", "en"),
        (None, "es;q=often,en", "en"),
        ("es", "en", "es"),
        ("en", "es", "en"),
        ("xx", "es", "es"),
    ],
)
def test_the_language_is_the_chosen_one_else_the_first_asked_for(cookie, accepted, language):
    assert i18n.negotiate(cookie, accepted) == language


def test_one_thing_and_several_things():
    with i18n.in_language("es"):
        said = [i18n.ngettext("%(num)s place", "%(num)s places", n) % {"num": n} for n in (0, 1, 2, 21)]
    assert said == ["0 lugares", "1 lugar", "2 lugares", "21 lugares"]


def test_the_same_word_is_said_differently_of_different_things():
    with i18n.in_language("es"):
        assert i18n.gettext("Closed") == "Cerrado"
        assert i18n.pgettext("referrals", "Closed") == "Cerradas"
    assert i18n.pgettext("referrals", "Closed") == "Closed"


def test_an_unknown_language_is_english():
    with i18n.in_language("tlh"):
        assert (i18n.current_language(), i18n.gettext("Search")) == ("en", "Search")


@pytest.mark.parametrize(
    ("at", "alone", "after"),
    [
        (time(13), "1 p.m.", "la 1 p.m."),
        (time(1, 30), "1:30 a.m.", "la 1:30 a.m."),
        (time(19), "7 p.m.", "las 7 p.m."),
        (time(12), "mediodía", "las 12 del mediodía"),
        (time(0), "medianoche", "las 12 de la noche"),
        (time(12, 30), "12:30 p.m.", "las 12:30 p.m."),
    ],
)
def test_times_in_spanish_have_their_article_after_a_word(at, alone, after):
    with i18n.in_language("es"):
        assert display.hour(at).replace("\u00a0", " ") == alone
        assert display.clock_time(at).replace("\u00a0", " ") == after
        assert "\u202f" not in display.hour(at)


def test_times_in_english_have_no_article():
    assert (display.clock_time(time(13)), display.clock_time(time(12))) == ("1 pm", "noon")


@time_machine.travel("2026-11-23T18:00:00Z", tick=False)
def test_days_in_spanish():
    with i18n.in_language("es"):
        ahead = [display.near_day(date(2026, 11, 23) + timedelta(days=days)) for days in (0, 1, 2, 30)]
        assert ahead == ["hoy", "mañana", "el miércoles", "el 23 dic"]
        assert display.long_day(date(2026, 11, 23)) == "lunes, 23 de noviembre"
        assert display.days_ago(1) == "ayer"
        assert display.days_ago(21) == "hace 3 semanas"


class _Page(HTMLParser):
    """The words of a page that a person sees or hears: its text, and what attributes say."""

    SAID = (
        "aria-label",
        "placeholder",
        "title",
        "alt",
        "data-say",
        "data-wait",
        "data-failed",
        "data-copied",
    )

    def __init__(self, html: str) -> None:
        super().__init__()
        self.silent = False
        self.said: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.silent = tag in ("script", "style", "code")
        self.said += [value for name, value in attrs if name in self.SAID and value]

    def handle_endtag(self, tag):
        self.silent = False

    def handle_data(self, data):
        if not self.silent:
            self.said.append(data)


def _words(text: str) -> set[str]:
    """The words of a text, without placeholders, addresses, and what is quoted: that is what somebody may say."""
    said = re.sub(r"%\(\w+\)s|\S+@\S+|\S+\.example|“[^”]*”", " ", text.lower())
    return set(re.findall(r"[a-zñáéíóúü]{3,}", said))


def _english() -> set[str]:
    """Every English word of the catalog that is not a Spanish one too, nor one in a name of the cast."""
    english, spanish = set(STAYS), set()
    for message in messages.read("es"):
        if message.id:
            for text in [message.id] if isinstance(message.id, str) else message.id:
                english |= _words(text)
            for text in [message.string] if isinstance(message.string, str) else message.string or ():
                spanish |= _words(text)
    locale = i18n.Locale("es")
    for months in locale.months["format"].values():
        spanish |= {word for name in months.values() for word in _words(name)}
    names = " ".join([*(one.name for one in Cast.members), *(one.name for one in Cast.organizations)])
    return english - spanish - STAYS - _words(names) - _words("Handrail Harlow")


def _despensa() -> list[Any]:
    """A service that is listed in Spanish, so that whatever is English on its page is ours."""
    zone, weekday = "America/Chicago", "MO,TU,WE,TH,FR"
    owner = Organization(
        name="Mesa Larga", description="Vecinos que dan comida.", website="https://mesa.example"
    )
    hall = Location(
        organization=owner, name="Salón Mesa", location_type="physical", latitude=42.05, longitude=-101.4,
        addresses=[Address(address_1="Calle 4", city="Harlow", state_province="NE", postal_code="69812", country="US",
                           address_type="physical")],
    )  # fmt: skip
    service = Service(
        organization=owner, name="Despensa Mesa", description="Comida para siete días.", minimum_age=18,
        verified_on=clock.today(zone) - timedelta(days=12), capacity="waiting",
        phones=[Phone(number="698-555-0142", e164="+16985550142", extension="4")], contacts=[Contact(name="Luz")],
        languages=[Language(code="es"), Language(code="so")], service_areas=[ServiceArea(name="Harlow")],
        cost_options=[CostOption(option="Free", amount=0)], required_documents=[RequiredDocument(document="Dos bolsas")],
        service_at_locations=[
            ServiceAtLocation(
                location=hall,
                schedules=[
                    Schedule(freq="WEEKLY", byday=weekday, opens_at=time(9), closes_at=time(12), timezone=zone),
                    Schedule(freq="MONTHLY", byday="3SA", opens_at=time(13), closes_at=time(15), timezone=zone),
                ],
            )
        ],
    )  # fmt: skip
    return [owner, service]


def _language(html: str) -> str:
    return html.partition('<html lang="')[2][:2]


def _left(html: str, english: set[str]) -> list[str]:
    return sorted({word for text in _Page(html).said for word in _words(text)} & english)


async def test_public_pages_in_spanish_have_no_english(http, database):
    english = _english()
    assert {"search", "open", "sign", "password", "today", "closed", "find", "help"} <= english
    rows = _despensa()
    async with database.transaction() as db:
        db.add_all(rows)
    owner, service = rows
    http.headers["accept-language"] = "es"
    pages = (
        "/", "/search", "/search?q=despensa", "/search?need=food&open_now=1&language=so", "/search?q=zzzz&free=1",
        "/search?near=zzzz", "/search?near=69812&sort=distance", "/search?page=1000", "/sign-in", "/nirgends", "/today",
        "/act/0123456789", f"/services/{service.id}", f"/organizations/{owner.id}",
    )  # fmt: skip
    for path in pages:
        answer = await http.get(path, follow_redirects=True)
        assert _language(answer.text) == "es", path
        assert _left(answer.text, english) == [], path


@pytest.mark.parametrize(
    ("member", "paths"),
    [
        (Cast.nina, ("/today", "/clients", "/clients/new", "/clients/{client}", "/clients/{client}/edit",
                     "/clients/{client}/consents/new?q=a", "/referrals", "/referrals/{referral}", "/referrals/new",
                     "/account")),
        (Cast.cora, ("/today", "/worklist", "/worklist?tab=unanswered", "/worklist?tab=declined", "/reports")),
        (Cast.omar, ("/today", "/inbox", "/inbox?show=closed", "/referrals/{referral}", "/listings")),
        (Cast.ada, ("/today", "/admin", "/admin/stuck")),
    ],
    ids=["navigator", "coordinator", "provider", "admin"],
)  # fmt: skip
async def test_staff_pages_in_spanish_have_no_english(http, database, member, paths):
    world = await make_world(database)
    english = _english() - _words(
        "she sleeps at her cousin's until Friday Evening pantry Zephyrine Quillfeather"
    )
    await sign_in(http, member)
    http.headers["accept-language"] = "es"
    for path in paths:
        path = path.format(client=world.client_id, referral=world.referral_id)
        answer = await http.get(path)
        assert answer.status_code == 200, path
        assert _language(answer.text) == "es", path
        assert _left(answer.text, english) == [], path


def test_a_mail_to_somebody_new_is_not_in_the_language_of_its_sender(tmp_path):
    referral = Referral(
        sender_name="Mesa Larga", service_name="Despensa", need_code="food-insecurity", urgency="today",
        sent_at=clock.now(), respond_by=clock.now(),
    )  # fmt: skip
    settings = settings_for("sqlite+aiosqlite://", tmp_path)
    with i18n.in_language("es"):
        for write in (letters.request, letters.reminder):
            subject, text = write(referral, settings, "token", "America/Chicago")
            assert "Food today" in text and subject.endswith("from Mesa Larga")
        assert "Comida para hoy" in letters.accepted(referral, settings, "token")[1]
