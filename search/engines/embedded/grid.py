"""Rows near a point, from a grid of 0.1 degree, without looking at the others."""

from __future__ import annotations

from collections.abc import Iterable
from math import floor
from zlib import crc32

import numpy as np

from search.engines import Document
from search.engines.embedded.columns import Array
from search.geo import bounding_box
from search.text import fold

CELLS_PER_DEGREE = 10
_LON_CELLS = 360 * CELLS_PER_DEGREE

EVERYWHERE = 0
"""Where a document without a position is that serves everywhere; every cell is kept one higher."""
_AREAS = 1 << 32
"""Where those are that serve an area: by a number made of its name, and two names may share one."""


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


def spots_of(documents: Iterable[Document]) -> list[list[int]]:
    """Where each document is to be looked for: in its cell, or without a position wherever it serves."""
    documents = list(documents)
    points = [(d.lat, d.lon) for d in documents]
    nowhere = [lat is None or lon is None for lat, lon in points]
    lats: Array = np.array([lat or 0.0 for lat, _ in points], np.float64)
    lons: Array = np.array([lon or 0.0 for _, lon in points], np.float64)
    cells = (cell_numbers(lats, lons) + 1).tolist()
    return [
        _served(document) if lost else [cell]
        for document, lost, cell in zip(documents, nowhere, cells, strict=True)
    ]


def spots_near(runs: Iterable[tuple[int, int]], area_words: Iterable[str]) -> list[int]:
    """Where to look for all that may be near a place: in runs of cells, and by the areas it lies in."""
    cells = [cell + 1 for first, last in runs for cell in range(first, last + 1)]
    return [EVERYWHERE, *map(_area, area_words), *cells]


def _served(document: Document) -> list[int]:
    if document.serves_everywhere:
        return [EVERYWHERE]
    return list(dict.fromkeys(map(_area, document.areas)))


def _area(name: str) -> int:
    return _AREAS + crc32(fold(name).encode())


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
