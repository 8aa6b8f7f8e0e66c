"""Commands about the search index: `litestar search rebuild` and `litestar search check`."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TypeVar

import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from core.database import Database
from core.settings import Settings
from search import documents
from search.engines import Document, DocumentsRefused, Engine, EngineUnavailable
from search.state import engine_of

T = TypeVar("T")


@click.group(name="search")
def group() -> None:
    """The search index."""


@group.command()
def rebuild() -> None:
    """Build the index anew from the database and put it in place of the old one, which serves until then."""

    async def work(database: Database, engine: Engine) -> int:
        total = await documents.count(database)
        with _progress() as bar:
            task = bar.add_task("Indexing", total=total)

            async def counted() -> AsyncIterator[Document]:
                seen = ""
                async for document in documents.documents(database):
                    if document.service_id != seen:
                        seen = document.service_id
                        bar.advance(task)
                    yield document

            return await engine.rebuild(counted())

    number = _run(work)
    click.echo(f"The index holds {number} documents.")


@group.command()
@click.option("--only-tell", is_flag=True, help="Put nothing right.")
def check(only_tell: bool) -> None:
    """Compare the index with the database and put right what differs; exit code 1 when anything is left wrong."""

    async def work(database: Database, engine: Engine) -> bool:
        report = await engine.check(documents.expected(database))
        for word, ids in (("missing", report.missing), ("surplus", report.surplus), ("stale", report.stale)):
            click.echo(f"{len(ids):>7} {word}")
        if report.equal or only_tell:
            return report.equal
        wrong = [*report.missing, *report.surplus, *report.stale]
        for start in range(0, len(wrong), documents.CHUNK):
            part = wrong[start : start + documents.CHUNK]
            async with engine.exclusive():
                await engine.replace(part, await documents.documents_of(database, documents.uuids(part)))
        click.echo(f"Put {len(wrong)} services right.")
        return True

    if not _run(work):
        sys.exit(1)


def _run(work: Callable[[Database, Engine], Awaitable[T]]) -> T:
    """Run `work` with the database and the index of the settings; an index in use elsewhere ends it in one line."""
    settings = Settings.from_env()

    async def run() -> T:
        database = Database(settings.database_url)
        try:
            return await work(database, engine_of(settings, database))
        finally:
            await database.dispose()

    try:
        return asyncio.run(run())
    except (EngineUnavailable, DocumentsRefused) as error:
        raise click.ClickException(str(error)) from error


def _progress() -> Progress:
    return Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    )
