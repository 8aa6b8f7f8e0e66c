"""Jobs about places: addresses of listings are looked up in the background, what is no longer believed is forgotten."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from core.database import Database
from core.jobs import batch_job, enqueue, every, resources
from search.places import Places
from search.places.bulk import CHUNK, look_up, next_tasks
from search.places.cache import forget_old

GEOCODE = "places.geocode"
DAY = 24 * 60 * 60.0


@batch_job(GEOCODE, size=1)
async def geocode(database: Database, payloads: list[dict[str, Any]]) -> None:
    """Look up the next addresses after the location named in the payload, and leave the rest to the next job.

    Without a payload it begins at the start. A job that dies is repeated from where the one before it ended; what it
    had found is kept and not asked for again.
    """
    places: Places = resources().more["search"].places
    after = payloads[0].get("after")
    async with database.transaction(write=False) as db:
        tasks, last = await next_tasks(db, places.provider, UUID(after) if after else None, CHUNK)
    for task in tasks:
        await look_up(database, places, task)
    if last is not None:
        async with database.transaction() as db:
            await enqueue(db, GEOCODE, {"after": str(last)})


@every(DAY, "places.daily")
async def daily(db: AsyncSession, payload: dict[str, Any]) -> None:
    """Begin to look up what has come without coordinates since yesterday; drop old answers of the geocoder."""
    await enqueue(db, GEOCODE, {}, key="all")
    await forget_old(db)
