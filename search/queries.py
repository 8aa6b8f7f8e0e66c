"""Finding services: from what a person wishes to services that the database shows, in the engine's order."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import Row, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from core import clock
from core.display import METRES_PER_MILE
from directory.models import PUBLIC_STATUSES, Location, Organization, Schedule, Service, ServiceAtLocation
from directory.needs import NEEDS
from directory.opening import OpenState
from search.documents import time_zone
from search.engines import Answer, Hit, Query
from search.forms import MAX_PAGE, PER_PAGE, SearchForm
from search.hours import state
from search.models import ServiceNeed
from search.places import Ambiguous, Place
from search.rows import SCHEDULE_COLUMNS, Rows, Terms, by_owner, hours_of
from search.state import Search


class Listed(msgspec.Struct):
    """One service found, as its rows stand now."""

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


class Found(msgspec.Struct, kw_only=True):
    """The answer to a search, ready to be shown.

    `near_problem` says why the place was not understood: "unknown", or "ambiguous" with the `choices`; then nothing
    was searched for.
    """

    form: SearchForm
    place: Place | None = None
    choices: tuple[Place, ...] = ()
    near_problem: str | None = None
    answer: Answer

    @property
    def total(self) -> int:
        """How many services fit."""
        return self.answer.total

    @property
    def pages(self) -> int:
        """How many pages they fill."""
        return -(-self.answer.total // PER_PAGE)


_NOTHING = Answer(hits=[], total=0)


async def find(search: Search, form: SearchForm) -> Found:
    """Answer a search: find its place, ask the engine. What the hits stand for is read by `read` or `cards`."""
    place: Place | None = None
    if form.near:
        said = await search.places.find(form.near)
        if isinstance(said, Ambiguous):
            return Found(form=form, near_problem="ambiguous", choices=said.choices, answer=_NOTHING)
        if said is None:
            return Found(form=form, near_problem="unknown", answer=_NOTHING)
        place = said
    answer = await search.ask(query_of(form, place))
    return Found(form=form, place=place, answer=answer)


async def count(search: Search, form: SearchForm, place: Place | None) -> int:
    """How many services a search would find."""
    query = msgspec.structs.replace(query_of(form, place), limit=1, offset=0, want_facets=False)
    return (await search.ask(query)).total


def query_of(form: SearchForm, place: Place | None) -> Query:
    """What the engine is asked: fields of needs opened into what listings are tagged with, miles into metres."""
    sort = form.sort if place is not None or form.sort != "distance" else "best"
    # Beyond the last page there is nothing; an offset that no engine can count to is the same nothing.
    page = min(form.page, MAX_PAGE)
    return Query(
        text=form.q,
        lat=place.lat if place else None,
        lon=place.lon if place else None,
        radius_m=form.miles * METRES_PER_MILE if place else None,
        area_words=place.area_words if place else (),
        needs=tuple(dict.fromkeys(form.need)),
        languages=tuple(code.lower() for code in form.language),
        open_at=open_at(form, place) if form.open_now or form.open_at else None,
        free=True if form.free else None,
        cities=form.city,
        accessible=True if form.accessible else None,
        age=form.age,
        eligibility=tuple(word.lower() for word in form.eligibility),
        sort=sort,
        offset=(page - 1) * PER_PAGE,
        limit=PER_PAGE,
    )


def open_at(form: SearchForm, place: Place | None) -> datetime:
    """The moment that "open" is asked for: the one given, read as a clock at the place shows it, or the present."""
    if form.open_at is None:
        return clock.now()
    if form.open_at.tzinfo is not None:
        return form.open_at.astimezone(UTC)
    return form.open_at.replace(tzinfo=ZoneInfo(place.time_zone if place else "UTC")).astimezone(UTC)


async def read(db: AsyncSession, found: Found) -> list[Listed]:
    """Read the rows behind one page in three queries; a service the public is no longer shown is left out."""
    hits, moment = found.answer.hits, open_at(found.form, found.place)
    if not hits:
        return []
    ids = [UUID(hit.service_id) for hit in hits]
    services = {
        row.id: row
        for row in await db.execute(
            select(
                Service.id,
                Service.name,
                Service.assured_date,
                Organization.name.label("organization"),
            )
            .outerjoin(Organization, Organization.id == Service.organization_id)
            .where(Service.id.in_(ids), Service.status.in_(PUBLIC_STATUSES))
        )
    }
    places = {(row.service_id, row.location_id): row for row in await _places(db, hits)}
    schedules = await _schedules(db, ids, list(places.values()))
    listed: list[Listed] = []
    for hit in hits:
        service = services.get(UUID(hit.service_id))
        place = places.get((UUID(hit.service_id), UUID(hit.location_id))) if hit.location_id else None
        if service is None or (hit.location_id and place is None):
            continue
        hours = hours_of(schedules, service.id, place)
        open_place = place if place is not None and not place.confidential else None
        mapped = open_place if open_place is not None and open_place.latitude is not None else None
        zone = (time_zone(hours, "", mapped) if hours else "") or "UTC"
        listed.append(
            Listed(
                hit=hit,
                service_id=service.id,
                location_id=place.location_id if place is not None else None,
                name=service.name,
                organization=service.organization,
                verified_on=service.assured_date,
                lat=mapped.latitude if mapped is not None else None,
                lon=mapped.longitude if mapped is not None else None,
                time_zone=zone,
                opening=state(zone, Terms.of(hours), moment),
            )
        )
    return listed


async def needs_of(db: AsyncSession, ids: Sequence[UUID]) -> dict[UUID, tuple[str, ...]]:
    """Codes of the needs that services are tagged with, in the order of the catalog."""
    rows = (
        await db.execute(
            select(ServiceNeed.service_id, ServiceNeed.need).where(
                ServiceNeed.service_id.in_(ids), ServiceNeed.denied.is_(False)
            )
        )
    ).all()
    tagged = {(row.service_id, row.need) for row in rows}
    return {id_: tuple(code for code in NEEDS if (id_, code) in tagged) for id_ in ids}


async def _places(db: AsyncSession, hits: Sequence[Hit]) -> list[Any]:
    """The services at locations that were hit, with the position of the location."""
    location_ids = [UUID(hit.location_id) for hit in hits if hit.location_id]
    if not location_ids:
        return []
    query = (
        select(
            ServiceAtLocation.id,
            ServiceAtLocation.service_id,
            ServiceAtLocation.location_id,
            Location.latitude,
            Location.longitude,
            Location.confidential,
        )
        .join(Location, Location.id == ServiceAtLocation.location_id)
        .where(
            ServiceAtLocation.service_id.in_([UUID(hit.service_id) for hit in hits]),
            ServiceAtLocation.location_id.in_(location_ids),
        )
    )
    return list((await db.execute(query)).all())


async def _schedules(db: AsyncSession, ids: Sequence[UUID], places: Sequence[Row[Any]]) -> Rows:
    """Hours by the service, the location or the service at the location that they belong to."""
    query = select(*SCHEDULE_COLUMNS).where(
        or_(
            Schedule.service_id.in_(ids),
            Schedule.location_id.in_([place.location_id for place in places]),
            Schedule.service_at_location_id.in_([place.id for place in places]),
        )
    )
    return by_owner((await db.execute(query)).all(), "service_at_location_id", "service_id", "location_id")
