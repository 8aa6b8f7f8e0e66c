"""Runs an import from beginning to end."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator
from pathlib import Path
from typing import Protocol

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from core.database import Database
from directory.importing import hsds_json
from directory.importing.errors import ImportRefused
from directory.importing.files import Package, open_package
from directory.importing.hsds_csv import HsdsCsv, recognised
from directory.importing.hsds_json import HsdsJson
from directory.importing.mapping import DEFAULT_MAPPING, load_mapping
from directory.importing.records import Record
from directory.importing.report import Hear, Report
from directory.importing.sampling import check_fit
from directory.importing.spreadsheet import Spreadsheet
from directory.importing.stage import Stage
from directory.importing.write import count_gone, write

FORMATS = ("auto", "hsds-csv", "hsds-json", "spreadsheet")
BATCH = 500

Progress = Callable[[str, int, int], None]
"""Told what is being done, how much more of it was done, and how much it is in all."""


class ImportOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How to import: `format` one of `FORMATS`; `mapping` and `report` are files; `source` names the data's origin.

    A dry run does everything but write. Without `source` the name in the package or mapping is taken, or the file's.
    In the folder `work` an import of documents that is killed leaves what it has read, and goes on there the next time.
    `cells` are texts that stand for those of a mapped table, by line and column. With `closed` rows refer to rows of
    other sources only for organizations and terms, and add nothing to others' services and places.
    """

    format: str = "auto"
    mapping: Path | None = None
    dry_run: bool = False
    report: Path | None = None
    source: str | None = None
    work: Path | None = None
    cells: dict[int, dict[str, str]] = {}
    closed: bool = False


class Hooks(msgspec.Struct, kw_only=True):
    """What is called beside an import: `turn` on each record before it is worked out, `hear` when it is known what became
    of it, and `finish` at the end of the transaction that wrote everything."""

    turn: Callable[[Record], Record] | None = None
    hear: Hear | None = None
    finish: Callable[[AsyncSession, Stage], Awaitable[None]] | None = None


class Reader(Protocol):
    """What reads a package into records: its source, the tables it fills, its size in bytes."""

    source: str
    tables: set[str]
    size: int
    remarks: list[str]

    def records(self, step: Callable[[int], None]) -> Iterator[Record | str]:
        """Yield records, and the name of a table when its last row has been read."""
        ...

    def close(self, *, done: bool) -> None:
        """Let go of what was put aside while reading; unless the import is `done` it may be kept for the next try."""
        ...


def _silent(_doing: str, _more: int, _total: int) -> None:
    pass


async def import_directory(
    database: Database,
    path: Path,
    options: ImportOptions,
    progress: Progress = _silent,
    hooks: Hooks | None = None,
) -> Report:
    """Import `path` and return the report.

    Raises `ImportRefused`, with the database unchanged, if the file as a whole cannot be imported. Rows that cannot be
    taken do not stop the others: they are told in the report.
    """
    hooks = hooks or Hooks()
    with Report(options.report, hooks.hear) as report, open_package(path) as package:
        reader = _reader(package, options)
        stage = Stage(reader.source, report, closed=options.closed)
        done = False
        try:
            records = reader.records(lambda done: progress("Reading", done, reader.size))
            await work_out(database, stage, _turned(records, hooks.turn))
            if not any(ids for _, ids in stage.ids.items()):
                raise ImportRefused(
                    "No row of the file could be taken; is it the right file, or the right mapping?"
                )
            if options.dry_run:
                async with database.transaction(write=False) as db:
                    await count_gone(db, stage, reader.tables)
            else:
                total = sum(spool.count for spool in stage.spools.values())
                async with database.transaction() as db:
                    if database.dialect == "sqlite":
                        # Rows have random ids: what does not fit is written out and read back over and over.
                        await db.execute(text("PRAGMA cache_size=-128000"))
                    await write(db, stage, reader.tables, lambda rows: progress("Writing", rows, total))
                    if hooks.finish:
                        await hooks.finish(db, stage)
            done = True
        except ImportRefused:
            done = True
            raise
        finally:
            stage.close()
            reader.close(done=done)
        report.remarks.extend([*package.remarks, *reader.remarks])
        for source, number in stage.foreign.items():
            report.remarks.append(
                f"{number:,} rows belong to another source ({source}) and were left as they are."
            )
        if options.dry_run:
            report.remarks.append("Dry run: nothing was written.")
    return report


def _reader(package: Package, options: ImportOptions) -> Reader:
    chosen = options.format
    suffixes = {file.suffix for file in package.files}
    if chosen == "hsds-json" or (
        chosen == "auto" and options.mapping is None and hsds_json.recognised(package)
    ):
        return HsdsJson(package, options.source, options.work)
    if chosen == "auto":
        hsds = options.mapping is None and recognised(package) and not (suffixes & {".ndjson", ".jsonl"})
        chosen = "hsds-csv" if hsds else "spreadsheet"
    if chosen == "hsds-csv":
        return HsdsCsv(package, options.source)
    if len(package.files) > 1:
        raise ImportRefused(
            f"{package.name} holds {len(package.files)} files; a mapping reads one file at a time."
        )
    mapping = load_mapping(options.mapping or DEFAULT_MAPPING)
    reader = Spreadsheet(package, mapping, options.source, options.cells)
    if options.mapping is None:
        reader.remarks.extend(check_fit(reader.file, reader.mapping))
    return reader


def _turned(
    records: Iterable[Record | str], turn: Callable[[Record], Record] | None
) -> Iterator[Record | str]:
    for item in records:
        yield turn(item) if turn and isinstance(item, Record) else item


async def work_out(database: Database, stage: Stage, records: Iterable[Record | str]) -> None:
    """Stage all `records` of a reader; nothing is written."""
    batch: list[Record] = []
    async with database.transaction(write=False) as db:
        await stage.begin(db)
        for item in records:
            if isinstance(item, Record):
                batch.append(item)
            if len(batch) >= BATCH or not isinstance(item, Record):
                await stage.take(db, batch)
                batch = []
                # Where the database has nothing yet there is nothing to wait for, and others want their turn.
                await asyncio.sleep(0)
            if not isinstance(item, Record):
                await stage.end_of_table(db)
        await stage.take(db, batch)
