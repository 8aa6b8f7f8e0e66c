"""The search of one running process: its engines, its places, and what a deployment may ask about it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

from litestar import Request

from core.database import Database
from core.jobs import enqueue
from core.reading import Reader
from core.settings import Settings
from search import documents
from search.engines import Answer, Engine, EngineUnavailable, Query, Suggestion
from search.engines.candidates import Candidates
from search.engines.embedded import EmbeddedEngine
from search.engines.meilisearch import MeilisearchEngine
from search.engines.sql import SqlEngine
from search.places import Places, gazetteer
from search.places.online import Online, online_of
from search.turns import turns_of

REBUILD = "search.rebuild"
"""The job that builds the index anew."""


class Search:
    """Asks the index, and the database itself while the index cannot answer."""

    def __init__(
        self, database: Database, engine: Engine, fallback: Engine, geocoder: Online | None = None
    ) -> None:
        self.database = database
        self.engine = engine
        self.fallback = fallback
        self.places = Places(database, geocoder)
        self.reader = Reader(database)
        self.writing = asyncio.Lock()
        """Held by whoever writes the index in this process, so that a change is never lost to a rebuild."""

    async def ask(self, query: Query) -> Answer:
        """Answer a query with whatever engine can; the answer's notice tells when it was not the index."""
        try:
            return await self.engine.search(query)
        except EngineUnavailable as problem:
            answer = await self.fallback.search(query)
            answer.notice = answer.notice or problem.notice
            return answer

    async def suggest(self, text: str, limit: int = 8) -> list[Suggestion]:
        """Suggestions for what has been typed so far."""
        try:
            return await self.engine.suggest(text, limit)
        except EngineUnavailable:
            return await self.fallback.suggest(text, limit)

    async def candidates(self, query: Query, limit: int, at: datetime) -> Candidates:
        """Facts of what may be a match, from whatever engine can tell them (`Engine.candidates`)."""
        try:
            return await self.engine.candidates(query, limit, at)
        except EngineUnavailable:
            return await self.fallback.candidates(query, limit, at)

    async def count(self) -> int:
        """How many services can be found."""
        return self.engine.count if self.engine.ready else await documents.count(self.database)

    async def check(self, request: Request) -> tuple[bool, str]:
        """For `/readyz`: searching always works; the word tells by which engine, and how much it holds."""
        own = "Meilisearch" if isinstance(self.engine, MeilisearchEngine) else "index"
        name = own if self.engine.ready else "database"
        return True, f"{await self.count()} services, by {name}"


@asynccontextmanager
async def open_search(settings: Settings, database: Database) -> AsyncIterator[Search]:
    """Open the search of a process. Where there is no index, a job to build one is written."""
    engine = engine_of(settings, database)
    search = Search(database, engine, SqlEngine(database), online_of(settings))
    # Now rather than at somebody's first search, and off the loop: it takes half a second.
    await asyncio.to_thread(gazetteer)
    try:
        there = await engine.look()
    except EngineUnavailable:
        # The job looks again, when the server may be back.
        there = False
    if not there:
        async with database.transaction() as db:
            await enqueue(db, REBUILD, {}, key=REBUILD)
    try:
        yield search
    finally:
        search.reader.close()
        if isinstance(engine, MeilisearchEngine):
            await asyncio.to_thread(engine.close)


def engine_of(settings: Settings, database: Database) -> Engine:
    """The engine that an installation is set up with; nothing is opened or asked yet."""
    if settings.search_url:
        turns = turns_of(database, settings.index_dir)
        return MeilisearchEngine(settings.search_url, settings.search_key, turns)
    return EmbeddedEngine(settings.index_dir)
