"""PostgreSQL is stopped at once while many write: what it acknowledged is there afterwards, whole."""

import asyncio
from collections.abc import Iterator

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from accounts.audit import audit, verify
from accounts.models import AuditEntry
from core.database import Database
from tests.support.cast import Cast
from tests.support.databases import prepare
from tests.support.postgres import Postgres

WRITERS = 16
BEFORE_THE_CRASH = 150


@pytest.fixture
def safe_postgres() -> Iterator[Postgres]:
    """A server that keeps its promises: the one of the other tests is told not to."""
    server = Postgres(durable=True)
    yield server
    server.stop()


async def test_a_crash_loses_nothing_that_was_acknowledged(safe_postgres: Postgres):
    url = safe_postgres.url(safe_postgres.create())
    await prepare(url)
    database = Database(url)
    acknowledged: set[str] = set()

    async def write(writer: int) -> None:
        """Write one entry after another until the server is gone."""
        for number in range(1000):
            name = f"{writer}-{number}"
            try:
                async with database.transaction() as db:
                    await audit(db, Cast.nina.actor, action="client.read", subject_type="client", name=name)
            except DBAPIError:
                return
            acknowledged.add(name)

    writing = [asyncio.create_task(write(number)) for number in range(WRITERS)]
    while len(acknowledged) < BEFORE_THE_CRASH:
        await asyncio.sleep(0.001)
    await asyncio.to_thread(safe_postgres.crash_and_recover)
    await asyncio.gather(*writing)
    await database.dispose()

    survived = Database(url)
    async with survived.transaction(write=False) as db:
        entries = list(await db.scalars(select(AuditEntry).order_by(AuditEntry.sequence)))
        faults = [fault async for fault in verify(db)]
    await survived.dispose()
    assert acknowledged <= {entry.details["name"] for entry in entries}
    assert [entry.sequence for entry in entries] == list(range(1, len(entries) + 1))
    assert faults == []
