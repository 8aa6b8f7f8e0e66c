"""What of a listing was corrected here, beside what its source says: for those who keep it."""

from __future__ import annotations

import uuid
from typing import Any

import msgspec
from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.errors import NotVisible
from core.i18n import gettext as _
from directory.corrections import withdraw
from directory.field_names import FIELD_NAMES, PART_NAMES
from directory.importing.corrections import plain
from directory.models import HSDS_TABLES, Location, Organization, Service, ServiceAtLocation

_UNTOLD = frozenset(("metadata", "attribute"))


class Corrected(msgspec.Struct, frozen=True, kw_only=True):
    """One corrected field: where it stands, what it says here and what the source says."""

    table: str
    row_id: uuid.UUID
    field: str
    label: str
    ours: str
    theirs: str


async def corrected(db: AsyncSession, service: Service) -> list[Corrected]:
    """Return the corrections of a service and of all that belongs to it; nothing of confidential places is told."""
    found = []
    for row in await _rows(db, service):
        for field, says in row.corrected.items():
            found.append(
                Corrected(
                    table=row.__tablename__,
                    row_id=row.id,
                    field=field,
                    label=_label(row, field),
                    ours=await _told(db, field, plain(getattr(row, field))),
                    theirs=await _told(db, field, says),
                )
            )
    return found


async def take_back(
    db: AsyncSession, service: Service, table: str, row_id: uuid.UUID, field: str, by: str
) -> None:
    """Let a field of a listing say again what its source says; raises `NotVisible` where it was not corrected."""
    for row in await _rows(db, service):
        if (row.__tablename__, row.id) == (table, row_id) and await withdraw(db, row, field, by):
            return
    raise NotVisible("correction", row_id)


async def _rows(db: AsyncSession, service: Service) -> list[Any]:
    """Return the rows of a listing that were corrected."""
    places = select(ServiceAtLocation.id).where(ServiceAtLocation.service_id == service.id)
    spots = (
        select(Location.id)
        .join(ServiceAtLocation, ServiceAtLocation.location_id == Location.id)
        .where(ServiceAtLocation.service_id == service.id, Location.confidential.is_(False))
    )
    found: list[Any] = []
    for table, model in HSDS_TABLES.items():
        columns = model.__table__.columns
        owners = []
        if model is Service:
            owners.append(Service.id == service.id)
        elif model is Organization:
            owners.append(Organization.id == service.organization_id)
        elif model is Location:
            owners.append(Location.id.in_(spots))
        elif table not in _UNTOLD:
            if "service_id" in columns:
                owners.append(columns["service_id"] == service.id)
            if "service_at_location_id" in columns:
                owners.append(columns["service_at_location_id"].in_(places))
            if "location_id" in columns and model is not ServiceAtLocation:
                owners.append(columns["location_id"].in_(spots))
        if owners:
            query = (
                select(model).where(columns["corrected"].is_not(None), or_(*owners)).order_by(columns["id"])
            )
            found.extend(await db.scalars(query))
    return found


def _label(row: Any, field: str) -> str:
    name = _(FIELD_NAMES[field]) if field in FIELD_NAMES else field
    part = row.__tablename__
    if part in PART_NAMES:
        return f"{_(PART_NAMES[part])}: {name}"
    return f"{_('Organization')}: {name}" if part == "organization" else name


async def _told(db: AsyncSession, field: str, value: Any) -> str:
    if value in (None, ""):
        return _("(empty)")
    if field == "organization_id":
        name = await db.scalar(select(Organization.name).where(Organization.id == uuid.UUID(value)))
        return name or str(value)
    return f"{value:g}" if isinstance(value, float) else str(value)
