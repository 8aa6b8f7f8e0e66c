"""Shapes of areas served: read from three formats, mended or refused with why, and right about every point."""

import json
from math import cos, pi, sin
from typing import Any

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from shapely import Point, Polygon, box, to_geojson
from shapely.geometry import mapping, shape

from directory.shapes import (
    NO_AREA,
    NO_JSON,
    NO_NUMBERS,
    NO_POLYGON,
    NO_XML,
    OFF_EARTH,
    TOO_FEW,
    TOO_LONG,
    ShapeRefused,
    is_shape,
    read_shape,
)
from search.places.shapes import Shapes
from search.places.tokens import shape_token

SQUARE = [[-102.0, 41.0], [-101.0, 41.0], [-101.0, 42.0], [-102.0, 42.0], [-102.0, 41.0]]
HOLE = [[-101.6, 41.4], [-101.4, 41.4], [-101.4, 41.6], [-101.6, 41.6], [-101.6, 41.4]]
GEOMETRY = {"type": "Polygon", "coordinates": [SQUARE, HOLE]}


def geojson(content: Any) -> str:
    return json.dumps(content)


def holds(text: str, lat: float, lon: float, kind: str | None = "geojson") -> bool:
    return bool(Shapes([(text, kind)]).around(lat, lon))


WAYS = {
    "polygon": GEOMETRY,
    "multipolygon": {"type": "MultiPolygon", "coordinates": [[SQUARE, HOLE]]},
    "feature": {"type": "Feature", "properties": {"name": "Alder County"}, "geometry": GEOMETRY},
    "feature collection": {
        "type": "FeatureCollection",
        "features": [
            {"type": "Feature", "properties": None, "geometry": GEOMETRY},
            {"type": "Feature", "geometry": {"type": "Point", "coordinates": [0, 0]}},
            {"type": "Feature", "geometry": None},
        ],
    },
    "geometry collection": {"type": "GeometryCollection", "geometries": [GEOMETRY]},
    "with heights": {"type": "Polygon", "coordinates": [[[*c, 900] for c in SQUARE], HOLE]},
    "clockwise": {"type": "Polygon", "coordinates": [SQUARE[::-1], HOLE]},
    "not closed": {"type": "Polygon", "coordinates": [SQUARE[:-1], HOLE]},
    "topology": {
        "type": "Topology",
        "transform": {"scale": [0.1, 0.1], "translate": [-102.0, 41.0]},
        "arcs": [[[0, 0], [10, 0], [0, 10]], [[10, 10], [-10, 0], [0, -10]], [[4, 4], [0, 2], [2, 0], [0, -2], [-2, 0]]],
        "objects": {"county": {"type": "Polygon", "arcs": [[0, 1], [-3]]}},
    },
}  # fmt: skip
KML = """<?xml version="1.0" encoding="UTF-8"?>
<kml xmlns="http://www.opengis.net/kml/2.2"><Document><Placemark><Polygon>
<outerBoundaryIs><LinearRing><coordinates>-102,41,0 -101,41,0 -101,42,0 -102,42,0 -102,41,0</coordinates></LinearRing>
</outerBoundaryIs><innerBoundaryIs><LinearRing><coordinates>-101.6,41.4 -101.4,41.4 -101.4,41.6 -101.6,41.6
-101.6,41.4</coordinates></LinearRing></innerBoundaryIs></Polygon></Placemark></Document></kml>"""


@pytest.mark.parametrize("way", [*WAYS, "kml"])
def test_it_works(way: str) -> None:
    text, kind = (
        (KML, "kml") if way == "kml" else (geojson(WAYS[way]), "topojson" if way == "topology" else "geojson")
    )
    assert holds(text, 41.2, -101.2, kind)
    assert holds(text, 41.0, -101.5, kind), "its edge belongs to it"
    assert not holds(text, 41.5, -101.5, kind), "a hole does not"
    assert not holds(text, 42.2, -101.2, kind)
    # Whoever forgot to say what it is: the text tells.
    assert holds(text, 41.2, -101.2, None)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{not json", NO_JSON),
        (geojson({"type": "Point", "coordinates": [-101, 41]}), NO_POLYGON),
        (geojson({"type": "Polygon"}), NO_POLYGON),
        (geojson({"type": "Polygon", "coordinates": []}), NO_POLYGON),
        (geojson({"type": "Polygon", "coordinates": [[]]}), TOO_FEW),
        (geojson([]), NO_POLYGON),
        (geojson({"type": "Polygon", "coordinates": [[[1, 2], [3, 4]]]}), TOO_FEW),
        (geojson({"type": "Polygon", "coordinates": [[["a", 2], [3, 4], [5, 6]]]}), NO_NUMBERS),
        (geojson({"type": "Polygon", "coordinates": [[[True, 2], [3, 4], [5, 6]]]}), NO_NUMBERS),
        (geojson({"type": "Polygon", "coordinates": [7]}), NO_NUMBERS),
        (geojson({"type": "Polygon", "coordinates": [[[41.0, -102.0], [41.0, -101.0], [42.0, -101.0]]]}), OFF_EARTH),
        (geojson({"type": "Polygon", "coordinates": [[[-11354588, 5012341], [-11354000, 5012341], [0, 0]]]}), OFF_EARTH),
        (geojson({"type": "Polygon", "coordinates": [[[1, 1], [2, 2], [3, 3], [1, 1]]]}), NO_AREA),
        (geojson({"type": "Topology", "arcs": [], "objects": {"a": {"type": "Polygon", "arcs": [[9]]}}}), NO_NUMBERS),
        (geojson({"type": "Topology"}), NO_NUMBERS),
        ("<kml><Polygon>", NO_XML),
        ('<!DOCTYPE a [<!ENTITY b "c">]><kml>&b;</kml>', NO_XML),
        (KML.replace("-102,41,0", "west"), NO_NUMBERS),
        ("<kml></kml>", NO_POLYGON),
        (" " * 4_000_001, TOO_LONG),
        ("[" * 100_000, NO_JSON),
    ],
)  # fmt: skip
def test_what_is_no_area_is_refused_with_a_sentence(text: str, why: str) -> None:
    with pytest.raises(ShapeRefused) as refused:
        read_shape(text, "kml" if text.startswith("<") else "geojson")
    assert str(refused.value) == why
    assert why.endswith(".")
    assert len(Shapes([(text, "geojson")])) == 0


def test_outline_that_crosses_itself_is_mended() -> None:
    bow = {"type": "Polygon", "coordinates": [[[0, 0], [2, 2], [2, 0], [0, 2], [0, 0]]]}
    whole = read_shape(geojson(bow))
    assert whole.is_valid
    assert whole.area == pytest.approx(2.0)
    assert holds(geojson(bow), 1.0, 0.4)
    assert not holds(geojson(bow), 1.9, 1.0)


DATE_LINE = {
    "goes on": {"type": "Polygon", "coordinates": [[[179, -15], [-179, -15], [-179, -13], [179, -13], [179, -15]]]},
    "from the other side": {"type": "Polygon", "coordinates": [[[-179, -15], [-179, -13], [179, -13], [179, -15]]]},
    "cut in two": {
        "type": "MultiPolygon",
        "coordinates": [
            [[[179, -15], [180, -15], [180, -13], [179, -13], [179, -15]]],
            [[[-180, -15], [-179, -15], [-179, -13], [-180, -13], [-180, -15]]],
        ],
    },
}  # fmt: skip


@pytest.mark.parametrize("way", DATE_LINE)
def test_across_the_date_line(way: str) -> None:
    text = geojson(DATE_LINE[way])
    for lon in (179.5, 180.0, -180.0, -179.5):
        assert holds(text, -14.0, lon), lon
    for lon in (178.5, -178.5, 0.0):
        assert not holds(text, -14.0, lon), lon


def test_hole_across_the_date_line() -> None:
    outline = [[178, -16], [-178, -16], [-178, -12], [178, -12], [178, -16]]
    hole = [[-179.5, -14.5], [-179, -14.5], [-179, -14], [-179.5, -14], [-179.5, -14.5]]
    text = geojson({"type": "Polygon", "coordinates": [outline, hole]})
    assert holds(text, -13.0, -179.2)
    assert not holds(text, -14.2, -179.2)


def test_words_are_no_shape() -> None:
    assert not is_shape("Alder County", None)
    assert not is_shape("{county}", "text")
    assert len(Shapes([("Alder County", "text"), ("69812", None)])) == 0


def test_same_text_has_one_token() -> None:
    text = geojson(GEOMETRY)
    shapes = Shapes([(text, "geojson"), (f" {text}\n", None)])
    assert shapes.tokens == [shape_token(text)]
    assert shapes.around(41.2, -101.2) == (shape_token(f"{text}\n"),)


def test_around_reaches_as_far_as_is_asked() -> None:
    text = geojson(GEOMETRY)
    # 0.1 degree of longitude at 41.2 degrees north is 8.4 km.
    east = -101.0 + 0.1
    assert Shapes([(text, "geojson")]).around(41.2, east) == ()
    assert Shapes([(text, "geojson")]).around(41.2, east, 7_500) == ()
    assert Shapes([(text, "geojson")]).around(41.2, east, 9_000) == (shape_token(text),)
    assert Shapes([(text, "geojson")]).around(42.08, -101.5, 9_500) == (shape_token(text),)


lons, lats = st.floats(-179.0, 179.0), st.floats(-80.0, 80.0)


@st.composite
def polygons(draw: st.DrawFn) -> Polygon:
    """Stars of any outline, some with a hole, nowhere near the date line."""
    lon, lat = draw(st.floats(-150, 150)), draw(st.floats(-60, 60))
    spokes = draw(st.lists(st.floats(0.1, 5.0), min_size=3, max_size=12))
    turn = 2 * pi / len(spokes)
    ring = [
        (round(lon + r * cos(at * turn), 9), round(lat + r * sin(at * turn), 9))
        for at, r in enumerate(spokes)
    ]
    outline = Polygon(ring)
    assume(outline.is_valid and outline.area > 1e-3)
    if draw(st.booleans()):
        x, y = (round(number, 6) for number in outline.representative_point().coords[0])
        inner = box(x - 0.02, y - 0.02, x + 0.02, y + 0.02)
        if outline.contains(inner):
            return Polygon(ring, [[(round(x, 9), round(y, 9)) for x, y in inner.exterior.coords]])
    return outline


@st.composite
def spots(draw: st.DrawFn, shapes: list[Polygon]) -> tuple[float, float]:
    """Points that are worth asking about: in, on the edge of and around the shapes."""
    one = draw(st.sampled_from(shapes))
    west, south, east, north = one.bounds
    across, up = draw(st.floats(-0.2, 1.2)), draw(st.floats(-0.2, 1.2))
    return south + up * (north - south), west + across * (east - west)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_agrees_with_shapely_about_every_shape(data: st.DataObject) -> None:
    drawn = data.draw(st.lists(polygons(), min_size=1, max_size=6))
    texts = [to_geojson(one) for one in drawn]
    shapes = Shapes([(text, "geojson") for text in texts])
    for _ in range(5):
        lat, lon = data.draw(spots(drawn))
        # What was written down is what counts: numbers may lose their last digit on the way.
        wanted = {shape_token(text) for text in texts if shape(json.loads(text)).intersects(Point(lon, lat))}
        assert set(shapes.around(lat, lon)) == wanted


def inside_by_counting(rings: list[list[tuple[float, float]]], lat: float, lon: float) -> bool:
    """Whether a ray to the east crosses the rings an odd number of times."""
    inside = False
    for ring in rings:
        for (x1, y1), (x2, y2) in zip(ring, [*ring[1:], ring[0]], strict=True):
            if (y1 > lat) != (y2 > lat) and lon < (x2 - x1) * (lat - y1) / (y2 - y1) + x1:
                inside = not inside
    return inside


@settings(max_examples=60, deadline=None)
@given(st.data(), st.sampled_from((0.0, 179.0, -179.0)))
def test_agrees_with_counting_crossings_also_across_the_date_line(data: st.DataObject, shift: float) -> None:
    one = data.draw(polygons())
    lat, lon = data.draw(spots([one]))
    assume(one.boundary.distance(Point(lon, lat)) > 1e-6)
    middle = one.centroid.x if shift else 0.0

    def moved(x: float) -> float:
        away = x - middle + shift if shift else x
        return (away + 180.0) % 360.0 - 180.0

    rings = [list(one.exterior.coords), *(list(ring.coords) for ring in one.interiors)]
    text = geojson({"type": "Polygon", "coordinates": [[[moved(x), y] for x, y in ring] for ring in rings]})
    assert holds(text, lat, moved(lon)) is inside_by_counting(rings, lat, lon)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(lons, lats), min_size=3, max_size=9))
@example([(0.0, 0.0), (2.0, 2.0), (2.0, 0.0), (0.0, 2.0)])
def test_any_ring_is_mended_or_refused(ring: list[tuple[float, float]]) -> None:
    text = geojson({"type": "Polygon", "coordinates": [[list(corner) for corner in ring]]})
    try:
        whole = read_shape(text)
    except ShapeRefused as refused:
        assert str(refused) in {TOO_FEW, NO_AREA}
    else:
        assert whole.is_valid
        assert whole.area > 0


def test_many_shapes_are_searched_by_a_tree() -> None:
    """Two thousand squares, of which a point meets one; against asking each of them."""
    squares = [
        box(-120 + x * 0.5, 30 + y * 0.5, -119.6 + x * 0.5, 30.4 + y * 0.5)
        for x in range(50)
        for y in range(40)
    ]
    texts = [geojson(mapping(one)) for one in squares]
    shapes = Shapes([(text, "geojson") for text in texts])
    assert len(shapes) == 2_000
    for lat, lon in ((30.2, -119.8), (33.45, -110.2), (45.0, -96.05), (10.0, 10.0)):
        wanted = {
            shape_token(text)
            for text, one in zip(texts, squares, strict=True)
            if one.intersects(Point(lon, lat))
        }
        assert set(shapes.around(lat, lon)) == wanted


def scribble(number: int) -> list[list[float]]:
    """A ring that crosses itself about `number * number / 5` times."""
    return [
        [round((at * at * 7919 % 997) / 997, 3), round((at * 104_729 % 991) / 991, 3)] for at in range(number)
    ]


THIN = [[[[0, at % 97 / 97], [1, at % 89 / 89], [1, at % 89 / 89 + 1e-5]]] for at in range(2_000)]
NESTED = [[[e, e], [1 - e, e], [1 - e, 1 - e], [e, 1 - e]] for e in (at / 9_000 for at in range(3_000))]
LONG_ARC = [[at / 1_000, at % 2] for at in range(10_000)]


@pytest.mark.parametrize(
    "content",
    [
        {"type": "Polygon", "coordinates": [scribble(3_000)]},
        {"type": "Polygon", "coordinates": [SQUARE, *[HOLE] * 20_000]},
        {"type": "Polygon", "coordinates": NESTED},
        {"type": "MultiPolygon", "coordinates": THIN},
        {"type": "Topology", "arcs": [LONG_ARC], "objects": {"a": {"type": "MultiPolygon", "arcs": [[[0] * 900]] * 900}}},
    ],
    ids=["scribble", "one hole again and again", "nested holes", "thin parts", "one arc a million times"],
)  # fmt: skip
def test_what_would_take_very_long_or_much_memory_is_refused(content: Any) -> None:
    """A file of a few kilobytes would else hold up every process that searches, for minutes and by the gigabyte."""
    with pytest.raises(ShapeRefused, match=TOO_LONG):
        read_shape(geojson(content))


ODD: st.SearchStrategy[Any] = st.recursive(
    st.sampled_from([None, True, 5, -1.5, 1e300, "Polygon", "x", [], {}, SQUARE]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                (
                    "type",
                    "coordinates",
                    "geometry",
                    "features",
                    "geometries",
                    "arcs",
                    "objects",
                    "transform",
                    "a",
                )
            ),
            inner | st.sampled_from(("Polygon", "MultiPolygon", "Feature", "FeatureCollection", "Topology")),
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(ODD)
@example({"type": "FeatureCollection", "features": 5})
@example({"type": ["Polygon"], "coordinates": []})
@example({"type": {}, "geometry": {}})
@example({"type": "Topology", "arcs": [], "objects": {"a": {"type": "Polygon", "arcs": [["x"]]}}})
@settings(max_examples=300, deadline=None)
def test_no_content_breaks_the_reading_of_shapes(content: Any) -> None:
    """One listing's shape must not stand between everybody and the search."""
    Shapes([(geojson(content), "geojson")])
