"""What stands behind hits is read from the database as it is now, whatever the index still holds."""

from datetime import UTC, datetime

from sqlalchemy import delete, update

from core.database import Database
from directory.models import Location, Schedule, Service
from search.engines import Hit, Query
from search.listed import Listed, read
from search.models import EDITOR, ServiceNeed
from search.state import Search
from tests.search.listings import FALLS, id_of

PANTRY, HALL = "Millrace Community Pantry", "Millrace Community Pantry 0"
NOON = datetime(2026, 11, 20, 18, tzinfo=UTC)


async def found(search: Search, **more: bool) -> dict[str, Listed]:
    """What the index finds around Alder Falls, read from the database, by name."""
    answer = await search.engine.search(Query(lat=FALLS.lat, lon=FALLS.lon, radius_m=20_000))
    listed = await read(search.reader, answer.hits, NOON, **more)
    order = [hit.service_id for hit in answer.hits]
    assert [str(one.service_id) for one in listed] == [
        one for one in order if one in {str(x.service_id) for x in listed}
    ]
    return {one.name: one for one in listed}


async def test_a_listing_that_was_just_withdrawn_is_left_out(search: Search, database: Database) -> None:
    assert PANTRY in await found(search)
    async with database.transaction() as db:
        await db.execute(update(Service).where(Service.id == id_of(PANTRY)).values(status="inactive"))
    others = await found(search)
    assert PANTRY not in others and "Second Shelf Market" in others


async def test_a_place_that_was_just_made_confidential_tells_nothing(
    search: Search, database: Database
) -> None:
    assert (await found(search))[PANTRY].lat == FALLS.lat
    async with database.transaction() as db:
        await db.execute(update(Location).where(Location.id == id_of(HALL)).values(confidential=True))
    assert ((await found(search))[PANTRY].lat, (await found(search))[PANTRY].lon) == (None, None)


async def test_a_place_that_is_gone_takes_its_hit_with_it(search: Search, database: Database) -> None:
    async with database.transaction() as db:
        await db.execute(delete(Location).where(Location.id == id_of(HALL)))
    assert PANTRY not in await found(search)


async def test_changes_show_at_once(search: Search, database: Database) -> None:
    before = (await found(search))[PANTRY]
    assert (before.organization, before.opening.open) == ("Millrace Neighbors", True)
    async with database.transaction() as db:
        await db.execute(update(Service).where(Service.id == id_of(PANTRY)).values(name="New Pantry"))
        await db.execute(
            update(Schedule).where(Schedule.service_id == id_of(PANTRY)).values(byday="SA", notes=None)
        )
    after = (await found(search))["New Pantry"]
    assert after.opening.open is False


async def test_needs_come_in_the_order_of_the_catalog_without_denied_ones(
    search: Search, database: Database
) -> None:
    async with database.transaction() as db:
        await db.execute(delete(ServiceNeed).where(ServiceNeed.service_id == id_of(PANTRY)))
        for need, denied in (("housing-instability", False), ("food-insecurity", False), ("safety", True)):
            db.add(
                ServiceNeed(service_id=id_of(PANTRY), need=need, origin=EDITOR, denied=denied, evidence=[])
            )
    assert (await found(search))[PANTRY].needs == ("food-insecurity", "housing-instability")
    assert (await found(search, needs=False))[PANTRY].needs == ()


async def test_a_service_without_a_place_is_read_too(search: Search) -> None:
    one = (await found(search))["Talk Line"]
    assert (one.location_id, one.lat, one.opening.open) == (None, None, None)


async def test_nothing_is_read_for_no_hits(search: Search) -> None:
    assert await read(search.reader, [], NOON) == []
    unknown = Hit(service_id=str(id_of("nobody")), location_id=None, distance_m=None, score=1.0)
    assert await read(search.reader, [unknown], NOON) == []
