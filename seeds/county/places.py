"""The geography of Alder County: towns, ZIP codes that the post does not use, and where an address lies.

The county is 35 miles wide and 40 high around 42.05 N, 101.4 W. ZIP codes 69801 to 69849 are unassigned.
"""

import hashlib
import re
from math import cos, pi, radians, sin, sqrt
from typing import NamedTuple

COUNTY = "Alder County"
STATE = "NE"
TIME_ZONE = "America/Chicago"
MILES_PER_DEGREE = 69.05


class Area(NamedTuple):
    """The area of one ZIP code: its town, its middle in degrees, and how far houses reach from it, in miles."""

    town: str
    latitude: float
    longitude: float
    reach: float


AREAS: dict[str, Area] = {
    "69810": Area("Alder Falls", 42.0500, -101.4000, 0.5),
    "69811": Area("Alder Falls", 42.0720, -101.4050, 0.9),
    "69812": Area("Alder Falls", 42.0460, -101.3780, 0.8),
    "69814": Area("Alder Falls", 42.0470, -101.4310, 1.0),
    "69816": Area("Alder Falls", 42.0270, -101.3970, 0.9),
    "69813": Area("Millbrook", 42.0200, -101.3450, 0.6),
    "69815": Area("Harlow", 42.0850, -101.3150, 0.7),
    "69818": Area("Quarry Point", 42.0260, -101.4560, 0.4),
    "69821": Area("Tamarack", 42.2350, -101.6000, 0.6),
    "69824": Area("Bellwether", 42.2600, -101.3800, 0.9),
    "69826": Area("Heron Lake", 42.2900, -101.1700, 0.8),
    "69828": Area("Otter Ford", 42.1100, -101.1300, 0.6),
    "69831": Area("Saint Orin", 41.9000, -101.1900, 0.6),
    "69833": Area("Pruitt", 41.8800, -101.4000, 0.4),
    "69836": Area("Winnow", 41.8500, -101.6100, 0.5),
    "69838": Area("Copper Hill", 42.0600, -101.6400, 0.5),
    "69842": Area("Three Elms", 42.3100, -101.6900, 0.4),
    "69845": Area("Larkin Junction", 41.7900, -101.3000, 0.4),
}

_ADDRESS = re.compile(r"(?P<street>.+), (?P<town>[A-Z][A-Za-z ]+) (?P<code>\d{5})")


class Street(NamedTuple):
    """An address taken apart."""

    street: str
    town: str
    postal_code: str


def read_address(text: str) -> Street:
    """Take "40 Mill Lane, Alder Falls 69812" apart; raises ValueError when town and ZIP code do not belong together."""
    found = _ADDRESS.fullmatch(text)
    if found is None or AREAS[found["code"]].town != found["town"]:
        raise ValueError(f"not an address of {COUNTY}: {text}")
    return Street(found["street"], found["town"], found["code"])


def point_of(address: Street) -> tuple[float, float]:
    """Return latitude and longitude of an address; the houses of one street lie near each other.

    Streets are scattered evenly over the area of their ZIP code, house numbers along a direction of the street's own.
    """
    area = AREAS[address.postal_code]
    number, _, name = address.street.partition(" ")
    turn, away, slope = _fractions(f"{name} {address.postal_code}")
    along = (int(number) % 1000 / 1000 - 0.5) * 0.3 if number.isdigit() else 0.0
    distance = sqrt(away) * area.reach
    east = distance * cos(2 * pi * turn) + along * cos(pi * slope)
    north = distance * sin(2 * pi * turn) + along * sin(pi * slope)
    latitude = area.latitude + north / MILES_PER_DEGREE
    longitude = area.longitude + east / (MILES_PER_DEGREE * cos(radians(area.latitude)))
    return round(latitude, 5), round(longitude, 5)


def _fractions(text: str) -> tuple[float, float, float]:
    """Three numbers from 0 to 1 that always come out the same for a text."""
    digest = hashlib.sha256(text.encode()).digest()
    return tuple(int.from_bytes(digest[at : at + 4]) / 2**32 for at in (0, 4, 8))  # type: ignore[return-value]


def towns_of(codes: str) -> dict[str, list[str]]:
    """Return ZIP codes, as in "69812 69813", by their town, in the order of the text."""
    found: dict[str, list[str]] = {}
    for code in codes.split():
        found.setdefault(AREAS[code].town, []).append(code)
    return found
