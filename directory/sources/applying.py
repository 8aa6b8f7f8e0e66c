"""Writes what a pull brings: rows, removals, and what is no longer listed, in one transaction with the pull's end."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import CursorResult, update
from sqlalchemy.ext.asyncio import AsyncSession

from core import clock
from core.database import Database
from core.jobs import enqueue_many
from directory.importing.report import Report
from directory.importing.shelf import Shelf
from directory.importing.write import JOB_SIZE, write
from directory.models import Service
from directory.sources import queries
from directory.sources.models import OPEN, Pull
from directory.sources.taken import Taken
from directory.sources.weighing import staged

OVERLAP = timedelta(minutes=10)
"""What was changed so shortly before a pull began is asked for again by the next: clocks and long writes differ."""

INACTIVE = "inactive"


def _silent(_more: int, _total: int) -> None:
    pass


async def apply(
    database: Database, pull: Pull, taken: Taken, shelf: Shelf, step: Callable[[int, int], None] = _silent
) -> bool:
    """Write the pull; False, with nothing changed, when it was applied or discarded meanwhile."""
    report = Report()
    stage = await staged(database, shelf, report)
    total = sum(spool.count for spool in stage.spools.values())
    try:
        async with database.transaction() as db:
            if not await _end(db, pull):
                return False
            await write(db, stage, shelf.tables(), lambda rows: step(rows, total), whole=False)
            gone = await _take_off(db, [one async for one in queries.gone(db, taken, shelf.source)])
            here = await queries.pull(db, pull.id)
            here.counts = {table: dict(counter) for table, counter in report.changes.items() if counter}
            if gone:
                here.counts = here.counts | {"service": here.counts.get("service", {}) | {"gone": gone}}
            _move_on(here)
    finally:
        stage.close()
    return True


async def _end(db: AsyncSession, pull: Pull) -> bool:
    """Take the pull for this transaction: from here on nobody else applies or discards it."""
    ended = await db.execute(
        update(Pull)
        .where(Pull.id == pull.id, Pull.state.in_(OPEN))
        .values(state="applied", finished_at=clock.now(), error=None)
        .execution_options(synchronize_session=False)
    )
    return isinstance(ended, CursorResult) and ended.rowcount == 1


def _move_on(pull: Pull) -> None:
    """Note at the source how far it has been followed."""
    source, now = pull.source, clock.now()
    source.pulled_at, source.failures, source.trouble = now, 0, None
    if pull.began_there:
        source.modified_since = pull.began_there - OVERLAP
    if pull.is_whole:
        source.whole_at = pull.started_at


async def _take_off(db: AsyncSession, services: Sequence[Service]) -> int:
    """Make services inactive that their source lists no more; a return is told by the checksum that they lack then."""
    now, changed = clock.now(), []
    for service in services:
        service.checksum = None
        if "status" in (service.corrected or {}):
            corrected: dict[str, Any] = dict(service.corrected or {})
            service.corrected = corrected | {"status": INACTIVE}
            continue
        service.status = INACTIVE
        service.last_modified = now
        changed.append(str(service.id))
    await db.flush()
    batches = [changed[start : start + JOB_SIZE] for start in range(0, len(changed), JOB_SIZE)]
    await enqueue_many(db, "search.index", [{"service_ids": some} for some in batches])
    return len(services)
