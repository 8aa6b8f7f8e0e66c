"""Works out what a pull would change, and puts down what a person should see of it before it does."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from core.database import Database
from core.i18n import N_
from directory.importing.hsds_json import NotADocument, put_document, shelved_records
from directory.importing.report import Report
from directory.importing.run import work_out
from directory.importing.shelf import Shelf
from directory.importing.stage import Stage
from directory.importing.write import KEPT, is_removed, missing_rows
from directory.sources import comparing, queries
from directory.sources.comparing import Listing
from directory.sources.taken import Taken

MOST_GONE = (20, 4)
"""When more listings than the first, and more than one of so many, would go, a person has to look at it in any case."""

_AT_ONCE = 100


class Weighed(msgspec.Struct):
    """What a pull would change: rows by table and what happens to them, the first listings, and sentences."""

    counts: dict[str, dict[str, int]]
    listings: list[Listing]
    remarks: list[list[Any]]
    gone: int
    held: int

    @property
    def is_nothing(self) -> bool:
        """Whether nothing would change."""
        return not self.gone and not any(set(of) - {"unchanged"} for of in self.counts.values())

    @property
    def is_alarming(self) -> bool:
        """Whether so much would go that something may be wrong over there."""
        least, part = MOST_GONE
        return self.gone > least and self.gone * part > self.held


async def shelve(taken: Taken, name: str, path: Path) -> Shelf:
    """Put all documents on the shelf at `path`; one that was cut off is gone on with."""
    shelf = Shelf(name, path)
    place = int(shelf.mark("place", "0"))
    while some := taken.documents(place, _AT_ONCE):
        place = some[-1][0]
        await asyncio.to_thread(_put, shelf, some)
        shelf.keep(place=str(place), differing=str(int(shelf.mark("differing", "0")) + shelf.differing))
        shelf.differing = 0
    return shelf


def _put(shelf: Shelf, some: list[tuple[int, Any, bytes]]) -> None:
    odd = int(shelf.mark("odd", "0"))
    for place, kind, body in some:
        try:
            put_document(shelf, body, place, kind)
        except NotADocument:
            odd += 1
    shelf.keep(odd=str(odd))


async def staged(database: Database, shelf: Shelf, report: Report) -> Stage:
    """Return what the documents of a shelf would change; whoever asks closes it."""
    stage = Stage(shelf.source, report)
    try:
        await work_out(database, stage, shelved_records(shelf, "documents"))
    except BaseException:
        stage.close()
        raise
    return stage


async def weigh(database: Database, taken: Taken, shelf: Shelf) -> Weighed:
    """Work out what would change; nothing does."""
    report = Report()
    stage = await staged(database, shelf, report)
    try:
        async with database.transaction(write=False) as db:
            seen = comparing.Comparison(stage)
            await seen.look_at_rows(db)
            removed = await _removed(db, stage, shelf, seen)
            gone = 0
            async for service in queries.gone(db, taken, shelf.source):
                gone += 1
                seen.gone(service)
            held = (await queries.record_counts(db, [shelf.source])).get(shelf.source, 0)
            listings = await seen.listings(db)
    finally:
        stage.close()
    counts = {table: dict(counter) for table, counter in report.changes.items() if counter}
    for table, number in removed.items():
        counts.setdefault(table, {})["removed"] = number
    if gone:
        counts.setdefault("service", {})["gone"] = gone
    return Weighed(counts, listings, list(_remarks(taken, shelf, stage, report)), gone, held)


async def _removed(db: AsyncSession, stage: Stage, shelf: Shelf, seen: comparing.Comparison) -> Counter[str]:
    removed: Counter[str] = Counter()
    for table in sorted(shelf.tables() - set(KEPT)):
        if table not in stage.existing_here:
            continue
        async for identity, owned in missing_rows(db, stage, table):
            if is_removed(stage, owned, whole=False):
                removed[table] += 1
                seen.removed(table, identity, owned)
    return removed


def _remarks(taken: Taken, shelf: Shelf, stage: Stage, report: Report) -> Iterator[list[Any]]:
    for source, number in sorted(stage.foreign.items()):
        if source == stage.source:
            yield [N_("%(n)s rows would be part of listings of others and are left out."), {"n": number}]
            continue
        yield [
            N_("%(n)s rows belong to another source (%(source)s) and stay as they are."),
            {"n": number, "source": source},
        ]
    if odd := int(taken.mark("odd", "0")) + int(shelf.mark("odd", "0")):
        yield [N_("%(n)s documents have no id of use, or are none, and were left out."), {"n": odd}]
    if refused := report.total("refused"):
        yield [N_("%(n)s rows could not be taken, because they say nothing without others."), {"n": refused}]
    if differing := int(shelf.mark("differing", "0")):
        yield [
            N_(
                "%(n)s organizations, places or terms are said differently in several documents: the last one holds."
            ),
            {"n": differing},
        ]
    if not taken.mark("reconciled"):
        yield [N_("The source gives no list of all its listings: what is gone there stays here."), {}]
    if taken.mark("no_modified_after"):
        yield [N_("The source cannot say what has changed, so everything was read."), {}]
