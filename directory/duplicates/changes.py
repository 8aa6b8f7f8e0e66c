"""What a merge changes, written down so that it can be undone: rows corrected, rows copied, revisions."""

import copy
import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.database import new_id
from directory.corrections import revise
from directory.importing.corrections import plain
from directory.importing.fields import provenance
from directory.models import HSDS_TABLES, ServiceAtLocation

BESIDE = ("given", "corrected", "checksum")
"""Columns that a correction changes beside the field itself."""

_ORIGIN = frozenset(("source_id", "extra", "checksum", "given", "corrected"))

_OWNERS = frozenset(
    f"{table}_id"
    for table in ("service", "service_at_location", "location", "organization", "contact", "phone")
)

_PARTS = {
    "service_at_location": ("phone", "contact", "schedule", "service_area"),
    "contact": ("phone",),
    "phone": ("language",),
}
"""By table, what comes along when one of its rows is copied."""


class Changes:
    """The changes of one merge, as `record` in JSON; `earlier` is a record that is gone on with."""

    def __init__(self, by: str, earlier: Mapping[str, Any] | None = None) -> None:
        self._by = by
        self.record: dict[str, Any] = copy.deepcopy(dict(earlier)) if earlier else {"rows": [], "copies": []}

    async def correct(self, db: AsyncSession, row: Any, values: Mapping[str, Any]) -> None:
        """Correct fields of a row, and remember what stood there."""
        before = state_of(row, [*values, *BESIDE])
        revisions = await revise(db, row, self._by, values)
        if revisions:
            fields = [str(one.field_name) for one in revisions]
            self.record["rows"].append(
                {
                    "table": row.__tablename__,
                    "id": str(row.id),
                    "before": {name: before[name] for name in (*fields, *BESIDE)},
                    "after": state_of(row, [*fields, *BESIDE]),
                    "revisions": {str(one.field_name): str(one.id) for one in revisions},
                }
            )

    async def copy(
        self, db: AsyncSession, table: str, identity: uuid.UUID, owner: str, to: uuid.UUID
    ) -> None:
        """Copy a row and what belongs to it to another owner; the copy is ours, whoever the first came from."""
        model = HSDS_TABLES[table]
        row: Any = await db.get(model, identity)
        if row is None or (table == "service_at_location" and await _is_there(db, to, row.location_id)):
            return
        left_out = _ORIGIN | {"id", provenance(table)}
        if table != "service_at_location":
            # A telephone may be named by a service and its place at once: the copy is the new owner's alone.
            left_out |= _OWNERS
        made = model(id=new_id())
        for column in model.__table__.columns:
            if column.name not in left_out:
                setattr(made, column.name, getattr(row, column.name))
        setattr(made, "link_id" if table == "attribute" else f"{owner}_id", to)
        db.add(made)
        await db.flush()
        self.record["copies"].append(
            {"table": table, "id": str(made.id), "of": str(identity), "row": state_of(made)}
        )
        for part in _PARTS.get(table, ()):
            column = getattr(HSDS_TABLES[part], f"{table}_id")
            for one in list(await db.scalars(select(HSDS_TABLES[part].id).where(column == identity))):
                await self.copy(db, part, one, table, made.id)


async def _is_there(db: AsyncSession, service: uuid.UUID, location: uuid.UUID) -> bool:
    """Tell whether a service is offered at a place already: nothing is offered twice at one place."""
    there = select(ServiceAtLocation.id).where(
        ServiceAtLocation.service_id == service, ServiceAtLocation.location_id == location
    )
    return await db.scalar(there) is not None


def state_of(row: Any, columns: list[str] | None = None) -> dict[str, Any]:
    """Return columns of a row, all by default, as JSON keeps them."""
    names = columns if columns is not None else [column.name for column in row.__table__.columns]
    return {name: copy.deepcopy(plain(getattr(row, name))) for name in names}
