"""Reads what may leave, table by table and in the order of ids, a thousand rows at a time."""

import uuid
from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Any

from sqlalchemy import Alias, Row, Select, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from directory.exporting.public import BARE, Public, table_of
from directory.hsds.render import columns_of
from directory.importing.fields import REFERENCES, provenance
from directory.models import HSDS_TABLES

CHUNK = 1_000

_NOT_TOLD = ("checksum", "corrected", "e164")
"""Columns that are worked out here, or nobody's business."""


class Reading:
    """Reads the rows of `public`; `columns` of a row are those of `columns_of(table)`, then the others that are told."""

    def __init__(self, db: AsyncSession, public: Public) -> None:
        self.db = db
        self.public = public

    async def count(self, table: str) -> int:
        """Return how many rows of a table leave."""
        row = table_of(table)
        question = select(func.count()).select_from(row)
        return sum([await self.db.scalar(question.where(way)) or 0 for way in self.public.ways(table, row)])

    async def rows(self, table: str, *, further: bool = False) -> AsyncIterator[list[dict[str, Any]]]:
        """Yield lists of rows by column; with `further` only those that say more than their columns do.

        References to what does not leave are empty. Of a confidential place only what `BARE` names is there, and rows
        about it are without what else their source said.
        """
        row = table_of(table)
        question = self._question(table, row, further)
        for way in self.public.ways(table, row):
            found: Sequence[Row[Any]] = ()
            while True:
                after = [row.c.id > found[-1].id] if found else []
                found = (await self.db.execute(question.where(way, *after))).all()
                if found:
                    yield [_told(table, one) for one in found]
                if len(found) < CHUNK:
                    break

    def _question(self, table: str, row: Alias, further: bool) -> Select[Any]:
        chosen = [
            self.public.reference(table, row, name) if name in REFERENCES[table] else row.c[name]
            for name in told_columns(table)
        ]
        question = select(*chosen, self.public.is_hidden(table, row).label("hidden"))
        if further:
            question = question.where(or_(row.c.extra.is_not(None), row.c.given.is_not(None)))
        return question.order_by(row.c.id).limit(CHUNK)


def told_columns(table: str) -> tuple[str, ...]:
    """Return the columns of a table that leave: those of the standard first, as `columns_of` has them."""
    first = columns_of(table)
    others = (column.name for column in HSDS_TABLES[table].__table__.columns)
    return (*first, *(name for name in others if name not in (*first, *_NOT_TOLD)))


def own_columns(table: str) -> tuple[str, ...]:
    """Return those columns of a table that leave and of which the standard knows nothing, provenance left out."""
    from_there = (provenance(table), "source_id", "extra", "given")
    standard = set(columns_of(table)) - {"confidential"}
    return tuple(name for name in told_columns(table) if name not in standard and name not in from_there)


def _told(table: str, row: Row[Any]) -> dict[str, Any]:
    cells = dict(row._mapping)
    if cells.pop("hidden"):
        # The id that its source knows it by may be its name or its street.
        dropped: Iterable[str] = ("extra", "given", "source_id")
        if table in BARE:
            dropped = [name for name in cells if name not in BARE[table] and name != provenance(table)]
        for name in dropped:
            cells[name] = None
    return cells


async def service_ids(db: AsyncSession, public: Public, most: int) -> AsyncIterator[list[uuid.UUID]]:
    """Yield the ids of the services that leave, in lists of at most so many."""
    row = table_of("service")
    question = select(row.c.id).where(public.leaves("service", row)).order_by(row.c.id).limit(most)
    ids: list[uuid.UUID] = []
    while True:
        some = question.where(row.c.id > ids[-1]) if ids else question
        ids = list(await db.scalars(some))
        if ids:
            yield ids
        if len(ids) < most:
            return
