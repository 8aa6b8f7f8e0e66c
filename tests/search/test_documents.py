"""From rows to documents: what an index may know, and what it must never learn."""

import pytest
from sqlalchemy import event, select

import search.jobs  # noqa: F401 - registers the jobs
from core.database import Database, new_id
from core.jobs import enqueue, run_due
from core.settings import Settings
from directory.models import Location, Service, ServiceAtLocation
from search.documents import documents, expected, language_code
from search.engines import Document
from search.models import EDITOR, RULE, ServiceNeed
from search.state import open_search
from tests.search.listings import FALLS, WHEN, build, county, id_of


@pytest.fixture
async def listed(database: Database) -> dict[str, list[Document]]:
    await county(database)
    return await by_name(database)


async def by_name(database: Database) -> dict[str, list[Document]]:
    found: dict[str, list[Document]] = {}
    async for document in documents(database):
        found.setdefault(document.name, []).append(document)
    return found


async def test_it_works(listed: dict[str, list[Document]]) -> None:
    falls = next(one for one in listed["Millrace Community Pantry"] if one.city == "Alder Falls")
    assert (falls.lat, falls.lon, falls.postal_code) == (FALLS.lat, FALLS.lon, "69812")
    assert falls.organization == "Millrace Neighbors"
    assert falls.needs == ("food-insecurity", "food")
    assert falls.languages == ("en", "es")
    assert (falls.free, falls.accessible) == (True, True)
    assert falls.time_zone == "America/Chicago"
    assert falls.weekly == tuple((day * 1440, day * 1440 + 1440) for day in range(7))
    assert falls.calendar.startswith("US")
    assert falls.always_open_known
    assert falls.updated == int(WHEN.timestamp())
    assert "Food today" in falls.keywords


async def test_one_document_for_each_location(listed: dict[str, list[Document]]) -> None:
    assert sorted(one.city for one in listed["Millrace Community Pantry"]) == ["Alder Falls", "Millbrook"]


async def test_services_out_of_use_are_left_out(listed: dict[str, list[Document]]) -> None:
    assert "Old Pantry" not in listed


async def test_confidential_place_is_nowhere(listed: dict[str, list[Document]]) -> None:
    (house,) = listed["Lantern House"]
    assert (house.lat, house.lon, house.city, house.postal_code) == (None, None, "", "")
    assert house.areas == ("alder county",)
    assert not any("Harlow" in str(value) for value in (house.keywords, house.areas, house.city))


async def test_service_without_place_is_found_by_its_area(listed: dict[str, list[Document]]) -> None:
    (line,) = listed["Talk Line"]
    assert line.serves_everywhere
    assert (line.lat, line.min_age) == (None, 18)


async def test_service_of_which_no_area_is_known_is_near_nowhere(database: Database) -> None:
    async with database.transaction() as db:
        db.add(Service(name="Advice by nobody knows whom", status="active"))
    (found,) = [one async for one in documents(database)]
    assert (found.lat, found.areas, found.serves_everywhere) == (None, (), False)


async def test_address_without_coordinates_stands_for_its_own_town(listed: dict[str, list[Document]]) -> None:
    (desk,) = listed["Rent Desk"]
    assert desk.lat is None
    assert desk.areas == ("69812", "alder falls, ne")
    assert not desk.serves_everywhere


async def test_few_queries_for_a_chunk(database: Database) -> None:
    await county(database)
    queries: list[str] = []
    async for _ in documents(database):
        pass
    event.listen(database.engine.sync_engine, "before_cursor_execute", lambda *args: queries.append(args[2]))
    async for _ in documents(database):
        pass
    assert len([text for text in queries if text.startswith("SELECT")]) <= 17


async def test_tags_are_kept_with_their_evidence(database: Database) -> None:
    await county(database)
    await by_name(database)
    async with database.transaction(write=False) as db:
        tag = (
            await db.scalars(
                select(ServiceNeed).where(
                    ServiceNeed.service_id == id_of("Rent Desk"), ServiceNeed.need == "housing-instability"
                )
            )
        ).one()
    assert tag.origin == RULE
    assert {"field": "name", "words": "rent"} in tag.evidence or {
        "field": "description",
        "words": "back rent",
    } in tag.evidence


async def test_corrections_of_editors_win_for_good(database: Database) -> None:
    await county(database)
    await by_name(database)
    async with database.transaction() as db:
        rows = await db.scalars(select(ServiceNeed).where(ServiceNeed.service_id == id_of("Rent Desk")))
        for row in rows:
            row.origin, row.denied = EDITOR, True
        db.add(
            ServiceNeed(id=new_id(), service_id=id_of("Rent Desk"), need="utility-insecurity", origin=EDITOR)
        )
    (desk,) = (await by_name(database))["Rent Desk"]
    assert desk.needs == ("utility-insecurity", "money")


async def test_tags_follow_the_words(database: Database) -> None:
    await county(database)
    await by_name(database)
    async with database.transaction() as db:
        desk = await db.get_one(Service, id_of("Rent Desk"))
        desk.name, desk.description = "Ride Desk", "Bus passes."
    (desk_,) = (await by_name(database))["Ride Desk"]
    assert desk_.needs == ("transportation-insecurity", "transportation")
    async with database.transaction(write=False) as db:
        needs = await db.scalars(select(ServiceNeed.need).where(ServiceNeed.service_id == id_of("Rent Desk")))
    assert set(needs) == {"transportation-insecurity"}


async def test_job_brings_the_index_up_to_date(database: Database, settings: Settings) -> None:
    await county(database)
    async with open_search(settings, database) as search:
        await build(search)
        async with database.transaction() as db:
            pantry = await db.get_one(Service, id_of("Second Shelf Market"))
            pantry.status = "inactive"
            place = Location(id=new_id(), latitude=FALLS.lat, longitude=FALLS.lon)
            db.add(place)
            await db.flush()
            db.add(ServiceAtLocation(service_id=id_of("Talk Line"), location_id=place.id))
            ids = [str(id_of("Second Shelf Market")), str(id_of("Talk Line"))]
            await enqueue(db, "search.index", {"service_ids": ids})
        assert not (await search.engine.check(expected(database))).equal
        await run_due(database, settings, more={"search": search})
        assert (await search.engine.check(expected(database))).equal


async def test_missing_index_is_built_by_the_first_job(database: Database, settings: Settings) -> None:
    await county(database)
    async with open_search(settings, database) as search:
        assert not search.engine.ready
        await run_due(database, settings, more={"search": search})
        assert search.engine.ready
        assert search.engine.count == 6


@pytest.mark.parametrize(
    ("code", "name", "expected"),
    [
        ("es", None, "es"),
        ("es-MX", None, "es"),
        ("spa", None, "es"),
        (None, "Spanish", "es"),
        (None, "Klingonese", None),
    ],
)
def test_languages_by_code_or_name(code: str | None, name: str | None, expected: str | None) -> None:
    assert language_code(code, name) == expected
