"""Where the engines of the suite stand: every kind over the same databases, at the same moment."""

from __future__ import annotations

import asyncio
import shutil
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from core import clock
from core.database import Database
from search.engines import Answer, Document, Engine
from search.engines.embedded import EmbeddedEngine
from search.engines.sql import SqlEngine
from tests.search.conformance.corpora import COUNTY, MOMENT, REAL, Corpus, fill, has_real_listings
from tests.search.conformance.judging import REAL_LISTINGS, Judge, Judgment, Verdict, judgments
from tests.search.engine_support import stream
from tests.support.meilisearch import meilisearch_engine

EMBEDDED, SQL, SQL_POSTGRESQL, MEILISEARCH = "embedded", "sql", "sql on PostgreSQL", "meilisearch"

KINDS = (EMBEDDED, SQL, SQL_POSTGRESQL, MEILISEARCH)
"""Every engine of the product; the one that asks the database on both databases."""


class Stage:
    """Makes databases and engines for one test session; the dear ones once."""

    def __init__(self, request: pytest.FixtureRequest, folder: Path) -> None:
        """Use the fixtures that a request can get, and a folder of the session."""
        self._request = request
        self._folder = folder
        self._corpora: dict[tuple[str, bool], Corpus] = {}
        self._answers: dict[tuple[str, str], list[Answer]] = {}
        self._verdicts: dict[str, list[Verdict]] = {}
        self._made = 0

    def empty_database(self, kind: str) -> str:
        """The address of a new database without listings, on the server that a kind of engine is tried with."""
        if kind == SQL_POSTGRESQL:
            server: Any = self._request.getfixturevalue("postgres")
            name: str = server.create(self._request.getfixturevalue("postgres_template"))
            return str(server.url(name))
        path = self.new_folder() / "handrail.db"
        shutil.copy(self._request.getfixturevalue("sqlite_template"), path)
        return f"sqlite+aiosqlite:///{path}"

    def new_folder(self) -> Path:
        """A folder that nobody has used."""
        self._made += 1
        folder = self._folder / str(self._made)
        folder.mkdir()
        return folder

    def corpus(self, name: str, kind: str) -> Corpus:
        """A corpus in a database of its own, on the server that a kind of engine is tried with."""
        key = (name, kind == SQL_POSTGRESQL)
        if key not in self._corpora:
            with frozen(clock.now()):
                self._corpora[key] = asyncio.run(fill(name, self.empty_database(kind)))
        return self._corpora[key]

    def once(self, key: tuple[str, str], ask: Callable[[], list[Answer]]) -> list[Answer]:
        """What `ask` gave when it was first called for this key."""
        if key not in self._answers:
            self._answers[key] = ask()
        return self._answers[key]

    def verdicts(self, kind: str) -> list[Verdict]:
        """What a kind of engine makes of every judgment that can be asked on this machine; asked once."""
        if kind not in self._verdicts:
            every = judgments()
            parts = {COUNTY: [one for one in every if one.group != REAL_LISTINGS]}
            if has_real_listings():
                parts[REAL] = [one for one in every if one.group == REAL_LISTINGS]
            self._verdicts[kind] = [
                verdict
                for name, asked in parts.items()
                for verdict in asyncio.run(self._hear(kind, self.corpus(name, kind), asked))
            ]
        return self._verdicts[kind]

    def heard(self, kind: str) -> list[Verdict]:
        """The verdicts on a kind of engine, if it was asked."""
        return self._verdicts.get(kind, [])

    async def _hear(self, kind: str, corpus: Corpus, asked: list[Judgment]) -> list[Verdict]:
        judge = Judge(corpus.documents)
        database = Database(corpus.url)
        try:
            with frozen(MOMENT):
                async with self.engine(kind, database, corpus.documents) as engine:
                    return [await judge.hear(engine, one) for one in asked]
        finally:
            await database.dispose()

    @asynccontextmanager
    async def engine(
        self, kind: str, database: Database, documents: Sequence[Document]
    ) -> AsyncIterator[Engine]:
        """An engine of a kind over a database, or over the documents that its listings make."""
        if kind in (SQL, SQL_POSTGRESQL):
            yield SqlEngine(database)
            return
        if kind == MEILISEARCH:
            async with meilisearch_engine(documents) as found:
                yield found
            return
        engine = EmbeddedEngine(self.new_folder())
        await engine.rebuild(stream(documents))
        yield engine


@contextmanager
def frozen(moment: datetime) -> Iterator[None]:
    """Let it be one moment for all of the search, so that two engines asked in turn are asked at the same time."""
    modules = [module for name, module in sys.modules.items() if name.startswith(("search.", "core.clock"))]
    asking = [module for module in modules if getattr(module, "now", None) is clock.now]
    patches = [patch.object(module, "now", lambda: moment) for module in asking]
    for one in patches:
        one.start()
    try:
        yield
    finally:
        for one in patches:
            one.stop()
