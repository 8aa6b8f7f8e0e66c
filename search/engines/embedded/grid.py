"""Rows near a point, from a grid of 0.1 degree, without looking at the others."""

from __future__ import annotations

from math import floor

import numpy as np

from search.engines.embedded.columns import Array
from search.geo import bounding_box

CELLS_PER_DEGREE = 10
_LON_CELLS = 360 * CELLS_PER_DEGREE


def cell_numbers(lats: Array, lons: Array) -> Array:
    """The cell of each point: rows of cells from south to north, each from west to east."""
    band = np.floor((lats + 90) * CELLS_PER_DEGREE).astype(np.int64)
    column = np.floor((lons + 180) * CELLS_PER_DEGREE).astype(np.int64) % _LON_CELLS
    return band * _LON_CELLS + column


def cell_ranges(lat: float, lon: float, radius_m: float) -> list[tuple[int, int]]:
    """First and last cell of every run of cells that the circle may touch."""
    south, west, north, east = bounding_box(lat, lon, radius_m)
    first = floor((west + 180) * CELLS_PER_DEGREE)
    last = floor((east + 180) * CELLS_PER_DEGREE)
    if last - first + 1 >= _LON_CELLS:
        runs = [(0, _LON_CELLS - 1)]
    else:
        first, last = first % _LON_CELLS, last % _LON_CELLS
        # A circle over the date line is two runs: up to its end and from its start.
        runs = [(first, last)] if first <= last else [(0, last), (first, _LON_CELLS - 1)]
    bands = range(floor((south + 90) * CELLS_PER_DEGREE), floor((north + 90) * CELLS_PER_DEGREE) + 1)
    return [(band * _LON_CELLS + low, band * _LON_CELLS + high) for band in bands for low, high in runs]


class Grid:
    """The rows that have a position, sorted by cell; rows added later are outside of it."""

    def __init__(self, lats: Array, lons: Array) -> None:
        """Sort the points; NaN is no position."""
        self.size = len(lats)
        placed = np.flatnonzero(~np.isnan(lats))
        cells = cell_numbers(lats[placed], lons[placed])
        order = np.argsort(cells, kind="stable")
        self._cells = cells[order]
        self._rows = placed[order].astype(np.int32)

    def near(self, lat: float, lon: float, radius_m: float) -> Array:
        """Rows in the cells that the circle touches, in ascending order: all that are in it, and some more."""
        ranges = np.array(cell_ranges(lat, lon, radius_m), np.int64)
        lows = np.searchsorted(self._cells, ranges[:, 0], side="left")
        highs = np.searchsorted(self._cells, ranges[:, 1], side="right")
        parts = [self._rows[low:high] for low, high in zip(lows, highs, strict=True) if low < high]
        return np.sort(np.concatenate(parts)) if parts else np.zeros(0, np.int32)
