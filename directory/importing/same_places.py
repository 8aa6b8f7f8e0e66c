"""Finds what the locations of a package are to each other, before its rows are handed on.

Some systems write a location anew for each service that is there; those are one place. And some packages name a head
office a thousand miles away beside the places where people are helped; that is told, and nothing is done about it.
"""

import math
import re
from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from statistics import median
from typing import Protocol

from directory.importing.addresses import STATE_NAMES, STATES
from directory.importing.files import File
from directory.importing.rows import Lines, read_rows
from directory.text import normal, normal_address

FAR_MILES = 300.0
FAR_AWAY = "far from all others: may be a head office"
_FEWEST = 10
"""With fewer located places than this none can be said to be far from the others."""

_MOST_FAR = 0.05
"""Where more of the places than this are far, the package is about no one region."""

_MILES_PER_DEGREE = 69.09

Cells = dict[str, str]


class Sheet(Protocol):
    """A file of the package, and what kind of rows it holds."""

    file: File
    table: str
    kind: str


class Places:
    """Which locations of a package are one place, and which are far from all others.

    `stays` names for each location that is merged the one that stays; `merged` holds, by the id of that, what the
    others say differently, their ids first; `far` gives the miles from the middle of all.
    """

    def __init__(self, sheets: Iterable[Sheet]) -> None:
        self._sheets = list(sheets)
        self.stays: dict[str, str] = {}
        self.merged: dict[str, list[Cells]] = defaultdict(list)
        self.far: dict[str, float] = {}
        if not any(sheet.table == "location" for sheet in self._sheets):
            return
        seen: set[int] = set()  # hashes alone: there may be a million places
        twice: set[int] = set()
        ids: list[str] = []
        points = (array("d"), array("d"))
        for row in self._rows("location"):
            identity = row.get("id", "")
            if identity and row.get("name"):
                likeness = hash(_likeness(row))
                (twice if likeness in seen else seen).add(likeness)
            if point := _point(row):
                ids.append(identity)
                points[0].append(point[0])
                points[1].append(point[1])
        if twice:
            self._merge(twice)
        self._look_far(ids, points)

    def _rows(self, *tables: str) -> Iterator[Cells]:
        for sheet in self._sheets:
            if sheet.table in tables and sheet.kind != "postal_address":
                names: dict[str, str] = {}
                for row in read_rows(Lines(sheet.file)):
                    for name in row.values.keys() - names.keys():
                        names[name] = name.strip().lower()
                    yield {names[name]: cell.strip() for name, cell in row.values.items() if cell}

    def _merge(self, likenesses: set[int]) -> None:
        rows = {
            row["id"]: row
            for row in self._rows("location")
            if row.get("id") and row.get("name") and hash(_likeness(row)) in likenesses
        }
        addresses: dict[str, list[str]] = defaultdict(list)
        for row in self._rows("address"):
            if row.get("location_id") in rows and (address := _address(row)):
                addresses[row["location_id"]].append(address)
        owners = self._owners({key for key, row in rows.items() if not row.get("organization_id")})
        first: dict[tuple[object, ...], str] = {}
        for identity, row in rows.items():
            owner = row.get("organization_id") or owners.get(identity, "")
            where = tuple(sorted(set(addresses[identity])))
            if not owner or not (where or _point(row)):
                continue  # nothing tells that it is the same place, or the same people's
            stays = first.setdefault((_likeness(row), owner, where), identity)
            if stays != identity:
                self.stays[identity] = stays
                other = rows[stays]
                self.merged[stays].append(
                    {"id": identity}
                    | {name: text for name, text in row.items() if text and text != other.get(name)}
                )

    def _owners(self, locations: set[str]) -> dict[str, str]:
        """Return the organizations of locations that do not name one, by the services that are there."""
        if not locations:
            return {}
        services = self._services_at(locations)
        wanted = set().union(*services.values())
        of = {
            row["id"]: row.get("organization_id", "")
            for row in self._rows("service")
            if row.get("id") in wanted
        }
        found = {key: {of.get(service, "") for service in some} for key, some in services.items()}
        return {key: next(iter(some)) for key, some in found.items() if len(some) == 1}

    def _services_at(self, locations: Iterable[str]) -> dict[str, set[str]]:
        services: dict[str, set[str]] = {location: set() for location in locations}
        for row in self._rows("service_at_location"):
            if row.get("location_id", "") in services and row.get("service_id"):
                services[row["location_id"]].add(row["service_id"])
        return services

    def _look_far(self, ids: list[str], points: "tuple[array[float], array[float]]") -> None:
        middle = middle_of(points)
        if middle is None:
            return
        far = {
            identity: miles
            for identity, lat, lon in zip(ids, *points, strict=True)
            if (miles := miles_between(middle, (lat, lon))) > FAR_MILES
        }
        states: dict[str, str] = {}
        everywhere: Counter[str] = Counter()
        for row in self._rows("address"):
            state = row.get("state_province", "").upper()
            everywhere[state] += 1
            if row.get("location_id") in far:
                states[row["location_id"]] = state
        served = self._states_served(far)
        usual = everywhere.most_common(1)[0][0] if everywhere else ""
        self.far = {
            identity: miles
            for identity, miles in far.items()
            if not states.get(identity) or states[identity] not in (served[identity] or {usual})
        }

    def _states_served(self, locations: Iterable[str]) -> dict[str, set[str]]:
        services = self._services_at(locations)
        areas: dict[str, set[str]] = {service: set() for some in services.values() for service in some}
        for row in self._rows("service_area"):
            if row.get("service_id", "") in areas:
                areas[row["service_id"]] |= states_in(f"{row.get('name', '')} {row.get('service_area', '')}")
        return {key: set().union(*(areas[service] for service in some)) for key, some in services.items()}


def middle_of(points: "tuple[array[float], array[float]]") -> tuple[float, float] | None:
    """Return the middle of some places if most are near it and some are not, or None."""
    if len(points[0]) < _FEWEST:
        return None
    middle = median(points[0]), median(points[1])
    far = sum(miles_between(middle, point) > FAR_MILES for point in zip(*points, strict=True))
    return middle if 0 < far <= _MOST_FAR * len(points[0]) else None


def states_in(text: str) -> set[str]:
    """Return the states that a text names, in full or by their two capital letters."""
    lowered = text.lower()
    named = {code for name, code in STATE_NAMES.items() if re.search(rf"\b{name}\b", lowered)}
    return named | (set(re.findall(r"\b[A-Z]{2}\b", text)) & STATES)


def miles_between(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Return about how far two places are from each other, both as latitude and longitude."""
    north = one[0] - other[0]
    east = (one[1] - other[1]) * math.cos(math.radians((one[0] + other[0]) / 2))
    return math.hypot(north, east) * _MILES_PER_DEGREE


def _likeness(row: Cells) -> tuple[str, ...]:
    """Return what locations have in common that are one place: organization, name and coordinates."""
    return (
        row.get("organization_id", ""), normal(row.get("name")), row.get("latitude", ""), row.get("longitude", ""),
    )  # fmt: skip


def _point(row: Cells) -> tuple[float, float] | None:
    try:
        lat, lon = float(row.get("latitude", "")), float(row.get("longitude", ""))
    except ValueError:
        return None
    return (lat, lon) if abs(lat) <= 90 and abs(lon) <= 180 and (lat or lon) else None


def _address(row: Cells) -> str:
    street = normal_address(f"{row.get('address_1', '')} {row.get('address_2', '')}")
    town = row.get("postal_code", "")[:5] or normal(row.get("city"))
    return f"{street}|{town}" if street and town else ""
