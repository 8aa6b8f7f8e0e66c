"""Reads of the public directory: a fixed number of queries, however many rows; nothing inactive, nothing confidential."""

import uuid
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Row, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Load, selectinload
from sqlalchemy.orm.attributes import set_committed_value

from core.errors import NotVisible
from directory import parts
from directory.duplicates.queries import merged_away
from directory.models import PUBLIC_STATUSES, Contact, Location, Organization, Service, ServiceAtLocation
from directory.shown import ServiceCard

_LEADS_THERE = (
    "latitude", "longitude", "centre_of", "description", "transportation", "name", "alternate_name", "url",
)  # fmt: skip
"""Columns of a location that tell the way to it, or what it is."""


async def services_for_cards(db: AsyncSession, ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, ServiceCard]:
    """Return the public services among `ids` by id; those that are not (any more) are missing."""
    rows = await parts.service_rows(db, Service.id.in_(ids))
    return {card.id: card for card in await parts.cards(db, rows)}


async def listing(db: AsyncSession, service_id: uuid.UUID) -> Service:
    """Return one public service with all that its page tells loaded; raises `NotVisible`.

    Of a confidential place nothing is there that leads to it: its address and coordinates were blanked.
    """
    service = await db.scalar(
        select(Service)
        .where(Service.id == service_id, Service.status.in_(PUBLIC_STATUSES))
        .options(
            selectinload(Service.organization).selectinload(Organization.phones),
            selectinload(Service.program),
            selectinload(Service.required_documents),
            selectinload(Service.additional_urls),
            selectinload(Service.capacities),
            selectinload(Service.contacts).selectinload(Contact.phones),
            *_of_service(Load(Service)),
        )
    )
    if service is None:
        raise NotVisible("service", service_id)
    _blank(at.location for at in service.service_at_locations)
    return service


async def organization_listing(db: AsyncSession, organization_id: uuid.UUID) -> Organization:
    """Return one organization, its public services and its places loaded; raises `NotVisible`, if it was merged too.

    Of a confidential place nothing is there that leads to it, as with `listing`.
    """
    public = Organization.services.and_(Service.status.in_(PUBLIC_STATUSES))
    organization = await db.scalar(
        select(Organization)
        .where(Organization.id == organization_id, ~merged_away(Organization.id))
        .options(
            selectinload(Organization.phones),
            selectinload(Organization.contacts).selectinload(Contact.phones),
            selectinload(Organization.addresses),
            selectinload(Organization.additional_websites),
            *_of_location(selectinload(Organization.locations)),
            *_of_service(selectinload(public)),
        )
    )
    if organization is None:
        raise NotVisible("organization", organization_id)
    _blank(organization.locations)
    _blank(at.location for service in organization.services for at in service.service_at_locations)
    return organization


def _of_service(service: Any) -> list[Any]:
    """What is loaded of a service wherever it is shown."""
    at = service.selectinload(Service.service_at_locations)
    return [
        service.selectinload(Service.phones),
        service.selectinload(Service.schedules),
        service.selectinload(Service.languages),
        service.selectinload(Service.service_areas),
        service.selectinload(Service.cost_options),
        at.selectinload(ServiceAtLocation.schedules),
        at.selectinload(ServiceAtLocation.phones),
        at.selectinload(ServiceAtLocation.contacts),
        at.selectinload(ServiceAtLocation.service_areas),
        *_of_location(at.selectinload(ServiceAtLocation.location)),
    ]


def _of_location(location: Any) -> list[Any]:
    return [
        location.selectinload(Location.addresses),
        location.selectinload(Location.phones),
        location.selectinload(Location.schedules),
        location.selectinload(Location.languages),
        location.selectinload(Location.accessibility),
    ]


def _blank(locations: Iterable[Location]) -> None:
    """Take from confidential locations what leads there, in this session's copies only: nothing of it is written."""
    for location in locations:
        if location.confidential:
            for name in _LEADS_THERE:
                set_committed_value(location, name, None)
            set_committed_value(location, "addresses", [])


async def find_organizations(db: AsyncSession, text: str, limit: int = 20) -> list[tuple[uuid.UUID, str]]:
    """Return organizations whose name holds `text`, those that begin with it first; nothing for a blank text."""
    text = " ".join(text.replace("\x00", " ").split())
    if not text:
        return []
    name = func.lower(Organization.name)
    wanted = text.lower()
    rows = await db.execute(
        select(Organization.id, Organization.name)
        .where(
            ~merged_away(Organization.id),
            or_(
                name.contains(wanted, autoescape=True),
                func.lower(Organization.alternate_name).contains(wanted, autoescape=True),
            ),
        )
        .order_by(name.startswith(wanted, autoescape=True).desc(), name, Organization.id)
        .limit(limit)
    )
    return [(row.id, row.name) for row in rows]


async def organization_name(db: AsyncSession, organization_id: uuid.UUID | str) -> str:
    """Return the name of an organization; raises `NotVisible` when there is none by that id."""
    try:
        identity = organization_id if isinstance(organization_id, uuid.UUID) else uuid.UUID(organization_id)
    except ValueError as error:
        raise NotVisible("organization") from error
    name = await db.scalar(select(Organization.name).where(Organization.id == identity))
    if name is None:
        raise NotVisible("organization", identity)
    return name


async def own_services(db: AsyncSession, organization_id: uuid.UUID) -> Sequence[Service]:
    """Return an organization's public services, those checked longest ago (or never) first."""
    query = (
        select(Service)
        .where(Service.organization_id == organization_id, Service.status.in_(PUBLIC_STATUSES))
        .order_by(Service.assured_date.is_not(None), Service.assured_date, Service.name)
    )
    return (await db.scalars(query)).all()


async def services_named(db: AsyncSession, ids: Sequence[str]) -> Sequence[Row[uuid.UUID, str, bool]]:
    """Return id and name of services, and whether the public may see them, by name."""
    shown = Service.status.in_(PUBLIC_STATUSES).label("is_public")
    chosen = select(Service.id, Service.name, shown).where(Service.id.in_([uuid.UUID(one) for one in ids]))
    return (await db.execute(chosen.order_by(Service.name, Service.id))).all()
