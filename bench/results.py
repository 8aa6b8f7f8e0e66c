"""Rows of the results table as INTERFACE names them: made from the times of single runs, printed, written to a file."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

Row = dict[str, Any]

FOLDER = Path(__file__).parent / "results"
"""Where results go, and where a run keeps its data meanwhile: a real disk, as /tmp is not everywhere."""


def row(
    name: str,
    n: int,
    times_ms: Sequence[float] = (),
    mb: float | None = None,
    note: str = "",
    per_second: float | None = None,
) -> Row:
    """One row from the milliseconds of single runs; `n` is the number of things that were there to be searched.

    `per_second` is what one client after another gets through, unless it is given.
    """
    p50, p95, p99 = (
        (round(float(value), 2) for value in np.percentile(times_ms, (50, 95, 99)))
        if len(times_ms)
        else (None, None, None)
    )
    if per_second is None and len(times_ms):
        per_second = 1000 * len(times_ms) / sum(times_ms)
    return {
        "name": name,
        "n": n,
        "p50_ms": p50,
        "p95_ms": p95,
        "p99_ms": p99,
        "per_second": None if per_second is None else round(per_second, 1),
        "mb": mb,
        "note": note,
    }


def write(rows: Sequence[Row], size: str, *, whole: bool = True) -> Path:
    """Write the rows to `bench/results/SIZE.json` and return that path; those of an earlier run stay unless `whole`."""
    path = FOLDER / f"{size}.json"
    if not whole and path.exists():
        fresh = {one["name"] for one in rows}
        rows = [*(one for one in json.loads(path.read_text("utf-8")) if one["name"] not in fresh), *rows]
    lines = ",\n".join("  " + json.dumps(one) for one in rows)
    path.write_text(f"[\n{lines}\n]\n", encoding="utf-8")
    return path


def show(rows: Iterable[Row], title: str) -> None:
    """Print the rows as a table; empty cells are figures that have no meaning there."""
    table = Table(title=title, title_justify="left")
    for heading in ("what", "n", "p50 ms", "p95 ms", "p99 ms", "per second", "MB"):
        table.add_column(heading, justify="left" if heading == "what" else "right", no_wrap=True)
    table.add_column("note")
    for one in rows:
        figures = (one[key] for key in ("p50_ms", "p95_ms", "p99_ms", "per_second", "mb"))
        table.add_row(
            one["name"], f"{one['n']:,}", *("" if v is None else f"{v:,}" for v in figures), one["note"]
        )
    console = Console()
    # A pipe has no width of its own, and a folded figure cannot be read.
    console.width = max(console.width, 120)
    console.print(table)
