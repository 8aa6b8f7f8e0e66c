"""`python -m bench --size 10k|100k|1m`: all benchmarks, one after another, as a table and as a file of rows.

An installation of its own is filled the way a real one is: a package of CSV files through the importer, casework in
bulk; a serving process then builds its index and answers over HTTP. Nothing is asserted about times: machines differ.
"""

from __future__ import annotations

import argparse
import asyncio
import os
from collections.abc import Callable

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from bench import casework, engine, listings, plain, searching, tagging
from bench.installation import Installation, installed
from bench.results import Row, show, write
from bench.server import serving
from core.database import Database

SIZES = {"10k": 10_000, "100k": 100_000, "1m": 1_000_000}

Told = Callable[[str, int, int], None]
"""Told what is being done, how much more of it was done, and how much it is in all."""


def main() -> None:
    """Run the benchmarks of one size."""
    reader = argparse.ArgumentParser(prog="python -m bench", description="Measure Handrail.")
    reader.add_argument("--size", default="10k", help="10k, 100k or 1m services; any number, to try it out")
    name = reader.parse_args().size.lower()
    size = SIZES.get(name) or (int(name) if name.isdigit() else 0)
    if not size:
        reader.error("--size is 10k, 100k or 1m")
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        tasks: dict[str, TaskID] = {}

        def progress(doing: str, more: int, total: int) -> None:
            if doing not in tasks:
                tasks[doing] = bar.add_task(doing, total=total)
            bar.advance(tasks[doing], more)

        rows = measure(size, progress)
    show(rows, f"Handrail with {size:,} services on {os.cpu_count()} cores")
    print(f"Written to {write(rows, name)}.")


def measure(size: int, progress: Told) -> list[Row]:
    """Return the rows of all benchmarks with a directory of `size` services."""
    rounds = 40 if size >= 10_000 else 2
    progress("Search engine", 0, 1)
    rows = engine.rows(size, 10 * rounds)
    progress("Search engine", 1, 1)
    rows += tagging.rows()
    with installed() as here:
        return rows + asyncio.run(_installed_rows(here, size, rounds, progress))


async def _installed_rows(here: Installation, size: int, rounds: int, progress: Told) -> list[Row]:
    """Fill an installation, serve it, and measure both."""
    database = Database(here.settings.database_url)
    try:
        rows = await listings.import_rows(database, here.folder, size, progress)
        prepared = await casework.prepare(database, size, progress)
        with serving(here) as server:
            searching.wait_for_index(server, size, progress)
            building = server.megabytes("VmHWM")
        # Started again, as it is on every day but the first.
        with serving(here) as server:
            progress("Serving", 0, 3)
            rows += searching.search_rows(server, size, 4 * rounds)
            progress("Serving", 1, 3)
            rows += await casework.casework_rows(server, database, prepared, rounds)
            progress("Serving", 1, 3)
            rows.append(searching.memory_row(server, size, building))
        rows += await plain.sql_rows(database, size, max(2, rounds // 8))
        progress("Serving", 1, 3)
    finally:
        await database.dispose()
    return rows


if __name__ == "__main__":
    main()
