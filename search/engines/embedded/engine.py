"""The embedded engine: opens the current index, follows other processes, writes and rebuilds under locks."""

from __future__ import annotations

import asyncio
import fcntl
import logging
import os
import shutil
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime
from pathlib import Path
from threading import RLock
from time import monotonic
from typing import IO, TypeVar

from core.clock import now
from search.engines import Answer, CheckReport, Document, EngineBusy, EngineUnavailable, Query, Suggestion
from search.engines.candidates import Candidates
from search.engines.embedded.answering import answer
from search.engines.embedded.candidates import candidates
from search.engines.embedded.generation import Builder, Generation, sync
from search.engines.embedded.journal import Edit, read_edits
from search.engines.embedded.schema import fingerprint
from search.engines.embedded.snapshot import Snapshot

_LOG = logging.getLogger(__name__)
_CHUNK = 2_000
_LOOK_EVERY_S = 0.25
"""How often a reader looks whether another process has written: the longest an edit stays unseen there."""

_WORN_ROWS = 10_000
"""Buried rows that are never worth a rebuild."""

_Result = TypeVar("_Result")


class EmbeddedEngine:
    """A search engine in this process, over a folder that several processes may share.

    Any number of processes read. One at a time writes, the others wait for the lock. The folder is disposable: it
    can be deleted at any time, and a rebuild makes it anew from the database.
    """

    def __init__(self, folder: Path) -> None:
        """Use this folder; it is made when missing, and may be empty: then the engine is not ready."""
        self._root = folder
        self._root.mkdir(parents=True, exist_ok=True)
        self._lock = RLock()
        self._generation: Generation | None = None
        self._signature: tuple[object, ...] | None = None
        self._looked = float("-inf")

    @property
    def ready(self) -> bool:
        """Whether there is an index that this version can read. Looks at the disk only while there is none."""
        return self._generation is not None or self._current() is not None

    async def look(self) -> bool:
        """Whether there is an index that this version can read."""
        return await asyncio.to_thread(lambda: self._current() is not None)

    @property
    def count(self) -> int:
        """Distinct services in the index."""
        generation = self._current()
        return generation.snapshot.count if generation else 0

    @property
    def snapshot(self) -> Snapshot:
        """What a search would see now. Raises `EngineUnavailable` without a readable index."""
        return self._guarded(lambda generation: generation.snapshot)

    @property
    def worn(self) -> bool:
        """Whether most of the index is buried rows of edited services, so that a rebuild would make it lighter."""
        generation = self._current()
        return (
            generation is not None
            and generation.snapshot.size > 2 * len(generation.snapshot.living) + _WORN_ROWS
        )

    async def search(self, query: Query) -> Answer:
        """Answer a query in a thread. Raises `EngineUnavailable` without a readable index."""
        return await asyncio.to_thread(self._search, query)

    async def suggest(self, text: str, limit: int = 8) -> list[Suggestion]:
        """Suggestions for what was typed so far. Raises `EngineUnavailable` without a readable index."""
        return await asyncio.to_thread(self._suggest, text, limit)

    async def candidates(self, query: Query, limit: int, at: datetime) -> Candidates:
        """Facts of the services that may be a match. Raises `EngineUnavailable` without a readable index."""
        return await asyncio.to_thread(
            self._guarded, lambda generation: candidates(generation.snapshot, query, limit, at)
        )

    async def replace(self, service_ids: Iterable[str], documents: Sequence[Document]) -> None:
        """Replace all documents of these services in one commit; visible here at once.

        Raises `EngineUnavailable` when there is no index to write to: whoever rebuilds reads the same rows then.
        """
        ids = list(dict.fromkeys([*service_ids, *(document.service_id for document in documents)]))
        if ids:
            await asyncio.to_thread(self._replace, Edit(ids, list(documents)))

    @asynccontextmanager
    async def exclusive(self) -> AsyncIterator[None]:
        """Hold off other writers, of this and all other processes, from reading rows until they are replaced."""
        with (self._root / "batch.lock").open("w", encoding="ascii") as file:
            await asyncio.to_thread(fcntl.flock, file, fcntl.LOCK_EX)
            yield

    async def rebuild(self, documents: AsyncIterator[Document]) -> int:
        """Build a fresh index, add what was edited meanwhile, swap it in. Searches go on in the old one.

        Returns how many documents were read. Raises `EngineUnavailable` when another rebuild is running.
        """
        with self._locked("rebuild.lock", wait=False):
            return await self._rebuild(documents)

    async def check(self, expected: AsyncIterator[tuple[str, int]]) -> CheckReport:
        """Compare the index with (service id, newest `updated`) of everything that should be in it."""
        have = await asyncio.to_thread(self._guarded, lambda generation: generation.newest_by_service())
        missing, stale = [], []
        async for service_id, updated in expected:
            found = have.pop(service_id, None)
            if found is None:
                missing.append(service_id)
            elif found != updated:
                stale.append(service_id)
        return CheckReport(missing=tuple(missing), surplus=tuple(sorted(have)), stale=tuple(stale))

    def _search(self, query: Query) -> Answer:
        return self._guarded(lambda generation: answer(generation.snapshot, query, now()))

    def _suggest(self, text: str, limit: int) -> list[Suggestion]:
        return self._guarded(lambda g: g.suggester.suggest(text, limit, g.snapshot.vocabulary))

    def _guarded(self, work: Callable[[Generation], _Result]) -> _Result:
        """Do something with the index; whatever is wrong with it becomes `EngineUnavailable`."""
        generation = self._current()
        if generation is None:
            raise EngineUnavailable("there is no search index")
        try:
            return work(generation)
        except BaseException as problem:
            # A damaged index can make tantivy panic, which arrives as a BaseException of its own.
            if not isinstance(problem, Exception) and type(problem).__name__ != "PanicException":
                raise
            _LOG.warning("search index failed: %s: %s", type(problem).__name__, problem)
            raise EngineUnavailable(str(problem)) from problem

    def _current(self) -> Generation | None:
        """The index as it is now; looks for other processes' writes every now and then."""
        if monotonic() - self._looked < _LOOK_EVERY_S:
            return self._generation
        # While somebody writes here, searches go on with what they have; only the very first one waits.
        if self._lock.acquire(blocking=self._generation is None):
            try:
                if monotonic() - self._looked >= _LOOK_EVERY_S:
                    self._follow()
                    self._looked = monotonic()
            finally:
                self._lock.release()
        return self._generation

    def _follow(self) -> None:
        """Open another folder when the pointer moved, take in new commits when the index changed."""
        with self._lock:
            signature = self._state_on_disk()
            if signature == self._signature:
                return
            try:
                folder = self._folder()
                if folder is None:
                    self._generation = None
                elif self._generation is None or self._generation.folder != folder:
                    self._generation = Generation(folder)
                else:
                    self._generation.refresh()
            except BaseException as problem:
                if not isinstance(problem, Exception) and type(problem).__name__ != "PanicException":
                    raise
                _LOG.warning("search index cannot be read: %s: %s", type(problem).__name__, problem)
                self._generation = None
            self._signature = signature

    def _folder(self) -> Path | None:
        """The folder the pointer names, when this version wrote it."""
        try:
            name = (self._root / "current").read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError):
            return None
        folder = self._root / name
        return (
            folder if name.startswith(f"{fingerprint()}-") and "/" not in name and folder.is_dir() else None
        )

    def _state_on_disk(self) -> tuple[object, ...]:
        folder = self._folder()
        if folder is None:
            return (None,)
        try:
            meta = (folder / "index" / "meta.json").stat()
        except OSError:
            return (folder.name, None)
        return (folder.name, meta.st_mtime_ns, meta.st_ino)

    def _replace(self, edit: Edit) -> None:
        with self._locked("write.lock"), self._lock:
            self._follow()
            if self._generation is None:
                raise EngineUnavailable("there is no search index to write to")
            self._guarded(lambda generation: generation.apply(edit))
            self._signature = self._state_on_disk()

    async def _rebuild(self, documents: AsyncIterator[Document]) -> int:
        old = self._folder()
        start = await asyncio.to_thread(self._journal_size, old)
        await asyncio.to_thread(self._clear_except, old)
        builder = Builder(self._root / self._next_name(old))
        chunk: list[Document] = []
        async for document in documents:
            chunk.append(document)
            if len(chunk) >= _CHUNK:
                await asyncio.to_thread(builder.add, chunk)
                chunk = []
        await asyncio.to_thread(builder.add, chunk)
        await asyncio.to_thread(builder.finish)
        await asyncio.to_thread(self._swap_in, builder.folder, old, start)
        return builder.count

    def _journal_size(self, old: Path | None) -> int | None:
        """How far the old index's journal is; None when it cannot be read, so has nothing to be caught up."""
        with self._locked("write.lock"), self._lock:
            self._follow()
            return self._generation.applied if self._generation and self._generation.folder == old else None

    def _swap_in(self, folder: Path, old: Path | None, start: int | None) -> None:
        with self._locked("write.lock"), self._lock:
            fresh = Generation(folder)
            self._follow()
            if old is not None and start is not None and self._generation is not None:
                for edit in read_edits(old / "journal", start, self._generation.applied):
                    fresh.apply(edit)
            pointer = self._root / "current.new"
            pointer.write_text(folder.name, encoding="ascii")
            sync(pointer)
            os.replace(pointer, self._root / "current")
            sync(self._root)
            self._generation = fresh
            self._signature = self._state_on_disk()
        self._clear_except(folder)

    def _next_name(self, old: Path | None) -> str:
        last = old.name.rpartition("-")[2] if old else "0"
        return f"{fingerprint()}-{int(last) + 1 if last.isdigit() else 1}"

    def _clear_except(self, kept: Path | None) -> None:
        """Remove folders that nothing points to. Processes that still read one keep its files until they look."""
        for folder in self._root.iterdir():
            if folder.is_dir() and folder != kept and folder != self._folder():
                shutil.rmtree(folder, ignore_errors=True)

    @contextmanager
    def _locked(self, name: str, *, wait: bool = True) -> Iterator[IO[str]]:
        """Hold a lock file across processes; the system lets go of it when the process dies."""
        with (self._root / name).open("w", encoding="ascii") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
            except BlockingIOError as busy:
                raise EngineBusy("another process is rebuilding the search index") from busy
            yield file
