"""What a search costs while there is no index: the same questions to the engine that asks the database."""

from __future__ import annotations

from time import perf_counter

from bench.drawing import KINDS_IN_MIX, draw_queries
from bench.results import Row, row
from core.database import Database
from search.engines.sql import SqlEngine


async def sql_rows(database: Database, size: int, count: int) -> list[Row]:
    """Ask `count` searches of each kind; few, because this engine is there to be right, not fast."""
    engine = SqlEngine(database)
    drawn = draw_queries(count, seed=51)
    times = []
    for at in range(count):
        for kind in KINDS_IN_MIX:
            started = perf_counter()
            await engine.search(drawn[kind][at])
            times.append((perf_counter() - started) * 1000)
    note = f"a sample of {len(times)}; looks at 2,000 services at most"
    return [row("engine.sql.mix", size, times, note=note)]
