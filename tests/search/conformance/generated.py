"""Listings and searches drawn at random: few words, few places, every kind of gap, so that all of them collide."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID, uuid5

import msgspec
from hypothesis import strategies as st

from core.database import Database
from directory.models import (
    Accessibility,
    Address,
    Attribute,
    Language,
    Location,
    Organization,
    Schedule,
    Service,
    ServiceArea,
    ServiceAtLocation,
)
from search.engines import Query
from search.models import EDITOR, ServiceNeed
from tests.search.conformance.corpora import MOMENT
from tests.search.engine_support import CENTRE

WORDS = ("bread", "soup", "beds", "roof", "bus", "class", "Niño", "quiltmaking", "pantry", "O'Hara")
TYPED = (
    *WORDS,
    "sopu",
    "quiltmakign",
    "brea",
    "zzzz",
    "classes",
    "nino",
    "shelter",
    "comida",
    "ride to dialysis",
)
NEEDS = ("food-insecurity", "homelessness", "transportation-insecurity")
CITIES = ("Alder Falls", "Millbrook", None)
CODES = ("69812", "69813")
AREAS = ("Nationwide", "Alder Falls", "69813", "Somewhere else")

_NAMESPACE = UUID("4d7a7a52-3f0f-4a51-9a7b-0f7f5b6a1c20")


class Spot(msgspec.Struct, frozen=True):
    """A place, with or without a position, possibly one that nobody may be told."""

    north: float | None
    east: float
    city: str | None
    code: str
    confidential: bool
    accessible: bool | None


class Hours(msgspec.Struct, frozen=True):
    """Open on these days from minute to minute; past midnight when it ends before it begins."""

    days: str
    opens: int
    closes: int
    zone: str | None


class Closed(msgspec.Struct, frozen=True):
    """A day away from the day of `MOMENT` on which other hours hold, or none."""

    day: int
    opens: int | None


class Listing(msgspec.Struct, frozen=True):
    """One service with everything that a search may ask of it."""

    name: str
    alternate_name: str
    description: str
    organization: int
    status: str
    fees: str | None
    ages: tuple[int | None, int | None]
    languages: tuple[str, ...]
    needs: tuple[tuple[str, bool], ...]
    eligibility: str | None
    hours: tuple[Hours, ...]
    closed: tuple[Closed, ...]
    areas: tuple[str, ...]
    spots: tuple[Spot, ...]
    updated_days: int
    verified: date | None


def _some(values: tuple[str, ...], most: int) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(values), max_size=most, unique=True).map(tuple)


def _text(least: int, most: int) -> st.SearchStrategy[str]:
    return st.lists(st.sampled_from(WORDS), min_size=least, max_size=most).map(" ".join)


_MINUTES = st.sampled_from((0, 9 * 60, 12 * 60, 12 * 60 + 1, 17 * 60 + 30, 23 * 60 + 59))
_SPOTS = st.builds(
    Spot,
    north=st.one_of(st.integers(-40, 40).map(lambda step: step / 100), st.none()),
    east=st.integers(-40, 40).map(lambda step: step / 100),
    city=st.sampled_from(CITIES),
    code=st.sampled_from(CODES),
    confidential=st.sampled_from((False, False, False, True)),
    accessible=st.sampled_from((None, True, False)),
)
_HOURS = st.builds(
    Hours,
    days=st.sampled_from(("MO,TU,WE,TH,FR", "WE", "SA,SU", "TU,SU")),
    opens=_MINUTES,
    closes=_MINUTES,
    zone=st.sampled_from(("America/Chicago", "America/Los_Angeles", None)),
)
LISTINGS = st.lists(
    st.builds(
        Listing,
        name=_text(1, 3),
        alternate_name=_text(0, 1),
        description=_text(0, 4),
        organization=st.integers(0, 2),
        status=st.sampled_from(("active", "active", "active", "temporarily closed", "defunct")),
        fees=st.sampled_from((None, "Free", "$5 each")),
        ages=st.tuples(st.sampled_from((None, 18, 60)), st.sampled_from((None, 17, 24))),
        languages=_some(("en", "es", "so"), 2),
        needs=st.lists(
            st.tuples(st.sampled_from(NEEDS), st.booleans()), max_size=2, unique_by=lambda one: one[0]
        ).map(tuple),
        eligibility=st.sampled_from((None, "Veterans", "Youth")),
        hours=st.lists(_HOURS, max_size=2).map(tuple),
        closed=st.lists(
            st.builds(Closed, st.integers(-1, 6), st.sampled_from((None, 15 * 60))), max_size=1
        ).map(tuple),
        areas=_some(AREAS, 2),
        spots=st.lists(_SPOTS, max_size=3).map(tuple),
        updated_days=st.integers(0, 3),
        verified=st.sampled_from((None, date(2025, 11, 1), date(2026, 10, 1))),
    ),
    min_size=4,
    max_size=14,
)
"""A few services, each at none to three places."""


def queries(open_at: st.SearchStrategy[datetime | None]) -> st.SearchStrategy[Query]:
    """Any combination of words, place, filters and order."""
    words = st.lists(st.sampled_from(TYPED), max_size=3).map(" ".join)
    place = st.sampled_from((None, None, 5_000.0, 16_093.44, 40_000.0, 30_000_000.0))

    def build(near: bool, radius_m: float | None, **more: object) -> Query:
        around = {"lat": CENTRE[0], "lon": CENTRE[1], "radius_m": radius_m} if near else {}
        return Query(**around, **more)  # type: ignore[arg-type]

    return st.builds(
        build,
        near=st.booleans(),
        radius_m=place,
        text=st.one_of(st.just(""), words),
        area_words=_some(("69813", "Alder Falls"), 2),
        needs=_some((*NEEDS, "food"), 2),
        languages=_some(("es", "so"), 1),
        open_at=open_at,
        free=st.sampled_from((None, None, True, False)),
        cities=_some(("alder falls", "Millbrook"), 2),
        accessible=st.sampled_from((None, None, True)),
        age=st.sampled_from((None, None, 17.0, 18.0, 70.0)),
        eligibility=_some(("veterans",), 1),
        sort=st.sampled_from(("best", "distance", "name", "updated")),
        offset=st.integers(0, 2),
        limit=st.sampled_from((0, 3, 50)),
    )


MOMENTS = st.integers(-20 * 24 * 60, 10 * 24 * 60).map(lambda minutes: MOMENT + timedelta(minutes=minutes))
"""Moments around `MOMENT`; among them the night in which the clocks are set back."""


async def write(database: Database, listings: list[Listing]) -> None:
    """Write listings as an editor or an import would have left them."""
    async with database.transaction() as db:
        for number in range(3):
            name, alternate = (("Alder Neighbors", "O'Hara House"), ("Soup Circle", None), ("Quiet", None))[
                number
            ]
            db.add(Organization(id=_id("organization", number), name=name, alternate_name=alternate))
        await db.flush()
        for number, listing in enumerate(listings):
            await _write_one(db, number, listing)


def service_id(number: int) -> UUID:
    """The id of the listing that stands at this place of the list that was written."""
    return _id("service", number)


async def _write_one(db: object, number: int, listing: Listing) -> None:
    id_ = service_id(number)
    rows: list[object] = [
        Service(
            id=id_,
            organization_id=_id("organization", listing.organization),
            name=listing.name,
            alternate_name=listing.alternate_name or None,
            description=listing.description or None,
            status=listing.status,
            fees_description=listing.fees,
            minimum_age=listing.ages[0],
            maximum_age=listing.ages[1],
            last_modified=datetime(2026, 6, 1, tzinfo=UTC) + timedelta(days=listing.updated_days),
            assured_date=listing.verified,
        )
    ]
    later: list[object] = [Language(service_id=id_, code=code) for code in listing.languages]
    later += [
        ServiceNeed(service_id=id_, need=need, origin=EDITOR, denied=denied, evidence=[])
        for need, denied in listing.needs
    ]
    later += [ServiceArea(service_id=id_, name=name) for name in listing.areas]
    if listing.eligibility:
        later.append(
            Attribute(link_id=id_, link_entity="service", link_type="eligibility", value=listing.eligibility)
        )
    later += [
        Schedule(
            service_id=id_,
            freq="WEEKLY",
            byday=hours.days,
            opens_at=_time(hours.opens),
            closes_at=_time(hours.closes),
            timezone=hours.zone,
        )
        for hours in listing.hours
    ]
    for one in listing.closed:
        day = MOMENT.date() + timedelta(days=one.day)
        later.append(
            Schedule(
                service_id=id_,
                valid_from=day,
                valid_to=day,
                opens_at=None if one.opens is None else _time(one.opens),
                closes_at=None if one.opens is None else _time(one.opens + 90),
                description="Closed" if one.opens is None else None,
            )
        )
    for at, spot in enumerate(listing.spots):
        location_id = _id("location", number, at)
        placed = spot.north is not None
        rows.append(
            Location(
                id=location_id,
                name="Hall",
                latitude=CENTRE[0] + spot.north if spot.north is not None else None,
                longitude=CENTRE[1] + spot.east if placed else None,
                confidential=spot.confidential,
            )
        )
        later += [
            Address(location_id=location_id, city=spot.city, state_province="NE", postal_code=spot.code),
            ServiceAtLocation(id=_id("at", number, at), service_id=id_, location_id=location_id),
        ]
        if spot.accessible is not None:
            said = "Wheelchair accessible" if spot.accessible else "Not wheelchair accessible"
            later.append(Accessibility(location_id=location_id, description=said))
    for part in (rows, later):
        db.add_all(part)  # type: ignore[attr-defined]
        await db.flush()  # type: ignore[attr-defined]


def _time(minute: int) -> time:
    return time(minute // 60, minute % 60)


def _id(*parts: object) -> UUID:
    return uuid5(_NAMESPACE, " ".join(map(str, parts)))
