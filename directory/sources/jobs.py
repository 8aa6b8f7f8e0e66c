"""Jobs about sources: what is due is begun, and pulls are brought further slice by slice."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from core import clock
from core.database import Database
from core.errors import NotVisible
from core.jobs import batch_job, enqueue, every, resources
from core.outbound import Told
from directory.sources import actions, pulling, queries
from directory.sources.actions import LOOK, PULL

MINUTE, HOUR = 60.0, 3600.0


@batch_job(PULL, size=1)
async def pull(database: Database, payloads: list[dict[str, Any]]) -> None:
    """Bring a pull one slice further and leave the rest to the next job; repeating a slice does no harm."""
    pull_id = payloads[0]["pull_id"]
    rest = await pulling.advance(database, resources().settings, UUID(pull_id))
    if rest is not None:
        async with database.transaction() as db:
            run_at = clock.now() + timedelta(seconds=rest) if rest else None
            await enqueue(db, PULL, {"pull_id": pull_id}, run_at=run_at, key=pull_id)


@batch_job(LOOK, size=1)
async def look(database: Database, payloads: list[dict[str, Any]]) -> None:
    """Ask a new source what it is, and note what it says or why it says nothing."""
    source_id, settings = UUID(payloads[0]["source_id"]), resources().settings
    try:
        async with database.transaction(write=False) as db:
            source = await queries.source(db, source_id)
    except NotVisible:
        return
    trouble, root = None, None
    try:
        root = await pulling.remote_of(settings, source).root()
    except Told as error:
        trouble = error.sentence
    async with database.transaction() as db:
        here = await queries.source(db, source_id)
        here.looked_at, here.trouble = clock.now(), trouble
        if root is not None:
            here.version, here.profile = root.version or None, root.profile or None
            here.publisher = root.publisher or None


@every(MINUTE, "sources.due")
async def due(db: AsyncSession, payload: dict[str, Any]) -> None:
    """Begin the pulls whose time has come."""
    for source in await queries.due(db, clock.now()):
        await actions.begin_pull(db, source)


@batch_job("sources.tidy", size=50)
async def tidy(database: Database, payloads: list[dict[str, Any]]) -> None:
    """Remove the files of pulls that are over."""
    await pulling.tidy(database, resources().settings)


@every(HOUR, "sources.hourly")
async def hourly(db: AsyncSession, payload: dict[str, Any]) -> None:
    """Have the files of pulls that are over removed."""
    await enqueue(db, "sources.tidy", {}, key="all")
