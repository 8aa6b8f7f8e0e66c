"""Coordinates as files give them, repaired where one repair puts them into the United States, else refused with why.

Seen in real files: degrees as text, latitude and longitude in each other's column, metres of Web Mercator (EPSG:3857)
instead of degrees, a longitude without its minus sign, and 0, 0 for "none".
"""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass

from core.i18n import N_

#: Radius of the sphere that Web Mercator projects, in metres.
_EARTH_RADIUS_M = 6_378_137.0
_EDGE_M = math.pi * _EARTH_RADIUS_M

#: A rough outline of the 48 states as (longitude, latitude), drawn about 20 miles outside of coast and border.
_LOWER_48 = (
    (-125.2, 48.6), (-123.2, 49.2), (-95.4, 49.2), (-94.9, 49.7), (-94.4, 49.2), (-93.0, 48.9),
    (-91.3, 48.4), (-89.3, 48.3), (-88.2, 48.6), (-84.9, 47.1), (-84.3, 46.7), (-83.3, 46.3),
    (-82.2, 45.5), (-82.1, 43.4), (-82.8, 42.1), (-81.2, 41.9), (-79.6, 42.5), (-79.08, 42.85),
    (-79.12, 43.4), (-76.7, 43.8), (-75.2, 45.2), (-71.4, 45.4), (-70.2, 46.5), (-69.2, 47.7),
    (-67.6, 47.4), (-67.5, 45.7), (-66.6, 44.6), (-69.6, 43.3), (-69.6, 41.2), (-73.4, 40.2),
    (-75.0, 37.4), (-75.2, 35.0), (-80.5, 31.4), (-79.7, 26.8), (-80.2, 24.2), (-83.2, 24.3),
    (-83.2, 29.1), (-88.5, 28.8), (-94.0, 29.2), (-96.9, 27.8), (-96.9, 25.7), (-99.3, 26.1),
    (-101.6, 29.5), (-103.2, 28.7), (-104.7, 29.3), (-106.6, 31.5), (-108.3, 31.1), (-111.1, 31.1),
    (-114.9, 32.4), (-117.4, 32.3), (-120.9, 33.6), (-121.0, 34.2), (-124.7, 40.3),
)  # fmt: skip
#: Alaska, Hawaii and the territories as (west, south, east, north); the Aleutians reach past the 180th meridian.
_BOXES = (
    (-180.0, 51.0, -140.9, 71.6),  # Alaska
    (-140.9, 54.5, -129.9, 60.4),  # its panhandle
    (172.0, 51.0, 180.0, 53.5),  # the western Aleutians
    (-160.6, 18.7, -154.6, 22.4),  # Hawaii
    (-68.0, 17.6, -64.4, 18.7),  # Puerto Rico and the Virgin Islands
    (144.5, 13.1, 146.2, 20.7),  # Guam and the Northern Marianas
    (-171.2, -14.7, -168.0, -10.9),  # American Samoa
)

_NUMBER = re.compile(r"[+-]?\d{1,9}(?:\.\d*)?(?:e[+-]?\d{1,2})?", re.IGNORECASE)
_DEGREES = re.compile(
    r"(?P<d>\d{1,3})\s*°\s*"
    r"(?:(?P<m>\d{1,2}(?:\.\d+)?)\s*['′]\s*(?:(?P<s>\d{1,2}(?:\.\d+)?)\s*(?:\"|″|'')\s*)?)?"
)


@dataclass(frozen=True, slots=True)
class Coordinates:
    """A place in degrees (WGS 84), rounded to a seventh digit; `repaired` says what was done to what the source gave."""

    lat: float
    lon: float
    repaired: str | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """No place, and the reason, a sentence for the report of an import (a message to translate)."""

    reason: str


NONE_GIVEN = N_("No coordinates are given.")
NOT_NUMBERS = N_("The coordinates are not numbers.")
ZEROS = N_("The coordinates are 0, 0, which stands for none.")
OUTSIDE = N_("The coordinates lie outside the United States.")

FROM_METRES = N_("Web Mercator metres to degrees")
SWAPPED = N_("latitude and longitude swapped")
FROM_METRES_SWAPPED = N_("Web Mercator metres to degrees, latitude and longitude swapped")
WEST = N_("minus sign of the longitude added")
SWAPPED_WEST = N_("latitude and longitude swapped, minus sign of the longitude added")
FROM_METRES_WEST = N_("Web Mercator metres to degrees, minus sign of the longitude added")


def read_coordinates(lat: object, lon: object) -> Coordinates | Refused:
    """Return the place in the United States, territories included, that two values mean, or why there is none.

    Values are taken as they stand if that is in the United States; else the first repair that leads there is taken.
    """
    if _is_blank(lat) and _is_blank(lon):
        return Refused(NONE_GIVEN)
    first, second = _number(lat), _number(lon)
    if first is None or second is None:
        return Refused(NONE_GIVEN if _is_blank(lat) or _is_blank(lon) else NOT_NUMBERS)
    if first == 0 and second == 0:
        return Refused(ZEROS)
    for y, x, repair in _readings(first, second):
        if in_united_states(y, x):
            return Coordinates(round(y, 7), round(x, 7), repair)
    return Refused(OUTSIDE)


def in_united_states(lat: float, lon: float) -> bool:
    """Say whether a place lies in the United States or its territories, give or take some 30 miles at the border."""
    if any(west <= lon <= east and south <= lat <= north for west, south, east, north in _BOXES):
        return True
    inside = False
    for (x1, y1), (x2, y2) in zip(_LOWER_48, (*_LOWER_48[1:], _LOWER_48[0]), strict=True):
        # Each side of the outline that a ray to the east crosses turns outside into inside and back.
        if (y1 > lat) != (y2 > lat) and lon < (x2 - x1) * (lat - y1) / (y2 - y1) + x1:
            inside = not inside
    return inside


def from_web_mercator(x: float, y: float) -> tuple[float, float]:
    """Return latitude and longitude in degrees of a point in metres of Web Mercator (EPSG:3857)."""
    lat = math.degrees(2 * math.atan(math.exp(y / _EARTH_RADIUS_M)) - math.pi / 2)
    return lat, math.degrees(x / _EARTH_RADIUS_M)


def _readings(first: float, second: float) -> Iterator[tuple[float, float, str | None]]:
    """Yield latitude, longitude and repair of each way to read the two numbers, the likeliest first."""
    if max(abs(first), abs(second)) <= 180:
        yield first, second, None
        yield second, first, SWAPPED
        yield first, -abs(second), WEST
        yield second, -abs(first), SWAPPED_WEST
    elif max(abs(first), abs(second)) <= _EDGE_M:
        yield *from_web_mercator(second, first), FROM_METRES
        yield *from_web_mercator(first, second), FROM_METRES_SWAPPED
        yield *from_web_mercator(-abs(second), first), FROM_METRES_WEST


def _is_blank(value: object) -> bool:
    return (
        value is None
        or isinstance(value, str)
        and value.strip().lower() in ("", "null", "none", "nan", "n/a")
    )


def _number(value: object) -> float | None:
    """Return a number, or degrees such as 40°42'46"N; a decimal comma counts as a point, S and W make it negative."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return float(value) if abs(value) < 1e12 else None
    text = str(value).strip().upper().replace("−", "-")
    side = text[-1:] if text[-1:] in "NSEW" else text[:1] if text[:1] in "NSEW" else ""
    text = text.strip("NSEW ").strip()
    sign = -1 if side and side in "SW" else 1
    degrees = _DEGREES.fullmatch(text)
    if degrees:
        return sign * (int(degrees["d"]) + float(degrees["m"] or 0) / 60 + float(degrees["s"] or 0) / 3600)
    text = text.rstrip("° ")
    if text.count(",") == 1 and "." not in text:
        text = text.replace(",", ".")
    if not _NUMBER.fullmatch(text):
        return None
    number = float(text)
    return -abs(number) if sign < 0 else number
