"""The Meilisearch engine: answers in time or not at all, writes in turns, follows other processes."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import datetime
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING, TypeVar

from core.clock import now
from search.engines import (
    Answer,
    CheckReport,
    Document,
    EngineAway,
    EngineBusy,
    EngineUnavailable,
    Query,
    Suggestion,
)
from search.engines.candidates import Candidates
from search.engines.meilisearch import writing
from search.engines.meilisearch.answering import MOST, Question
from search.engines.meilisearch.breaker import Breaker
from search.engines.meilisearch.filters import among
from search.engines.meilisearch.knowledge import Knowledge, about, catch_up, load
from search.engines.meilisearch.layout import LEAD
from search.engines.meilisearch.link import ANSWER_S, Link, Missing, documents_fetched, told
from search.engines.meilisearch.matching import candidates
from search.engines.meilisearch.suggesting import suggest
from search.turns import Busy, Turns

if TYPE_CHECKING:
    from meilisearch import Client

_LOG = logging.getLogger(__name__)
_CHUNK = 2_000
_LOOK_EVERY_S = 1.0
"""How often a process looks whether there is another build, or new words: the longest they stay unknown to it."""
_COUNT_EVERY_S = 30.0
_LOOK_S = 30.0
"""How long one look may take: at the first, all words are read."""
_THREADS = 16

_Result = TypeVar("_Result")

_STRANGE = (LookupError, TypeError, AttributeError, ValueError, RecursionError)
"""What comes of JSON of another form: the server is not Meilisearch, or not one that we know."""


class MeilisearchEngine:
    """A search engine in a Meilisearch server, which any number of processes and machines may share.

    Each installation has a name of its own there. The indexes are disposable: they can be deleted at any time, and a
    rebuild makes them anew from the database.
    """

    def __init__(
        self, url: str, key: str, turns: Turns, name: str = "handrail", *, answer_s: float = ANSWER_S
    ) -> None:
        """Use the server at this address; nothing is asked of it yet. `turns` are shared by all who write."""
        self._link = Link(url, key)
        self._turns = turns
        self._names = writing.Names(name)
        self._answer_s = answer_s
        self._breaker = Breaker()
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="meilisearch")
        self._lock = Lock()
        self._knowledge: Knowledge | None = None
        self._looking: Future[None] | None = None
        self._looked = float("-inf")
        self._counted = float("-inf")
        self.most = MOST
        """The most documents that are fetched for one answer."""

    @property
    def ready(self) -> bool:
        """Whether an index of this version is there and the server answers, as far as is known."""
        self._look_if_due()
        return self._knowledge is not None and not self._breaker.open

    @property
    def worn(self) -> bool:
        """Never: Meilisearch clears away what it deletes."""
        return False

    @property
    def count(self) -> int:
        """Distinct services in the index when they were last counted: half a minute ago at most."""
        return self._knowledge.count if self._knowledge else 0

    async def look(self) -> bool:
        """Look afresh whether there is an index of this version. Raises `EngineAway` when that cannot be told."""
        await asyncio.to_thread(self._look)
        return self._knowledge is not None

    async def search(self, query: Query) -> Answer:
        """Answer a query. Raises `EngineUnavailable` without an index, `EngineAway` without a timely answer."""
        moment = now()
        return await self._ask(
            lambda client, knowledge: Question(
                client, self._names.listings, knowledge, query, moment, self.most
            ).answer()
        )

    async def suggest(self, text: str, limit: int = 8) -> list[Suggestion]:
        """Suggestions for what was typed so far; raises as `search` does."""
        return await self._ask(
            lambda client, knowledge: suggest(client, self._names.listings, knowledge, text, limit)
        )

    async def candidates(self, query: Query, limit: int, at: datetime) -> Candidates:
        """Facts of what may be a match; raises as `search` does."""
        return await self._ask(
            lambda client, knowledge: candidates(client, self._names.listings, knowledge, query, limit, at)
        )

    async def replace(self, service_ids: Iterable[str], documents: Sequence[Document]) -> None:
        """Replace all documents of these services; returns when Meilisearch has done so, and raises otherwise.

        Call it inside of `exclusive()`.
        """
        ids = list(dict.fromkeys([*service_ids, *(document.service_id for document in documents)]))
        if ids:
            await asyncio.to_thread(self._replace, writing.Edit(ids, list(documents)))

    @asynccontextmanager
    async def exclusive(self) -> AsyncIterator[None]:
        """Hold off other writers, of this and all other processes, from reading rows until they are replaced."""
        async with self._turns.take(f"{self._names.listings}-batch"):
            yield

    async def rebuild(self, documents: AsyncIterator[Document]) -> int:
        """Build fresh indexes, repeat what was edited meanwhile, let them change names. Searches go on in the old ones.

        Returns how many documents were read. Raises `EngineUnavailable` when another rebuild is running.
        """
        try:
            async with self._turns.take(f"{self._names.listings}-rebuild", wait=False):
                return await self._rebuild(documents)
        except Busy:
            raise EngineBusy("another process is rebuilding the search index") from None

    async def check(self, expected: AsyncIterator[tuple[str, int]]) -> CheckReport:
        """Compare the index with (service id, newest `updated`) of everything that should be in it."""
        have = await asyncio.to_thread(self._patiently, self._held)
        missing, stale = [], []
        async for service_id, updated in expected:
            found = have.pop(service_id, None)
            if found is None:
                missing.append(service_id)
            elif found != updated:
                stale.append(service_id)
        return CheckReport(missing=tuple(missing), surplus=tuple(sorted(have)), stale=tuple(stale))

    def close(self) -> None:
        """Let go of threads and connections; the engine is not to be used any more."""
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._link.close()

    async def _ask(self, work: Callable[[Client, Knowledge], _Result]) -> _Result:
        """Do something in a thread, within the time limit; the breaker learns how it went."""
        if not self._breaker.enter():
            raise EngineAway("Meilisearch did not answer a moment ago")
        loop = asyncio.get_running_loop()
        until = monotonic() + self._answer_s
        running = loop.run_in_executor(self._pool, self._within, work, until)
        try:
            async with asyncio.timeout(self._answer_s):
                result = await running
        except (EngineAway, TimeoutError) as problem:
            self._breaker.failed()
            _LOG.warning("search falls back: %s", problem or "Meilisearch takes too long")
            raise EngineAway(str(problem) or "Meilisearch takes too long") from None
        except EngineUnavailable:
            self._breaker.succeeded()
            raise
        except BaseException:
            self._breaker.left()
            raise
        self._breaker.succeeded()
        return result

    def _within(self, work: Callable[[Client, Knowledge], _Result], until: float) -> _Result:
        try:
            return self._worked(work, until)
        except _STRANGE as problem:
            raise EngineAway(f"Meilisearch answers something strange ({type(problem).__name__})") from problem

    def _worked(self, work: Callable[[Client, Knowledge], _Result], until: float) -> _Result:
        knowledge = self._current(until)
        with told():
            try:
                return work(self._link.within(max(until - monotonic(), 0.001)), knowledge)
            except Missing:
                self._knowledge = None
                raise

    def _current(self, until: float) -> Knowledge:
        """What is known of the index; only who comes before anything is known waits for it."""
        looking = self._look_if_due()
        if self._knowledge is None and looking is not None:
            looking.result(max(until - monotonic(), 0.001))
        if self._knowledge is None:
            raise Missing("there is no search index")
        return self._knowledge

    def _look_if_due(self) -> Future[None] | None:
        with self._lock:
            if self._looking is not None and not self._looking.done():
                return self._looking
            if monotonic() - self._looked < _LOOK_EVERY_S:
                return None
            self._looked = monotonic()
            self._looking = self._pool.submit(self._look)
            return self._looking

    def _look(self) -> None:
        """Learn which build there is, and new words; keeps what it knew when the server does not answer."""
        try:
            self._patiently(self._learn, _LOOK_S)
        except EngineAway:
            raise
        except EngineUnavailable:
            self._knowledge = None
        except _STRANGE as problem:
            raise EngineAway(f"Meilisearch answers something strange ({type(problem).__name__})") from problem
        finally:
            self._looked = monotonic()

    def _learn(self, client: Client) -> None:
        said = about(client, self._names.words)
        if said is None:
            self._knowledge = None
            return
        knowledge = self._knowledge
        if knowledge is None or knowledge.build != said["build"]:
            knowledge = load(client, self._names.words, said["build"])
            self._counted = float("-inf")
        elif knowledge.changed != said["changed"]:
            catch_up(client, self._names.words, knowledge)
        knowledge.changed = said["changed"]
        if monotonic() - self._counted > _COUNT_EVERY_S:
            self._recount(client, knowledge)
        self._knowledge = knowledge

    def _recount(self, client: Client, knowledge: Knowledge) -> None:
        led = among("lead", [LEAD])
        knowledge.count = documents_fetched(client, self._names.listings, filter=led, limit=0)[1]
        self._counted = monotonic()

    def _patiently(self, work: Callable[[Client], _Result], seconds: float | None = None) -> _Result:
        """Do something with a client that is given more time."""
        client = self._link.patient() if seconds is None else self._link.within(seconds)
        with told():
            return work(client)

    def _replace(self, edit: writing.Edit) -> None:
        self._look()
        knowledge = self._knowledge
        if knowledge is None:
            raise EngineUnavailable("there is no search index to write to")

        def write(client: Client) -> None:
            writing.note(client, self._names, edit)
            writing.apply(client, self._names, edit, knowledge)
            self._recount(client, knowledge)

        self._patiently(write)
        self._look()

    def _held(self, client: Client) -> dict[str, int]:
        if about(client, self._names.words) is None:
            raise Missing("there is no search index of this version")
        return writing.newest_by_service(client, self._names)

    async def _rebuild(self, documents: AsyncIterator[Document]) -> int:
        build = await asyncio.to_thread(self._patiently, self._begin)
        async with self.exclusive():
            await asyncio.to_thread(self._patiently, lambda client: self._begin_journal(client, build))
        chunk: list[Document] = []
        async for document in documents:
            chunk.append(document)
            if len(chunk) >= _CHUNK:
                await asyncio.to_thread(self._patiently, lambda client, part=chunk: build.add(client, part))
                chunk = []
        await asyncio.to_thread(self._patiently, lambda client: build.add(client, chunk))
        await asyncio.to_thread(self._patiently, build.finish)
        async with self.exclusive():
            await asyncio.to_thread(self._patiently, lambda client: self._swap_in(client, build))
        await asyncio.to_thread(self._look)
        return build.count

    def _begin(self, client: Client) -> writing.Build:
        """Clear away what killed builds left behind, and make the new indexes."""
        left = [index.uid for index in client.get_indexes({"limit": 1000})["results"]]
        writing.drop(client, [uid for uid in left if uid.startswith(f"{self._names.listings}-build-")])
        return writing.Build(client, self._names)

    def _begin_journal(self, client: Client, build: writing.Build) -> None:
        if writing.exists(client, self._names.words):
            writing.begin_journal(client, self._names, build.id)

    def _swap_in(self, client: Client, build: writing.Build) -> None:
        if writing.exists(client, self._names.words):
            knowledge = build.knowledge()
            for edit in writing.journal(client, self._names):
                writing.repeat(client, build.names, edit, knowledge)
        writing.swap(client, self._names, build)
