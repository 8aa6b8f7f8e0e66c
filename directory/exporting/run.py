"""Runs an export from beginning to end."""

from collections.abc import Callable
from pathlib import Path

import msgspec

from core.database import Database
from core.i18n import in_language
from directory.exporting import hsds_csv, hsds_json, workbook
from directory.exporting.public import Public
from directory.exporting.rows import Reading
from directory.exporting.target import ExportRefused
from directory.models import HSDS_TABLES

FORMATS = ("hsds-csv", "hsds-json", "xlsx")
NAME = "handrail"

Progress = Callable[[str, int, int], None]
"""Told what is being done, how much more of it was done, and how much it is in all."""

_ENDINGS = {
    "": "hsds-csv",
    ".zip": "hsds-csv",
    ".json": "hsds-json",
    ".ndjson": "hsds-json",
    ".jsonl": "hsds-json",
    ".xlsx": "xlsx",
}


class ExportOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How to export: `format` one of `FORMATS`, or "" for what the ending of the path says.

    With `source` only what was imported under that name; `language` is that of the headers of workbooks.
    """

    format: str = ""
    source: str | None = None
    language: str = "en"


def _silent(_doing: str, _more: int, _total: int) -> None:
    pass


async def export_directory(
    database: Database, path: Path, options: ExportOptions, progress: Progress = _silent
) -> int:
    """Write what of the directory is public to `path` and return how many rows that were.

    All of it is as of one moment. Raises `ExportRefused` with nothing changed where `path` cannot be written to.
    """
    chosen = options.format or _ENDINGS.get(path.suffix.lower(), "")
    _check(path, chosen)
    written = 0
    async with database.transaction(write=False, steady=True) as db:
        reading = Reading(db, Public(options.source))
        counted = HSDS_TABLES if chosen == "hsds-csv" else ("service",)
        total = sum([await reading.count(table) for table in counted])

        def step(rows: int) -> None:
            nonlocal written
            written += rows
            progress("Exporting", rows, total)

        if chosen == "hsds-csv":
            await hsds_csv.write_package(reading, path, options.source or NAME, step)
        elif chosen == "hsds-json":
            await hsds_json.write_documents(reading, path, step)
        else:
            with in_language(options.language):
                await workbook.write_workbook(reading, path, step)
    return written


def _check(path: Path, chosen: str) -> None:
    endings = [ending for ending, format_ in _ENDINGS.items() if format_ == chosen]
    if not chosen or (path.suffix.lower() not in endings and "" not in endings):
        raise ExportRefused(
            f"{path.name}: name a file that ends in .json, .ndjson, .xlsx or .zip, or a folder."
        )
