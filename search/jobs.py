"""What happens to the index after a commit: changed services are read again, and the index is built when missing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from core import clock
from core.database import Database
from core.jobs import batch_job, enqueue, every, resources
from search.documents import documents, documents_of
from search.state import REBUILD, Search

CHUNK = 500
RENEWAL = timedelta(days=30)


def _search() -> Search:
    """The search of the process that runs the job, put into the worker by app.py."""
    search: Search = resources().more["search"]
    return search


@batch_job("search.index", size=500)
async def index(database: Database, payloads: list[dict[str, Any]]) -> None:
    """Replace all documents of the services named in the payloads by what their rows say now.

    Payloads hold ids only, so that repeats, retries and another order do no harm. While there is no index there is
    nothing to replace: whoever builds it reads the same rows.
    """
    search = _search()
    ids = list(dict.fromkeys(id_ for payload in payloads for id_ in payload["service_ids"]))
    async with search.writing:
        if not search.engine.ready:
            await _rebuild(search, database)
            return
        for chunk in _chunks(ids):
            async with search.engine.exclusive():
                found = await documents_of(database, [UUID(id_) for id_ in chunk])
                await search.engine.replace(chunk, found)
        if search.engine.worn:
            await _rebuild(search, database)
    search.places.expire()


@batch_job(REBUILD, size=50)
async def rebuild(database: Database, payloads: list[dict[str, Any]]) -> None:
    """Build the index, unless another job has done so meanwhile; with `anyway` in a payload, build it anew."""
    search = _search()
    async with search.writing:
        if not search.engine.ready or any(payload.get("anyway") for payload in payloads):
            await _rebuild(search, database)


@every(RENEWAL.total_seconds(), "search.renew")
async def renew(db: AsyncSession, payload: dict[str, Any]) -> None:
    """Have the index built anew in a month: documents tell holidays and other exceptions for two months only."""
    await enqueue(db, REBUILD, {"anyway": True}, run_at=clock.now() + RENEWAL, key="renewal")


async def _rebuild(search: Search, database: Database) -> None:
    await search.engine.rebuild(documents(database))
    search.places.expire()


def _chunks(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(ids), CHUNK):
        yield ids[start : start + CHUNK]
