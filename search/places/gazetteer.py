"""ZIP codes, towns and counties of the United States with their centres and time zones, from `zipcodes`.

Nothing is asked of the network. The data is folded into arrays once per process: about 15 MB, where `zipcodes`
itself would keep over 80.
"""

from __future__ import annotations

import difflib
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable
from functools import cache
from math import cos, inf, radians
from typing import Literal

import msgspec
import numpy as np

from search.places.states import STATES
from search.places.tokens import named, state_token, town_key, zip_tokens

Precision = Literal["point", "address", "street", "zip", "town", "county"]
"""From exact to vague: coordinates, a house, a street, the centres of a ZIP code, a town, a county."""

MAX_AREA_WORDS = 200
_STRIP = 0.25
"""Degrees of latitude up and down within which the nearest ZIP code nearly always lies."""


class Place(msgspec.Struct, frozen=True):
    """A point on the map and what is known of it.

    `precision` says what the point stands for: itself, a house or street, or the centre of a ZIP code, town or
    county. `area_words` are the tokens that a service area may have for it (see `search.places.tokens`): postal
    codes, town, county, state, and the shapes of the directory that it lies in.
    """

    lat: float
    lon: float
    label: str
    precision: Precision
    time_zone: str
    area_words: tuple[str, ...] = ()
    weight: int = 1
    """How many ZIP codes or listings lie in it; the larger of two namesakes comes first."""
    approximate: bool = False
    """Whether an address was asked for and this is only the centre of its ZIP code or town."""
    maybe_words: tuple[str, ...] = ()
    """Tokens of what it may lie in, because its point is only a centre: shapes that reach close to it."""


class Row(msgspec.Struct, array_like=True):
    """What is taken of a row of `zipcodes`."""

    zip_code: str
    city: str
    state: str
    county: str
    timezone: str
    lat: str
    long: str


class Gazetteer:
    """All ZIP codes, towns and counties in memory; make it with `gazetteer()`."""

    def __init__(self, rows: Iterable[Row]) -> None:
        codes: list[int] = []
        points: list[tuple[float, float]] = []
        owners: list[int] = []
        zones: list[int] = []
        self._zones: list[str] = []
        self._towns: list[tuple[str, str, str]] = []
        self._by_town: dict[str, list[int]] = defaultdict(list)
        self._by_county: dict[str, list[tuple[str, str]]] = defaultdict(list)
        self._towns_of: dict[tuple[str, str], list[int]] = defaultdict(list)
        town_numbers: dict[tuple[str, str, str], int] = {}
        zone_numbers: dict[str, int] = {}
        for row in rows:
            lat, lon = float(row.lat), float(row.long)
            if row.state not in STATES or (lat == 0 and lon == 0):
                continue
            town, zone = (row.city, row.state, row.county), row.timezone
            if town not in town_numbers:
                town_numbers[town] = len(self._towns)
                self._towns.append(town)
                self._by_town[town_key(town[0])].append(town_numbers[town])
                county = (town[2], row.state)
                self._towns_of[county].append(town_numbers[town])
                if town[2] and county not in self._by_county[town_key(town[2])]:
                    self._by_county[town_key(town[2])].append(county)
            if zone not in zone_numbers:
                zone_numbers[zone] = len(self._zones)
                self._zones.append(zone)
            codes.append(int(row.zip_code))
            points.append((lat, lon))
            owners.append(town_numbers[town])
            zones.append(zone_numbers[zone])
        order = np.argsort(np.array(codes, dtype=np.int32), kind="stable")
        self._codes = np.array(codes, dtype=np.int32)[order]
        self._points = np.array(points, dtype=np.float64).reshape(-1, 2)[order]
        self._owners = np.array(owners, dtype=np.int32)[order]
        self._zone_of = np.array(zones, dtype=np.uint8)[order]
        self._by_owner = np.argsort(self._owners, kind="stable").astype(np.int32)
        self._first = np.searchsorted(self._owners[self._by_owner], np.arange(len(self._towns) + 1))
        self._by_latitude = np.argsort(self._points[:, 0], kind="stable")
        self._from_south = np.ascontiguousarray(self._points[self._by_latitude].T)
        self._by_town = dict(self._by_town)
        self._by_county = dict(self._by_county)

    def by_zip(self, code: str) -> Place | None:
        """The centre of a five-digit ZIP code."""
        at = int(np.searchsorted(self._codes, int(code)))
        if at >= len(self._codes) or self._codes[at] != int(code):
            return None
        return self._at(at, code)

    def towns(self, name: str, state: str | None = None) -> list[Place]:
        """Every town of that name, one per state, those with the most ZIP codes first."""
        numbers = self._by_town.get(town_key(name), []) or self._by_town.get(_apart(name), [])
        by_state: dict[str, list[int]] = defaultdict(list)
        for number in numbers:
            if state is None or self._towns[number][1] == state:
                by_state[self._towns[number][1]].append(number)
        return _largest_first([self._town(numbers) for numbers in by_state.values()])

    def counties(self, name: str, state: str | None = None) -> list[Place]:
        """Every county of that name ("Cook County"), those with the most ZIP codes first."""
        found = [c for c in self._by_county.get(town_key(name), ()) if state is None or c[1] == state]
        return _largest_first([self._county(*county) for county in found])

    def town_states(self, name: str) -> frozenset[str]:
        """The states with a town of that name."""
        numbers = self._by_town.get(town_key(name), []) or self._by_town.get(_apart(name), [])
        return frozenset(self._towns[number][1] for number in numbers)

    def county_states(self, name: str) -> frozenset[str]:
        """The states with a county of that name ("Cook County")."""
        return frozenset(state for _, state in self._by_county.get(town_key(name), ()))

    def is_one(self, name: str, state: str) -> bool:
        """Whether a town and the county named after it are the same: no other town lies in that county."""
        county = town_key(f"{name} County")
        owners = [owner for owner in self._by_county.get(county, ()) if owner[1] == state]
        towns = {town_key(self._towns[number][0]) for owner in owners for number in self._towns_of[owner]}
        return towns == {town_key(name)}

    def state_of_zip(self, code: str) -> str:
        """The state of a ZIP code, "" for one that is not known."""
        return self._town_of(code)[1]

    def town_of(self, code: str) -> str:
        """The town of a ZIP code, "" for one that is not known."""
        return self._town_of(code)[0]

    def _town_of(self, code: str) -> tuple[str, str, str]:
        at = int(np.searchsorted(self._codes, int(code)))
        known = at < len(self._codes) and self._codes[at] == int(code)
        return self._towns[self._owners[at]] if known else ("", "", "")

    def near(self, lat: float, lon: float) -> Place:
        """The ZIP code whose centre is nearest to a point."""
        return self._at(self._nearest(lat, lon))

    def time_zone(self, lat: float, lon: float) -> str:
        """The time zone at a point: that of the nearest ZIP code."""
        return self._zones[self._zone_of[self._nearest(lat, lon)]]

    def zone_and_state(self, lat: float, lon: float) -> tuple[str, str]:
        """The time zone and the state (its code) at a point: those of the nearest ZIP code."""
        at = self._nearest(lat, lon)
        return self._zones[self._zone_of[at]], self._towns[self._owners[at]][1]

    def spelled_like(self, name: str, limit: int = 5) -> list[str]:
        """Names of towns that are spelled nearly like this one, the likeliest first."""
        key = town_key(name)
        if len(key) < 4:
            return []
        alike = [other for other in self._by_town if other[0] == key[0] and abs(len(other) - len(key)) <= 2]
        close = difflib.get_close_matches(key, alike, n=limit, cutoff=0.84)
        return [self._towns[self._by_town[other][0]][0] for other in close]

    def _nearest(self, lat: float, lon: float) -> int:
        """The ZIP code nearest to a point: looked for in a strip around its latitude, and everywhere if that is empty."""
        first, last = np.searchsorted(self._from_south[0], (lat - _STRIP, lat + _STRIP))
        found, square = _nearest_of(self._from_south[:, first:last], lat, lon)
        if square > _STRIP * _STRIP:
            first, found = 0, _nearest_of(self._from_south, lat, lon)[0]
        return int(self._by_latitude[first + found])

    def _at(self, at: int, code: str | None = None) -> Place:
        town, state, county = self._towns[self._owners[at]]
        code = code or f"{self._codes[at]:05d}"
        lat, lon = self._points[at]
        words = _words(state, [code], [town], [county])
        return Place(float(lat), float(lon), code, "zip", self._zones[self._zone_of[at]], words)

    def _town(self, numbers: list[int]) -> Place:
        town, state, _ = self._towns[numbers[0]]
        counties = [self._towns[number][2] for number in numbers]
        return self._middle(self._rows(numbers), f"{town}, {state}", "town", state, [town], counties)

    def _county(self, county: str, state: str) -> Place:
        numbers = self._towns_of[county, state]
        return self._middle(self._rows(numbers), f"{county}, {state}", "county", state, [], [county])

    def _rows(self, numbers: list[int]) -> np.ndarray:
        """The rows of some towns, in the order of their ZIP codes."""
        return np.sort(np.concatenate([self._by_owner[self._first[n] : self._first[n + 1]] for n in numbers]))

    def _middle(
        self,
        at: np.ndarray,
        label: str,
        precision: Precision,
        state: str,
        towns: list[str],
        counties: list[str],
    ) -> Place:
        lat, lon = self._points[at].mean(axis=0)
        codes = [f"{code:05d}" for code in self._codes[at]]
        zone = self._zones[int(np.bincount(self._zone_of[at]).argmax())]
        words = _words(state, codes if precision == "town" else [], towns, counties)
        return Place(float(lat), float(lon), label, precision, zone, words[:MAX_AREA_WORDS], len(at))


def _apart(name: str) -> str:
    """A name as the post office writes it: "Coeur d'Alene" is "Coeur D Alene"."""
    return town_key(name.replace("'", " ").replace("’", " "))


def _nearest_of(points: np.ndarray, lat: float, lon: float) -> tuple[int, float]:
    """The number of the nearest of some points, and its distance squared, in degrees of latitude."""
    if not points.shape[1]:
        return 0, inf
    north = points[0] - lat
    east = (points[1] - lon) * cos(radians(lat))
    squares = north * north + east * east
    found = int(squares.argmin())
    return found, float(squares[found])


def _words(state: str, codes: list[str], towns: list[str], counties: list[str]) -> tuple[str, ...]:
    """The area tokens of a place; names also without their state, for areas that do not tell theirs."""
    names = [name for name in (*towns, *counties) if name]
    told = [*(named(name, state) for name in names), *(named(name) for name in names), state_token(state)]
    ranges = [token for code in codes for token in zip_tokens(code)]
    return tuple(dict.fromkeys([*codes[:1], *told, *codes, *ranges]))


def _largest_first(places: list[Place]) -> list[Place]:
    return sorted(places, key=lambda place: (-place.weight, place.label))


@cache
def gazetteer() -> Gazetteer:
    """The gazetteer of this process; the first call takes about a second."""
    return Gazetteer(_rows())


def _rows() -> list[Row]:
    """All rows of `zipcodes`, read in a child process: once asked, it keeps 55 MB for as long as its process lives."""
    told = subprocess.run([sys.executable, "-c", _TELL], capture_output=True, check=True, timeout=120)
    return msgspec.msgpack.decode(told.stdout, type=list[Row])


_TELL = f"""
import sys, msgspec, zipcodes
rows = [[row[name] for name in {Row.__struct_fields__!r}] for row in zipcodes.list_all()]
sys.stdout.buffer.write(msgspec.msgpack.encode(rows))
"""
