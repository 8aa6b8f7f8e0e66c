"""Reading without a session: the same rows as with one, of one moment, and never older than what was committed."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, time
from uuid import uuid4

import pytest
from sqlalchemy import delete, select, update

from core.database import Database
from core.reading import Prepared, Reader, one_of
from directory.models import PUBLIC_STATUSES, Location, Schedule, Service

SERVICES = Prepared(
    select(Service.id, Service.name, Service.assured_date, Service.last_modified, Service.minimum_age)
    .where(Service.id.in_(one_of("ids", 3)), Service.status.in_(PUBLIC_STATUSES))
    .order_by(Service.name)
)
SCHEDULES = Prepared(
    select(Schedule.opens_at, Schedule.until, Schedule.byday, Schedule.count).where(
        Schedule.service_id.in_(one_of("ids", 3))
    )
)
PLACES = Prepared(
    select(Location.latitude, Location.confidential).where(
        Location.name.in_(one_of("names", 2)) | Location.id.in_(one_of("ids", 3))
    )
)
MOMENT = datetime(2026, 11, 20, 12, 30, 15, 250_000, tzinfo=UTC)
IDS = [uuid4() for _ in range(3)]


@pytest.fixture
async def reader(database: Database) -> AsyncIterator[Reader]:
    async with database.transaction() as db:
        for id_, name in zip(IDS, ("Anise", "Basil", "Chive"), strict=True):
            db.add(
                Service(
                    id=id_, name=name, status="active", assured_date=date(2026, 11, 10), last_modified=MOMENT
                )
            )
        await db.flush()
        db.add(Schedule(service_id=IDS[0], opens_at=time(9, 30), until=MOMENT.date(), byday="MO", count=3))
        db.add(Location(name="Mill Hall", latitude=42.05, confidential=True))
    reader = Reader(database)
    yield reader
    reader.close()


async def test_rows_are_what_a_session_reads(database: Database, reader: Reader) -> None:
    async with database.transaction(write=False) as db:
        expected = (await db.execute(SERVICES.query, {"ids": IDS})).all()
    found = await reader.read(lambda ask: ask(SERVICES, ids=IDS))
    assert [tuple(row) for row in found] == [tuple(row) for row in expected]
    assert (found[0].id, found[0].name, found[0].assured_date) == (IDS[0], "Anise", date(2026, 11, 10))
    assert (found[0].last_modified, found[0].minimum_age) == (MOMENT, None)
    (hours,) = await reader.read(lambda ask: ask(SCHEDULES, ids=IDS[:1]))
    assert (hours.opens_at, hours.until, hours.byday, hours.count) == (time(9, 30), MOMENT.date(), "MO", 3)


async def test_lists_may_be_short_or_empty_but_not_too_long(reader: Reader) -> None:
    assert [row.name for row in await reader.read(lambda ask: ask(SERVICES, ids=IDS[1:2]))] == ["Basil"]
    assert list(await reader.read(lambda ask: ask(SERVICES, ids=[]))) == []
    found = await reader.read(lambda ask: ask(PLACES, ids=[], names=["Mill Hall"]))
    assert [(row.latitude, bool(row.confidential)) for row in found] == [(42.05, True)]


async def test_a_list_with_more_than_was_said_is_refused(database: Database, reader: Reader) -> None:
    if database.dialect != "sqlite":
        pytest.skip("PostgreSQL takes a list of any length")
    with pytest.raises(ValueError, match="more than 3"):
        await reader.read(lambda ask: ask(SERVICES, ids=[*IDS, uuid4()]))
    assert len(await reader.read(lambda ask: ask(SERVICES, ids=IDS))) == 3


async def test_what_was_committed_is_read_at_once(database: Database, reader: Reader) -> None:
    async def names() -> list[str]:
        return [row.name for row in await reader.read(lambda ask: ask(SERVICES, ids=IDS))]

    assert await names() == ["Anise", "Basil", "Chive"]
    async with database.transaction() as db:
        await db.execute(update(Service).where(Service.id == IDS[0]).values(name="Dill"))
        await db.execute(update(Service).where(Service.id == IDS[1]).values(status="inactive"))
        await db.flush()
        assert await names() == ["Anise", "Basil", "Chive"]
    assert await names() == ["Chive", "Dill"]
    async with database.transaction() as db:
        await db.execute(delete(Service).where(Service.id == IDS[2]))
    assert await names() == ["Dill"]


async def test_a_failure_leaves_the_reader_usable(reader: Reader) -> None:
    with pytest.raises(ZeroDivisionError):
        await reader.read(lambda ask: len(ask(SERVICES, ids=IDS)) / 0)
    assert len(await reader.read(lambda ask: ask(SERVICES, ids=IDS))) == 3
