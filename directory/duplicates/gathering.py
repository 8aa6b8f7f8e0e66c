"""Reads of every listing what tells who it is, a thousand at a time; nothing of confidential places."""

import uuid
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Executable, and_, exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from directory.duplicates.likeness import Facts
from directory.duplicates.queries import merged_away
from directory.duplicates.weights import NOBODYS_SITES
from directory.models import (
    PUBLIC_STATUSES,
    Address,
    Location,
    LocationPosition,
    Organization,
    OrganizationIdentifier,
    Phone,
    Service,
    ServiceAtLocation,
)
from directory.text import normal, normal_address

AT_ONCE = 1000
_MOST = 12
"""How many telephones, addresses or places of one listing are looked at."""

_EXACT = ~exists().where(
    LocationPosition.location_id == Location.id, LocationPosition.precision.in_(("zip", "town", "none"))
)
"""Coordinates that are only the middle of a town or a ZIP code would make neighbours of all its listings."""


class _Found:
    """What was read of some listings so far, by their id."""

    def __init__(self) -> None:
        self.phones: dict[uuid.UUID, list[str]] = defaultdict(list)
        self.spots: dict[uuid.UUID, list[Any]] = defaultdict(list)
        self.points: dict[uuid.UUID, list[tuple[float, float]]] = defaultdict(list)
        self.numbers: dict[uuid.UUID, list[tuple[str, str]]] = defaultdict(list)


async def gather(db: AsyncSession, entity: str) -> AsyncIterator[list[Facts]]:
    """Yield the facts of all public services, or of all organizations, that were not merged away, by id in lists."""
    after: uuid.UUID | None = None
    while True:
        query = (_services() if entity == "service" else _organizations()).limit(AT_ONCE)
        model = Service if entity == "service" else Organization
        if after is not None:
            query = query.where(model.id > after)
        rows = (await db.execute(query.order_by(model.id))).all()
        if not rows:
            return
        after = rows[-1].id
        found = await (_of_services if entity == "service" else _of_organizations)(
            db, [row.id for row in rows]
        )
        yield [_facts(row, found) for row in rows]


def _services() -> Any:
    return (
        select(
            Service.id, Service.source, Service.name, Service.alternate_name, Service.url, Service.email,
            Organization.id.label("owner"), Organization.name.label("owner_name"), Organization.website,
        )
        .outerjoin(Organization, Service.organization_id == Organization.id)
        .where(Service.status.in_(PUBLIC_STATUSES), ~merged_away(Service.id))
    )  # fmt: skip


def _organizations() -> Any:
    return select(
        Organization.id, Organization.source, Organization.name, Organization.alternate_name,
        Organization.website.label("url"), Organization.email, Organization.tax_id,
    ).where(~merged_away(Organization.id))  # fmt: skip


_OPEN = Location.confidential.is_(False)
_SPOT = (Address.address_1, Address.city, Address.state_province, Address.postal_code)


async def _of_services(db: AsyncSession, ids: Sequence[uuid.UUID]) -> _Found:
    found = _Found()
    at = ServiceAtLocation.service_id
    here = select(at, Phone.e164, Phone.number).where(at.in_(ids))
    for query in (
        select(Phone.service_id, Phone.e164, Phone.number).where(Phone.service_id.in_(ids)),
        here.join(Phone, Phone.service_at_location_id == ServiceAtLocation.id),
        here.join(Phone, Phone.location_id == ServiceAtLocation.location_id),
    ):
        await _add_phones(db, found, query)
    placed = select(at).join(Location, Location.id == ServiceAtLocation.location_id).where(at.in_(ids), _OPEN)
    await _add_spots(db, found, placed.add_columns(*_SPOT).join(Address, Address.location_id == Location.id))
    await _add_points(db, found, placed)
    return found


async def _of_organizations(db: AsyncSession, ids: Sequence[uuid.UUID]) -> _Found:
    found = _Found()
    owner = Location.organization_id
    await _add_phones(
        db,
        found,
        select(Phone.organization_id, Phone.e164, Phone.number).where(Phone.organization_id.in_(ids)),
    )
    await _add_phones(
        db,
        found,
        select(owner, Phone.e164, Phone.number)
        .join(Phone, Phone.location_id == Location.id)
        .where(owner.in_(ids), _OPEN),
    )
    await _add_spots(
        db, found, select(Address.organization_id, *_SPOT).where(Address.organization_id.in_(ids))
    )
    placed = select(owner).where(owner.in_(ids), _OPEN)
    await _add_spots(db, found, placed.add_columns(*_SPOT).join(Address, Address.location_id == Location.id))
    await _add_points(db, found, placed)
    numbers = select(
        OrganizationIdentifier.organization_id,
        OrganizationIdentifier.identifier_scheme,
        OrganizationIdentifier.identifier,
    )
    for organization, scheme, number in await db.execute(
        numbers.where(OrganizationIdentifier.organization_id.in_(ids))
    ):
        if organization and number:
            found.numbers[organization].append((normal(scheme), normal(number).replace(" ", "")))
    return found


async def _add_phones(db: AsyncSession, found: _Found, query: Executable) -> None:
    for owner, dialled, written in await db.execute(query):
        number = dialled or "".join(filter(str.isdigit, written or ""))
        if owner and len(number) >= 7 and number not in found.phones[owner]:
            found.phones[owner].append(number)


async def _add_spots(db: AsyncSession, found: _Found, query: Executable) -> None:
    for owner, *spot in await db.execute(query):
        if owner and len(found.spots[owner]) < _MOST:
            found.spots[owner].append(spot)


async def _add_points(db: AsyncSession, found: _Found, placed: Any) -> None:
    query = placed.add_columns(Location.latitude, Location.longitude)
    known = and_(Location.latitude.is_not(None), Location.longitude.is_not(None), _EXACT)
    for owner, lat, lon in await db.execute(query.where(known)):
        if owner and len(found.points[owner]) < _MOST:
            found.points[owner].append((lat, lon))


def _facts(row: Any, found: _Found) -> Facts:
    spots = found.spots.get(row.id, [])
    sites = [_site(getattr(row, name, None)) for name in ("url", "website")]
    numbers = list(found.numbers.get(row.id, []))
    if getattr(row, "tax_id", None):
        numbers.append(("tax", "".join(filter(str.isalnum, row.tax_id)).lower()))
    owner = getattr(row, "owner", None)
    return Facts(
        id=row.id.bytes,
        source=row.source or "",
        names=_unique([row.name, row.alternate_name]),
        owner=owner.bytes if owner else b"",
        owner_name=getattr(row, "owner_name", None) or "",
        phones=tuple(found.phones.get(row.id, [])[:_MOST]),
        sites=_unique(sites),
        mails=_unique([(row.email or "").strip().lower()]),
        streets=tuple(
            (normal_address(street), (code or "")[:5] or normal(town))
            for street, town, _, code in spots
            if street
        ),
        zips=_unique((code or "")[:5] for _, _, _, code in spots),
        towns=_unique(normal(town) for _, town, _, _ in spots),
        states=_unique((state or "").strip().upper() for _, _, state, _ in spots),
        points=tuple(found.points.get(row.id, [])),
        numbers=tuple(numbers),
    )


def _unique(texts: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for text in texts if text))


def _site(url: str | None) -> str:
    """Return the host of a web address, nothing for one where everybody has pages."""
    try:
        host = (urlsplit(url).hostname or "") if url else ""
    except ValueError:
        return ""
    host = host.removeprefix("www.")
    return "" if host in NOBODYS_SITES else host
