"""Brings a database to the newest schema, on SQLite and PostgreSQL alike."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, event, text
from sqlalchemy.ext.asyncio import AsyncConnection

from core.database import Base, Database

T = TypeVar("T")
MIGRATIONS = Path(__file__).parent.parent / "migrations"

# Any number that nothing else in the database uses as an advisory lock.
UPGRADE_LOCK = 4_815_162_342


async def upgrade(database_url: str, revision: str = "head") -> None:
    """Apply all migrations that `database_url` lacks, in one transaction: all of them, or after a failure none.

    Two processes may start at once: the second waits for the first and then finds nothing to do. Raises
    `RuntimeError` when rows would be left pointing at nothing.
    """
    async with _opened(database_url) as connection:
        if connection.dialect.name == "postgresql":
            await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": UPGRADE_LOCK})
        await connection.run_sync(lambda c: command.upgrade(_configuration(c), revision))
        if connection.dialect.name == "sqlite":
            orphans = (await connection.execute(text("PRAGMA foreign_key_check"))).all()
            if orphans:
                raise RuntimeError(
                    f"{len(orphans)} rows would point at nothing, the first in table {orphans[0][0]}."
                )


async def current(database_url: str) -> str | None:
    """Return the id of the migration that `database_url` stands at, or None for an empty database."""
    return await _read(database_url, lambda c: MigrationContext.configure(c).get_current_revision())


async def differences(database_url: str) -> list[Any]:
    """Return how the tables of `database_url` differ from the models: empty when the migrations are complete."""
    return await _read(
        database_url,
        lambda c: compare_metadata(MigrationContext.configure(c, opts={"compare_type": True}), Base.metadata),
    )


async def draft(database_url: str, message: str) -> None:
    """Write a new migration file from how the models differ from `database_url`; a person then reads and mends it."""
    await _read(database_url, lambda c: command.revision(_configuration(c), message, autogenerate=True))


def newest() -> str | None:
    """Return the id of the newest migration, or None while there is none."""
    return ScriptDirectory.from_config(_configuration()).get_current_head()


def _configuration(connection: Connection | None = None) -> Config:
    """Return alembic's configuration; there is no ini file, because there is nothing to choose."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    return config


async def _read(database_url: str, look: Callable[[Connection], T]) -> T:
    async with _opened(database_url) as connection:
        return await connection.run_sync(look)


@asynccontextmanager
async def _opened(database_url: str) -> AsyncIterator[AsyncConnection]:
    """Open one writing transaction on a connection of its own, where SQLite does not enforce foreign keys.

    SQLite alters a table by copying it and dropping the old one, and that drop would delete what points at it.
    """
    database = Database(database_url)
    if database.dialect == "sqlite":
        event.listen(database.engine.sync_engine, "connect", _without_foreign_keys)
    try:
        async with database.transaction() as db:
            yield await db.connection()
    finally:
        await database.dispose()


def _without_foreign_keys(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA foreign_keys=OFF")
    cursor.close()
