"""What a search engine costs: building, searching in every way, an edit becoming visible, suggestions.

Every engine is given the same documents from the same file and asked the same questions in the same order, one after
the other, through the public `Engine`: the hop into a thread, and for Meilisearch the way over HTTP, is in every figure.
Each question is asked once: a repeated one would be measured from a cache.
"""

from __future__ import annotations

import resource
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from itertools import islice
from pathlib import Path
from time import perf_counter
from typing import Any

import msgspec

from bench import spool
from bench.drawing import beginnings, draw_mix, draw_queries
from bench.results import Row, row
from search.engines import Document, Engine, EngineUnavailable, Query

Told = Callable[[str, int, int], None]
WARM_UP = 10


class Measured:
    """An engine under measurement: its name in the rows, and the folder that its index is in."""

    def __init__(self, name: str, engine: Engine, folder: Path, size: int) -> None:
        self.name = name
        self.engine = engine
        self.folder = folder
        self.size = size

    async def rows(self, documents: Path, queries: int, edits: int, told: Told) -> AsyncIterator[Row]:
        """Build from a spooled corpus, ask `queries` of each kind, make `edits`; each row when it is there."""
        label = f"{self.name.capitalize()} engine"
        told(label, 0, 4)
        yield await self._build(documents)
        told(label, 1, 4)
        async for one in self._searches(queries):
            yield one
        told(label, 1, 4)
        yield self._row("suggest", await _times(self.engine.suggest, beginnings()))
        told(label, 1, 4)
        yield self._row("edit_visible", await self._edits(documents, edits))
        told(label, 1, 4)

    def _row(self, kind: str, times: Sequence[float], **more: Any) -> Row:
        return row(f"engine.{self.name}.{kind}", self.size, times, **more)

    async def _build(self, documents: Path) -> Row:
        started = perf_counter()
        held = await self.engine.rebuild(spool.stream(documents))
        took = perf_counter() - started
        megabytes = sum(path.stat().st_size for path in self.folder.rglob("*") if path.is_file()) / 1e6
        note = f"{held:,} documents; MB on disk"
        return self._row(
            "build", [took * 1000], mb=round(megabytes, 1), note=note, per_second=self.size / took
        )

    async def _searches(self, queries: int) -> AsyncIterator[Row]:
        drawn = draw_queries(queries)
        await _times(self._ask, draw_mix(WARM_UP, seed=23))
        refused: list[Query] = []

        async def ask(query: Query) -> None:
            try:
                await self._ask(query)
            except EngineUnavailable:
                refused.append(query)

        times = await _times(ask, draw_mix(queries, seed=17))
        note = f"MB resident in this process{self._refused(refused)}"
        yield self._row("mix", times, mb=_resident_mb(), note=note)
        for kind, asked in drawn.items():
            refused.clear()
            times = await _times(ask, asked)
            yield self._row(kind, times, note=self._refused(refused).removeprefix("; "))

    async def _ask(self, query: Query) -> None:
        await self.engine.search(query)

    def _refused(self, refused: list[Query]) -> str:
        """What a row says when some questions were not answered in time, and others would be asked instead."""
        return f"; {len(refused)} not answered in time" if refused else ""

    async def _edits(self, documents: Path, count: int) -> list[float]:
        """From the call until a search finds the edited name."""
        some = islice((one for block in spool.read(documents) for one in block), count)
        return await _times(self._edit, list(some))

    async def _edit(self, document: Document) -> None:
        edited = msgspec.structs.replace(document, name=f"Edited{document.service_id[:8]}")
        async with self.engine.exclusive():
            await self.engine.replace([edited.service_id], [edited])
        answer = await self.engine.search(Query(text=edited.name))
        if not answer.total:
            raise RuntimeError(f"an edit is not visible in the {self.name} engine")


async def _times(work: Callable[[Any], Awaitable[Any]], each: Sequence[Any]) -> list[float]:
    """Milliseconds of each call, one after another."""
    times = []
    for one in each:
        started = perf_counter()
        await work(one)
        times.append((perf_counter() - started) * 1000)
    return times


def _resident_mb() -> float:
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000, 1)
