"""Counting attempts in the database, so that every process counts together and a restart forgets nothing."""

import math
from collections.abc import Sequence
from datetime import timedelta
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, Index, Integer, String, delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from core import clock, crypto
from core.database import Base, insert_into

#: More than is ever counted in one window.
_NO_LIMIT = 2**31 - 1


class Attempt(Base):
    """How often something was tried in one period; what was tried is kept as a keyed hash only."""

    __tablename__ = "attempt"
    __table_args__ = (Index(None, "ends_at"),)

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    period: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    count: Mapped[int] = mapped_column(Integer)
    ends_at: Mapped[int] = mapped_column(BigInteger)


class Limit(NamedTuple):
    """At most so many attempts in `window`."""

    most: int
    window: timedelta


class Spent(NamedTuple):
    """What came of spending: whether it was granted, how much is left, and when to try again.

    `wait` is how many seconds pass until the same is granted again, 0 when it was granted; `reset` how many until the
    period ends, or `wait` when that is later.
    """

    granted: bool
    left: int
    wait: int
    reset: int


async def attempt(db: AsyncSession, limit: Limit, purpose: str, *subject: str) -> int:
    """Count one attempt; return 0 when it is allowed, else after how many seconds to try again.

    Count *before* checking a password or code, so that parallel guesses cannot slip through, and answer without
    raising: an exception would roll the count back. Attempts of the previous window fade out evenly, so that twice
    the limit cannot be had by waiting for a boundary.
    """
    seconds = int(limit.window.total_seconds())
    now = clock.now().timestamp()
    period, passed = divmod(now, seconds)
    key = crypto.keyed_hash("attempt", purpose, *subject)
    row = {"key": key, "period": int(period), "count": 1, "ends_at": int((period + 2) * seconds)}
    statement = (
        insert_into(db, Attempt)
        .values(row)
        .on_conflict_do_update(index_elements=["key", "period"], set_={"count": Attempt.count + 1})
        .returning(Attempt.count)
    )
    present = await db.scalar(statement) or 1
    before = await db.scalar(
        select(Attempt.count).where(Attempt.key == key, Attempt.period == int(period) - 1)
    )
    faded = (before or 0) * (1 - passed / seconds)
    return 0 if present + faded <= limit.most else max(1, int(seconds - passed))


async def spend(
    db: AsyncSession, limit: Limit, weights: Sequence[int], purpose: str, *subject: str
) -> list[Spent]:
    """Take each weight in turn from what a limit allows, or nothing when that much is not left.

    What was refused does not count. However many spend at once, they are never granted more than the limit. Weighing
    more than the whole limit counts as the whole. What was spent in the previous window fades out evenly, as with
    `attempt`. Until the transaction ends, others who spend of the same wait on PostgreSQL.
    """
    weights = [min(weight, limit.most) for weight in weights]
    seconds = int(limit.window.total_seconds())
    period, passed = divmod(clock.now().timestamp(), seconds)
    key = crypto.keyed_hash("attempt", purpose, *subject)
    earlier = select(Attempt.count).where(Attempt.key == key, Attempt.period == int(period) - 1)
    before: int = await db.scalar(earlier) or 0
    room = math.floor(limit.most - before * (1 - passed / seconds))
    row = {"key": key, "period": int(period), "ends_at": int((period + 2) * seconds)}
    total = sum(weights)
    now = await _add(db, row, total, room) if total <= room else None
    start = now - total if now is not None else await _add(db, row, 0, _NO_LIMIT) or 0
    present, spent = start, []
    for weight in weights:
        if present + weight <= room:
            present += weight
            spent.append(Spent(True, room - present, 0, math.ceil(seconds - passed)))
        else:
            wait = _until(limit.most - weight, before, present, passed, seconds)
            spent.append(Spent(False, max(0, room - present), wait, max(wait, math.ceil(seconds - passed))))
    if now is None and present != start:
        await _add(db, row, present - start, _NO_LIMIT)
    return spent


async def _add(db: AsyncSession, row: dict[str, Any], more: int, room: int) -> int | None:
    """Count `more` and return the new count, which is ours until the transaction ends; None when it had passed `room`."""
    counted = Attempt.__table__.c["count"]
    statement = insert_into(db, Attempt).values(row | {"count": more})
    # The condition is checked on the row as it is once it is ours: others may have spent meanwhile.
    statement = statement.on_conflict_do_update(
        index_elements=["key", "period"], set_={"count": counted + more}, where=counted + more <= room
    )
    return await db.scalar(statement.returning(counted))


def _until(rest: int, before: int, present: int, passed: float, seconds: int) -> int:
    """Return after how many seconds no more than `rest` of what was spent still counts."""
    if present <= rest and before:
        return max(1, math.ceil(seconds * (1 - (rest - present) / before) - passed))
    fading = seconds * (1 - rest / present) if present else 0
    return max(1, math.ceil(seconds - passed + max(0, fading)))


def network(address: str) -> str:
    """Return what counts as one address: of IPv6 the half that a provider gives to one household."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address):
        mapped = parsed.ipv4_mapped
        return str(mapped) if mapped else str(ip_network((parsed, 64), strict=False))
    return str(parsed)


async def take_back(db: AsyncSession, purpose: str, *subject: str) -> None:
    """Uncount one attempt that turned out well, where many share a subject (an office behind one address)."""
    key = crypto.keyed_hash("attempt", purpose, *subject)
    newest = (
        select(Attempt.period)
        .where(Attempt.key == key)
        .order_by(Attempt.period.desc())
        .limit(1)
        .scalar_subquery()
    )
    taken = update(Attempt).where(Attempt.key == key, Attempt.period == newest, Attempt.count > 0)
    await db.execute(taken.values(count=Attempt.count - 1).execution_options(synchronize_session=False))


async def forgive(db: AsyncSession, purpose: str, *subject: str) -> None:
    """Forget the attempts of a subject, after it succeeded."""
    key = crypto.keyed_hash("attempt", purpose, *subject)
    await db.execute(delete(Attempt).where(Attempt.key == key))


async def forget_old(db: AsyncSession) -> None:
    """Delete counts that no longer matter."""
    await db.execute(delete(Attempt).where(Attempt.ends_at < int(clock.now().timestamp())))
