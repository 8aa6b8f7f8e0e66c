"""Reads what may leave, table by table and in the order of ids, a thousand rows at a time."""

import uuid
from collections.abc import AsyncIterator, Iterable, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Alias, ColumnElement, Row, Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from directory.exporting.public import BARE, LINKS, SUBJECTS, Public, table_of
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
        self._subjects: dict[str, set[str]] | None = None

    async def count(self, table: str) -> int:
        """Return how many rows of a table leave."""
        row = table_of(table)
        question = select(func.count()).select_from(row)
        return sum([await self.db.scalar(question.where(way)) or 0 for way in await self._ways(table, row)])

    async def rows(self, table: str) -> AsyncIterator[list[dict[str, Any]]]:
        """Yield lists of rows by column.

        References to what does not leave are empty. Of a confidential place only what `BARE` names is there, and rows
        about it are without what else their source said.
        """
        row = table_of(table)
        question = self._question(table, row)
        for way in await self._ways(table, row):
            found: Sequence[Row[Any]] = ()
            while True:
                after = [row.c.id > found[-1].id] if found else []
                found = (await self.db.execute(question.where(way, *after))).all()
                if found:
                    yield [_told(table, one) for one in found]
                if len(found) < CHUNK:
                    break

    async def _ways(self, table: str, row: Alias) -> list[ColumnElement[bool]]:
        """The conditions to ask under, one after the other; none for a table without rows."""
        if not await self.db.scalar(select(row.c.id).limit(1)):
            return []
        if self._subjects is None:
            self._subjects = {name: await self._subjects_of(name) for name in LINKS}
        return self.public.ways(table, row, self._subjects)

    async def _subjects_of(self, name: str) -> set[str]:
        """Return the tables that rows of one of `LINKS` are about."""
        row = table_of(name)
        entity = func.lower(row.c[LINKS[name][1]])
        found = await self.db.scalars(select(entity).select_from(row).distinct())
        return {str(table) for table in found} & SUBJECTS[name]

    def _question(self, table: str, row: Alias) -> Select[Any]:
        chosen = [
            self.public.reference(table, row, name) if name in REFERENCES[table] else row.c[name]
            for name in told_columns(table)
        ]
        question = select(*chosen, self.public.is_hidden(table, row).label("hidden"))
        return question.order_by(row.c.id).limit(CHUNK)


@cache
def told_columns(table: str) -> tuple[str, ...]:
    """Return the columns of a table that leave: those of the standard first, as `columns_of` has them."""
    first = columns_of(table)
    others = (column.name for column in HSDS_TABLES[table].__table__.columns)
    return (*first, *(name for name in others if name not in (*first, *_NOT_TOLD)))


@cache
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
    if table == "metadata" and cells["source"] is None:
        cells["updated_by"] = None  # who works here is nobody's business outside
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
