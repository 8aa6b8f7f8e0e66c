"""What the open data costs: everything as a stream, the first page and a deep one, and taking such documents in again."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from bench.results import Row, row
from bench.server import Server, one_by_one
from core import schema
from core.database import Database
from directory.hsds import answers, lists, parameters
from directory.importing import ImportOptions, import_directory

Progress = Callable[[str, int, int], None]

_PER_PAGE = 50


def stream_rows(server: Server, size: int) -> list[Row]:
    """Read everything from the serving process, and tell how much memory that took it at most."""
    result = []
    for name, path in (("hsds.ndjson", "/hsds/services?format=ndjson"), ("hsds.ndjson.full", _FULL)):
        idle = server.megabytes()
        took, lines = server.browser().drain(path)
        if lines != size:
            raise RuntimeError(f"{lines} of {size} services were streamed")
        grown = None if idle is None else round((server.megabytes("VmHWM") or idle) - idle, 1)
        result.append(
            row(name, size, [took], grown, "MB more than before, at most", per_second=1000 * size / took)
        )
    return result


_FULL = "/hsds/services?format=ndjson&full=true"


def page_rows(server: Server, size: int, rounds: int) -> list[Row]:
    """Ask for the first page and for one in the middle, each time as somebody who read none before."""
    deep = max(1, size // _PER_PAGE // 2)
    result = []
    for name, page in (("hsds.page.first", 1), ("hsds.page.deep", deep)):
        path = f"/hsds/services?per_page={_PER_PAGE}&page={page}"
        times = one_by_one(server.browser(), [path] * rounds)
        result.append(row(name, size, times, note=f"page {page:,}"))
    return result


async def import_row(database: Database, folder: Path, size: int, progress: Progress) -> Row:
    """Write all services as documents to a file, and take them into an empty database."""
    path = folder / "services.ndjson"
    with path.open("wb") as file:
        async for lot in answers.lines(
            database, lists.services(parameters.ServiceQuery()), "service", minimal=False
        ):
            file.write(lot)
    url = f"sqlite+aiosqlite:///{folder / 'again.db'}"
    await schema.upgrade(url)
    again = Database(url)
    try:
        started = time.perf_counter()
        report = await import_directory(again, path, ImportOptions(source="bench"), progress)
        took = time.perf_counter() - started
    finally:
        await again.dispose()
    if report.services_to_index != size:
        raise RuntimeError(f"{report.services_to_index} of {size} services were imported")
    megabytes = round(path.stat().st_size / 1e6, 1)
    return row("import.hsds_json", size, [took * 1000], megabytes, "MB is the file", per_second=size / took)
