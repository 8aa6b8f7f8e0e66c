"""What a hand-out says of one service: hours in few lines, both languages, the parts of a mail and of a text message."""

from datetime import UTC, date, datetime, time

import pytest
import time_machine
from sqlalchemy import update

from core.database import Database
from core.i18n import in_language
from directory.models import Service
from directory.shown import Hours
from search.basket import pack
from search.basket.handout import leaves
from search.basket.hours import soon, usual
from search.basket.letters import letter, message, plain
from search.hours import Clocks, opening
from search.rows import Terms
from search.state import Search
from tests.search.listings import id_of
from tests.support.http import Http, post_form

PANTRY, MARKET = id_of("Millrace Community Pantry"), id_of("Second Shelf Market")
MONDAY = date(2026, 11, 23)


def rows(*told: tuple[str, int, int], valid_to: date | None = None) -> tuple[Terms, ...]:
    """Weekly opening hours as (days, from hour, to hour)."""
    hours = [
        Hours(
            id=id_of(f"{days}{opens}"),
            freq="WEEKLY",
            byday=days,
            opens_at=time(opens),
            closes_at=time(closes),
            valid_to=valid_to,
        )
        for days, opens, closes in told
    ]
    return Terms.of(hours)


def test_days_with_the_same_hours_share_a_line() -> None:
    told = rows(("TU", 9, 17), ("MO", 9, 17), ("WE", 9, 17), ("TH", 9, 17), ("FR", 9, 12), ("SA,SU", 10, 14))
    assert usual(told, MONDAY) == [
        "Monday to Thursday, 9 am to 5 pm",
        "Friday, 9 am to noon",
        "Saturday and Sunday, 10 am to 2 pm",
    ]
    with in_language("es"):
        assert usual(told, MONDAY)[0].lower().startswith("lunes a jueves")


def test_hours_that_are_over_are_not_told() -> None:
    assert usual(rows(("MO", 9, 17), valid_to=date(2026, 11, 1)), MONDAY) == []
    assert usual(rows(("MO", 9, 17), valid_to=date(2026, 12, 1)), MONDAY) != []


def test_single_days_are_told_apart_from_the_usual_week() -> None:
    closed = Hours(
        id=id_of("closed"), valid_from=date(2026, 12, 7), valid_to=date(2026, 12, 7), description="Closed"
    )
    told = (*rows(("MO,TU,WE,TH,FR", 9, 17)), *Terms.of([closed]))
    assert usual(told, MONDAY) == ["Monday to Friday, 9 am to 5 pm"]
    with time_machine.travel(datetime(2026, 11, 23, 18, tzinfo=UTC), tick=False):
        different = soon(opening(Clocks("America/Chicago", ""), told), MONDAY)
    assert [line.partition(":")[0] for line in different] == ["Monday, December 7"]


@pytest.mark.parametrize("language", ["en", "es"])
async def test_everything_that_matters_is_in_the_mail(
    search: Search, database: Database, language: str
) -> None:
    async with database.transaction(write=False) as db:
        told = await leaves(db, [PANTRY, MARKET], language)
    assert [leaf.name for leaf in told] == ["Millrace Community Pantry", "Second Shelf Market"]
    text = letter(told, language, "https://help.example/handout?s=x")
    for part in (
        "1. Millrace Community Pantry",
        "2. Second Shelf Market",
        "(698) 555-0142",
        "Photo ID",
        "Alder Falls",
    ):
        assert part in text, part
    assert "https://help.example/handout?s=x" in text and "211" in text.replace("-", "")
    assert plain(told, language) in text
    assert all(len(line) < 900 for line in text.splitlines())
    short = message(told, language, "https://help.example/handout?s=x")
    assert len(short.splitlines()) == 3 and short.splitlines()[-1].startswith("https://")


async def test_needs_and_costs_are_said_in_the_language_chosen(search: Search, database: Database) -> None:
    async with database.transaction(write=False) as db:
        (english,) = await leaves(db, [PANTRY], "en")
        (spanish,) = await leaves(db, [PANTRY], "es")
    assert (english.needs, english.cost) == (["Food today"], "Free")
    assert spanish.needs != english.needs and spanish.cost == "Gratis"
    assert english.about == spanish.about  # what they say of themselves stays as they wrote it
    assert english.languages == "English, Spanish" and spanish.languages == "Español, Inglés"


async def test_what_is_closed_for_good_leaves_the_list(
    http: Http, search: Search, database: Database
) -> None:
    for service_id in (PANTRY, MARKET):
        await post_form(http, "/basket", {"service": str(service_id), "keep": "yes", "back": "/"})
    async with database.transaction() as db:
        await db.execute(update(Service).where(Service.id == MARKET).values(status="defunct"))
    answer = await http.get("/handout")
    assert "Your list: 1 place" in answer.text
    assert f"={pack([PANTRY])};" in answer.headers["set-cookie"]
