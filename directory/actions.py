"""Changes to listings: each leaves a revision per field and has the search index follow, in one transaction."""

import uuid
from typing import Literal

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.rules import Actor
from core import clock
from core.errors import NotVisible
from directory.corrections import correct
from directory.models import Service

Capacity = Literal["room", "waiting", "full"]


async def set_capacity(
    db: AsyncSession, actor: Actor, service_id: uuid.UUID, capacity: Capacity | None
) -> Service:
    """Say whether a service of the actor's organization has room; raises `NotVisible` for any other."""
    service = await _own(db, actor, service_id)
    await correct(db, service, actor.name, {"capacity": capacity})
    return service


async def mark_verified(db: AsyncSession, actor: Actor, service_id: uuid.UUID) -> Service:
    """Note that the actor has checked today that a listing of their organization is right; raises `NotVisible`."""
    service = await _own(db, actor, service_id)
    await correct(db, service, actor.name, {"assured_date": clock.today(actor.time_zone)})
    return service


async def report_full(db: AsyncSession, service_id: uuid.UUID) -> None:
    """Mark a service as full because it declined a referral for want of room; nothing happens if there is none such."""
    service = await db.scalar(select(Service).where(Service.id == service_id))
    if service is not None:
        await correct(db, service, "Answer to a referral", {"capacity": "full"})


async def _own(db: AsyncSession, actor: Actor, service_id: uuid.UUID) -> Service:
    service = await db.scalar(
        select(Service).where(Service.id == service_id, Service.organization_id == actor.organization_id)
    )
    if service is None or not actor.can("listing.write"):
        raise NotVisible("service", service_id)
    return service
