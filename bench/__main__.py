"""`python -m bench --size 10k|100k|1m [--only PART,PART]`: the benchmarks, as a table and as a file of rows.

The engines build from the same file of documents and answer the same questions in one run. An installation of its own is
filled the way a real one is: a package of CSV files through the importer, casework in bulk; serving processes then build
their index and answer over HTTP. Nothing is asserted about times: machines differ.

Parts: `tagging` and `relevance` (how well, not how fast), `embedded`, `meilisearch`, `match`, and in an installation
`http`, `casework` and `sql`; `engine` stands for the three engines' own. Filling an installation with a million
services takes half an hour, so at that size these run only when they are named.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from bench.parts import GROUPS, PARTS, measure, usual
from bench.results import Row, show, write

SIZES = {"10k": 10_000, "100k": 100_000, "1m": 1_000_000}


def main() -> None:
    """Run the benchmarks of one size."""
    reader = argparse.ArgumentParser(prog="python -m bench", description="Measure Handrail.")
    reader.add_argument("--size", default="10k", help="10k, 100k or 1m services; any number, to try it out")
    reader.add_argument("--only", default="", help=f"some of {', '.join([*PARTS, *GROUPS])}, with commas")
    told = reader.parse_args()
    name = told.size.lower()
    size = SIZES.get(name) or (int(name) if name.isdigit() else 0)
    if not size:
        reader.error("--size is 10k, 100k or 1m")
    parts = _parts(told.only.lower().replace(" ", ""), size)
    if unknown := [part for part in parts if part not in PARTS]:
        reader.error(f"there is no part called {unknown[0]}")
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        tasks: dict[str, TaskID] = {}

        def progress(doing: str, more: int, total: int) -> None:
            if doing not in tasks:
                tasks[doing] = bar.add_task(doing, total=total)
            bar.advance(tasks[doing], more)

        rows: list[Row] = []
        try:
            measure(size, parts, progress, rows)
        finally:
            # What was measured before a failure took its time too.
            bar.stop()
            show(rows, f"Handrail with {size:,} services on {os.cpu_count()} cores")
            print(f"Written to {write(rows, name, whole=not told.only)}.")


def _parts(only: str, size: int) -> Sequence[str]:
    if not only:
        return usual(size)
    return [one for name in only.split(",") for one in GROUPS.get(name, (name,))]


if __name__ == "__main__":
    main()
