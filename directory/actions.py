"""Changes to listings: each leaves a revision per field and has the search index follow, in one transaction."""

import uuid
from typing import Any, Literal

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.rules import Actor
from core import clock
from core.errors import NotVisible
from core.jobs import enqueue
from directory.models import Metadata, Service

Capacity = Literal["room", "waiting", "full"]


async def set_capacity(
    db: AsyncSession, actor: Actor, service_id: uuid.UUID, capacity: Capacity | None
) -> Service:
    """Say whether a service of the actor's organization has room; raises `NotVisible` for any other."""
    service = await _own(db, actor, service_id)
    await _change(db, service, actor.name, {"capacity": capacity})
    return service


async def mark_verified(db: AsyncSession, actor: Actor, service_id: uuid.UUID) -> Service:
    """Note that the actor has checked today that a listing of their organization is right; raises `NotVisible`."""
    service = await _own(db, actor, service_id)
    await _change(db, service, actor.name, {"assured_date": clock.today(actor.time_zone)})
    return service


async def report_full(db: AsyncSession, service_id: uuid.UUID) -> None:
    """Mark a service as full because it declined a referral for want of room; nothing happens if there is none such."""
    service = await db.scalar(select(Service).where(Service.id == service_id))
    if service is not None:
        await _change(db, service, "Answer to a referral", {"capacity": "full"})


async def _own(db: AsyncSession, actor: Actor, service_id: uuid.UUID) -> Service:
    service = await db.scalar(
        select(Service).where(Service.id == service_id, Service.organization_id == actor.organization_id)
    )
    if service is None or not actor.can("listing.write"):
        raise NotVisible("service", service_id)
    return service


async def _change(db: AsyncSession, service: Service, by: str, values: dict[str, Any]) -> None:
    """Set fields of a service; fields that stay as they are leave no revision."""
    changed = {field: value for field, value in values.items() if getattr(service, field) != value}
    if not changed:
        return
    now = clock.now()
    for field, value in changed.items():
        before = getattr(service, field)
        setattr(service, field, value)
        db.add(
            Metadata(
                resource_id=service.id,
                resource_type="service",
                last_action_date=now,
                last_action_type="update",
                field_name=field,
                previous_value="" if before is None else str(before),
                replacement_value="" if value is None else str(value),
                updated_by=by,
            )
        )
    service.last_modified = now
    await db.flush()
    await enqueue(db, "search.index", {"service_ids": [str(service.id)]})
