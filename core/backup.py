"""Copies of the database that can be trusted, and the check that says so.

Whole for SQLite, where a copy needs care while somebody writes. PostgreSQL has its own tools for this, which we do
not imitate: there these functions refuse and name them.
"""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.engine import make_url

from core import schema
from core.database import Database


class BackupError(Exception):
    """Nothing was copied; the message says why and what to do."""


def backup(database_url: str, target: Path) -> int:
    """Write a consistent copy to the new file `target` while the app goes on serving; returns its size in bytes.

    The copy appears under its name only when it is whole, on disk and sound. It holds what the database holds:
    confidential columns stay encrypted, so the encryption keys must be kept elsewhere.
    """
    source = _file_of(database_url)
    if not source.exists():
        raise BackupError(f"There is no database at {source}.")
    if target.exists():
        raise BackupError(f"{target} is there already; a backup never replaces another.")
    _copy(source, target)
    return target.stat().st_size


def restore(database_url: str, source: Path) -> None:
    """Put a backup in place of a database that is not there yet; an existing one is never written over."""
    target = _file_of(database_url)
    if not source.is_file():
        raise BackupError(f"There is no backup at {source}.")
    if target.exists():
        raise BackupError(f"{target} is there already; move it away first.")
    target.parent.mkdir(parents=True, exist_ok=True)
    _copy(source, target)


async def verify(database_url: str) -> list[str]:
    """Return a sentence for each thing that is wrong with the database; none means that it can be served from."""
    problems = []
    revision = await schema.current(database_url)
    if revision != schema.newest():
        problems.append(
            f"Its schema is {revision or 'empty'}, the newest is {schema.newest()}: run `litestar database upgrade`."
        )
    database = Database(database_url)
    try:
        if database.dialect == "sqlite":
            async with database.transaction(write=False) as db:
                damage = list(await db.scalars(text("PRAGMA integrity_check(20)")))
                orphans = (await db.execute(text("PRAGMA foreign_key_check"))).all()
            problems += [f"The file is damaged: {line}." for line in damage if line != "ok"]
            problems += [f"A row of {row[0]} points at a missing row of {row[2]}." for row in orphans[:20]]
    finally:
        await database.dispose()
    return problems


def _copy(source: Path, target: Path) -> None:
    """Copy a database page by page under SQLite's own locks; it takes its name when it is sound and on the disk."""
    unfinished = target.with_name(target.name + ".unfinished")
    unfinished.unlink(missing_ok=True)
    try:
        with (
            closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)) as original,
            closing(sqlite3.connect(unfinished)) as copy,
        ):
            original.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")
            sound = copy.execute("PRAGMA integrity_check(1)").fetchone()[0] == "ok"
    except sqlite3.DatabaseError as error:
        unfinished.unlink(missing_ok=True)
        raise BackupError(f"{source} is not a sound database: {error}.") from None
    if not sound:
        unfinished.unlink()
        raise BackupError(f"{source} is damaged; nothing was copied.")
    with unfinished.open("rb") as file:
        os.fsync(file.fileno())
    unfinished.replace(target)


def _file_of(database_url: str) -> Path:
    url = make_url(database_url)
    if url.get_backend_name() != "sqlite" or not url.database:
        raise BackupError("This database is PostgreSQL: use its own pg_dump and pg_restore.")
    return Path(url.database)
