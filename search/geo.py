"""Distances on a sphere. Great-circle, not geodesic: 25 times cheaper and at most 0.5 % off."""

from __future__ import annotations

from math import asin, cos, degrees, radians, sin, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

EARTH_RADIUS_M = 6_371_008.8
"""Mean radius of the Earth in metres (IUGG)."""


def distance_m(lat_a: float, lon_a: float, lat_b: float, lon_b: float) -> float:
    """Great-circle distance in metres between two points in degrees."""
    north = sin(radians(lat_b - lat_a) / 2)
    east = sin(radians(lon_b - lon_a) / 2)
    chord = north * north + cos(radians(lat_a)) * cos(radians(lat_b)) * east * east
    return 2 * EARTH_RADIUS_M * asin(min(1.0, sqrt(chord)))


def distances_m(lat: float, lon: float, lats: NDArray[Any], lons: NDArray[Any]) -> NDArray[np.float64]:
    """Great-circle distances in metres from one point to many, in degrees; NaN where a point is NaN."""
    lats64 = np.radians(lats, dtype=np.float64)
    lons64 = np.radians(lons, dtype=np.float64)
    north = np.sin((lats64 - radians(lat)) / 2)
    east = np.sin((lons64 - radians(lon)) / 2)
    chord = north * north + cos(radians(lat)) * np.cos(lats64) * east * east
    result: NDArray[np.float64] = 2 * EARTH_RADIUS_M * np.arcsin(np.sqrt(np.minimum(chord, 1.0)))
    return result


def bounding_box(lat: float, lon: float, radius_m: float) -> tuple[float, float, float, float]:
    """A (south, west, north, east) box in degrees that holds the whole circle.

    West may be below -180 and east above 180 where the circle crosses the date line; near a pole the box
    spans every longitude.
    """
    angle = degrees(radius_m / EARTH_RADIUS_M)
    south, north = lat - angle, lat + angle
    if south <= -90 or north >= 90:
        return max(south, -90.0), -180.0, min(north, 90.0), 180.0
    # The widest point of the circle lies poleward of its centre: asin of a ratio of sines, not a division.
    wide = degrees(asin(min(1.0, sin(radians(angle)) / cos(radians(lat)))))
    if wide >= 180:
        return south, -180.0, north, 180.0
    return south, lon - wide, north, lon + wide
