"""Searching the directory's own tables, for while an index is missing or being built.

Correct rather than fast: the tables are asked for services that may answer, at most `MOST_SERVICES`, and those are
judged one by one by `search.engines.plain`. Where a directory has no more than that, its words are known as an index
knows them (`search.engines.sql_words`), and every answer is that of an index. Beyond it an answer for which more
services might match than were looked at says so: totals are lower bounds then.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from datetime import datetime
from time import perf_counter
from uuid import UUID

from sqlalchemy import ColumnElement, String, and_, cast, func, not_, or_, select

from core.clock import now
from core.database import Database
from directory.models import PUBLIC_STATUSES, Organization, Service
from search.documents import CHUNK, documents_of
from search.engines import Answer, CheckReport, Document, Query, Suggestion
from search.engines.candidates import Candidates
from search.engines.embedded.suggesting import suggested_needs
from search.engines.plain import Known, answer_plainly
from search.engines.plain_candidates import candidates_of
from search.engines.sql_conditions import begins, has_need, has_word, may_be_near, may_come
from search.engines.sql_words import DirectoryWords
from search.engines.words import Meaning
from search.text import query_words, words

MOST_SERVICES = 2_000
"""How many services are looked at for one answer."""

MOST_READ = 600
"""So few around a place are all read, whatever words are asked for."""

MOST_BROWSED = 500
"""How many are looked at when neither a word nor a place narrows them down: the newest."""


class SqlEngine:
    """The engine that is always there. It keeps no listing, so there is nothing to write, rebuild or repair."""

    def __init__(self, database: Database) -> None:
        """Search the tables of this database."""
        self._database = database
        self._words = DirectoryWords(database)

    @property
    def ready(self) -> bool:
        """Always: where there is a database there is a search."""
        return True

    async def look(self) -> bool:
        """Always, too."""
        return True

    @property
    def worn(self) -> bool:
        """Never."""
        return False

    @property
    def count(self) -> int:
        """Unknown without asking the database: 0."""
        return 0

    async def search(self, query: Query) -> Answer:
        """Answer from the tables; `exact` is False when more services might match than were looked at."""
        started = perf_counter()
        typed = query_words(query.text)
        if not typed:
            answer = await self._browse(query)
        else:
            spoken = await self._words.known(typed, MOST_SERVICES)
            known, sure = spoken.words, spoken.typed
            answer = await self._judged(query, known, known.meaning(query.text))
            if not answer.total and answer.notice != "no_words":
                loosely = known.meaning(query.text, loosely=True)
                answer = await self._judged(query, known, loosely, loosely=True)
                sure = spoken.all
            answer.exact &= sure
        answer.took_ms = round((perf_counter() - started) * 1000, 3)
        return answer

    async def suggest(self, text: str, limit: int = 8) -> list[Suggestion]:
        """Needs, organizations and services whose name has a word that begins so."""
        typed = " ".join(words(text))
        if not typed or limit <= 0:
            return []
        found = suggested_needs(typed)[: max(2, limit // 2)]
        async with self._database.transaction(write=False) as db:
            organizations = await db.execute(
                select(Organization.name).where(begins(Organization.name, typed)).distinct().limit(limit)
            )
            services = await db.execute(
                select(Service.name, func.min(cast(Service.id, String)))
                .where(begins(Service.name, typed), Service.status.in_(PUBLIC_STATUSES))
                .group_by(Service.name)
                .order_by(Service.name)
                .limit(limit)
            )
            found += [Suggestion(text=name, kind="organization") for (name,) in organizations]
            found += [Suggestion(text=name, kind="service", id=str(UUID(str(id_)))) for name, id_ in services]
        return found[:limit]

    async def candidates(self, query: Query, limit: int, at: datetime) -> Candidates:
        """Candidates among at most `MOST_SERVICES` services around the place or for it, the newest first."""
        conditions: list[ColumnElement[bool]] = [Service.status.in_(PUBLIC_STATUSES)]
        ids = await self._ids(query, conditions, MOST_SERVICES)
        if len(ids) > MOST_SERVICES and query.needs:
            # Too many to look at all: those that are tagged already.
            ids = await self._ids(query, [*conditions, has_need(query.needs)], MOST_SERVICES)
        documents = await self._read(ids[:MOST_SERVICES])
        return await asyncio.to_thread(candidates_of, documents, query, limit, at)

    async def replace(self, service_ids: Iterable[str], documents: Sequence[Document]) -> None:
        """Nothing: the tables are the index."""

    def exclusive(self) -> AbstractAsyncContextManager[None]:
        """Nothing to hold off: nobody writes."""
        return nullcontext()

    async def rebuild(self, documents: AsyncIterator[Document]) -> int:
        """Nothing: the tables are the index. Returns 0."""
        return 0

    async def check(self, expected: AsyncIterator[tuple[str, int]]) -> CheckReport:
        """Always equal."""
        return CheckReport()

    async def _browse(self, query: Query) -> Answer:
        """Answer a query without words."""
        most = MOST_SERVICES if _around(query) is not None else MOST_BROWSED
        documents, exact = await self._documents(query, [], most)
        answer = await asyncio.to_thread(answer_plainly, documents, query, now())
        answer.exact = exact
        return answer

    async def _judged(self, query: Query, known: Known, meaning: Meaning, *, loosely: bool = False) -> Answer:
        """Answer a query with words from the services that may have all of them, or any when `loosely`."""
        documents: list[Document] = []
        exact = True
        if meaning.words:
            each = [has_word(word) for word in meaning.words]
            documents, exact = await self._documents(
                query, [or_(*each) if loosely else and_(*each)], MOST_SERVICES
            )
        answer = await asyncio.to_thread(answer_plainly, documents, query, now(), known)
        answer.exact = exact
        return answer

    async def _documents(
        self, query: Query, conditions: list[ColumnElement[bool]], most: int
    ) -> tuple[list[Document], bool]:
        """The documents of the services that fulfil conditions, and whether these are all there are."""
        public = Service.status.in_(PUBLIC_STATUSES)
        if conditions and _around(query) is not None:
            # To look for words costs as much in the whole table as to read this many services.
            ids = await self._ids(query, [public], MOST_READ)
            if len(ids) <= MOST_READ:
                return await self._read(ids), True
        conditions = [public, *conditions]
        ids = await self._ids(query, conditions, most)
        exact = len(ids) <= most
        if not exact and query.needs:
            # Too many to look at all: those of the asked needs first, at the price of the other needs' counts.
            ids = await self._ids(query, [*conditions, has_need(query.needs)], most)
        return await self._read(ids[:most]), exact

    async def _read(self, ids: list[UUID]) -> list[Document]:
        documents: list[Document] = []
        for start in range(0, len(ids), CHUNK):
            documents += await documents_of(self._database, ids[start : start + CHUNK], tag=False)
        return documents

    async def _ids(self, query: Query, conditions: list[ColumnElement[bool]], most: int) -> list[UUID]:
        """Ids of services around the place of a query, then of those that may come to it, each newest first.

        One more than `most` when there are more.
        """
        near = _around(query)
        if near is None:
            return await self._newest(conditions, most + 1)
        ids = await self._newest([near, *conditions], most + 1)
        if len(ids) <= most:
            ids += await self._newest([may_come(), not_(near), *conditions], most + 1 - len(ids))
        return ids

    async def _newest(self, conditions: list[ColumnElement[bool]], limit: int) -> list[UUID]:
        query = (
            select(Service.id)
            .where(*conditions)
            .order_by(Service.last_modified.desc(), Service.id)
            .limit(limit)
        )
        async with self._database.transaction(write=False) as db:
            return list(await db.scalars(query))


def _around(query: Query) -> ColumnElement[bool] | None:
    """The condition that the place of a query sets, if it has one."""
    if query.lat is None or query.lon is None or query.radius_m is None:
        return None
    return may_be_near(query.lat, query.lon, query.radius_m)
