"""Small changes to listings: who may make them, and what they leave behind."""

import uuid

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core import clock
from core.errors import NotVisible
from core.jobs import Job
from directory import actions
from directory.models import Metadata, Organization, Service
from tests.support.cast import Cast


async def listing_of(db: AsyncSession, organization_id: uuid.UUID) -> Service:
    if await db.get(Organization, organization_id) is None:
        db.add(Organization(id=organization_id, name="Invented"))
    service = Service(name="Groceries", organization_id=organization_id)
    db.add(service)
    await db.flush()
    return service


async def history(db: AsyncSession, service: Service) -> list[tuple[str | None, ...]]:
    rows = await db.scalars(select(Metadata).where(Metadata.resource_id == service.id))
    return [(row.field_name, row.previous_value, row.replacement_value, row.updated_by) for row in rows]


async def jobs(db: AsyncSession, service: Service) -> int:
    payloads = await db.scalars(select(Job.payload).where(Job.kind == "search.index"))
    return sum(str(service.id) in payload["service_ids"] for payload in payloads)


async def test_omar_says_there_is_room(db: AsyncSession) -> None:
    service = await listing_of(db, Cast.omar.organization_id)
    await actions.set_capacity(db, Cast.omar.actor, service.id, "room")
    assert service.capacity == "room"
    assert await history(db, service) == [("capacity", "", "room", Cast.omar.name)]
    assert await jobs(db, service) == 1


async def test_saying_the_same_again_leaves_nothing(db: AsyncSession) -> None:
    service = await listing_of(db, Cast.omar.organization_id)
    for _ in range(2):
        await actions.set_capacity(db, Cast.omar.actor, service.id, "full")
    assert len(await history(db, service)) == 1
    assert await jobs(db, service) == 1


async def test_omar_has_checked_his_listing(db: AsyncSession) -> None:
    service = await listing_of(db, Cast.omar.organization_id)
    await actions.mark_verified(db, Cast.omar.actor, service.id)
    assert service.verified_on == clock.today(Cast.omar.actor.time_zone)


async def test_stranger_cannot_change_a_listing(db: AsyncSession) -> None:
    service = await listing_of(db, Cast.omar.organization_id)
    for stranger in (Cast.sam, Cast.nina):
        with pytest.raises(NotVisible):
            await actions.set_capacity(db, stranger.actor, service.id, "full")
        with pytest.raises(NotVisible):
            await actions.mark_verified(db, stranger.actor, service.id)
    assert service.capacity is None
    assert await history(db, service) == []


async def test_declined_for_want_of_room_marks_the_service_full(db: AsyncSession) -> None:
    service = await listing_of(db, Cast.omar.organization_id)
    await actions.report_full(db, service.id)
    assert service.capacity == "full"
    assert await jobs(db, service) == 1
    await actions.report_full(db, uuid.uuid4())
