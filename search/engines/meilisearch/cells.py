"""Where a document stands, as words that a filter can ask for: grid cells of three sizes instead of coordinates.

Why not `_geo`: see the package. A circle is asked for as the large cells wholly inside it, smaller ones along its rim,
and finished above the engine by exact distance; the cells wholly inside are all that is needed to count "at least".
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from search.geo import EARTH_RADIUS_M, bounding_box, distances_m

Array = NDArray[Any]

PER_DEGREE = (1, 10, 50)
"""Cells per degree of each size; each size divides the next."""

NAMES = ("a", "b", "c")
_FINE_RIM_M = 8_000.0
"""The rim of a smaller circle is told in cells of the smallest size, that of a larger one in the middle size."""
_SLACK = 1.02
"""A cell's corner may be this much farther from its centre than the four that are measured."""


def cells_at(lat: float, lon: float) -> list[str]:
    """The names of the cells, one of each size, that a point is in."""
    fine = PER_DEGREE[-1]
    band = min(int((lat + 90) * fine), 180 * fine - 1)
    column = int((lon + 180) * fine // 1) % (360 * fine)
    sizes = zip(NAMES, PER_DEGREE, strict=True)
    return [_name(name, per, band * per // fine, column * per // fine) for name, per in sizes]


def cover(lat: float, lon: float, radius_m: float) -> tuple[list[str], list[str]]:
    """The cells wholly inside a circle, and those that it may touch besides."""
    inside: list[str] = []
    bands, columns = _touched_box(lat, lon, radius_m)
    last = 2 if radius_m < _FINE_RIM_M else 1
    for size, (name, per) in enumerate(zip(NAMES, PER_DEGREE, strict=True)):
        nearest, farthest = _reach(lat, lon, bands, columns, per)
        within = farthest <= radius_m
        inside += _names(name, per, bands[within], columns[within])
        rim = (nearest <= radius_m) & ~within
        bands, columns = bands[rim], columns[rim]
        if size == last:
            break
        bands, columns = _split(bands, columns, PER_DEGREE[size + 1] // per)
    return inside, _names(NAMES[last], PER_DEGREE[last], bands, columns)


def _touched_box(lat: float, lon: float, radius_m: float) -> tuple[Array, Array]:
    """All large cells of the box around a circle."""
    south, west, north, east = bounding_box(lat, lon, radius_m)
    bands = np.arange(max(int((south + 90) // 1), 0), min(int((north + 90) // 1), 179) + 1)
    first, last = int((west + 180) // 1), int((east + 180) // 1)
    columns = np.arange(360) if last - first >= 359 else np.arange(first, last + 1) % 360
    return np.repeat(bands, len(columns)), np.tile(columns, len(bands))


def _reach(lat: float, lon: float, bands: Array, columns: Array, per: int) -> tuple[Array, Array]:
    """At least how far the nearest, and at most how far the farthest point of each cell is."""
    south, west, size = bands / per - 90, columns / per - 180, 1 / per
    middle = distances_m(lat, lon, south + size / 2, west + size / 2)
    # Half the height and the larger half width: no point of a cell is farther from its centre along both.
    widest = np.cos(np.radians(np.minimum(np.abs(south), np.abs(south + size))))
    half = np.radians(size / 2) * EARTH_RADIUS_M
    diagonal = _SLACK * half * np.sqrt(1 + widest**2)
    return middle - diagonal, middle + diagonal


def _split(bands: Array, columns: Array, parts: int) -> tuple[Array, Array]:
    """Each cell as the smaller ones that it is made of."""
    below = np.arange(parts)
    finer_bands = (bands[:, None, None] * parts + below[:, None]).repeat(parts, axis=2)
    finer_columns = (columns[:, None, None] * parts + below[None, :]).repeat(parts, axis=1)
    return finer_bands.reshape(-1), finer_columns.reshape(-1)


def _names(name: str, per: int, bands: Array, columns: Array) -> list[str]:
    both: Iterable[tuple[int, int]] = zip(bands.tolist(), columns.tolist(), strict=True)
    return [_name(name, per, band, column) for band, column in both]


def _name(name: str, per: int, band: int, column: int) -> str:
    return f"{name}{band * 360 * per + column}"
