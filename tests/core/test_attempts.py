"""Counting attempts."""

from datetime import UTC, datetime, timedelta

import time_machine
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.attempts import Attempt, Limit, attempt, forget_old, forgive, take_back

LIMIT = Limit(3, timedelta(minutes=10))
START = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


async def tries(db: AsyncSession, number: int, subject: str = "nina") -> list[bool]:
    return [await attempt(db, LIMIT, "code", subject) == 0 for _ in range(number)]


async def test_the_fourth_attempt_of_three_is_refused(db: AsyncSession):
    with time_machine.travel(START, tick=False):
        assert await tries(db, 4) == [True, True, True, False]
        assert await tries(db, 1, "omar") == [True]
        wait = await attempt(db, LIMIT, "code", "nina")
    assert 0 < wait <= 600


async def test_attempts_fade_evenly(db: AsyncSession):
    with time_machine.travel(START, tick=False) as time:
        assert await tries(db, 3) == [True] * 3
        time.shift(timedelta(minutes=10))
        assert await tries(db, 1) == [False], "twice the limit around a boundary"
        time.shift(timedelta(minutes=20))
        assert await tries(db, 3) == [True] * 3


async def test_success_forgives(db: AsyncSession):
    with time_machine.travel(START, tick=False):
        await tries(db, 3)
        await forgive(db, "code", "nina")
        assert await tries(db, 3) == [True] * 3
        await take_back(db, "code", "nina")
        assert await tries(db, 2) == [True, False]


async def test_the_table_does_not_tell_whom_it_counts_and_is_tidied(db: AsyncSession):
    with time_machine.travel(START, tick=False) as time:
        await tries(db, 1)
        assert "nina" not in (await db.scalars(select(Attempt.key))).one()
        await forget_old(db)
        assert (await db.scalars(select(Attempt))).all()
        time.shift(timedelta(hours=1))
        await forget_old(db)
        assert not (await db.scalars(select(Attempt))).all()
