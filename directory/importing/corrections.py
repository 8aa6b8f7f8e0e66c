"""Keeps what was corrected here when the source of a row says something else again."""

import uuid
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from directory.hsds.render import without
from directory.importing.fields import provenance
from directory.models import HSDS_TABLES


class Corrections:
    """The rows of one table of one source that were corrected here: few, for people made them."""

    def __init__(self, table: str, rows: dict[str, Any]) -> None:
        self._table = table
        self._rows = rows

    @classmethod
    async def of(cls, db: AsyncSession, table: str, source: str) -> "Corrections | None":
        """Return the corrections of a table, or None where there are none."""
        model: Any = HSDS_TABLES[table]
        rows = await db.scalars(
            select(model).where(getattr(model, provenance(table)) == source, model.corrected.is_not(None))
        )
        found = {row.id.hex: row for row in rows}
        return cls(table, found) if found else None

    async def keep(self, db: AsyncSession, rows: list[dict[str, Any]]) -> None:
        """Put what was corrected back into rows that are about to be written, and remember what the source says now.

        A field of which the source says now what the correction says is no longer one.
        """
        model: Any = HSDS_TABLES[self._table]
        for row in rows:
            here = self._rows.get(row["id"])
            if here is None:
                continue
            kept = {}
            for field in here.corrected:
                ours = getattr(here, field)
                ours = ours.hex if isinstance(ours, uuid.UUID) else ours
                if row[field] == ours:
                    continue
                kept[field] = plain(row[field])
                row[field] = ours
                row["given"] = without(row["given"], field)
            await db.execute(update(model).where(model.id == here.id).values(corrected=kept or None))


def plain(value: Any) -> Any:
    """Return a value of a column as JSON has it."""
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    return str(value) if isinstance(value, uuid.UUID) else value
