"""Places that the directory itself knows: the middle of its own listings in a ZIP code or town.

A new suburb, or the county of the demo, is in no gazetteer; where listings say where they are, that is answer
enough. Confidential locations never count.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from math import cos, radians
from typing import Any

import numpy as np
from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from directory.models import Address, Location, Schedule, ServiceArea
from search.places.gazetteer import Place, gazetteer
from search.places.shapes import FORMATS
from search.places.states import STATE_CODES, in_united_states
from search.places.tokens import COUNTY, named, state_code, state_token, town_key, zip_tokens


class KnownPlaces:
    """ZIP codes and towns of the directory; empty until given rows (see `load`)."""

    def __init__(self, rows: Iterable[Any] = (), time_zone: str | None = None) -> None:
        by_zip: dict[str, list[Any]] = defaultdict(list)
        by_town: dict[tuple[str, str], list[Any]] = defaultdict(list)
        self._time_zone = time_zone
        for row in rows:
            if not in_united_states(row.lat, row.lon):
                continue
            code, state = (row.postal_code or "")[:5], STATE_CODES.get((row.state_province or "").lower(), "")
            if len(code) == 5 and code.isascii() and code.isdigit():
                by_zip[code].append(row)
            if row.city:
                by_town[town_key(row.city), state].append(row)
        self._zips = {code: self._place(rows, code, "zip") for code, rows in by_zip.items()}
        self._towns: dict[str, dict[str, Place]] = defaultdict(dict)
        for (key, state), rows in by_town.items():
            label = f"{rows[0].city}, {state}" if state else rows[0].city
            self._towns[key][state] = self._place(rows, label, "town")
        self._points = np.array([(p.lat, p.lon) for p in self._zips.values()], dtype=float).reshape(-1, 2)
        self._all_towns = [place for by_state in self._towns.values() for place in by_state.values()]
        self._centres = np.array([(p.lat, p.lon) for p in self._all_towns], dtype=float).reshape(-1, 2)

    def by_zip(self, code: str) -> Place | None:
        """The middle of the listings with this ZIP code."""
        return self._zips.get(code)

    def towns(self, name: str, state: str | None = None) -> list[Place]:
        """Towns of that name in which there are listings, those with the most listings first."""
        found = self._towns.get(town_key(name), {})
        places = [place for code, place in found.items() if state is None or code in {state, ""}]
        return sorted(places, key=lambda place: (-place.weight, place.label))

    def towns_near(self, lat: float, lon: float, degrees: float = 0.4, limit: int = 12) -> list[Place]:
        """Towns with listings within about 25 miles of a point, those with the most listings first."""
        if not len(self._centres):
            return []
        away = np.abs(self._centres - (lat, lon)) * (1, cos(radians(lat)))
        near = [self._all_towns[at] for at in np.flatnonzero((away < degrees).all(axis=1))]
        return sorted(near, key=lambda place: (-place.weight, place.label))[:limit]

    def nearby(self, place: Place, degrees: float = 0.75) -> bool:
        """Whether any ZIP code with listings lies within about 50 miles of a place."""
        if not len(self._points):
            return False
        away = np.abs(self._points - (place.lat, place.lon))
        return bool((away.max(axis=1) < degrees).any())

    def _place(self, rows: list[Any], label: str, precision: Any) -> Place:
        weights = np.array([row.number for row in rows], dtype=float)
        lat = float(np.average([row.lat for row in rows], weights=weights))
        lon = float(np.average([row.lon for row in rows], weights=weights))
        zone = self._time_zone if self._time_zone else gazetteer().time_zone(lat, lon)
        return Place(lat, lon, label, precision, zone, _words(rows), int(weights.sum()))


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
