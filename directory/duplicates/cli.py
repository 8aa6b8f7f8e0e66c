"""Commands about duplicates: `litestar directory duplicates find`."""

import asyncio

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from core import schema
from core.database import Database
from core.settings import Settings
from directory.duplicates.proposing import Counted, look


@click.group(name="duplicates")
def group() -> None:
    """Listings that may be one and the same."""


@group.command("find")
@click.option("--source", help="Only pairs with a listing of this source; by default of all.")
def find_command(source: str | None) -> None:
    """Look for duplicates among organizations and services, and propose them at /listings/duplicates."""
    counted = asyncio.run(_find(source))
    click.echo(f"{counted.found:,} pairs found, {counted.new:,} of them new.")


async def _find(source: str | None) -> Counted:
    settings = Settings.from_env()
    await schema.upgrade(settings.database_url)
    database = Database(settings.database_url)
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    try:
        with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
            tasks: dict[str, int] = {}

            def step(doing: str, more: int, total: int) -> None:
                if doing not in tasks:
                    tasks[doing] = bar.add_task(doing, total=total or None)
                bar.advance(tasks[doing], more)  # type: ignore[arg-type]

            return await look(database, None if source is None else {source}, step)
    finally:
        await database.dispose()
