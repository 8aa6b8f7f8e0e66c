"""Commands for whoever runs an installation: `litestar database ...`."""

import asyncio

import click

from core.settings import Settings


@click.group("database", help="Bring the database to the newest schema.")
def group() -> None:
    """Hold the commands about the database."""


@group.command("upgrade")
def upgrade() -> None:
    """Apply the migrations that the database lacks: all of them, or after a failure none."""
    from core import schema  # alembic takes long to import, and no other command needs it

    url = Settings.from_env().database_url
    before = asyncio.run(schema.current(url))
    asyncio.run(schema.upgrade(url))
    after = asyncio.run(schema.current(url))
    if before == after:
        click.echo(f"The database is at the newest schema ({after}).")
    else:
        click.echo(f"The database went from {before or 'empty'} to {after}.")


@group.command("draft")
@click.argument("message")
def draft(message: str) -> None:
    """Write a migration from how the models differ from the database, to be read and mended by hand.

    MESSAGE says what it does, as a sentence in the imperative.
    """
    from core import schema

    asyncio.run(schema.draft(Settings.from_env().database_url, message))
