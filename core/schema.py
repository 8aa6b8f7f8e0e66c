"""Brings a database to the newest schema, on SQLite and PostgreSQL alike."""

from pathlib import Path
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, event, text

from core.database import Base, Database

MIGRATIONS = Path(__file__).parent.parent / "migrations"

# Any number that nothing else in the database uses as an advisory lock.
UPGRADE_LOCK = 4_815_162_342


def configuration(connection: Connection | None = None) -> Config:
    """Return alembic's configuration; there is no ini file, because there is nothing to choose."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    return config


def newest() -> str | None:
    """Return the id of the newest migration, or None while there is none."""
    return ScriptDirectory.from_config(configuration()).get_current_head()


async def upgrade(database_url: str, revision: str = "head") -> None:
    """Apply all migrations that `database_url` lacks, in one transaction: all of them, or after a failure none.

    Two processes may start at once: the second waits for the first and then finds nothing to do. Raises
    `RuntimeError` when rows would be left pointing at nothing.
    """
    async with _opened(database_url) as connection:
        await connection(_upgrade, revision)


async def current(database_url: str) -> str | None:
    """Return the id of the migration that `database_url` stands at, or None for an empty database."""
    async with _opened(database_url) as connection:
        return await connection(lambda c: MigrationContext.configure(c).get_current_revision())


async def differences(database_url: str) -> list[Any]:
    """Return how the tables of `database_url` differ from the models: empty when the migrations are complete."""
    async with _opened(database_url) as connection:
        return await connection(
            lambda c: compare_metadata(MigrationContext.configure(c, opts={"compare_type": True}), Base.metadata)
        )


async def draft(database_url: str, message: str) -> None:
    """Write a new migration file from how the models differ from `database_url`; a person then reads it."""
    async with _opened(database_url) as connection:
        await connection(lambda c: command.revision(configuration(c), message, autogenerate=True))
