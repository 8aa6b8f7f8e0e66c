"""Which shapes of areas served hold a point. Only their tokens reach search engines; the geometry stays in here."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from directory.shapes import is_shape, shape_of
from search.places.tokens import shape_token


class Shapes:
    """All shapes of a directory, and which of them hold a point."""

    def __init__(self, extents: Iterable[tuple[str, str | None]] = ()) -> None:
        """Read the shapes of (extent, extent type); those that are refused are left out."""
        found = {
            shape_token(text): shape
            for text, extent_type in extents
            if is_shape(text, extent_type) and (shape := shape_of(text.strip(), extent_type)) is not None
        }
        self.tokens = list(found)
        self._tree: Any = None
        if found:
            from shapely import STRtree, prepare

            self._shapes = list(found.values())
            prepare(self._shapes)
            self._tree = STRtree(self._shapes)

    def __len__(self) -> int:
        return len(self.tokens)

    def around(self, lat: float, lon: float, metres: float = 0.0) -> tuple[str, ...]:
        """The tokens of the shapes that hold a point, edges included, or that reach within `metres` of it."""
        if self._tree is None:
            return ()
        from shapely import Point, affinity

        found: set[int] = set()
        for turn in (0.0, 360.0, -360.0):
            spot: Any = Point(lon + turn, lat)
            if metres > 0:
                degrees = metres / 111_195.0
                spot = affinity.scale(spot.buffer(degrees), 1 / max(math.cos(math.radians(lat)), 0.01), 1.0)
            found.update(self._tree.query(spot, predicate="intersects").tolist())
        return tuple(sorted(self.tokens[at] for at in found))
