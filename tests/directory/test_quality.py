"""What is wrong with which listings: every check finds what it is for, and leaves the rest alone."""

from datetime import timedelta

import pytest
from sqlalchemy import event, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from directory.importing import ImportOptions, import_directory
from directory.models import Service
from directory.quality import (
    AGES,
    CHECKS,
    GAPS,
    HERE,
    MEASURES,
    SEVERITIES,
    Scope,
    find_all,
    find_page,
    know,
    report,
)
from directory.quality.states import STATE_BOXES
from search.places.states import STATES
from tests.directory.quality_listings import CHANGES, SOURCE, TODAY, Listing, sound
from tests.support.tools import shared_data

NAMES = ("Alba", "Brook", "Cedar", "Dell", "Ember", "Fern")
#: What makes two listings of one: both are found.
BOTH = {"service-twice": 2, "organization-twice": 2}


async def some(db: AsyncSession) -> list[Listing]:
    return [await sound(db, name) for name in NAMES]


async def found(db: AsyncSession, code: str, scope: Scope = Scope()) -> set:
    page = await find_page(db, await know(db, TODAY), scope, (CHECKS | GAPS)[code])
    return {one.id for one in page.rows}


async def test_nothing_is_wrong_with_sound_listings(db: AsyncSession):
    await some(db)
    whole = (await report(db, await know(db, TODAY), Scope())).all
    assert (whole.organizations, whole.services, whole.published, whole.locations) == (6, 6, 6, 6)
    assert {code: number for code, number in whole.findings.items() if number} == {}
    assert {code for code, number in whole.complete.items() if number != 6} == {"hours-text"}
    assert whole.checked == {"fresh": 6, "ageing": 0, "stale": 0, "never": 0}


@pytest.mark.parametrize("code", CHECKS)
async def test_a_check_finds_what_it_is_for_and_no_more(db: AsyncSession, code: str):
    check, listings = CHECKS[code], await some(db)
    break_it, nearly = CHANGES[code]
    await nearly(db, listings[0])
    await db.flush()
    assert await found(db, code) == set()
    await break_it(db, listings[1])
    await db.flush()
    ids = await found(db, code)
    assert listings[1].id(check.subject) in ids
    assert len(ids) == BOTH.get(code, 1)
    figures = (await report(db, await know(db, TODAY), Scope(SOURCE))).all
    assert figures.findings[code] == len(ids)


def test_each_check_is_tried_and_stands_in_its_order():
    assert set(CHANGES) == set(CHECKS)
    severities = [check.severity for check in CHECKS.values()]
    assert severities == sorted(severities) and set(severities) == set(SEVERITIES)


async def test_history_is_counted_but_not_checked(db: AsyncSession):
    one = (await some(db))[0]
    one.service.status, one.service.assured_date = "defunct", None
    await db.flush()
    whole = (await report(db, await know(db, TODAY), Scope())).all
    assert (whole.services, whole.published, whole.unpublished) == (6, 5, 1)
    assert whole.findings["never-checked"] == 0 and sum(whole.checked.values()) == 5
    assert await found(db, "never-checked") == set()


async def test_listings_are_as_old_as_the_days_since_somebody_checked_them(db: AsyncSession):
    for one, days in zip(await some(db), (0, 90, 91, 180, 181, None), strict=True):
        one.service.assured_date = None if days is None else TODAY - timedelta(days=days)
    await db.flush()
    whole = (await report(db, await know(db, TODAY), Scope())).all
    assert whole.checked == {"fresh": 2, "ageing": 2, "stale": 1, "never": 1}


@pytest.mark.parametrize("code", GAPS)
async def test_what_is_missing_is_listed_as_it_is_counted(db: AsyncSession, code: str):
    await some(db)
    db.add(Service(name="Bare", source=SOURCE))
    await db.flush()
    whole = (await report(db, await know(db, TODAY), Scope())).all
    assert whole.published - whole.complete[code.removeprefix("without-")] == 1
    assert len(await found(db, code)) == 1


async def test_sources_are_told_apart_and_what_was_made_here_has_its_own(db: AsyncSession):
    await some(db)
    here, other = await sound(db, "Gale", None), await sound(db, "Heath", "=other()")
    here.service.assured_date = None
    await db.flush()
    told = await report(db, await know(db, TODAY), Scope())
    assert [(one.source, one.services) for one in told.sources] == [(SOURCE, 6), (HERE, 1), ("=other()", 1)]
    assert [one.findings["never-checked"] for one in told.sources] == [0, 1, 0]
    assert await found(db, "never-checked", Scope(HERE)) == {here.service.id}
    assert await found(db, "never-checked", Scope("=other()")) == set()
    own = (await report(db, await know(db, TODAY), Scope(organization_id=other.organization.id))).all
    assert (own.organizations, own.services, own.locations) == (1, 1, 1)


async def test_a_national_source_has_no_middle(db: AsyncSession):
    for one, (lat, lon) in zip(
        await some(db), [(42, -101), (34, -118), (41, -74), (30, -90), (47, -122), (26, -80)], strict=True
    ):
        one.place.latitude, one.place.longitude = lat, lon
    await db.flush()
    assert (await know(db, TODAY)).middles == ()
    assert await found(db, "coordinates-far") == set()


async def test_a_confidential_place_is_found_without_its_name(db: AsyncSession):
    one = (await some(db))[0]
    one.place.confidential, one.place.latitude, one.place.longitude = True, 0, 0
    await db.flush()
    check = CHECKS["coordinates-zero"]
    row = (await find_page(db, await know(db, TODAY), Scope(), check)).rows[0]
    assert (row.name, row.organization) == ("", "Alba Hall")
    assert row.href == f"/services/{one.service.id}?location={one.place.id}"


async def test_findings_go_on_after_the_last_of_a_page(db: AsyncSession):
    await some(db)
    await db.execute(update(Service).values(assured_date=None))
    known, check = await know(db, TODAY), CHECKS["never-checked"]
    first = await find_page(db, known, Scope(), check, size=4)
    second = await find_page(db, known, Scope(), check, first.after, size=4)
    assert (len(first.rows), len(second.rows), second.after) == (4, 2, None)
    every = [one.id async for one in find_all(db, known, Scope(), check)]
    assert every == [one.id for one in (*first.rows, *second.rows)] == sorted(every)
    last = await find_page(db, known, Scope(), check, size=6)
    assert len(last.rows) == 6 and last.after is None


async def test_more_listings_ask_no_more_questions(db: AsyncSession):
    asked: list[str] = []
    connection = (await db.connection()).sync_connection
    event.listen(connection, "before_cursor_execute", lambda *args: asked.append(args[2]))
    numbers = []
    for source in ("one", "two", "three"):
        for name in NAMES:
            await sound(db, name, source)
        asked.clear()
        await report(db, await know(db, TODAY), Scope())
        numbers.append(len(asked))
    assert numbers == [7, 7, 7]


async def test_an_empty_directory_has_figures_too(db: AsyncSession):
    told = await report(db, await know(db, TODAY), Scope())
    assert told.sources == [] and told.all.services == 0
    assert set(told.all.complete) == set(MEASURES) and set(told.all.checked) == set(AGES)


def test_every_state_holds_its_own_zip_codes():
    import zipcodes

    assert {code: name.upper() for code, name in STATES.items()} == {
        c: n for c, (n, *_) in STATE_BOXES.items()
    }
    outside = [
        row["zip_code"]
        for row in zipcodes.list_all()
        if row["state"] in STATE_BOXES
        and float(row["lat"])
        and not _holds(row["state"], row["lat"], row["long"])
    ]
    assert outside == []


def _holds(state: str, lat: str, lon: str) -> bool:
    _name, *boxes = STATE_BOXES[state]
    return any(s <= float(lat) <= n and w <= float(lon) <= e for s, n, w, e in boxes)


@pytest.mark.shared_data
async def test_real_legal_aid_listings(database):
    await import_directory(database, shared_data("legal_aid"), ImportOptions())
    async with database.transaction(write=False) as db:
        told = await report(db, await know(db, TODAY), Scope("legal_aid"))
        services = set(await db.scalars(select(Service.id)))
        assert told.all.services == len(services)
        for code in ("unlinked", "no-place", "undialled", "service-twice"):
            listed = [
                one async for one in find_all(db, await know(db, TODAY), Scope("legal_aid"), CHECKS[code])
            ]
            assert len(listed) == told.all.findings[code] > 0
            assert {one.id for one in listed} <= services
