"""What bringing listings in costs: a package of CSV files through the real importer into SQLite."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from time import perf_counter

from bench.corpus import services
from bench.hsds_package import write_package
from bench.results import Row, row
from core.database import Database
from core.jobs import counts
from directory.importing import ImportOptions, import_directory

Progress = Callable[[str, int, int], None]


async def import_rows(database: Database, folder: Path, size: int, progress: Progress) -> list[Row]:
    """Import a package of `size` services into an empty database; index jobs are written with them, as always."""
    package = folder / "package"
    lines = write_package(package, services(size))
    started = perf_counter()
    report = await import_directory(database, package, ImportOptions(source="bench"), progress)
    took = perf_counter() - started
    if report.services_to_index != size:
        raise RuntimeError(f"{report.services_to_index} of {size} services were imported")
    async with database.transaction(write=False) as db:
        jobs = (await counts(db)).waiting
    note = f"{lines:,} lines, {jobs:,} index jobs; MB is the database"
    path = Path(database.url.partition("///")[2])
    megabytes = round(path.stat().st_size / 1e6, 1)
    return [row("import.hsds_csv", size, [took * 1000], megabytes, note, per_second=size / took)]
