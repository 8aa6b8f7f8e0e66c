"""Counting attempts in the database, so that every process counts together and a restart forgets nothing."""

from datetime import timedelta
from typing import NamedTuple

from sqlalchemy import BigInteger, Index, Integer, String, delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from core import clock, crypto
from core.database import Base, insert_into


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
