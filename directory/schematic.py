"""A map without a map server: pins, rings and the names of towns on a plain surface, drawn as SVG."""

from collections.abc import Iterable, Sequence
from math import cos, radians
from typing import NamedTuple

from core.display import METRES_PER_MILE

#: Kilometres for one degree of latitude, good enough for a sketch.
KM_PER_DEGREE = 111.2
KM_PER_MILE = METRES_PER_MILE / 1000
RINGS = (0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000)


class Point(NamedTuple):
    """A place on the sketch: where, what it is called, and where a tap on it leads."""

    latitude: float
    longitude: float
    label: str
    href: str = ""


class Drawn(NamedTuple):
    """A point in the sketch's own units, and in degrees for a map that has tiles."""

    x: float
    y: float
    label: str
    href: str
    latitude: float
    longitude: float


class Sketch(NamedTuple):
    """What the SVG shows: rings as (radius, miles) around the middle, towns as names, pins as numbers."""

    width: int
    height: int
    x: float
    y: float
    rings: list[tuple[float, float]]
    towns: list[Drawn]
    pins: list[Drawn]


def sketch(
    middle: tuple[float, float],
    pins: Sequence[Point],
    towns: Iterable[Point] = (),
    *,
    width: int = 352,
    height: int = 352,
    least_miles: float = 2,
) -> Sketch:
    """Draw `pins` around `middle` (latitude, longitude), large enough for all of them and at least `least_miles`.

    Towns are names only: beside a pin where one stands there, and left out where there is no room for one.
    """
    latitude, longitude = middle
    east = cos(radians(latitude)) * KM_PER_DEGREE

    def offset(point: Point) -> tuple[float, float]:
        return (point.longitude - longitude) * east, (point.latitude - latitude) * KM_PER_DEGREE

    furthest = max((max(map(abs, offset(pin))) for pin in pins), default=0.0)
    half = min(width, height) / 2
    scale = (half - 24) / max(furthest, least_miles * KM_PER_MILE)

    def drawn(point: Point) -> Drawn:
        x, y = offset(point)
        at = (round(width / 2 + x * scale, 1), round(height / 2 - y * scale, 1))
        return Drawn(*at, point.label, point.href, point.latitude, point.longitude)

    shown_pins = [drawn(pin) for pin in pins]
    shown_towns: list[Drawn] = []
    for town in map(drawn, towns):
        wide = len(town.label) * 3.6
        for lower in (0, 27, -20):
            name = town._replace(y=town.y + lower)
            inside = wide < name.x < width - wide and 14 < name.y < height - 8
            if inside and not any(_touches(name, wide, other) for other in (*shown_pins, *shown_towns)):
                shown_towns.append(name)
                break
    fitting = [miles for miles in RINGS if 26 < miles * KM_PER_MILE * scale < half - 6]
    rings = [(round(miles * KM_PER_MILE * scale, 1), miles) for miles in fitting[-3:]]
    return Sketch(width, height, width / 2, height / 2, rings, shown_towns, shown_pins)


def _touches(town: Drawn, wide: float, other: Drawn) -> bool:
    return abs(town.y - other.y) < 22 and abs(town.x - other.x) < wide + max(18, len(other.label) * 3.6)
