"""Many people at once: nothing that was written is lost, on either database."""

import asyncio

from sqlalchemy import select, update

from accounts.audit import audit, verify
from accounts.models import Agency, AuditEntry
from core.database import Database

WRITERS = 40


async def test_forty_writers_reading_before_they_write_lose_nothing(database: Database, cast):
    """Each reads a count and writes it back one higher, as a form does that is loaded, changed and saved."""

    async def add_one() -> None:
        async with database.transaction() as db:
            counted = select(Agency).where(Agency.id == cast.county.id).with_for_update()
            agency = (await db.scalars(counted)).one()
            await asyncio.sleep(0)
            agency.settings = {"count": agency.settings.get("count", 0) + 1}

    await asyncio.gather(*(add_one() for _ in range(WRITERS)))
    async with database.transaction(write=False) as db:
        agency = (await db.scalars(select(Agency).where(Agency.id == cast.county.id))).one()
    assert agency.settings["count"] == WRITERS


async def test_forty_writers_make_one_unbroken_audit_trail(database: Database, cast):
    async def look(number: int) -> None:
        async with database.transaction() as db:
            await audit(db, cast.nina.actor, action="client.read", subject_type="client", number=str(number))

    await asyncio.gather(*(look(number) for number in range(WRITERS)))
    async with database.transaction(write=False) as db:
        entries = list(await db.scalars(select(AuditEntry).order_by(AuditEntry.sequence)))
        faults = [fault async for fault in verify(db)]
    assert [entry.sequence for entry in entries] == list(range(1, WRITERS + 1))
    assert {entry.details["number"] for entry in entries} == {str(number) for number in range(WRITERS)}
    assert faults == []


async def test_readers_see_a_whole_state_while_others_write(database: Database, cast):
    """A reader never sees half of what one transaction wrote, and never waits for it."""
    written = asyncio.Event()
    read = asyncio.Event()

    async def rename_all() -> None:
        async with database.transaction() as db:
            await db.execute(update(Agency).values(name="renamed"))
            written.set()
            await read.wait()

    async def names() -> set[str]:
        async with database.transaction(write=False) as db:
            return set(await db.scalars(select(Agency.name)))

    writing = asyncio.create_task(rename_all())
    await written.wait()
    before = await asyncio.wait_for(names(), timeout=5)
    read.set()
    await writing
    assert before == {organization.name for organization in cast.organizations}
    assert await names() == {"renamed"}


async def test_what_fails_half_way_leaves_nothing(database: Database, cast):
    class Interrupted(Exception):
        pass

    try:
        async with database.transaction() as db:
            await db.execute(update(Agency).values(name="half done"))
            await audit(db, cast.nina.actor, action="client.read", subject_type="client")
            raise Interrupted
    except Interrupted:
        pass
    async with database.transaction(write=False) as db:
        assert "half done" not in set(await db.scalars(select(Agency.name)))
        assert (await db.scalars(select(AuditEntry))).all() == []
