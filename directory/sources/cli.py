"""Commands about sources: `litestar directory source` and `litestar directory pull`."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from core import crypto, schema
from core.database import Database
from core.outbound import Refused
from core.settings import Settings
from directory.cli import group
from directory.importing.errors import ImportRefused
from directory.sources import actions, driving, queries
from directory.sources.forms import clean_address
from directory.sources.models import Pull

SHOWN = 20
"""So many listings are told by a command."""


def with_database(work: Callable[[Database, Settings], Awaitable[Any]]) -> Any:
    """Run `work` with the database of the settings; what is refused ends the command in one line."""
    settings = Settings.from_env()
    crypto.configure(settings)

    async def run() -> Any:
        await schema.upgrade(settings.database_url)
        database = Database(settings.database_url)
        try:
            return await work(database, settings)
        finally:
            await database.dispose()

    try:
        return asyncio.run(run())
    except ImportRefused as refused:
        raise click.ClickException(str(refused)) from None


@group.group("source")
def source_group() -> None:
    """Other directories that listings are pulled from."""


@source_group.command("add")
@click.argument("name")
@click.argument("address")
@click.option(
    "--every", type=click.IntRange(0, 24 * 31), default=24, show_default=True, help="Hours; 0: by hand."
)
@click.option("--key-file", type=click.Path(path_type=Path), help="File that holds the key of the API.")
@click.option("--by-itself", is_flag=True, help="Apply changes without anybody's approval.")
def add(name: str, address: str, every: int, key_file: Path | None, by_itself: bool) -> None:
    """Pull listings from the HSDS API at ADDRESS, as the source NAME."""

    async def work(database: Database, settings: Settings) -> None:
        try:
            plain = clean_address(address, settings.near_networks)
        except Refused as error:
            raise ImportRefused(str(error)) from None
        key = driving.read_key(key_file, plain, settings)
        async with database.transaction() as db:
            added = await actions.add_source(
                db,
                None,
                name=name[:120],
                address=plain,
                api_key=key,
                every_hours=every,
                approve=not by_itself,
            )
        if added is None:
            raise ImportRefused(f"There is a source named {name} already.")

    with_database(work)
    click.echo(f"{name} is added. `litestar directory pull {name}` pulls it now.")


@source_group.command("list")
def list_sources() -> None:
    """List the sources with how each stands."""

    async def work(database: Database, _settings: Settings) -> list[str]:
        async with database.transaction(write=False) as db:
            found = await queries.sources(db)
            last = await queries.last_pulls(db)
            records = await queries.record_counts(db, [source.name for source in found])
        return [
            f"{one.name}\t{one.address}\t{records.get(one.name, 0)} services\t"
            + (
                f"last pull {last[one.id].state} {last[one.id].started_at:%Y-%m-%d %H:%M}"
                if one.id in last
                else "no pull yet"
            )
            + ("" if one.enabled else "\tpaused")
            for one in found
        ]

    for line in with_database(work):
        click.echo(line)


@group.command("pull")
@click.argument("name")
@click.option(
    "--apply/--preview", "at_once", default=None, help="Apply at once, or only show; else as the source says."
)
@click.option("--whole", is_flag=True, help="Read everything, not only what has changed.")
def pull_command(name: str, at_once: bool | None, whole: bool) -> None:
    """Pull the source NAME now. Interrupted and called again, it goes on where it was."""

    async def work(database: Database, settings: Settings) -> Pull:
        async with database.transaction() as db:
            source = await queries.source_named(db, name)
            if source is None:
                raise ImportRefused(f"There is no source named {name}.")
            pull = await actions.begin_pull(db, source, whole=whole, at_once=at_once, by_job=False)
        with Bar() as bar:
            return await driving.drive(database, settings, pull, bar.tell)

    tell(with_database(work))


class Bar:
    """A progress bar on standard error, one task after another."""

    def __init__(self) -> None:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
        self._progress = Progress(*columns, console=Console(stderr=True), transient=True)
        self._tasks: dict[str, Any] = {}

    def __enter__(self) -> "Bar":
        self._progress.start()
        return self

    def __exit__(self, *_raised: object) -> None:
        self._progress.stop()

    def tell(self, doing: str, done: int, total: int) -> None:
        """Show how far it is."""
        if doing not in self._tasks:
            self._tasks[doing] = self._progress.add_task(doing.replace("_", " ").capitalize(), total=None)
        self._progress.update(self._tasks[doing], completed=done, total=total or None)


def tell(pull: Pull) -> None:
    """Print what a pull has changed or would change."""
    click.echo("\n".join(driving.lines(pull)))
    if pull.state != "ready":
        return
    for listing in pull.changes[:SHOWN]:
        click.echo(f"{listing['what']}: {listing['name']}")
        for field in listing["fields"]:
            kept = " (kept: corrected here)" if field["kept"] else ""
            click.echo(
                f"    {field['field'] or field['table']}: {field['before']!r} -> {field['after']!r}{kept}"
            )
    if len(pull.changes) > SHOWN:
        click.echo(f"... and {len(pull.changes) - SHOWN} more on the page of the source.")
