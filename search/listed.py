"""The services of one page of hits as their rows stand now, read in one go: what the JSON search tells of each.

The index decides what is found, the database what is shown: a service that was withdrawn, or a location that was made
confidential, a moment ago is left out or tells nothing, whatever an index still holds.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import or_, select

from core.reading import Ask, Prepared, Reader, one_of
from directory.models import PUBLIC_STATUSES, Location, Organization, Schedule, Service, ServiceAtLocation
from directory.needs import NEEDS
from directory.opening import OpenState
from search.engines import Hit
from search.forms import PER_PAGE
from search.hours import Clocks, clocks, until
from search.models import ServiceNeed
from search.rows import SCHEDULE_COLUMNS, Terms, by_owner, hours_of


class Listed(msgspec.Struct):
    """One service found, as its rows stand now.

    `opening` does not tell when it opens next; `needs` are the codes it is tagged with, in the catalog's order.
    """

    hit: Hit
    service_id: UUID
    location_id: UUID | None
    name: str
    organization: str | None
    verified_on: date | None
    lat: float | None
    lon: float | None
    time_zone: str
    opening: OpenState
    needs: tuple[str, ...] = ()
    centre_of: str | None = None
    """What its position is only the centre of ("94103"), where it was found by the address."""


_SERVICES = Prepared(
    select(Service.id, Service.name, Service.assured_date, Organization.name.label("organization"))
    .outerjoin(Organization, Organization.id == Service.organization_id)
    .where(Service.id.in_(one_of("services", PER_PAGE)), Service.status.in_(PUBLIC_STATUSES))
)
_PLACES = Prepared(
    select(
        ServiceAtLocation.id,
        ServiceAtLocation.service_id,
        ServiceAtLocation.location_id,
        Location.latitude,
        Location.longitude,
        Location.confidential,
        Location.centre_of.label("centre_of"),
    )
    .join(Location, Location.id == ServiceAtLocation.location_id)
    .where(
        ServiceAtLocation.service_id.in_(one_of("services", PER_PAGE)),
        ServiceAtLocation.location_id.in_(one_of("locations", PER_PAGE)),
    )
)
_SCHEDULES = Prepared(
    select(*SCHEDULE_COLUMNS).where(
        or_(
            Schedule.service_id.in_(one_of("services", PER_PAGE)),
            Schedule.location_id.in_(one_of("locations", PER_PAGE)),
            Schedule.service_at_location_id.in_(one_of("places", PER_PAGE)),
        )
    )
)
_NEEDS = Prepared(
    select(ServiceNeed.service_id, ServiceNeed.need).where(
        ServiceNeed.service_id.in_(one_of("services", PER_PAGE)), ServiceNeed.denied.is_(False)
    )
)


async def read(reader: Reader, hits: Sequence[Hit], moment: datetime, *, needs: bool = True) -> list[Listed]:
    """Read what stands behind at most a page of hits, in their order, with whether it is open at `moment`.

    Without `needs` nobody asks for those. A service the public is no longer shown is left out.
    """
    if not hits:
        return []
    return await reader.read(lambda ask: _read(ask, hits, moment, needs))


def _read(ask: Ask, hits: Sequence[Hit], moment: datetime, needs: bool) -> list[Listed]:
    ids = [UUID(hit.service_id) for hit in hits]
    services = {row.id: row for row in ask(_SERVICES, services=ids)}
    locations = list({UUID(hit.location_id) for hit in hits if hit.location_id})
    found = ask(_PLACES, services=ids, locations=locations) if locations else []
    wanted = {(UUID(hit.service_id), UUID(hit.location_id)) for hit in hits if hit.location_id}
    places = {key: row for row in found if (key := (row.service_id, row.location_id)) in wanted}
    rows = ask(
        _SCHEDULES, services=ids, locations=locations, places=list({row.id for row in places.values()})
    )
    schedules = by_owner(rows, "service_at_location_id", "service_id", "location_id")
    tagged = by_owner(ask(_NEEDS, services=ids) if needs else (), "service_id")
    listed: list[Listed] = []
    for id_, hit in zip(ids, hits, strict=True):
        service = services.get(id_)
        place = places.get((id_, UUID(hit.location_id))) if hit.location_id else None
        if service is None or (hit.location_id and place is None):
            continue
        one = _listed(hit, service, place, hours_of(schedules, id_, place), moment)
        codes = {row.need for row in tagged.get(id_, ())}
        one.needs = tuple(code for code in NEEDS if code in codes) if codes else ()
        listed.append(one)
    return listed


def _listed(hit: Hit, service: Any, place: Any, hours: list[Any], moment: datetime) -> Listed:
    mapped = place if place is not None and not place.confidential and place.latitude is not None else None
    known = clocks(hours, mapped) if hours else Clocks("", "")
    return Listed(
        hit=hit,
        service_id=service.id,
        location_id=place.location_id if place is not None else None,
        name=service.name,
        organization=service.organization,
        verified_on=service.assured_date,
        lat=mapped.latitude if mapped is not None else None,
        lon=mapped.longitude if mapped is not None else None,
        time_zone=known.zone or "UTC",
        opening=until(known, Terms.of(hours), moment),
        centre_of=mapped.centre_of if mapped is not None else None,
    )
