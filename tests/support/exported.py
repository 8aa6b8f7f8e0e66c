"""Exports for tests: what was written, read back."""

import csv
import re
import zipfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from core import schema
from core.database import Database
from directory.exporting import ExportOptions, export_directory

Tables = dict[str, list[dict[str, str]]]


async def export(database: Database, path: Path, **options: Any) -> Path:
    """Export the directory to `path`, and return it."""
    await export_directory(database, path, ExportOptions(**options))
    return path


def tables(folder: Path) -> Tables:
    """Return the rows of an exported package by the names of its files."""
    found: Tables = {}
    for file in sorted(folder.glob("*.csv")):
        with file.open(encoding="utf-8", newline="") as stream:
            found[file.stem] = list(csv.DictReader(stream))
    return found


def content(path: Path) -> str:
    """Return all that an export says, as one text; texts of a workbook included."""
    if path.is_dir():
        return "\n".join(file.read_text(encoding="utf-8") for file in sorted(path.iterdir()))
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            texts = [archive.read(name).decode("utf-8") for name in archive.namelist()]
        return re.sub(r"<[^>]*>", " ", "\n".join(texts))
    return path.read_text(encoding="utf-8")


@asynccontextmanager
async def empty_database(folder: Path) -> AsyncIterator[Database]:
    """Give another database, with the newest schema and nothing in it."""
    url = f"sqlite+aiosqlite:///{folder / 'empty.db'}"
    await schema.upgrade(url)
    database = Database(url)
    try:
        yield database
    finally:
        await database.dispose()
