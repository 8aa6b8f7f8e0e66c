"""Reading the public rows of many services at once: some ten queries for a chunk, no ORM objects."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from sqlalchemy import Row, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from directory.models import (
    PUBLIC_STATUSES,
    Accessibility,
    Address,
    Attribute,
    CostOption,
    Language,
    Location,
    Organization,
    RequiredDocument,
    Schedule,
    Service,
    ServiceArea,
    ServiceAtLocation,
    Taxonomy,
    TaxonomyTerm,
)
from search.models import ServiceNeed, ServiceTrack

CHUNK = 500

Rows = dict[UUID, list[Row[Any]]]

_OWNERS = ("service_at_location_id", "service_id", "location_id")


class Terms(NamedTuple):
    """When something is open, without whose hours they are: equal for all that share a pattern."""

    valid_from: Any
    valid_to: Any
    dtstart: Any
    timezone: Any
    until: Any
    count: Any
    wkst: Any
    freq: Any
    interval: Any
    byday: Any
    byweekno: Any
    bymonthday: Any
    byyearday: Any
    description: Any
    opens_at: Any
    closes_at: Any
    notes: Any

    @classmethod
    def of(cls, rows: Iterable[Any]) -> tuple[Terms, ...]:
        """The terms of rows, or of anything with the same attributes, in an order of their own."""
        found = (cls._make(map(row.__getattribute__, cls._fields)) for row in rows)
        return tuple(sorted(found, key=lambda one: (one.byday or "", str(one.opens_at), str(one.valid_from))))


SCHEDULE_COLUMNS = tuple(getattr(Schedule, name) for name in (*_OWNERS, *Terms._fields))


class ServiceRows(msgspec.Struct):
    """Everything public about a chunk of services, by the id that the rows belong to."""

    services: list[Row[Any]]
    places: Rows
    """Service at location joined with its location, by service."""
    addresses: Rows
    """By location, physical ones first."""
    organization_regions: Rows
    """States in which an organization has an address, by organization; only where the places of a service tell none."""
    schedules: Rows
    """By service, location or service at location."""
    languages: Rows
    """By service or location."""
    costs: Rows
    terms: Rows
    """Taxonomy terms and attribute values by service."""
    areas: Rows
    """By service or service at location."""
    accessibility: Rows
    needs: Rows
    """Rows of `service_need` by service."""
    required: Rows
    """Papers to bring, by service."""
    tracks: Rows
    """The row of `service_track` by service, where there is one."""


async def public_ids(db: AsyncSession, after: UUID | None = None, limit: int = CHUNK) -> list[UUID]:
    """Ids of services that the public is shown, in order, those after `after`."""
    query = select(Service.id).where(Service.status.in_(PUBLIC_STATUSES)).order_by(Service.id).limit(limit)
    if after is not None:
        query = query.where(Service.id > after)
    return list(await db.scalars(query))


async def chunks(db: AsyncSession, size: int = CHUNK) -> AsyncIterator[list[UUID]]:
    """All ids of public services in chunks."""
    last: UUID | None = None
    while ids := await public_ids(db, last, size):
        yield ids
        last = ids[-1]


async def read(db: AsyncSession, ids: Sequence[UUID]) -> ServiceRows:
    """Read the public services among `ids` with all that a document tells about them."""
    services = await _all(
        db,
        select(
            Service.id,
            Service.organization_id,
            Service.name,
            Service.alternate_name,
            Service.description,
            Service.fees_description,
            Service.fees,
            Service.application_process,
            Service.eligibility_description,
            Service.minimum_age,
            Service.maximum_age,
            Service.assured_date,
            Service.last_modified,
            Service.status,
            Service.capacity,
            Organization.name.label("organization"),
            Organization.alternate_name.label("organization_alternate"),
        )
        .outerjoin(Organization, Organization.id == Service.organization_id)
        .where(Service.id.in_(ids), Service.status.in_(PUBLIC_STATUSES))
        .order_by(Service.id),
    )
    places = await _all(
        db,
        select(
            ServiceAtLocation.id,
            ServiceAtLocation.service_id,
            ServiceAtLocation.location_id,
            ServiceAtLocation.description,
            Location.name,
            Location.alternate_name,
            Location.latitude,
            Location.longitude,
            Location.location_type,
            Location.confidential,
        )
        .join(Location, Location.id == ServiceAtLocation.location_id)
        .where(ServiceAtLocation.service_id.in_(ids))
        .order_by(ServiceAtLocation.service_id, ServiceAtLocation.location_id),
    )
    location_ids = {row.location_id for row in places}
    everywhere = [*ids, *location_ids, *(row.id for row in places)]
    addresses = await _all(
        db,
        select(
            Address.location_id,
            Address.city,
            Address.region,
            Address.state_province,
            Address.postal_code,
            Address.country,
            Address.address_type,
        )
        .where(Address.location_id.in_(location_ids))
        .order_by(Address.address_type),
    )
    schedules = await _all(
        db,
        select(*SCHEDULE_COLUMNS)
        .where(
            or_(
                Schedule.service_id.in_(ids),
                Schedule.location_id.in_(location_ids),
                Schedule.service_at_location_id.in_([row.id for row in places]),
            )
        )
        .order_by(Schedule.id),
    )
    languages = await _all(
        db,
        select(Language.service_id, Language.location_id, Language.name, Language.code).where(
            or_(Language.service_id.in_(ids), Language.location_id.in_(location_ids))
        ),
    )
    costs = await _all(
        db,
        select(
            CostOption.service_id, CostOption.amount, CostOption.option, CostOption.amount_description
        ).where(CostOption.service_id.in_(ids)),
    )
    terms = await _all(
        db,
        select(
            Attribute.link_id,
            Attribute.link_type,
            Attribute.value,
            Attribute.label,
            TaxonomyTerm.name,
            # Before version 3 of HSDS the id of a term is its code.
            func.coalesce(TaxonomyTerm.code, TaxonomyTerm.source_id).label("code"),
            TaxonomyTerm.term_uri,
            TaxonomyTerm.taxonomy,
            Taxonomy.name.label("taxonomy_name"),
            Taxonomy.uri.label("taxonomy_uri"),
        )
        .outerjoin(TaxonomyTerm, TaxonomyTerm.id == Attribute.taxonomy_term_id)
        .outerjoin(Taxonomy, Taxonomy.id == TaxonomyTerm.taxonomy_id)
        .where(Attribute.link_id.in_(everywhere)),
    )
    areas = await _all(
        db,
        select(
            ServiceArea.service_id,
            ServiceArea.service_at_location_id,
            ServiceArea.name,
            ServiceArea.description,
            ServiceArea.extent,
            ServiceArea.extent_type,
        ).where(
            or_(
                ServiceArea.service_id.in_(ids),
                ServiceArea.service_at_location_id.in_([row.id for row in places]),
            )
        ),
    )
    accessibility = await _all(
        db,
        select(Accessibility.location_id, Accessibility.description, Accessibility.details).where(
            Accessibility.location_id.in_(location_ids)
        ),
    )
    needs = await _all(
        db,
        select(
            ServiceNeed.id,
            ServiceNeed.service_id,
            ServiceNeed.need,
            ServiceNeed.origin,
            ServiceNeed.denied,
            ServiceNeed.evidence,
        ).where(ServiceNeed.service_id.in_(ids)),
    )
    told = {row.location_id for row in addresses if row.state_province}
    placed = {row.service_id for row in places if not row.confidential and row.location_id in told}
    unplaced = {row.organization_id for row in services if row.id not in placed} - {None}
    required = await _all(
        db,
        select(RequiredDocument.service_id, RequiredDocument.document)
        .where(RequiredDocument.service_id.in_(ids))
        .order_by(RequiredDocument.id),
    )
    tracks = await _all(
        db,
        select(ServiceTrack.service_id, ServiceTrack.score, ServiceTrack.answer_hours).where(
            ServiceTrack.service_id.in_(ids)
        ),
    )
    return ServiceRows(
        services=services,
        places=by_owner(places, "service_id"),
        addresses=by_owner(addresses, "location_id"),
        organization_regions=by_owner(await _regions(db, unplaced), "organization_id"),
        schedules=by_owner(schedules, *_OWNERS),
        languages=by_owner(languages, "service_id", "location_id"),
        costs=by_owner(costs, "service_id"),
        terms=by_owner(terms, "link_id"),
        areas=by_owner(areas, "service_id", "service_at_location_id"),
        accessibility=by_owner(accessibility, "location_id"),
        needs=by_owner(needs, "service_id"),
        required=by_owner(required, "service_id"),
        tracks=by_owner(tracks, "service_id"),
    )


async def _regions(db: AsyncSession, organization_ids: set[UUID]) -> list[Row[Any]]:
    """States and counties of the addresses of some organizations, of their own or of their open locations."""
    if not organization_ids:
        return []
    through = (
        select(Location.organization_id, Address.state_province, Address.region)
        .join(Address, Address.location_id == Location.id)
        .where(Location.organization_id.in_(organization_ids), Location.confidential.is_(False))
    )
    own = select(Address.organization_id, Address.state_province, Address.region).where(
        Address.organization_id.in_(organization_ids)
    )
    return await _all(db, through.union(own))


def hours_of(schedules: Rows, service_id: UUID, place: Row[Any] | None) -> list[Row[Any]]:
    """The hours that hold: those of the service at the location, else of the service, else of the location."""
    owners = [service_id] if place is None else [place.id, service_id, place.location_id]
    return next((found for owner in owners if (found := schedules.get(owner))), [])


async def _all(db: AsyncSession, query: Any) -> list[Row[Any]]:
    return list((await db.execute(query)).all())


def by_owner(rows: Iterable[Row[Any]], *keys: str) -> Rows:
    """Group rows by the first of the given columns that is filled."""
    grouped: Rows = defaultdict(list)
    for row in rows:
        owner = next((value for key in keys if (value := getattr(row, key)) is not None), None)
        if owner is not None:
            grouped[owner].append(row)
    return grouped
