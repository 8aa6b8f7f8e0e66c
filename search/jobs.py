"""What happens to the index after a commit: changed services are read again, and the index is built when missing."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from core import clock
from core.database import Database
from core.jobs import GiveUp, Postpone, batch_job, enqueue, every, resources
from search.documents import documents, documents_of
from search.engines import DocumentsRefused, EngineAway, EngineBusy
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
    async with search.writing, _postponing():
        if not await search.engine.look():
            await _rebuild(search, database)
            return
        refused = [id_ for chunk in _chunks(ids) for id_ in await _replace(search, database, chunk)]
        if search.engine.worn:
            await _rebuild(search, database)
    search.places.expire()
    if refused:
        # Of several jobs each is tried again alone: then this is a dead letter, and the others are done.
        alone = len(payloads) == 1
        raise (GiveUp if alone else DocumentsRefused)(f"The search index refuses service {refused[0]}.")


@batch_job(REBUILD, size=50)
async def rebuild(database: Database, payloads: list[dict[str, Any]]) -> None:
    """Build the index, unless another job has done so meanwhile; with `anyway` in a payload, build it anew."""
    search = _search()
    async with search.writing, _postponing():
        if not await search.engine.look() or any(payload.get("anyway") for payload in payloads):
            await _rebuild(search, database)


@every(RENEWAL.total_seconds(), "search.renew")
async def renew(db: AsyncSession, payload: dict[str, Any]) -> None:
    """Have the index built anew in a month: hours by numbered weeks or days of the year are told for a year only."""
    await enqueue(db, REBUILD, {"anyway": True}, run_at=clock.now() + RENEWAL, key="renewal")


@asynccontextmanager
async def _postponing() -> AsyncIterator[None]:
    """An index that is away, or that another process is building, is waited for as long as it takes."""
    try:
        yield
    except (EngineAway, EngineBusy) as problem:
        raise Postpone(str(problem)) from None


async def _replace(search: Search, database: Database, ids: Sequence[str]) -> list[str]:
    """Replace the documents of some services; returns those that the engine refuses, without whom the others go in."""
    try:
        async with search.engine.exclusive():
            found = await documents_of(database, [UUID(id_) for id_ in ids])
            await search.engine.replace(ids, found)
    except DocumentsRefused:
        if len(ids) == 1:
            return list(ids)
        middle = len(ids) // 2
        return [
            *await _replace(search, database, ids[:middle]),
            *await _replace(search, database, ids[middle:]),
        ]
    return []


async def _rebuild(search: Search, database: Database) -> None:
    await search.engine.rebuild(documents(database))
    search.places.expire()


def _chunks(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(ids), CHUNK):
        yield ids[start : start + CHUNK]
