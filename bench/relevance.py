"""How good the answers are: every engine against the judgments of the conformance suite.

The searches are those of `tests/search/conformance/judgments.toml`; `make conformance` tells them by group and holds
the engines to thresholds, these rows tell the figures that belong to a run, and what a judged search takes.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from time import perf_counter

from bench.other import meilisearch
from bench.results import FOLDER, Row, row
from core import schema
from core.database import Database
from search.engines import Engine
from search.engines.embedded import EmbeddedEngine
from search.engines.sql import SqlEngine
from tests.search.conformance.corpora import COUNTY, REAL, Corpus, fill, has_real_listings
from tests.search.conformance.judging import (
    NAMES,
    REAL_LISTINGS,
    Judge,
    Verdict,
    judgments,
    mean_precision,
    mean_reciprocal_rank,
)
from tests.search.engine_support import stream

ENGINES = ("embedded", "sql", "meilisearch")


def rows() -> list[Row]:
    """A row for each engine that can run here, over the demo county and, where they are, the real listings."""
    FOLDER.mkdir(exist_ok=True)
    folder = Path(mkdtemp(prefix="run-", dir=FOLDER))
    try:
        return asyncio.run(_rows(folder))
    finally:
        rmtree(folder)


async def _rows(folder: Path) -> list[Row]:
    corpora = []
    for name in (COUNTY, REAL) if has_real_listings() else (COUNTY,):
        url = f"sqlite+aiosqlite:///{folder / name}.db"
        await schema.upgrade(url)
        corpora.append(await fill(name, url))
    if len(corpora) == 1:
        print("The judgments of real listings are left out: they are not on this machine.", file=sys.stderr)
    return [made for kind in ENGINES if (made := await _row(kind, corpora, folder))]


async def _row(kind: str, corpora: list[Corpus], folder: Path) -> Row | None:
    """The row of one engine; None where there is no program for it."""
    verdicts: list[Verdict] = []
    times: list[float] = []
    for corpus in corpora:
        judge = Judge(corpus.documents)
        async with _engine(kind, corpus, folder) as engine:
            if engine is None:
                return None
            for judgment in judgments():
                if (judgment.group == REAL_LISTINGS) == (corpus.name == REAL):
                    started = perf_counter()
                    verdicts.append(await judge.hear(engine, judgment))
                    times.append((perf_counter() - started) * 1000)
    held_out = [one for one in verdicts if one.judgment.held_out]
    note = f"{_figures(verdicts)}; held out {_figures(held_out)}"
    return row(f"relevance.{kind}", len(verdicts), times, note=note)


def _figures(verdicts: list[Verdict]) -> str:
    several = [one for one in verdicts if one.judgment.group != NAMES]
    return f"MRR {mean_reciprocal_rank(verdicts):.3f}, P@5 {mean_precision(several):.3f}"


@asynccontextmanager
async def _engine(kind: str, corpus: Corpus, folder: Path) -> AsyncIterator[Engine | None]:
    """An engine of a kind that holds a corpus."""
    async with AsyncExitStack() as stack:
        if kind == "sql":
            database = Database(corpus.url)
            stack.push_async_callback(database.dispose)
            yield SqlEngine(database)
            return
        if kind == "meilisearch":
            found = stack.enter_context(meilisearch())
            engine: Engine | None = found[0] if found else None
        else:
            engine = EmbeddedEngine(folder / f"index-{corpus.name}")
        if engine is not None:
            await engine.rebuild(stream(corpus.documents))
        yield engine
