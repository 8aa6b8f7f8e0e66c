"""Commands about listings: `litestar directory import` and `litestar directory quality`."""

import asyncio
import sys
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from core import schema
from core.database import Database
from core.settings import Settings
from directory.importing import FORMATS, ImportOptions, ImportRefused, Report, import_directory
from directory.quality.cli import quality_command


@click.group(name="directory")
def group() -> None:
    """Listings: organizations, services and places."""


group.add_command(quality_command)


@group.command("import")
@click.argument("path", type=click.Path(path_type=Path))
@click.option(
    "--format", "format_", type=click.Choice(FORMATS), default="auto", show_default=True, help="What PATH is."
)
@click.option(
    "--mapping",
    type=click.Path(path_type=Path),
    help="Which column holds what, for tables that are not HSDS; see seeds/mappings.",
)
@click.option(
    "--source", help="Name under which ids are kept; by default the name of the package, mapping or file."
)
@click.option("--dry-run", is_flag=True, help="Do everything but write.")
@click.option(
    "--report", type=click.Path(path_type=Path), help="Write what became of every row here (.json or text)."
)
def import_command(
    path: Path, format_: str, mapping: Path | None, source: str | None, dry_run: bool, report: Path | None
) -> None:
    """Import listings from PATH: an HSDS package (folder or zip archive), or one CSV or NDJSON file.

    Importing the same file again changes nothing; rows that have changed are updated. A file that cannot be imported
    changes nothing at all.
    """
    options = ImportOptions(format=format_, mapping=mapping, source=source, dry_run=dry_run, report=report)
    try:
        result = asyncio.run(_import(path, options))
    except ImportRefused as refused:
        click.echo(f"Not imported: {refused}", err=True)
        sys.exit(1)
    click.echo("\n".join(result.lines()))
    if report:
        click.echo(f"What became of every row is in {report}.")


async def _import(path: Path, options: ImportOptions) -> Report:
    settings = Settings.from_env()
    await schema.upgrade(settings.database_url)
    database = Database(settings.database_url)
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    try:
        with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
            tasks: dict[str, int] = {}

            def progress(doing: str, more: int, total: int) -> None:
                if doing not in tasks:
                    tasks[doing] = bar.add_task(doing, total=total)
                bar.advance(tasks[doing], more)  # type: ignore[arg-type]

            return await import_directory(database, path, options, progress)
    finally:
        await database.dispose()
