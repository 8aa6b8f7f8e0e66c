"""What somebody here says better than the source of a listing: kept until it is taken back, or the source says so too."""

import uuid
from collections.abc import Collection, Mapping
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from core import clock
from core.jobs import enqueue, enqueue_many
from directory.hsds.render import without
from directory.importing.corrections import plain
from directory.importing.fields import provenance
from directory.models import HSDS_TABLES, Location, Metadata, Service, ServiceAtLocation

JOB_SIZE = 200
"""How many services one job of the index is told of."""

SPECIAL = frozenset({("service", "capacity"), ("service", "assured_date"), ("location", "confidential")})
"""Fields for which imports have rules of their own (see `directory.importing.write`): the newer word counts."""

_OWNERS = ("service_at_location", "location", "organization", "program", "contact", "phone")
_LINKS = (("link_entity", "link_id"), ("resource_type", "resource_id"))


async def correct(db: AsyncSession, row: Any, by: str, values: Mapping[str, Any]) -> bool:
    """Set fields of any row of the directory as somebody called `by` says; return whether anything changed.

    Each changed field leaves a revision. What the source of the row says instead is kept in `corrected`, and imports
    leave the field alone from now on. The services concerned are dated and indexed anew.
    """
    revisions = await revise(db, row, by, values)
    if revisions:
        await follow(db, await services_of(db, row))
        if row.__tablename__ == "address":
            await enqueue(db, "places.geocode", {}, key="all")
    return bool(revisions)


async def withdraw(db: AsyncSession, row: Any, field: str, by: str) -> bool:
    """Let a field say again what the source of its row says; return False where it was not corrected."""
    if field not in (row.corrected or {}):
        return False
    return await correct(db, row, by, {field: typed(row, field, row.corrected[field])})


async def revise(db: AsyncSession, row: Any, by: str, values: Mapping[str, Any]) -> list[Metadata]:
    """Do what `correct` does to the row itself and return the revisions; to tell the services is left to the caller."""
    now, revisions = clock.now(), []
    for field, value in values.items():
        before = getattr(row, field)
        if before == value:
            continue
        _remember(row, field, before, value)
        setattr(row, field, value)
        row.given = without(row.given, field)
        revisions.append(
            Metadata(
                resource_id=row.id,
                resource_type=row.__tablename__,
                last_action_date=now,
                last_action_type="update",
                field_name=field,
                previous_value="" if before is None else str(before),
                replacement_value="" if value is None else str(value),
                updated_by=by,
            )
        )
    if revisions and row.__tablename__ == "service":
        row.given = without(row.given, "last_modified")
    db.add_all(revisions)
    await db.flush()
    return revisions


def _remember(row: Any, field: str, before: Any, value: Any) -> None:
    """Keep what the source says of a field that is about to be corrected; nothing once it says the same."""
    if getattr(row, provenance(row.__tablename__)) is None or (row.__tablename__, field) in SPECIAL:
        return
    kept = dict(row.corrected or {})
    says = typed(row, field, kept[field]) if field in kept else before
    if says == value:
        kept.pop(field, None)
        # The next import writes the row once more, and with it the source's own spelling, which `given` no longer has.
        row.checksum = None
    else:
        kept[field] = plain(says)
    row.corrected = kept or None


def typed(row: Any, field: str, value: Any) -> Any:
    """Return a value that JSON kept as the column of `field` holds it."""
    if value is None:
        return None
    kind = row.__table__.columns[field].type.python_type
    if kind is uuid.UUID:
        return uuid.UUID(value)
    if kind in (datetime, date, time):
        return kind.fromisoformat(value)
    return value


async def follow(db: AsyncSession, services: Collection[uuid.UUID]) -> None:
    """Date the change of services and have the search index follow."""
    ids = sorted(services)
    chunks = [ids[start : start + JOB_SIZE] for start in range(0, len(ids), JOB_SIZE)]
    for some in chunks:
        await db.execute(update(Service).where(Service.id.in_(some)).values(last_modified=clock.now()))
        told = await db.execute(
            select(Service.id, Service.given).where(Service.id.in_(some), Service.given.is_not(None))
        )
        for identity, given in told.all():  # the date of its document is no longer when it changed last
            ours = without(given, "last_modified")
            if ours != given:
                await db.execute(update(Service).where(Service.id == identity).values(given=ours))
    await enqueue_many(db, "search.index", [{"service_ids": [str(one) for one in some]} for some in chunks])


async def services_of(db: AsyncSession, row: Any) -> set[uuid.UUID]:
    """Return the services whose listing tells of a row."""
    if row.__tablename__ == "service":
        return {row.id}
    if row.__tablename__ in ("service_at_location", "location", "organization", "program"):
        return await _told_with(db, row.__tablename__, row.id)
    found: set[uuid.UUID] = set()
    owners: list[tuple[Any, Any]] = [
        (table, getattr(row, f"{table}_id", None)) for table in ("service", *_OWNERS)
    ]
    owners += [(getattr(row, table, None), getattr(row, column, None)) for table, column in _LINKS]
    for table, identity in owners:
        if table not in HSDS_TABLES or identity is None:
            continue
        if table == "service":
            found.add(identity)
        elif table in ("contact", "phone"):
            owner = await db.get(HSDS_TABLES[table], identity)
            found |= await services_of(db, owner) if owner else set()
        else:
            found |= await _told_with(db, table, identity)
    return found


async def _told_with(db: AsyncSession, table: str, identity: uuid.UUID) -> set[uuid.UUID]:
    at = select(ServiceAtLocation.service_id)
    questions = {
        "service_at_location": [at.where(ServiceAtLocation.id == identity)],
        "location": [at.where(ServiceAtLocation.location_id == identity)],
        "organization": [
            select(Service.id).where(Service.organization_id == identity),
            at.join(Location, Location.id == ServiceAtLocation.location_id).where(
                Location.organization_id == identity
            ),
        ],
        "program": [select(Service.id).where(Service.program_id == identity)],
    }
    found: set[uuid.UUID] = set()
    for question in questions.get(table, ()):
        found |= set(await db.scalars(question))
    return found
