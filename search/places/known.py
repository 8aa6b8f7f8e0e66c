"""Places that the directory itself knows: the middle of its own listings in a ZIP code or town.

A new suburb, or the county of the demo, is in no gazetteer; where listings say where they are, that is answer
enough. Confidential locations never count.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from math import cos, radians
from typing import Any, NamedTuple

import numpy as np
from sqlalchemy import func, null, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from directory.coordinates import in_united_states
from directory.models import Address, Location, Schedule, ServiceArea, ServiceAtLocation
from directory.shapes import FORMATS
from search.places.gazetteer import Place, Precision, gazetteer
from search.places.tokens import COUNTY, is_zip, named, state_code, state_token, town_key, zip_tokens

QUARTER = 0.35
"""Degrees that the services of a quarter are apart at most: some 20 miles."""


class _Group(NamedTuple):
    """Rows of one ZIP code or town, and the middle of their listings."""

    rows: list[Any]
    label: str
    lat: float
    lon: float
    weight: int


class KnownPlaces:
    """ZIP codes and towns of the directory; empty until given rows (see `load`).

    Only the middles are worked out beforehand: a directory has tens of thousands of towns, few of which are asked for.
    """

    def __init__(
        self, rows: Iterable[Any] = (), time_zone: str | None = None, quarters: Iterable[Any] = ()
    ) -> None:
        """Take the rows of `load`: addresses, the usual time zone, and names of areas that services state."""
        by_zip: dict[str, list[Any]] = defaultdict(list)
        by_town: dict[tuple[str, str], list[Any]] = defaultdict(list)
        by_county: dict[tuple[str, str], list[Any]] = defaultdict(list)
        self._time_zone = time_zone
        for row in rows:
            if not in_united_states(row.lat, row.lon):
                continue
            code, state = (row.postal_code or "")[:5], state_code(row.state_province)
            if len(code) == 5 and code.isascii() and code.isdigit():
                by_zip[code].append(row)
            if row.city:
                by_town[town_key(row.city), state].append(row)
            if county := county_name(row.region):
                by_county[town_key(county), state].append(row)
        self._zips = {code: _group(rows, code) for code, rows in by_zip.items()}
        self._towns: dict[str, dict[str, _Group]] = defaultdict(dict)
        for (key, state), rows in by_town.items():
            label = f"{rows[0].city}, {state}" if state else rows[0].city
            self._towns[key][state] = _group(rows, label)
        self._counties = {
            key: _group(rows, ", ".join(filter(None, [county_name(rows[0].region), key[1]])))
            for key, rows in by_county.items()
        }
        self._quarters: dict[str, dict[str, _Group]] = defaultdict(dict)
        for quarter in quarters:
            state = state_code(quarter.state_province)
            if is_quarter(quarter, state):
                label = f"{quarter.city}, {state}" if state else quarter.city
                self._quarters[town_key(quarter.city)][state] = _group([quarter], label)
        self._points = _points(sorted(self._zips.values(), key=_latitude))
        towns = [group for by_state in self._towns.values() for group in by_state.values()]
        self._all_towns = sorted(towns, key=_latitude)
        self._centres = _points(self._all_towns)
        self._made: dict[tuple[str, Precision], Place] = {}

    def by_zip(self, code: str) -> Place | None:
        """The middle of the listings with this ZIP code."""
        group = self._zips.get(code)
        return self._place(group, "zip") if group else None

    def names_in(self, code: str) -> tuple[str, ...]:
        """The tokens of towns and counties that a tenth or more of the listings in a ZIP code name."""
        group = self._zips.get(code)
        if group is None:
            return ()
        # A listing whose ZIP code is in another state than its town has one of them wrong.
        state = gazetteer().state_of_zip(code)
        here = [row for row in group.rows if state in {"", state_code(row.state_province)}]
        often = [row for row in here if row.number >= group.weight / 10]
        return tuple(word for word in _words(often) if not is_zip(word))

    def towns(self, name: str, state: str | None = None) -> list[Place]:
        """Towns of that name in which there are listings, those with the most listings first."""
        key = town_key(name)
        found = self._quarters.get(key, {}) | self._towns.get(key, {})
        groups = [group for code, group in found.items() if state is None or code in {state, ""}]
        return [self._place(group, "town") for group in _largest_first(groups)]

    def counties(self, name: str, state: str | None = None) -> list[Place]:
        """Counties of that name ("Alder County") in which there are listings, those with the most first."""
        key = town_key(name)
        groups = [
            group for (of, code), group in self._counties.items() if of == key and state in {None, code}
        ]
        return [self._place(group, "county") for group in _largest_first(groups)]

    def towns_near(self, lat: float, lon: float, degrees: float = 0.4, limit: int = 12) -> list[Place]:
        """Towns with listings within about 25 miles of a point, those with the most listings first."""
        found = _near(self._centres, lat, lon, degrees, degrees / cos(radians(lat)))
        near = [self._all_towns[at] for at in found]
        return [self._place(group, "town") for group in _largest_first(near)[:limit]]

    def nearby(self, place: Place, degrees: float = 0.75) -> bool:
        """Whether any ZIP code with listings lies within about 50 miles of a place."""
        return len(_near(self._points, place.lat, place.lon, degrees, degrees)) > 0

    @property
    def home_zone(self) -> str:
        """The time zone of the town with the most listings, "UTC" while none is known."""
        if self._time_zone or not self._all_towns:
            return self._time_zone or "UTC"
        return self._place(max(self._all_towns, key=_weight), "town").time_zone

    def _place(self, group: _Group, precision: Precision) -> Place:
        key = (group.label, precision)
        if key not in self._made:
            zone = self._time_zone or gazetteer().time_zone(group.lat, group.lon)
            words = _words(group.rows)
            self._made[key] = Place(group.lat, group.lon, group.label, precision, zone, words, group.weight)
        return self._made[key]


def _group(rows: list[Any], label: str) -> _Group:
    weight = sum(row.number for row in rows)
    lat = sum(row.lat * row.number for row in rows) / weight
    lon = sum(row.lon * row.number for row in rows) / weight
    return _Group(rows, label, float(lat), float(lon), int(weight))


def _weight(group: _Group) -> int:
    return group.weight


def _latitude(group: _Group) -> float:
    return group.lat


def _near(points: np.ndarray, lat: float, lon: float, up: float, across: float) -> np.ndarray:
    """Which of the points, sorted by latitude, lie within so many degrees of one."""
    first, last = np.searchsorted(points[:, 0], (lat - up, lat + up))
    return np.flatnonzero(np.abs(points[first:last, 1] - lon) < across) + first


def _points(groups: Iterable[_Group]) -> np.ndarray:
    return np.array([(group.lat, group.lon) for group in groups], dtype=float).reshape(-1, 2)


def _largest_first(groups: Iterable[_Group]) -> list[_Group]:
    return sorted(groups, key=lambda group: (-group.weight, group.label))


def _words(rows: list[Any]) -> tuple[str, ...]:
    """The area tokens of a place, as the addresses of its listings tell them."""
    codes = [code for row in rows if (code := (row.postal_code or "")[:5]).isdigit() and len(code) == 5]
    words: list[str] = []
    for row in rows:
        state = state_code(row.state_province)
        for name in filter(None, (row.city, county_name(row.region))):
            words += [named(name, state), named(name)]
        words += [state_token(state)] if state else []
    ranges = [token for code in codes for token in zip_tokens(code)]
    return tuple(dict.fromkeys(filter(None, [*codes, *words, *ranges])))


def is_quarter(row: Any, state: str) -> bool:
    """Whether the name of an area served can stand for a place: a quarter that only the listings know.

    Its services must be near each other, and it must not be the name of a town, county or state, which have a place of
    their own.
    """
    name = row.city.strip()
    if not (2 < len(name) <= 40 and name.replace(" ", "").replace("-", "").replace("'", "").isalpha()):
        return False
    if (
        row.high - row.low > QUARTER
        or row.east - row.west > QUARTER
        or not in_united_states(row.lat, row.lon)
    ):
        return False
    county = name if name.lower().endswith(COUNTY) else f"{name} County"
    known = gazetteer().town_states(name) | gazetteer().county_states(county)
    vague = {"county", "area", "areas", "region", "state", "nationwide", "statewide", "national", "anywhere"}
    return state not in known and not state_code(name) and vague.isdisjoint(name.lower().split())


def county_name(region: str | None) -> str:
    """The county that a `region` column means: "MD Montgomery County" is "Montgomery County"; "" when it is none."""
    text = (region or "").strip()
    first, _, rest = text.partition(" ")
    if len(first) == 2 and first.isupper() and state_code(first) and rest:
        text = rest
    return text if text.lower().endswith(COUNTY) else ""


async def load(db: AsyncSession) -> Callable[[], KnownPlaces]:
    """Read the directory's places in three queries; what is returned folds them, and may do so in a thread."""
    zone = await db.scalar(
        select(Schedule.timezone)
        .where(Schedule.timezone.is_not(None))
        .group_by(Schedule.timezone)
        .order_by(func.count().desc())
        .limit(1)
    )
    rows = await db.execute(
        select(
            Address.postal_code,
            Address.city,
            Address.state_province,
            Address.region,
            func.avg(Location.latitude).label("lat"),
            func.avg(Location.longitude).label("lon"),
            func.count().label("number"),
        )
        .join(Location, Location.id == Address.location_id)
        .where(
            Location.confidential.is_(False),
            Location.latitude.is_not(None),
            Location.longitude.is_not(None),
            # What stands at the centre of its ZIP code tells nothing about where that is.
            Location.centre_of.is_(None),
        )
        .group_by(Address.postal_code, Address.city, Address.state_province, Address.region)
    )
    quarters = await db.execute(
        select(
            ServiceArea.name.label("city"),
            Address.state_province,
            null().label("postal_code"),
            null().label("region"),
            func.avg(Location.latitude).label("lat"),
            func.avg(Location.longitude).label("lon"),
            func.min(Location.latitude).label("low"),
            func.max(Location.latitude).label("high"),
            func.min(Location.longitude).label("west"),
            func.max(Location.longitude).label("east"),
            func.count().label("number"),
        )
        .join(ServiceAtLocation, ServiceAtLocation.service_id == ServiceArea.service_id)
        .join(Location, Location.id == ServiceAtLocation.location_id)
        .join(Address, Address.location_id == Location.id)
        .where(
            ServiceArea.name.is_not(None),
            Location.confidential.is_(False),
            Location.latitude.is_not(None),
            Location.longitude.is_not(None),
            Location.centre_of.is_(None),
        )
        .group_by(ServiceArea.name, Address.state_province)
    )
    found, named_areas = rows.all(), quarters.all()
    return lambda: KnownPlaces(found, zone, named_areas)


async def load_extents(db: AsyncSession) -> list[tuple[str, str | None]]:
    """Every different shape of an area served: (extent, extent type). Words are left out by how they begin."""
    shaped = or_(
        func.lower(ServiceArea.extent_type).in_(FORMATS),
        ServiceArea.extent.like("{%"),
        ServiceArea.extent.like("<%"),
    )
    rows = await db.execute(select(ServiceArea.extent, ServiceArea.extent_type).where(shaped).distinct())
    return [(extent, extent_type) for extent, extent_type in rows if extent]
