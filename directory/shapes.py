"""Shapes of areas served, as listings give them: GeoJSON, TopoJSON or KML in `service_area.extent`.

Read once, mended where the outline crosses itself, refused with a sentence where nothing sensible can be made of them.
`shapely` is imported with the first shape: a directory without any never loads it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import msgspec
from defusedxml import DefusedXmlException
from defusedxml import ElementTree as xml

from core.i18n import N_

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

FORMATS = {"geojson", "topojson", "kml"}
LONGEST = 4_000_000
"""Characters of a shape; what is longer is no outline of an area served but a mistake."""

MOST_POINTS = 200_000

MOST_CROSSINGS = 3_000
"""Places where outlines of a shape cross each other: every area served has few, and what has many is a scribble.

Putting 20,000 in order takes ten seconds, and memory by the gigabyte soon after.
"""

MOST_RINGS = 500
"""Rings of one polygon that is not valid: the time to mend it grows with their square."""

_NEAR = 20
"""Sides of a shape that lie near one of its sides, on average; an outline that is drawn twenty times is none."""
_AT_ONCE = 50

TOO_LONG = N_("The shape is too large.")
NO_JSON = N_("The shape is not readable JSON.")
NO_XML = N_("The shape is not readable KML.")
NO_POLYGON = N_("The shape has no polygon: an area needs an outline.")
NO_NUMBERS = N_("A corner of the shape is not two numbers.")
TOO_FEW = N_("A ring of the shape has fewer than three corners.")
OFF_EARTH = N_(
    "A corner of the shape lies outside of the earth: longitude comes first, then latitude, in degrees."
)
NO_AREA = N_("The shape encloses nothing.")

Ring = list[tuple[float, float]]
Polygon = list[Ring]


class ShapeRefused(Exception):
    """A shape that cannot be used; the message is a sentence (to translate) that says why."""


def is_shape(text: str, extent_type: str | None) -> bool:
    """Whether an extent is a shape rather than words: by its type, or by how it begins."""
    start = text.lstrip()[:200].lower()
    if (extent_type or "").strip().lower() in FORMATS:
        return True
    return start.startswith(("<?xml", "<kml")) or (start.startswith("{") and '"type"' in start)


def read_shape(text: str, extent_type: str | None = None) -> BaseGeometry:
    """The area that a text describes, in degrees; longitudes may pass 180 where it lies across the date line.

    Raises `ShapeRefused`. Rings that cross themselves are mended the way shapely's `make_valid` does.
    """
    import shapely

    if len(text) > LONGEST:
        raise ShapeRefused(TOO_LONG)
    polygons: list[Polygon] = []
    points = 0
    for polygon in _polygons(text, (extent_type or "").strip().lower()):
        polygons.append(_checked(polygon))
        points += sum(map(len, polygons[-1]))
        if points > MOST_POINTS:
            raise ShapeRefused(TOO_LONG)
    if not polygons:
        raise ShapeRefused(NO_POLYGON)
    shapes = [shapely.Polygon(rings[0], rings[1:]) for rings in polygons]
    if len(shapes) > 1 or not shapes[0].is_valid:
        _refuse_scribble(shapes)
    try:
        whole = shapely.union_all([_mended(shape) for shape in shapes])
    except shapely.GEOSException as error:
        raise ShapeRefused(NO_AREA) from error
    if whole.is_empty or not whole.area > 0:
        raise ShapeRefused(NO_AREA)
    return whole


def shape_of(text: str, extent_type: str | None = None) -> BaseGeometry | None:
    """The area that a text describes, or None when it is refused; the latest are remembered."""
    key = hashlib.sha256(text.encode()).digest()
    return _shape_of(_Text(key, text, extent_type))


class _Text:
    """A long text that is remembered by its digest alone."""

    def __init__(self, key: bytes, text: str, extent_type: str | None) -> None:
        self.key = (key, extent_type)
        self.read: list[str] = [text]
        self.extent_type = extent_type

    def __hash__(self) -> int:
        return hash(self.key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Text) and self.key == other.key


@lru_cache(maxsize=200)
def _shape_of(text: _Text) -> BaseGeometry | None:
    try:
        return read_shape(text.read.pop(), text.extent_type)
    except ShapeRefused:
        return None


def _refuse_scribble(shapes: list[Any]) -> None:
    """Refuse what would take very long to put in order: outlines that cross each other again and again."""
    import numpy as np
    import shapely

    sides = np.concatenate(
        [
            np.stack([corners[:-1], corners[1:]], axis=1)
            for shape in shapes
            for corners in map(shapely.get_coordinates, [shape.exterior, *shape.interiors])
        ]
    )
    lines = shapely.linestrings(sides)
    tree = shapely.STRtree(lines)
    near = crossings = 0
    for start in range(0, len(lines), _AT_ONCE):
        some = lines[start : start + _AT_ONCE]
        near += tree.query(some).shape[1]
        if near <= _NEAR * (len(lines) + 1_000):
            # Each crossing is met from both of its sides.
            crossings += tree.query(some, predicate="crosses").shape[1]
        if near > _NEAR * (len(lines) + 1_000) or crossings > 2 * MOST_CROSSINGS:
            raise ShapeRefused(TOO_LONG)


def _mended(shape: Any) -> Any:
    """The polygons of a shape, its outline made valid; lines and points that remain enclose nothing."""
    import shapely

    if shape.is_valid:
        return shape
    if len(shape.interiors) >= MOST_RINGS:
        raise ShapeRefused(TOO_LONG)
    parts = shapely.get_parts(shapely.make_valid(shape), return_index=False)
    return shapely.union_all([part for part in _flat(parts) if part.geom_type == "Polygon"])


def _flat(parts: Iterable[Any]) -> Iterator[Any]:
    for part in parts:
        if hasattr(part, "geoms"):
            yield from _flat(part.geoms)
        else:
            yield part


def _checked(polygon: list[Any]) -> Polygon:
    """Rings of numbers on the earth, unrolled where they cross the date line."""
    if not isinstance(polygon, list) or not polygon:
        raise ShapeRefused(NO_POLYGON)
    rings: Polygon = []
    for ring in polygon:
        if not isinstance(ring, list | tuple):
            raise ShapeRefused(NO_NUMBERS)
        corners = [_corner(corner) for corner in ring]
        if len(set(corners)) < 3:
            raise ShapeRefused(TOO_FEW)
        rings.append(_unrolled(corners))
    for ring in rings[1:]:
        # A hole belongs beside its outline, on the same turn around the earth.
        turn = 360.0 * round((_middle(rings[0]) - _middle(ring)) / 360.0)
        ring[:] = [(lon + turn, lat) for lon, lat in ring]
    return rings


def _corner(corner: Any) -> tuple[float, float]:
    if not isinstance(corner, list | tuple) or len(corner) < 2:
        raise ShapeRefused(NO_NUMBERS)
    lon, lat = corner[0], corner[1]
    if any(isinstance(part, bool) or not isinstance(part, int | float) for part in (lon, lat)):
        raise ShapeRefused(NO_NUMBERS)
    # Written so that NaN is outside too.
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        raise ShapeRefused(OFF_EARTH)
    # A tenth of a millimetre: what is finer is noise, and numbers near 0 upset the geometry.
    return round(float(lon), 9), round(float(lat), 9)


def _unrolled(corners: Ring) -> Ring:
    """A ring whose sides are all shorter than half the earth: one from 179 to -179 goes on to 181."""
    result = corners[:1]
    turn = 0.0
    for (before, _), (lon, lat) in zip(corners, corners[1:], strict=False):
        if lon - before > 180:
            turn -= 360.0
        elif lon - before < -180:
            turn += 360.0
        result.append((lon + turn, lat))
    return result


def _middle(ring: Ring) -> float:
    return (min(lon for lon, _ in ring) + max(lon for lon, _ in ring)) / 2


def _polygons(text: str, extent_type: str) -> Iterator[list[Any]]:
    if extent_type == "kml" or text.lstrip().startswith("<"):
        yield from _of_kml(text)
        return
    try:
        content = msgspec.json.decode(text.encode())
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise ShapeRefused(NO_JSON) from error
    if isinstance(content, dict) and content.get("type") == "Topology":
        yield from _of_topology(content)
    else:
        yield from _of_geojson(content)


def _of_geojson(content: Any, depth: int = 0) -> Iterator[list[Any]]:
    """The polygons of a geometry, a feature, or collections of either."""
    if not isinstance(content, dict) or depth > 20:
        return
    kind = str(content.get("type"))
    coordinates = content.get("coordinates")
    if kind == "Polygon" and isinstance(coordinates, list):
        yield coordinates
    elif kind == "MultiPolygon" and isinstance(coordinates, list):
        yield from coordinates
    elif kind == "Feature":
        yield from _of_geojson(content.get("geometry"), depth + 1)
    elif kind in {"FeatureCollection", "GeometryCollection"}:
        parts = content.get("features" if kind == "FeatureCollection" else "geometries")
        for one in parts if isinstance(parts, list) else ():
            yield from _of_geojson(one, depth + 1)


def _of_topology(content: dict[str, Any]) -> Iterator[list[Any]]:
    """The polygons of a TopoJSON topology: rings are lists of arcs, arcs may be differences on a grid."""
    try:
        arcs = [_arc(arc, content.get("transform")) for arc in content["arcs"]]
        for one in content["objects"].values():
            yield from _of_object(one, arcs, 0)
    except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
        raise ShapeRefused(NO_NUMBERS) from error


def _arc(arc: list[Any], transform: dict[str, Any] | None) -> list[list[float]]:
    if transform is None:
        return [[float(point[0]), float(point[1])] for point in arc]
    (across, up), (west, south) = transform["scale"], transform["translate"]
    x = y = 0
    result = []
    for point in arc:
        x, y = x + point[0], y + point[1]
        result.append([x * across + west, y * up + south])
    return result


def _of_object(one: dict[str, Any], arcs: list[list[list[float]]], depth: int) -> Iterator[list[Any]]:
    if one.get("type") == "GeometryCollection" and depth < 20:
        for inner in one["geometries"]:
            yield from _of_object(inner, arcs, depth + 1)
    elif one.get("type") in {"Polygon", "MultiPolygon"}:
        for polygon in [one["arcs"]] if one["type"] == "Polygon" else one["arcs"]:
            # Before they are put together: a short text can name a long arc a million times.
            if sum(len(arcs[max(number, ~number)]) for ring in polygon for number in ring) > MOST_POINTS:
                raise ShapeRefused(TOO_LONG)
            yield [_joined(ring, arcs) for ring in polygon]


def _joined(ring: list[int], arcs: list[list[list[float]]]) -> list[list[float]]:
    """One ring of arcs; a negative number is the arc of its complement, backwards."""
    result: list[list[float]] = []
    for number in ring:
        points = arcs[number] if number >= 0 else arcs[~number][::-1]
        result += points[1:] if result else points
    return result


def _of_kml(text: str) -> Iterator[list[Any]]:
    try:
        root = xml.fromstring(text.encode(), forbid_dtd=True)
    except (xml.ParseError, DefusedXmlException, UnicodeError, ValueError) as error:
        raise ShapeRefused(NO_XML) from error
    for polygon in (element for element in root.iter() if _name(element) == "Polygon"):
        rings: dict[str, list[Any]] = {"outerBoundaryIs": [], "innerBoundaryIs": []}
        for boundary in polygon:
            if _name(boundary) in rings:
                rings[_name(boundary)] += [
                    _of_numbers(found.text or "")
                    for found in boundary.iter()
                    if _name(found) == "coordinates"
                ]
        if rings["outerBoundaryIs"]:
            yield [*rings["outerBoundaryIs"][:1], *rings["innerBoundaryIs"]]


def _name(element: Any) -> str:
    return str(element.tag).rpartition("}")[2]


def _of_numbers(text: str) -> list[list[float]]:
    try:
        return [[float(number) for number in corner.split(",")] for corner in text.split()]
    except ValueError as error:
        raise ShapeRefused(NO_NUMBERS) from error
