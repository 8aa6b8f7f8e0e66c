"""The words of the directory for the engine that keeps no index: read from the tables, and kept until they change.

In a directory small enough to be read as a whole they are all its words, counted as an index counts them. In a larger
one they are the words of names and towns; whether any other word that is typed exists is asked of the database.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import func, select

from core.database import Database
from directory.models import PUBLIC_STATUSES, Address, Organization, Service
from search.documents import documents, documents_of
from search.engines.plain import Known, known_words, stems_of
from search.engines.sql_conditions import has_stem
from search.engines.vocabulary import Vocabulary
from search.engines.words import vocabulary_of
from search.text import stem, words

MOST_NAMES = 200_000
"""How many names are read for spelling; a larger directory is spelled by a part of its names."""

_LOOKED_AT = 40

_Stamp = tuple[int, datetime | None]


class Spoken(msgspec.Struct, frozen=True):
    """Words to understand a query with.

    They are `all` words of the directory, as an index has them, or at least everything that was `typed` is among them.
    """

    words: Known
    all: bool
    typed: bool


class DirectoryWords:
    """The words of one directory. They are read anew when a service was added, removed or changed."""

    def __init__(self, database: Database) -> None:
        """Read from this database, when first asked."""
        self._database = database
        self._stamp: _Stamp | None = None
        self._all: Known | None = None
        self._names: Vocabulary | None = None
        self._reading = asyncio.Lock()

    async def known(self, typed: Sequence[str], most: int) -> Spoken:
        """The words to understand these typed words with: all of them, when there are at most `most` services."""
        async with self._reading:
            stamp = await self._look()
            if stamp != self._stamp or not (self._all or self._names):
                self._all = self._names = None
                if stamp[0] <= most:
                    held = [one async for one in documents(self._database, tag=False)]
                    self._all = await asyncio.to_thread(known_words, held)
                else:
                    self._names = await self._read_names()
                self._stamp = stamp
        if self._all:
            return Spoken(self._all, all=True, typed=True)
        vocabulary = self._names or vocabulary_of(())
        asked = {stem(word) for word in typed if word not in vocabulary}
        missing = {one for one in asked if not await self._exists(one)}
        vocabulary.add(word for word in typed if stem(word) in asked - missing)
        # Of all other stems, those of synonyms, it is not asked: one that does not exist finds nothing.
        return Spoken(Known(vocabulary, lambda one: one not in missing), all=False, typed=not missing)

    async def _look(self) -> _Stamp:
        """How many services there are, and when the newest change was."""
        query = select(func.count(), func.max(Service.last_modified)).where(
            Service.status.in_(PUBLIC_STATUSES)
        )
        async with self._database.transaction(write=False) as db:
            number, newest = (await db.execute(query)).one()
        return number, newest

    async def _exists(self, one: str) -> bool:
        """Whether a word with this stem stands in one of the first services that may have it."""
        query = select(Service.id).where(has_stem(one), Service.status.in_(PUBLIC_STATUSES)).limit(_LOOKED_AT)
        async with self._database.transaction(write=False) as db:
            ids = list(await db.scalars(query))
        held = await documents_of(self._database, ids, tag=False)
        return any(one in stems_of(document) for document in held)

    async def _read_names(self) -> Vocabulary:
        async with self._database.transaction(write=False) as db:
            texts: list[Any] = []
            for column in (Service.name, Organization.name, Address.city):
                texts += await db.scalars(select(column).where(column.is_not(None)).limit(MOST_NAMES))
        counts = await asyncio.to_thread(lambda: Counter(word for text in texts for word in set(words(text))))
        return vocabulary_of(counts.items())
