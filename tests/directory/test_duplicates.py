"""Pairs that may be one are found by rules, measured on labelled pairs, and stay decided once somebody has decided."""

from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import select

from core.database import Database
from core.jobs import Job
from directory.duplicates import actions, proposing
from directory.duplicates.finding import CROWD, Pool, judge
from directory.duplicates.gathering import gather
from directory.duplicates.jobs import find_duplicates
from directory.duplicates.likeness import Facts, alike, compare, metres
from directory.duplicates.models import DuplicatePair
from directory.duplicates.reasons import REASONS, reason_words
from directory.duplicates.weights import PROPOSE
from directory.importing import ImportOptions, import_directory
from directory.models import Location, Organization, Phone, Service
from tests.directory.duplicate_pairs import Labelled, pairs
from tests.support.cast import Cast
from tests.support.packages import package

BOARD: dict[str, list[dict[str, Any]]] = {
    "organizations": [{"id": "o1", "name": "Grace Lutheran Church", "website": "grace.example"}],
    "services": [{"id": "s1", "organization_id": "o1", "name": "Grace Food Shelf", "status": "active"},
                 {"id": "s2", "organization_id": "o1", "name": "Tax Help", "status": "active"}],
    "locations": [{"id": "l1", "organization_id": "o1", "latitude": "42.05", "longitude": "-101.4"}],
    "service_at_location": [{"id": "x1", "service_id": "s1", "location_id": "l1"},
                            {"id": "x2", "service_id": "s2", "location_id": "l1"}],
    "addresses": [{"id": "a1", "location_id": "l1", "address_1": "20 Elm Street", "city": "Harlow",
                   "state_province": "NE", "postal_code": "69812", "address_type": "physical"}],
    "phones": [{"id": "p1", "service_id": "s1", "number": "(698) 555-0101"}],
}  # fmt: skip
SHEET: dict[str, list[dict[str, Any]]] = {
    "organizations": [{"id": "o1", "name": "Grace Lutheran", "website": "www.grace.example"}],
    "services": [{"id": "s1", "organization_id": "o1", "name": "Grace Lutheran Food Pantry", "status": "active"}],
    "locations": [{"id": "l1", "organization_id": "o1"}],
    "service_at_location": [{"id": "x1", "service_id": "s1", "location_id": "l1"}],
    "addresses": [{"id": "a1", "location_id": "l1", "address_1": "20 Elm St.", "city": "Harlow",
                   "state_province": "NE", "postal_code": "69812-1234", "address_type": "physical"}],
    "phones": [{"id": "p1", "service_id": "s1", "number": "698.555.0101"}],
}  # fmt: skip


def proposed(pair: Labelled) -> bool:
    """Tell whether a labelled pair is proposed, both as it is compared and as it is found among others."""
    score, _ = compare(pair.one, pair.two, lambda *_: 20 if pair.shared else 2)
    return score >= PROPOSE


@pytest.mark.parametrize("tuned", [True, False], ids=["tuned", "held out"])
def test_labelled_pairs_are_told_apart(tuned: bool) -> None:
    """At least 0.95 of what is proposed is the same, and at least 0.85 of what is the same is proposed."""
    chosen = [pair for pair in pairs() if pair.tuned == tuned]
    assert len(pairs()) >= 120 and len(chosen) >= 60
    hits = [pair for pair in chosen if proposed(pair)]
    right = sum(pair.same for pair in hits)
    assert right / len(hits) >= 0.95, [pair.one.names for pair in hits if not pair.same]
    assert right / sum(pair.same for pair in chosen) >= 0.85


def test_what_is_alike_has_something_in_common_to_be_found_by() -> None:
    """Among all the labelled listings at once, every pair that has points enough is compared at all."""
    pool, wanted = Pool(), set()
    try:
        for number, pair in enumerate(pairs()):
            for side, facts in enumerate((pair.one, pair.two)):
                pool.add(msgspec.structs.replace(facts, id=(2 * number + side).to_bytes(16, "big")))
            if compare(pair.one, pair.two, pool.shared)[0] >= PROPOSE:
                wanted.add((2 * number, 2 * number + 1))
        found = {(one.left.int, one.right.int) for one in judge(pool)}
    finally:
        pool.close()
    missed = wanted - found
    assert len(missed) <= len(wanted) // 50, missed


def test_a_crowd_is_not_compared_with_itself() -> None:
    pool = Pool()
    try:
        for number in range(CROWD * 3):
            name = f"{chr(97 + number % 26) * 5} {chr(97 + number // 26) * 6} quilting"
            pool.add(Facts(id=number.to_bytes(16, "big"), names=(name,), phones=("+16985550100",)))
        assert len(pool.candidates()) < CROWD * CROWD
        assert pool.shared("phone", "+16985550100") == CROWD * 3
    finally:
        pool.close()


def test_an_empty_directory_has_no_duplicates() -> None:
    pool = Pool()
    assert list(judge(pool)) == []
    pool.close()


def test_names() -> None:
    assert alike("St. Mary's Food Pantry", "Saint Marys Pantry") > 90
    assert alike("YMCA", "Young Men's Christian Association") > 90
    assert alike("First Baptist Church", "First Presbyterian Church") < 75
    assert alike("", "") == 100 or alike("", "x") == 0
    assert 980 < metres((42.05, -101.4), (42.059, -101.4)) < 1020


def test_every_reason_has_words() -> None:
    codes = {code for pair in pairs() for code, _, _ in compare(pair.one, pair.two, lambda *_: 2)[1]}
    assert codes <= REASONS.keys()
    told = reason_words(
        [["names", 94, 34], ["metres", 120, 12], ["other-phone", None, -6], ["gone", None, 1]]
    )
    assert told == [("names alike 94 %", True), ("120 m apart", True), ("different telephones", False)]


async def bring(database: Database, tmp_path: Path, source: str, tables: dict[str, Any]) -> None:
    await import_directory(database, package(tmp_path, tables, source), ImportOptions())


async def waiting(database: Database) -> dict[str, DuplicatePair]:
    async with database.transaction(write=False) as db:
        rows = await db.scalars(select(DuplicatePair))
        return {row.entity: row for row in rows}


async def test_it_works(database: Database, tmp_path: Path) -> None:
    await bring(database, tmp_path, "board", BOARD)
    await bring(database, tmp_path, "sheet", SHEET)
    counted = await proposing.look(database)
    assert (counted.found, counted.new) == (2, 2)
    found = await waiting(database)
    codes = {reason[0] for reason in found["service"].reasons}
    assert {"same-phone", "same-address", "same-site"} <= codes
    async with database.transaction(write=False) as db:
        names = set(
            await db.scalars(
                select(Service.name).where(
                    Service.id.in_([found["service"].left_id, found["service"].right_id])
                )
            )
        )
        owners = [
            await db.get(Organization, id_)
            for id_ in (found["organization"].left_id, found["organization"].right_id)
        ]
    assert names == {"Grace Food Shelf", "Grace Lutheran Food Pantry"}
    assert {one.name for one in owners if one} == {"Grace Lutheran Church", "Grace Lutheran"}
    again = await proposing.look(database)
    assert (again.found, again.new) == (2, 0)
    assert (await proposing.look(database, {"nobody's"})).found == 0


async def test_a_decided_pair_comes_back_only_for_other_reasons(database: Database, tmp_path: Path) -> None:
    await bring(database, tmp_path, "board", BOARD)
    await bring(database, tmp_path, "sheet", SHEET)
    await proposing.look(database)
    async with database.transaction() as db:
        for pair in await db.scalars(select(DuplicatePair)):
            await actions.decide(db, Cast.cora.actor, pair.id, "different")
    assert (await proposing.look(database)).new == 0
    assert {pair.state for pair in (await waiting(database)).values()} == {"different"}
    async with database.transaction() as db:
        for phone in await db.scalars(select(Phone).where(Phone.source == "sheet")):
            phone.e164 = "+16985550199"
    assert (await proposing.look(database)).new == 1
    found = await waiting(database)
    assert (found["service"].state, found["organization"].state) == ("open", "different")


async def test_a_proposal_that_nothing_speaks_for_any_more_goes(database: Database, tmp_path: Path) -> None:
    await bring(database, tmp_path, "board", BOARD)
    await bring(database, tmp_path, "sheet", SHEET)
    await proposing.look(database)
    async with database.transaction() as db:
        for service in await db.scalars(select(Service).where(Service.source == "sheet")):
            service.name = "Driving lessons"
    await proposing.look(database)
    assert set(await waiting(database)) == {"organization"}


async def test_what_is_inactive_or_confidential_is_not_looked_at(database: Database, tmp_path: Path) -> None:
    await bring(database, tmp_path, "board", BOARD)
    await bring(
        database, tmp_path, "sheet", SHEET | {"services": [SHEET["services"][0] | {"status": "inactive"}]}
    )
    async with database.transaction() as db:
        for place in await db.scalars(select(Location).where(Location.source == "board")):
            place.confidential = True
    async with database.transaction(write=False) as db:
        facts = [
            one async for some in gather(db, "service") for one in some if one.source in ("board", "sheet")
        ]
        owners = [one async for some in gather(db, "organization") for one in some if one.source == "board"]
    assert {one.source for one in facts} == {"board"}
    assert all(not one.streets and not one.points and not one.zips for one in (*facts, *owners))


async def test_an_import_has_duplicates_looked_for(database: Database, tmp_path: Path) -> None:
    await bring(database, tmp_path, "board", BOARD)
    await bring(database, tmp_path, "sheet", SHEET)
    async with database.transaction(write=False) as db:
        jobs = list(await db.scalars(select(Job.payload).where(Job.kind == "directory.duplicates")))
    assert sorted(one["source"] for one in jobs) == ["board", "sheet"]
    await find_duplicates(database, jobs)
    assert set(await waiting(database)) == {"organization", "service"}
