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
from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from directory.models import Address, Location, Schedule, ServiceArea
from search.places.gazetteer import Place, Precision, gazetteer
from search.places.shapes import FORMATS
from search.places.states import in_united_states
from search.places.tokens import COUNTY, named, state_code, state_token, town_key, zip_tokens


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

    def __init__(self, rows: Iterable[Any] = (), time_zone: str | None = None) -> None:
        by_zip: dict[str, list[Any]] = defaultdict(list)
        by_town: dict[tuple[str, str], list[Any]] = defaultdict(list)
        self._time_zone = time_zone
        for row in rows:
            if not in_united_states(row.lat, row.lon):
                continue
            code, state = (row.postal_code or "")[:5], state_code(row.state_province)
            if len(code) == 5 and code.isascii() and code.isdigit():
                by_zip[code].append(row)
            if row.city:
                by_town[town_key(row.city), state].append(row)
        self._zips = {code: _group(rows, code) for code, rows in by_zip.items()}
        self._towns: dict[str, dict[str, _Group]] = defaultdict(dict)
        for (key, state), rows in by_town.items():
            label = f"{rows[0].city}, {state}" if state else rows[0].city
            self._towns[key][state] = _group(rows, label)
        self._points = _points(sorted(self._zips.values(), key=_latitude))
        towns = [group for by_state in self._towns.values() for group in by_state.values()]
        self._all_towns = sorted(towns, key=_latitude)
        self._centres = _points(self._all_towns)
        self._made: dict[tuple[str, Precision], Place] = {}

    def by_zip(self, code: str) -> Place | None:
        """The middle of the listings with this ZIP code."""
        group = self._zips.get(code)
        return self._place(group, "zip") if group else None

    def towns(self, name: str, state: str | None = None) -> list[Place]:
        """Towns of that name in which there are listings, those with the most listings first."""
        found = self._towns.get(town_key(name), {})
        groups = [group for code, group in found.items() if state is None or code in {state, ""}]
        return [self._place(group, "town") for group in _largest_first(groups)]

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


def county_name(region: str | None) -> str:
    """The county that a `region` column means: "MD Montgomery County" is "Montgomery County"; "" when it is none."""
    text = (region or "").strip()
    first, _, rest = text.partition(" ")
    if len(first) == 2 and first.isupper() and state_code(first) and rest:
        text = rest
    return text if text.lower().endswith(COUNTY) else ""


async def load(db: AsyncSession) -> Callable[[], KnownPlaces]:
    """Read the directory's places in two queries; what is returned folds them, and may do so in a thread."""
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
    found = rows.all()
    return lambda: KnownPlaces(found, zone)


async def load_extents(db: AsyncSession) -> list[tuple[str, str | None]]:
    """Every different shape of an area served: (extent, extent type). Words are left out by how they begin."""
    shaped = or_(
        func.lower(ServiceArea.extent_type).in_(FORMATS),
        ServiceArea.extent.like("{%"),
        ServiceArea.extent.like("<%"),
    )
    rows = await db.execute(select(ServiceArea.extent, ServiceArea.extent_type).where(shaped).distinct())
    return [(extent, extent_type) for extent, extent_type in rows if extent]
