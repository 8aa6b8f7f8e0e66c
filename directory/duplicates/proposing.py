"""Keeps the pairs that wait for a decision in step with what is found."""

import uuid
from collections.abc import Collection, Sequence
from typing import Any

import msgspec
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from core import clock
from core.database import Database, insert_into, new_id
from directory.duplicates.finding import Proposal, Step, find
from directory.duplicates.models import DuplicatePair
from directory.duplicates.queries import ENTITIES

AT_ONCE = 200


class Counted(msgspec.Struct):
    """How many pairs were found, and how many of them wait for a decision that did not before."""

    found: int = 0
    new: int = 0


async def look(
    database: Database, sources: Collection[str] | None = None, step: Step = lambda *_: None
) -> Counted:
    """Find pairs among all listings, or with a listing of one of `sources`, and propose them.

    Reads and writes in transactions of its own, the writing ones short: finding takes minutes.
    """
    counted = Counted()
    for entity in ENTITIES:
        found = await find(database, entity, sources, step)
        counted.found += len(found)
        for start in range(0, len(found), AT_ONCE):
            async with database.transaction() as db:
                counted.new += await propose(db, entity, found[start : start + AT_ONCE])
        if sources is None:
            async with database.transaction() as db:
                await _forget_others(db, entity, {(one.left, one.right) for one in found})
    return counted


async def propose(db: AsyncSession, entity: str, found: Sequence[Proposal]) -> int:
    """Write pairs down; return how many wait now that did not before.

    One that somebody called different comes back only if the reasons are not those of then.
    """
    lefts = {one.left for one in found}
    rows = await db.scalars(select(DuplicatePair).where(DuplicatePair.left_id.in_(lefts)))
    known = {(row.left_id, row.right_id): row for row in rows}
    new = 0
    for one in found:
        reasons = [list(reason) for reason in one.reasons]
        row = known.get((one.left, one.right))
        if row is None:
            values = {
                "id": new_id(), "entity": entity, "left_id": one.left, "right_id": one.right, "score": one.score,
                "reasons": reasons, "state": "open", "found_at": clock.now(), "version": 1,
            }  # fmt: skip
            await db.execute(insert_into(db, DuplicatePair).values(values).on_conflict_do_nothing())
            new += 1
        elif row.state in ("open", "later"):
            if row.reasons != reasons:
                row.score, row.reasons = one.score, reasons
        elif row.state == "different" and _counted(row.reasons) != _counted(reasons):
            row.score, row.reasons, row.state, row.found_at = one.score, reasons, "open", clock.now()
            new += 1
    await db.flush()
    return new


def _counted(reasons: list[Any]) -> list[tuple[str, float]]:
    """Return reasons as they count: that a likeness went from 94 % to 95 % changes nothing."""
    return sorted((code, float(points)) for code, _figure, points in reasons)


async def _forget_others(db: AsyncSession, entity: str, found: set[tuple[uuid.UUID, uuid.UUID]]) -> None:
    """Take back the proposals that nothing speaks for any more."""
    waiting = await db.execute(
        select(DuplicatePair.id, DuplicatePair.left_id, DuplicatePair.right_id).where(
            DuplicatePair.entity == entity, DuplicatePair.state == "open"
        )
    )
    gone = [id_ for id_, left, right in waiting if (left, right) not in found]
    for start in range(0, len(gone), AT_ONCE):
        some = gone[start : start + AT_ONCE]
        await db.execute(
            delete(DuplicatePair).where(DuplicatePair.id.in_(some), DuplicatePair.state == "open")
        )
