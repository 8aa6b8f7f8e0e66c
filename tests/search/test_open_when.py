"""Open now and open at a chosen time through the whole application: what is found, and what its card says."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import time_machine

from core.database import Database
from directory.models import Schedule
from search.state import Search
from tests.search.listings import FALLS, build, id_of, listing
from tests.search.test_pages import page, text_of
from tests.support.http import Http

CENTRAL = ZoneInfo("America/Chicago")
SUNDAY = datetime(2026, 11, 22, 18, tzinfo=CENTRAL)
THANKSGIVING = datetime(2026, 11, 26, 11, tzinfo=CENTRAL)


def hours(
    name: str, byday: str | None = None, opens: int | None = None, closes: int | None = None, **more: object
):
    times = {"opens_at": time(opens) if opens else None, "closes_at": time(closes) if closes else None}
    return Schedule(service_id=id_of(name), byday=byday, timezone=CENTRAL.key, **times, **more)


async def write(database: Database, search: Search) -> None:
    async with database.transaction() as db:
        for name in ("Weekday Pantry", "Second Tuesday Pantry", "Winter Beds", "Holiday Table"):
            await listing(db, name, FALLS)
        db.add(hours("Weekday Pantry", "MO,TU,WE,TH,FR", 9, 17, freq="WEEKLY"))
        db.add(hours("Second Tuesday Pantry", "2TU", 10, 12, freq="MONTHLY", notes="except July"))
        db.add(hours("Winter Beds", "MO,TU,WE,TH,FR,SA,SU", 19, 7, freq="WEEKLY", notes="Nov-Mar only"))
        db.add(hours("Holiday Table", "TH", 9, 17, freq="WEEKLY", notes="closed holidays"))
        day = date(2026, 11, 26)
        db.add(
            hours(
                "Holiday Table", None, 11, 14, valid_from=day, valid_to=day, description="Thanksgiving dinner"
            )
        )
    await build(search)


async def open_at(http: Http, when: str, near: str = "&near=69812") -> set[str]:
    answer = await http.get(f"/api/search?open_at={when}{near}")
    assert answer.status_code == 200
    return {hit["name"] for hit in answer.json()["hits"]} - {"Millrace Community Pantry"}


async def test_open_at_a_chosen_time_however_far_away(http: Http, search: Search, database: Database) -> None:
    with time_machine.travel(SUNDAY, tick=False):
        await write(database, search)
        assert await open_at(http, "2026-12-08T11:00") == {"Weekday Pantry", "Second Tuesday Pantry"}
        assert await open_at(http, "2027-06-08T11:00") == {"Weekday Pantry", "Second Tuesday Pantry"}
        assert await open_at(http, "2027-07-13T11:00") == {"Weekday Pantry"}
        assert await open_at(http, "2027-02-14T03:00") == {"Winter Beds"}
        assert await open_at(http, "2027-07-14T03:00") == set()
        # On a holiday only what is known to be open is open.
        assert await open_at(http, "2026-11-26T11:30") == {"Holiday Table"}
        assert await open_at(http, "2027-11-25T11:30") == set()


async def test_without_a_place_the_time_is_that_of_the_directory(
    http: Http, search: Search, database: Database
) -> None:
    with time_machine.travel(SUNDAY, tick=False):
        await write(database, search)
        assert await open_at(http, "2026-12-09T16:30", near="") == {"Weekday Pantry"}
        assert "Open Dec 8 at 11 am" in text_of(await page(http, "/search?open_at=2026-12-08T11:00"))


async def test_a_card_says_what_is_so_at_the_time_asked_for(
    http: Http, search: Search, database: Database
) -> None:
    with time_machine.travel(SUNDAY, tick=False):
        await write(database, search)
        said = text_of(await page(http, "/search?near=69812&q=pantry&open_at=2026-12-08T11:00"))
        assert "Open then, until 5 pm" in said
        assert "Open then, until noon" in said
        now = text_of(await page(http, "/search?near=69812"))
        assert "Opens at 9 am tomorrow" in now
        assert "Opens on the 2nd Tuesday of the month: Dec 8 at 10 am" in now
        assert "Opens at 7 pm" in now


async def test_a_holiday_leaves_a_doubt_unless_the_listing_tells(
    http: Http, search: Search, database: Database
) -> None:
    with time_machine.travel(THANKSGIVING, tick=False):
        await write(database, search)
        said = text_of(await page(http, "/search?near=69812"))
        assert "May be closed today: Thanksgiving" in said
        assert "Open now, until 2 pm" in said
        listed = text_of(await page(http, f"/services/{id_of('Weekday Pantry')}"))
        assert "May be closed: Thanksgiving (usually 9 am to 5 pm)" in listed
