"""What the embedded search engine costs: building, searching in every way, an edit becoming visible.

`python -m bench.engine 100000` prints the rows as JSON lines. Searches run one after the other through the public
`search()`, so the hop into a thread and back is in every figure. Each query is asked once: a repeated one would be
measured from the cache.
"""

from __future__ import annotations

import asyncio
import json
import resource
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from random import Random
from shutil import rmtree
from tempfile import mkdtemp
from time import perf_counter
from typing import Any

import msgspec

from bench.corpus import documents, zip_codes
from bench.corpus_words import CITY_WORDS, KINDS
from bench.results import Row, row
from core.display import METRES_PER_MILE
from search.engines import Document, Query
from search.engines.embedded import EmbeddedEngine

_TEN_MILES = 10 * METRES_PER_MILE
_NAMES = [name for kind in KINDS for name in kind.names]
_NEEDS = [kind.needs for kind in KINDS]


def rows(size: int, queries: int = 400) -> list[Row]:
    """Measure an index of `size` services; rows as INTERFACE.md names them."""
    folder = Path(mkdtemp(prefix="handrail-bench-"))
    try:
        return asyncio.run(_measure(folder, size, queries))
    finally:
        rmtree(folder)


def draw_queries(count: int, seed: int = 5) -> dict[str, list[Query]]:
    """Queries by kind: a word or two near a ZIP, the same misspelt, its beginning, browsing, a common word alone."""
    random = Random(seed)
    places = zip_codes(count, seed)

    def near(at: int, **more: Any) -> Query:
        _code, lat, lon = places[at]
        return Query(lat=lat, lon=lon, radius_m=_TEN_MILES, **more)

    def text() -> str:
        return random.choice(_NAMES).lower()

    def beginning() -> str:
        whole = text()
        return whole[: random.randint(3, max(3, len(whole) - 1))]

    return {
        "text": [near(at, text=text()) for at in range(count)],
        "typo": [near(at, text=misspelt(text(), random)) for at in range(count)],
        "prefix": [near(at, text=beginning()) for at in range(count)],
        "browse": [near(at, needs=(random.choice(random.choice(_NEEDS)),)) for at in range(count)],
        "common": [Query(text=f"{text()} {random.choice(CITY_WORDS)}") for _ in range(count)],
    }


def misspelt(text: str, random: Random) -> str:
    """A text with a slip in its longest word: two letters swapped, one doubled, or one left out."""
    word = max(text.split(), key=len)
    at = random.randint(1, len(word) - 3)
    slip = random.choice(
        (
            word[:at] + word[at + 1] + word[at] + word[at + 2 :],
            word[:at] + word[at] + word[at:],
            word[:at] + word[at + 1 :],
        )
    )
    return text.replace(word, slip)


async def _measure(folder: Path, size: int, queries: int) -> list[Row]:
    engine = EmbeddedEngine(folder)
    started = perf_counter()
    held = await engine.rebuild(_stream(size))
    took = perf_counter() - started
    disk = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6
    built = row("engine.embedded.build", size, [took * 1000], round(disk, 1), f"{held} documents; MB on disk")
    built["per_second"] = round(size / took)
    result = [built]
    drawn = draw_queries(queries)
    times = {kind: await _times(engine, drawn[kind]) for kind in drawn}
    mix = [drawn[kind][at] for at in range(queries) for kind in ("text", "typo", "prefix", "browse")]
    # Other places than above, so that nothing is answered from what was asked before.
    fresh = draw_queries(len(mix), seed=17)["text"]
    mix = [
        msgspec.structs.replace(query, lat=place.lat, lon=place.lon)
        for query, place in zip(mix, fresh, strict=True)
    ]
    result.append(row("engine.embedded.mix", size, await _times(engine, mix), _resident_mb(), "MB resident"))
    result += [row(f"engine.embedded.{kind}", size, taken) for kind, taken in times.items()]
    result.append(row("engine.embedded.edit_visible", size, await _edits(engine)))
    result.append(row("engine.embedded.suggest", size, await _suggestions(engine)))
    return result


async def _stream(size: int) -> AsyncIterator[Document]:
    for document in documents(size):
        yield document


async def _times(engine: EmbeddedEngine, queries: list[Query]) -> list[float]:
    return [await _timed(lambda query=query: engine.search(query)) for query in queries]  # type: ignore[misc]


async def _edits(engine: EmbeddedEngine) -> list[float]:
    """From the call until a search finds the edited name."""
    times = []
    some = list(documents(40))
    for turn, document in enumerate(some):
        edited = msgspec.structs.replace(document, name=f"Edited{turn}")

        async def edit(edited: Document = edited) -> None:
            await engine.replace([edited.service_id], [edited])
            answer = await engine.search(Query(text=edited.name))
            if not answer.total:
                raise RuntimeError("an edit is not visible")

        times.append(await _timed(edit))
    return times


async def _suggestions(engine: EmbeddedEngine) -> list[float]:
    typed = [name.lower()[:letters] for name in _NAMES for letters in range(1, min(len(name), 9))]
    return [await _timed(lambda text=text: engine.suggest(text)) for text in typed]  # type: ignore[misc]


async def _timed(work: Callable[[], Any]) -> float:
    started = perf_counter()
    await work()
    return (perf_counter() - started) * 1000


def _resident_mb() -> float:
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000, 1)


if __name__ == "__main__":
    for line in rows(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000):
        sys.stdout.write(json.dumps(line) + "\n")
