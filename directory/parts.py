"""Reading the rows that belong to many services or places at once, into the records of `directory.shown`."""

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from typing import Any, TypeVar

import msgspec
from sqlalchemy import ColumnElement, Executable, Row, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from directory.models import (
    PUBLIC_STATUSES,
    Accessibility,
    Address,
    CostOption,
    Language,
    Location,
    Organization,
    Phone,
    Program,
    Schedule,
    Service,
    ServiceArea,
    ServiceAtLocation,
)
from directory.shown import Area, Cost, Hours, PhoneLine, Place, ServiceCard, Spoken, Spot

S = TypeVar("S", bound=msgspec.Struct)
Ids = Collection[uuid.UUID]
Grouped = dict[uuid.UUID, list[Row[Any]]]

_PHONE = (Phone.number, Phone.e164, Phone.extension, Phone.type, Phone.description)
SPOT = tuple(getattr(Address, field) for field in Spot.__struct_fields__)
_HOURS = tuple(getattr(Schedule, field) for field in Hours.__struct_fields__)


async def rows_of(db: AsyncSession, question: Executable) -> Sequence[Row[Any]]:
    """Return all rows of a question."""
    return (await db.execute(question)).all()


def struct(kind: type[S], row: Row[Any]) -> S:
    """Fill a struct from a row by the names they share."""
    mapping = row._mapping
    return kind(**{field: mapping[field] for field in kind.__struct_fields__ if field in mapping})


def grouped(rows: Iterable[Row[Any]], owner: str) -> Grouped:
    """Return rows by the id in their column `owner`, those without one left out."""
    found: Grouped = defaultdict(list)
    for row in rows:
        if identity := getattr(row, owner):
            found[identity].append(row)
    return found


async def service_rows(
    db: AsyncSession, condition: ColumnElement[bool], limit: int | None = None
) -> Sequence[Row[Any]]:
    """Return the public services that fit, by name, with what their organization and program are called."""
    return await rows_of(
        db,
        select(
            *_SERVICE,
            Organization.name.label("organization"),
            Organization.email.label("organization_email"),
            Organization.website.label("organization_url"),
            Program.name.label("program"),
        )
        .outerjoin(Organization, Organization.id == Service.organization_id)
        .outerjoin(Program, Program.id == Service.program_id)
        .where(condition, Service.status.in_(PUBLIC_STATUSES))
        .order_by(Service.name, Service.id)
        .limit(limit),
    )


_SERVICE = (
    Service.id, Service.name, Service.alternate_name, Service.description, Service.status, Service.organization_id,
    Service.url, Service.email, Service.alert, Service.wait_time, Service.capacity, Service.minimum_age,
    Service.maximum_age, Service.last_modified, Service.application_process, Service.interpretation_services,
    Service.accreditations, Service.licenses,
    func.coalesce(Service.fees_description, Service.fees).label("fees"),
    Service.eligibility_description.label("eligibility"),
    Service.assured_date.label("verified_on"),
)  # fmt: skip
LOCATION = (
    Location.id.label("location_id"), Location.name, Location.description, Location.location_type,
    Location.confidential, Location.latitude, Location.longitude, Location.transportation,
    Location.centre_of.label("centre_of"),
)  # fmt: skip


async def cards(db: AsyncSession, rows: Sequence[Row[Any]]) -> list[ServiceCard]:
    """Return cards for service rows, in their order."""
    ids = [row.id for row in rows]
    if not ids:
        return []
    links = await rows_of(
        db,
        select(*LOCATION)
        .add_columns(
            ServiceAtLocation.id.label("service_at_location_id"),
            ServiceAtLocation.service_id,
            ServiceAtLocation.description.label("remark"),
        )
        .join(ServiceAtLocation, ServiceAtLocation.location_id == Location.id)
        .where(ServiceAtLocation.service_id.in_(ids))
        .order_by(Location.name, ServiceAtLocation.id),
    )
    places: dict[uuid.UUID, list[Place]] = defaultdict(list)
    for link, place in zip(links, await places_of(db, links), strict=True):
        places[link.service_id].append(place)
    hours = grouped(
        await rows_of(db, select(*_HOURS).where(Schedule.service_id.in_(ids)).order_by(*_IN_ORDER)),
        "service_id",
    )
    languages = await languages_of(db, Language.service_id, ids)
    phones = await phones_of(db, Phone.service_id, ids)
    costs = grouped(
        await rows_of(
            db,
            select(
                CostOption.service_id,
                CostOption.option,
                CostOption.amount,
                CostOption.currency,
                CostOption.amount_description,
            )
            .where(CostOption.service_id.in_(ids))
            .order_by(CostOption.amount, CostOption.id),
        ),
        "service_id",
    )
    areas = grouped(
        await rows_of(
            db,
            select(
                ServiceArea.service_id,
                ServiceArea.name,
                ServiceArea.description,
                ServiceArea.extent,
                ServiceArea.extent_type,
            )
            .where(ServiceArea.service_id.in_(ids))
            .order_by(ServiceArea.name, ServiceArea.id),
        ),
        "service_id",
    )
    return [
        msgspec.structs.replace(
            struct(ServiceCard, row),
            languages=languages.get(row.id, ()),
            phones=phones.get(row.id, ()),
            hours=tuple(struct(Hours, hour) for hour in hours.get(row.id, ())),
            costs=tuple(struct(Cost, cost) for cost in costs.get(row.id, ())),
            places=tuple(places.get(row.id, ())),
            areas=tuple(name for area in areas.get(row.id, ()) if (name := area.name or area.description)),
            stated_areas=tuple(struct(Area, area) for area in areas.get(row.id, ())),
        )
        for row in rows
    ]


_IN_ORDER = (Schedule.freq.desc(), Schedule.byday, Schedule.opens_at, Schedule.id)


async def places_of(db: AsyncSession, rows: Sequence[Row[Any]]) -> list[Place]:
    """Return the places of rows that have the columns of a location, in their order; confidential ones blanked."""
    if not rows:
        return []
    open_ids = {row.location_id for row in rows if not row.confidential}
    all_ids = {row.location_id for row in rows}
    links = [row.service_at_location_id for row in rows if "service_at_location_id" in row._mapping]
    hours = await rows_of(
        db,
        select(*_HOURS)
        .where(or_(Schedule.location_id.in_(all_ids), Schedule.service_at_location_id.in_(links)))
        .order_by(*_IN_ORDER),
    )
    by_link, by_location = grouped(hours, "service_at_location_id"), grouped(hours, "location_id")
    addresses = grouped(
        await rows_of(
            db,
            select(Address.location_id, *SPOT)
            .where(Address.location_id.in_(open_ids))
            .order_by(Address.address_type, Address.id),
        ),
        "location_id",
    )
    access = grouped(
        await rows_of(
            db,
            select(Accessibility.location_id, Accessibility.description, Accessibility.details)
            .where(Accessibility.location_id.in_(all_ids))
            .order_by(Accessibility.id),
        ),
        "location_id",
    )
    languages = await languages_of(db, Language.location_id, all_ids)
    phones = await phones_of(db, Phone.location_id, all_ids)
    link_phones = await phones_of(db, Phone.service_at_location_id, links)
    places = []
    for row in rows:
        link = row._mapping.get("service_at_location_id")
        spots = addresses.get(row.location_id, ())
        hidden = (
            {"name", "description", "latitude", "longitude", "transportation", "centre_of"}
            if row.confidential
            else set()
        )
        told = {
            name: value
            for name, value in row._mapping.items()
            if name in Place.__struct_fields__ and name not in hidden
        }
        if remark := row._mapping.get("remark"):
            told["description"] = (
                remark if not told.get("description") else f"{remark}\n{told['description']}"
            )
        places.append(
            Place(
                **told,
                spot=struct(Spot, spots[0]) if spots else None,
                accessibility=tuple(
                    ": ".join(text for text in (item.description, item.details) if text)
                    for item in access.get(row.location_id, ())
                ),
                languages=languages.get(row.location_id, ()),
                phones=link_phones.get(link, ()) + phones.get(row.location_id, ())
                if link
                else phones.get(row.location_id, ()),
                hours=tuple(
                    struct(Hours, hour)
                    for hour in (by_link.get(link, []) if link else [])
                    or by_location.get(row.location_id, [])
                ),
            )
        )
    return places


async def phones_of(db: AsyncSession, owner: Any, ids: Ids) -> dict[uuid.UUID, tuple[PhoneLine, ...]]:
    """Return telephones by their owner, those for talking first; a telephone without a number is not shown."""
    if not ids:
        return {}
    fax = func.coalesce(Phone.type, "").in_(("fax", "Fax", "FAX"))
    rows = await rows_of(
        db,
        select(owner.label("owner"), *_PHONE)
        .where(owner.in_(ids), Phone.number.is_not(None))
        .order_by(fax, Phone.source_id, Phone.id),
    )
    found: dict[uuid.UUID, tuple[PhoneLine, ...]] = defaultdict(tuple)
    for row in rows:
        found[row.owner] += (struct(PhoneLine, row),)
    return found


async def languages_of(db: AsyncSession, owner: Any, ids: Ids) -> dict[uuid.UUID, tuple[Spoken, ...]]:
    """Return languages by their owner."""
    if not ids:
        return {}
    rows = await rows_of(
        db,
        select(owner.label("owner"), Language.name, Language.code, Language.note)
        .where(owner.in_(ids))
        .order_by(Language.name, Language.id),
    )
    found: dict[uuid.UUID, tuple[Spoken, ...]] = defaultdict(tuple)
    for row in rows:
        found[row.owner] += (struct(Spoken, row),)
    return found
