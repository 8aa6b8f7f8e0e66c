"""Two listings become one, what was chosen of each is kept, and all of it can be taken back."""

import asyncio
import uuid
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import select

from accounts.models import AuditEntry
from core.database import Database
from core.errors import NotVisible, Stale, WrongState
from directory.corrections import correct
from directory.duplicates import actions, comparing, queries, undoing
from directory.duplicates.models import DuplicatePair, ListingMerge
from directory.importing import ImportOptions, import_directory
from directory.models import HSDS_TABLES, Organization, Phone, Service, ServiceAtLocation
from tests.support.cast import Cast
from tests.support.exported import content, export
from tests.support.packages import MODERN, changed, package

CORA, ADA = Cast.cora.actor, Cast.ada.actor

PIER: dict[str, list[dict[str, Any]]] = {
    "organizations": [{"id": "o9", "name": "Harbour Table", "description": "", "email": "desk@harbor.example"}],
    "services": [
        {"id": "s9", "organization_id": "o9", "name": "Hot suppers", "status": "active", "alert": "New door",
         "description": "A warm supper for everybody."},
        {"id": "s8", "organization_id": "o9", "name": "Showers", "status": "active"},
    ],
    "locations": [{"id": "l9", "organization_id": "o9", "name": "Boat house", "latitude": "42.06",
                   "longitude": "-101.4"}],
    "service_at_location": [{"id": "sl9", "service_id": "s9", "location_id": "l9"}],
    "phones": [{"id": "p9", "service_id": "s9", "number": "(698) 555-0133"},
               {"id": "p8", "service_at_location_id": "sl9", "number": "(698) 555-0134"}],
    "schedules": [{"id": "h9", "service_at_location_id": "sl9", "freq": "WEEKLY", "byday": "WE", "opens_at": "17:00",
                   "closes_at": "19:00"}],
    "languages": [{"id": "g9", "service_id": "s9", "name": "French", "code": "fr"}],
}  # fmt: skip


async def bring(database: Database, tmp_path: Path, tables: dict[str, Any], source: str) -> None:
    await import_directory(database, package(tmp_path, tables, source), ImportOptions())


@pytest.fixture
async def both(database: Database, tmp_path: Path) -> Database:
    """Two sources that tell of the same supper."""
    await bring(database, tmp_path, MODERN, "harbor")
    await bring(database, tmp_path, PIER, "pier")
    return database


async def the(db: Any, model: Any, source_id: str) -> Any:
    """A row of one of the sources, as it is in the database."""
    query = select(model).where(model.source_id == source_id, model.source.in_(("harbor", "pier")))
    return (await db.scalars(query.execution_options(populate_existing=True))).one()


async def propose(db: Any, model: Any, one: str, two: str) -> DuplicatePair:
    ids = sorted([(await the(db, model, one)).id, (await the(db, model, two)).id])
    pair = DuplicatePair(entity=model.__tablename__, left_id=ids[0], right_id=ids[1], score=90, reasons=[])
    db.add(pair)
    await db.flush()
    return pair


async def merge(
    db: Any, pair: DuplicatePair, keep: uuid.UUID, actor: Any = CORA, take: str = "", **choices: Any
) -> ListingMerge:
    """Merge as the page does, taking over all parts of the tables in `take`."""
    told = await comparing.compare(db, pair.entity, (pair.left_id, pair.right_id), keep)
    tokens = [token for token, part in told.tokens.items() if part.table in take.split()]
    return await actions.merge(db, actor, pair.id, keep=keep, seen=told.seen, choices=choices, take=tokens)


async def everything(database: Database) -> dict[str, list[Any]]:
    """All rows of all tables of the directory, but for when services last changed."""
    found = {}
    async with database.transaction(write=False) as db:
        for table, model in HSDS_TABLES.items():
            columns = [column for column in model.__table__.columns if column.name != "last_modified"]
            found[table] = [tuple(row) for row in await db.execute(select(*columns).order_by(model.id))]
    return found


async def test_it_works(both: Database) -> None:
    async with both.transaction() as db:
        pair = await propose(db, Service, "s1", "s9")
        kept, other = await the(db, Service, "s1"), await the(db, Service, "s9")
        await merge(
            db, pair, kept.id, take="phone language service_at_location", alert="other", description="other"
        )
    async with both.transaction(write=False) as db:
        kept, other = await the(db, Service, "s1"), await the(db, Service, "s9")
        assert (kept.name, kept.alert, kept.description) == (
            "Hot supper",
            "New door",
            "A warm supper for everybody.",
        )
        assert kept.corrected == {"alert": None, "description": None}
        assert (other.status, other.corrected) == ("inactive", {"status": "active"})
        numbers = set(await db.scalars(select(Phone.number).where(Phone.service_id == kept.id)))
        assert numbers == {"(698) 555-0101", "ask at the door", "(698) 555-0133"}
        listing = await comparing.compare(db, "service", (kept.id, other.id), kept.id)
        assert len(listing.kept.parts["service_at_location"]) == 2
        assert await queries.merged_into(db, "service", other.id) == kept.id
        assert await queries.merged_into(db, "service", kept.id) is None
        entry = (await db.scalars(select(AuditEntry).where(AuditEntry.action == "service.merge"))).one()
        assert (entry.subject_id, entry.details["kept"]) == (other.id, str(kept.id))


async def test_undoing_restores_everything_to_the_letter(both: Database) -> None:
    async with both.transaction() as db:
        service = await the(db, Service, "s1")
        service.given = {"says": {"description": " <b>Meals</b>", "last_modified": "2025-01-01T00:00:00"}}
        await correct(db, service, "Somebody", {"name": "Warm supper"})
    before = await everything(both)
    for model, one, two, take, choices in (
        (
            Service,
            "s1",
            "s9",
            "phone language service_at_location",
            {"alert": "other", "name": "other", "description": "other"},
        ),
        (Organization, "o1", "o9", "phone address", {"name": "other", "email": "other"}),
    ):
        async with both.transaction() as db:
            pair = await propose(db, model, one, two)
            kept = (await the(db, model, one)).id
            modified = (await the(db, Service, "s1")).last_modified
            merged = await merge(db, pair, kept, take=take, **choices)
        assert await everything(both) != before
        async with both.transaction() as db:
            undone = await undoing.undo(db, ADA, merged.id)
            assert undone.left_alone is None
            assert await queries.merged_into(db, merged.entity, merged.other_id) is None
            assert (await queries.pair(db, pair.id)).state == "open"
        assert await everything(both) == before
        async with both.transaction(write=False) as db:
            assert (await the(db, Service, "s1")).last_modified > modified


async def test_the_next_import_does_not_bring_the_other_one_back(both: Database, tmp_path: Path) -> None:
    async with both.transaction() as db:
        pair = await propose(db, Service, "s1", "s9")
        await merge(db, pair, (await the(db, Service, "s1")).id, alert="other")
    await bring(both, tmp_path, changed(PIER, "services", 0, name="Suppers", alert="Old door"), "pier")
    await bring(both, tmp_path, changed(MODERN, "services", 0, name="Supper"), "harbor")
    async with both.transaction(write=False) as db:
        kept, other = await the(db, Service, "s1"), await the(db, Service, "s9")
        assert (kept.name, kept.alert, other.name, other.status) == (
            "Supper",
            "New door",
            "Suppers",
            "inactive",
        )


async def test_undoing_after_an_import_gives_what_the_source_says_now(both: Database, tmp_path: Path) -> None:
    async with both.transaction() as db:
        pair = await propose(db, Service, "s1", "s9")
        merged = await merge(db, pair, (await the(db, Service, "s1")).id, name="other", alert="other")
    newer = changed(MODERN, "services", 0, name="Late supper", alert="New door")
    await bring(both, tmp_path, newer, "harbor")
    async with both.transaction() as db:
        assert (await the(db, Service, "s1")).name == "Hot suppers"
        await undoing.undo(db, CORA, merged.id)
    async with both.transaction(write=False) as db:
        kept, other = await the(db, Service, "s1"), await the(db, Service, "s9")
        assert (kept.name, kept.alert, kept.corrected) == ("Late supper", "New door", None)
        assert (other.status, other.corrected) == ("active", None)


async def test_undoing_leaves_what_was_changed_since_and_tells_it(both: Database) -> None:
    async with both.transaction() as db:
        pair = await propose(db, Service, "s1", "s9")
        merged = await merge(
            db, pair, (await the(db, Service, "s1")).id, take="phone", name="other", alert="other"
        )
        kept = await the(db, Service, "s1")
        await correct(db, kept, "Omar", {"name": "Supper for all"})
        copied = (
            await db.scalars(select(Phone).where(Phone.id == uuid.UUID(merged.changes["copies"][0]["id"])))
        ).one()
        await correct(db, copied, "Omar", {"number": "(698) 555-0177"})
        undone = await undoing.undo(db, CORA, merged.id)
        assert {(one["table"], one["field"]) for one in undone.left_alone or []} == {
            ("service", "name"),
            ("phone", ""),
        }
    async with both.transaction(write=False) as db:
        kept = await the(db, Service, "s1")
        assert (kept.name, kept.alert) == ("Supper for all", None)
        assert (await the(db, Service, "s9")).status == "active"
        numbers = set(await db.scalars(select(Phone.number).where(Phone.service_id == kept.id)))
        assert "(698) 555-0177" in numbers


async def test_a_part_that_stays_keeps_what_it_belongs_to(both: Database) -> None:
    """Hours that were changed at a place that was taken over: neither of them goes."""
    async with both.transaction() as db:
        pair = await propose(db, Service, "s1", "s9")
        merged = await merge(db, pair, (await the(db, Service, "s1")).id, take="service_at_location")
        copies = {one["table"]: one for one in merged.changes["copies"]}
        assert set(copies) == {"service_at_location", "phone", "schedule"}
        hours = await db.get(HSDS_TABLES["schedule"], uuid.UUID(copies["schedule"]["id"]))
        await correct(db, hours, "Omar", {"byday": "TH"})
        undone = await undoing.undo(db, CORA, merged.id)
        assert {one["table"] for one in undone.left_alone or []} == {"schedule", "service_at_location"}
        assert await db.get(HSDS_TABLES["phone"], uuid.UUID(copies["phone"]["id"])) is None
        assert await db.get(HSDS_TABLES["schedule"], uuid.UUID(copies["schedule"]["id"])) is not None


async def test_services_go_along_with_their_organization(both: Database, tmp_path: Path) -> None:
    async with both.transaction() as db:
        pair = await propose(db, Organization, "o1", "o9")
        kept, other = await the(db, Organization, "o1"), await the(db, Organization, "o9")
        merged = await merge(db, pair, kept.id, email="other")
    more = PIER | {
        "services": [
            *PIER["services"],
            {"id": "s7", "organization_id": "o9", "name": "Lockers", "status": "active"},
        ]
    }
    await bring(both, tmp_path, changed(more, "services", 0, alert="None"), "pier")
    async with both.transaction() as db:
        assert (await the(db, Organization, "o1")).email == "desk@harbor.example"
        owners = {name: (await the(db, Service, name)).organization_id for name in ("s1", "s9", "s8", "s7")}
        assert owners == {"s1": kept.id, "s9": kept.id, "s8": kept.id, "s7": other.id}
        assert await actions.hand_over_newcomers(db) == 1
        assert await actions.hand_over_newcomers(db) == 0
        assert (await the(db, Service, "s7")).organization_id == kept.id
    async with both.transaction() as db:
        await undoing.undo(db, CORA, merged.id)
        owners = {name: (await the(db, Service, name)).organization_id for name in ("s1", "s9", "s8", "s7")}
        assert owners == {"s1": kept.id, "s9": other.id, "s8": other.id, "s7": other.id}


@pytest.mark.parametrize("form", ["out", "out.json"])
async def test_what_was_merged_away_is_in_no_export(both: Database, tmp_path: Path, form: str) -> None:
    async with both.transaction() as db:
        pair = await propose(db, Organization, "o1", "o9")
        keep, other = await the(db, Organization, "o1"), await the(db, Organization, "o9")
        before = content(await export(both, tmp_path / f"before-{form}"))
        merged = await merge(db, pair, keep.id)
    after = content(await export(both, tmp_path / f"after-{form}"))
    assert str(other.id) in before and "desk@harbor.example" in before
    assert str(other.id) not in after and "desk@harbor.example" not in after
    assert "Hot suppers" in after and "Boat house" in after
    async with both.transaction() as db:
        await undoing.undo(db, CORA, merged.id)
    assert str(other.id) in content(await export(both, tmp_path / f"again-{form}"))


async def test_chains_lead_to_their_end(both: Database) -> None:
    async with both.transaction() as db:
        rows = {name: await the(db, Service, name) for name in ("s1", "s8", "s9")}
        first = await propose(db, Service, "s8", "s9")
        second = await propose(db, Service, "s9", "s1")
        third = await propose(db, Service, "s8", "s1")
        await merge(db, first, rows["s9"].id)
        last = await merge(db, second, rows["s1"].id)
        assert await queries.merged_into(db, "service", rows["s8"].id) == rows["s1"].id
        for keep in ("s8", "s1"):
            with pytest.raises(WrongState):
                await merge(db, third, rows[keep].id)
        await undoing.undo(db, CORA, last.id)
        assert await queries.merged_into(db, "service", rows["s8"].id) == rows["s9"].id


async def test_a_place_that_both_have_is_not_taken_twice(both: Database) -> None:
    async with both.transaction() as db:
        pair = await propose(db, Service, "s1", "s9")
        kept, place = await the(db, Service, "s1"), await the(db, HSDS_TABLES["location"], "l9")
        db.add(ServiceAtLocation(service_id=kept.id, location_id=place.id))
        await db.flush()
        merged = await merge(db, pair, kept.id, take="service_at_location")
        assert merged.changes["copies"] == []


async def test_nothing_is_merged_into_what_nobody_is_shown(both: Database) -> None:
    async with both.transaction() as db:
        pair = await propose(db, Service, "s1", "s9")
        kept = await the(db, Service, "s1")
        kept.status = "defunct"
        await db.flush()
        with pytest.raises(WrongState, match="not shown any more"):
            await merge(db, pair, kept.id)


@pytest.mark.parametrize("seed", range(4))
async def test_merges_that_follow_one_another_are_undone_in_any_order(both: Database, seed: int) -> None:
    """The last one first, to the letter; in another order all fields are as they were that only one of them wrote."""
    random = Random(seed)
    before = await everything(both)
    for latest_first in (True, False):
        made = []
        async with both.transaction() as db:
            standing = ["s1", "s8", "s9"]
            for fields in (("name", "alert"), ("description",)):
                one, two = random.sample(standing, 2)
                ids = {name: (await the(db, Service, name)).id for name in (one, two)}
                left, right = sorted(ids.values())
                known = select(DuplicatePair).where(
                    DuplicatePair.left_id == left, DuplicatePair.right_id == right
                )
                pair = await db.scalar(known) or await propose(db, Service, one, two)
                choices = {field: random.choice(["kept", "other"]) for field in fields}
                made.append(
                    (await merge(db, pair, ids[one], take="phone language service_at_location", **choices)).id
                )
                standing.remove(two)
        for merge_id in reversed(made) if latest_first else made:
            async with both.transaction() as db:
                await undoing.undo(db, ADA, merge_id)
        after = await everything(both)
        if latest_first:
            assert after == before
    async with both.transaction(write=False) as db:
        for name, said in (("s1", "Hot supper"), ("s8", "Showers"), ("s9", "Hot suppers")):
            row = await the(db, Service, name)
            assert (row.name, row.status, row.corrected) == (said, "active", None)
    for table in HSDS_TABLES.keys() - {"service", "metadata"}:
        assert after[table] == before[table], table


async def test_a_merge_takes_no_other_pair_off_the_list(both: Database) -> None:
    async with both.transaction() as db:
        pair = await propose(db, Service, "s1", "s9")
        other = await propose(db, Service, "s1", "s8")
        moot = await propose(db, Service, "s9", "s8")
        assert await queries.waiting(db) == {"organization": 0, "service": 3}
        merged = await merge(db, pair, (await the(db, Service, "s1")).id, name="other")
        assert (merged.kept_name, merged.other_name) == ("Hot supper", "Hot suppers")
        assert [one.id for one in await queries.pairs(db, "service")] == [other.id]
        assert await queries.waiting(db) == {"organization": 0, "service": 1}
        await undoing.undo(db, CORA, merged.id)
        assert {one.id for one in await queries.pairs(db, "service")} == {pair.id, other.id, moot.id}


async def test_a_second_time_is_refused_and_says_who_was_first(both: Database) -> None:
    async with both.transaction() as db:
        pair = await propose(db, Service, "s1", "s9")
        ids = (await the(db, Service, "s1")).id, (await the(db, Service, "s9")).id
        merged = await merge(db, pair, ids[0])
        for keep in ids:
            with pytest.raises(WrongState, match=CORA.name):
                await merge(db, pair, keep, ADA)
        with pytest.raises(WrongState):
            await actions.decide(db, CORA, pair.id, "different")
        await undoing.undo(db, CORA, merged.id)
        with pytest.raises(WrongState, match=CORA.name):
            await undoing.undo(db, ADA, merged.id)
        await merge(db, pair, ids[1], ADA)


async def test_two_coordinators_at_once(both: Database) -> None:
    """In opposite directions, too: one is first, the other hears of it."""
    async with both.transaction() as db:
        pair = await propose(db, Service, "s1", "s9")
    ids = (pair.left_id, pair.right_id)

    async def one(keep: uuid.UUID) -> str:
        try:
            async with both.transaction() as db:
                await merge(db, pair, keep)
            return "merged"
        except WrongState:
            return "refused"

    assert sorted(await asyncio.gather(one(ids[0]), one(ids[1]))) == ["merged", "refused"]
    async with both.transaction(write=False) as db:
        assert len(list(await db.scalars(select(ListingMerge.id)))) == 1


async def test_what_changed_since_it_was_looked_at_is_not_merged(both: Database) -> None:
    async with both.transaction() as db:
        pair = await propose(db, Service, "s1", "s9")
        kept = await the(db, Service, "s1")
        told = await comparing.compare(db, "service", (pair.left_id, pair.right_id), kept.id)
        phone = (await db.scalars(select(Phone).where(Phone.source_id == "p9"))).one()
        await correct(db, phone, "Omar", {"number": "(698) 555-0166"})
        with pytest.raises(Stale):
            await actions.merge(db, CORA, pair.id, keep=kept.id, seen=told.seen, choices={})
        now = await comparing.compare(db, "service", (pair.left_id, pair.right_id), kept.id)
        with pytest.raises(Stale):
            await actions.merge(
                db, CORA, pair.id, keep=kept.id, seen=now.seen, choices={}, take=[f"phone:{uuid.uuid4()}"]
            )
        with pytest.raises(NotVisible):
            await actions.merge(db, CORA, pair.id, keep=uuid.uuid4(), seen=now.seen, choices={})


async def test_an_organization_whose_people_sign_in_stays(both: Database) -> None:
    async with both.transaction() as db:
        db.add(Organization(id=Cast.pantry.id, name=Cast.pantry.name))
        await db.flush()
        own = Service(organization_id=Cast.pantry.id, name="Suppers of theirs")
        db.add(own)
        await db.flush()
        ids = sorted([Cast.pantry.id, (await the(db, Organization, "o1")).id])
        pair = DuplicatePair(entity="organization", left_id=ids[0], right_id=ids[1], score=90, reasons=[])
        served = sorted([own.id, (await the(db, Service, "s1")).id])
        services = DuplicatePair(
            entity="service", left_id=served[0], right_id=served[1], score=90, reasons=[]
        )
        db.add_all([pair, services])
        await db.flush()
        told = await comparing.compare(db, "organization", (ids[0], ids[1]))
        assert told.kept.row.id == Cast.pantry.id
        with pytest.raises(WrongState, match="sign in here"):
            await merge(db, pair, (await the(db, Organization, "o1")).id)
        with pytest.raises(WrongState, match="keeps this listing itself"):
            await merge(db, services, (await the(db, Service, "s1")).id)
        await merge(db, services, own.id)
        await merge(db, pair, Cast.pantry.id)


async def test_of_confidential_places_nothing_is_shown(both: Database) -> None:
    async with both.transaction() as db:
        place = await the(db, HSDS_TABLES["location"], "l9")
        place.confidential = True
        await db.flush()
        ids = (await the(db, Service, "s1")).id, (await the(db, Service, "s9")).id
        told = await comparing.compare(db, "service", ids, ids[0])
        assert [part.text for part in told.other.parts["service_at_location"]] == [
            "A place whose address is kept private"
        ]
