"""Commands for whoever runs an installation: `litestar database ...`."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from core.settings import Settings

if TYPE_CHECKING:
    from core.database import Database

T = TypeVar("T")

# Commands import what they use where they use it: alembic takes long to import, and each command loads this file.


def with_database(work: Callable[[Database, Settings], Awaitable[T]]) -> T:
    """Run `work` with the database of the settings, for commands that are done in one go."""
    from core import crypto
    from core.database import Database

    settings = Settings.from_env()
    crypto.configure(settings)

    async def run() -> T:
        database = Database(settings.database_url)
        try:
            return await work(database, settings)
        finally:
            await database.dispose()

    return asyncio.run(run())


@click.group("database", help="Bring the database to the newest schema, copy it, check it.")
def group() -> None:
    """Hold the commands about the database."""


@group.command("upgrade")
def upgrade() -> None:
    """Apply the migrations that the database lacks: all of them, or after a failure none."""
    from core import schema

    url = Settings.from_env().database_url
    before = asyncio.run(schema.current(url))
    asyncio.run(schema.upgrade(url))
    after = asyncio.run(schema.current(url))
    if before == after:
        click.echo(f"The database is at the newest schema ({after}).")
    else:
        click.echo(f"The database went from {before or 'empty'} to {after}.")


@group.command("backup")
@click.argument("path", type=click.Path(path_type=Path, dir_okay=False))
def backup(path: Path) -> None:
    """Write a consistent copy of the database to the new file PATH; the app may go on serving meanwhile."""
    from core.backup import BackupError
    from core.backup import backup as write

    try:
        size = write(Settings.from_env().database_url, path)
    except BackupError as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"{path}: {size / 1e6:.1f} MB. Keep the encryption keys somewhere else.")


@group.command("restore")
@click.argument("path", type=click.Path(path_type=Path, dir_okay=False))
def restore(path: Path) -> None:
    """Put the backup PATH in place of a database that is not there yet, and check it."""
    from core.backup import BackupError
    from core.backup import restore as put

    try:
        put(Settings.from_env().database_url, path)
    except BackupError as error:
        raise click.ClickException(str(error)) from None
    _verify()


@group.command("verify")
def verify() -> None:
    """Check the database: whole, no row pointing at nothing, newest schema."""
    _verify()


def _verify() -> None:
    from core import backup

    problems = asyncio.run(backup.verify(Settings.from_env().database_url))
    if problems:
        raise click.ClickException("\n".join(problems))
    click.echo("The database is sound.")


@group.command("draft")
@click.argument("message")
def draft(message: str) -> None:
    """Write a migration from how the models differ from the database, to be read and mended by hand.

    MESSAGE says what it does, as a sentence in the imperative.
    """
    from core import schema

    asyncio.run(schema.draft(Settings.from_env().database_url, message))
