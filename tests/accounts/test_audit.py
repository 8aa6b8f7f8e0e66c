"""The audit trail: only ever added to, and every later change is found."""

import asyncio
from uuid import uuid4

import pytest
from sqlalchemy import delete, select, text, update
from sqlalchemy.exc import DatabaseError
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.audit import audit, heads, verify
from accounts.models import AuditEntry, AuditHead
from core.database import Database
from tests.support.cast import Cast

NINA, SAM = Cast.nina.actor, Cast.sam.actor


async def write(database: Database, number: int = 5, actor=NINA) -> None:
    for _ in range(number):
        async with database.transaction() as db:
            await audit(
                db, actor, action="client.read", subject_type="client", subject_id=uuid4(), need="food"
            )


async def faults(database: Database, kept=None) -> list[str]:
    async with database.transaction(write=False) as db:
        return [fault async for fault in verify(db, kept)]


async def tamper(database: Database, *statements) -> None:
    """Change the trail as somebody could who owns the database: without its guards."""
    async with database.transaction() as db:
        if database.dialect == "sqlite":
            await db.execute(text("DROP TRIGGER audit_entry_no_update"))
            await db.execute(text("DROP TRIGGER audit_entry_no_delete"))
        else:
            await db.execute(text("ALTER TABLE audit_entry DISABLE TRIGGER USER"))
        for statement in statements:
            await db.execute(statement)


def entry(number: int):
    return (AuditEntry.organization_id == NINA.organization_id) & (AuditEntry.sequence == number)


async def test_it_works(database: Database):
    await write(database)
    await write(database, 3, SAM)
    async with database.transaction(write=False) as db:
        mine = (await db.scalars(select(AuditEntry).where(entry(2)))).one()
        assert (mine.user_id, mine.action, mine.details) == (NINA.user_id, "client.read", {"need": "food"})
    assert await faults(database) == []


async def test_it_is_written_with_what_it_records_or_not_at_all(database: Database):
    with pytest.raises(RuntimeError):
        async with database.transaction() as db:
            await audit(db, NINA, action="client.read", subject_type="client")
            raise RuntimeError
    async with database.transaction(write=False) as db:
        assert (await db.scalars(select(AuditEntry))).all() == []
    assert await faults(database) == []


@pytest.mark.parametrize("change", [update(AuditEntry).values(action="x"), delete(AuditEntry)])
async def test_the_database_refuses_changes(database: Database, change):
    await write(database)
    with pytest.raises(DatabaseError, match="only grows"):
        async with database.transaction() as db:
            await db.execute(change)
    if database.dialect == "postgresql":
        with pytest.raises(DatabaseError, match="only grows"):
            async with database.transaction() as db:
                await db.execute(text("TRUNCATE audit_entry"))


async def test_texts_are_refused(db: AsyncSession):
    with pytest.raises(ValueError):
        await audit(db, NINA, action="client.read", subject_type="client", note="She said that " + "x" * 100)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            update(AuditEntry).where(entry(2)).values(action="client.write"),
            "entry 2 is not as it was written",
        ),
        (update(AuditEntry).where(entry(2)).values(user_id=uuid4()), "entry 2 is not as it was written"),
        (
            update(AuditEntry).where(entry(2)).values(details={"need": "ride"}),
            "entry 2 is not as it was written",
        ),
        (delete(AuditEntry).where(entry(2)), "entries 2 to 2 are missing"),
        (delete(AuditEntry).where(entry(5)), "ends elsewhere"),
        (delete(AuditEntry), "ends elsewhere"),
        (delete(AuditHead), "the head is missing"),
        (update(AuditHead).values(sequence=4), "the head is not as it was written"),
    ],
)
async def test_changes_behind_its_back_are_found(database: Database, change, told: str):
    await write(database)
    await tamper(database, change)
    assert any(told in fault for fault in await faults(database))


async def test_entries_that_changed_places_are_found(database: Database):
    await write(database)

    def number(old: int, new: int):
        return update(AuditEntry).where(entry(old)).values(sequence=new)

    await tamper(database, number(2, 99), number(3, 2), number(99, 3))
    assert len(await faults(database)) >= 2


async def test_an_entry_put_in_is_found(database: Database):
    await write(database, 3)
    async with database.transaction() as db:
        last = (await db.scalars(select(AuditEntry).where(entry(3)))).one()
        db.add(
            AuditEntry(
                organization_id=last.organization_id,
                sequence=4,
                at=last.at,
                action="consent.give",
                subject_type="consent",
                details={},
                hash=last.hash,
            )
        )
    assert any("entry 4 is not" in fault for fault in await faults(database))


async def test_cutting_off_with_the_old_head_is_found_by_a_kept_head(database: Database):
    await write(database, 3)
    async with database.transaction(write=False) as db:
        old = (await db.scalars(select(AuditHead))).one()
    await write(database, 2)
    async with database.transaction(write=False) as db:
        kept = await heads(db)
    back = {"sequence": old.sequence, "hash": old.hash, "seal": old.seal}
    await tamper(database, delete(AuditEntry).where(AuditEntry.sequence > 3), update(AuditHead).values(back))
    assert await faults(database) == [], "a complete older copy looks whole by itself"
    assert any("whose head was kept, is missing" in fault for fault in await faults(database, kept))


async def test_many_writers_make_one_chain(database: Database):
    await asyncio.gather(
        *(write(database, 3, actor) for actor in (NINA, SAM, Cast.ada.actor) for _ in range(4))
    )
    assert await faults(database) == []
    async with database.transaction(write=False) as db:
        ends = {head.organization_id: head.sequence for head in await heads(db)}
    assert ends == {NINA.organization_id: 24, SAM.organization_id: 12}
