"""Commands about listings: `litestar directory import`, `draft-mapping`, `export`, `quality`, `duplicates`."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import click
import msgspec
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn, TimeRemainingColumn

from core import schema
from core.database import Database
from core.i18n import LANGUAGES
from core.settings import Settings
from directory.duplicates.cli import group as duplicates_group
from directory.exporting import FORMATS as FORMATS_OUT
from directory.exporting import ExportOptions, ExportRefused, export_directory
from directory.importing import FORMATS, ImportOptions, ImportRefused, Report, import_directory
from directory.importing.sampling import draft_for
from directory.quality.cli import quality_command
from directory.sources.models import Pull


@click.group(name="directory")
def group() -> None:
    """Listings: organizations, services and places."""


group.add_command(quality_command)
group.add_command(duplicates_group)


@group.command("import")
@click.argument("path")
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
    path: str, format_: str, mapping: Path | None, source: str | None, dry_run: bool, report: Path | None
) -> None:
    """Import listings from PATH: an HSDS package (folder, zip archive or workbook), one CSV, NDJSON or Excel file, or the
    address of an HSDS API.

    Importing the same file again changes nothing; rows that have changed are updated. A file that cannot be imported
    changes nothing at all. Reading from an address may be interrupted and goes on when called again.
    """
    if path.lower().startswith(("https://", "http://")):
        if mapping or report:
            raise click.UsageError("--mapping and --report are for files.")
        _import_address(path, source, dry_run)
        return
    options = ImportOptions(format=format_, mapping=mapping, source=source, dry_run=dry_run, report=report)
    try:
        result = asyncio.run(_import(Path(path), options))
    except ImportRefused as refused:
        click.echo(f"Not imported: {refused}", err=True)
        sys.exit(1)
    click.echo("\n".join(result.lines()))
    if report:
        click.echo(f"What became of every row is in {report}.")


@group.command("draft-mapping")
@click.argument("path", type=click.Path(path_type=Path), metavar="FILE")
@click.option(
    "--output", type=click.Path(path_type=Path), help="Write the mapping here instead of printing it."
)
def draft_mapping_command(path: Path, output: Path | None) -> None:
    """Draft a mapping for FILE, a table that is not HSDS: which of its columns may hold what.

    Look it over, above all what it calls unsure, and give it to `litestar directory import FILE --mapping MAPPING`.
    """
    try:
        draft = draft_for(path).to_toml(path.stem)
        if output and output.exists():
            raise ImportRefused(f"{output} exists and is not written over.")
        if output:
            output.write_text(draft, encoding="utf-8")
    except ImportRefused as refused:
        click.echo(f"Not drafted: {refused}", err=True)
        sys.exit(1)
    except OSError as error:
        click.echo(f"Not drafted: {output} cannot be written: {error.strerror}.", err=True)
        sys.exit(1)
    click.echo(f"Drafted {output}." if output else draft, nl=bool(output))


@group.command("export")
@click.argument("path", type=click.Path(path_type=Path))
@click.option(
    "--format",
    "format_",
    type=click.Choice(FORMATS_OUT),
    help="What to write; by default what the ending of PATH says (.json, .ndjson, .xlsx, .zip, or a folder).",
)
@click.option("--source", help="Only what was imported under this name.")
@click.option(
    "--language",
    type=click.Choice(list(LANGUAGES)),
    default="en",
    show_default=True,
    help="The language of the words in workbooks.",
)
def export_command(path: Path, format_: str | None, source: str | None, language: str) -> None:
    """Export what the public may see of the directory to PATH: services, and all that belongs to them.

    An HSDS package (a folder or a zip archive of CSV files), HSDS documents (JSON, or one to a line) or a workbook. What
    PATH was before is replaced when all is written.
    """
    options = ExportOptions(format=format_ or "", source=source, language=language)
    try:
        written = asyncio.run(_export(path, options))
    except (ExportRefused, OSError) as error:
        click.echo(f"Not exported: {error}", err=True)
        sys.exit(1)
    click.echo(f"{written:,} rows were exported to {path}.")


def _import_address(address: str, source: str | None, dry_run: bool) -> None:
    """Import from the API at an address."""
    # It adds commands to this group.
    from directory.sources import cli, driving

    async def work(database: Database, settings: Settings) -> Pull:
        with cli.Bar() as bar:
            return await driving.import_address(database, settings, address, source, dry_run, bar.tell)

    cli.tell(cli.with_database(work))


async def _import(path: Path, options: ImportOptions) -> Report:
    work = Settings.from_env().data_dir / "imports"
    async with _opened() as database:
        with _bar() as progress:
            return await import_directory(
                database, path, msgspec.structs.replace(options, work=work), progress
            )


async def _export(path: Path, options: ExportOptions) -> int:
    async with _opened() as database:
        with _bar() as progress:
            return await export_directory(database, path, options, progress)


@asynccontextmanager
async def _opened() -> AsyncIterator[Database]:
    settings = Settings.from_env()
    await schema.upgrade(settings.database_url)
    database = Database(settings.database_url)
    try:
        yield database
    finally:
        await database.dispose()


@contextmanager
def _bar() -> Iterator[Callable[[str, int, int], None]]:
    """Show a bar for each thing that is done, by what the given function is told of it."""
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        tasks: dict[str, TaskID] = {}

        def progress(doing: str, more: int, total: int) -> None:
            if doing not in tasks:
                tasks[doing] = bar.add_task(doing, total=total)
            bar.advance(tasks[doing], more)

        yield progress
