"""Coordinates are taken, repaired with a word about it, or refused with the reason."""

import json
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory import coordinates
from directory.coordinates import Coordinates, Refused, from_web_mercator, in_united_states, read_coordinates

PANTRIES = Path(__file__).parents[2] / "../shared/data/pantries/input_records.ndjson"


def to_web_mercator(lat: float, lon: float) -> tuple[float, float]:
    """x and y in metres, the projection the other way round."""
    radius = 6_378_137.0
    return radius * math.radians(lon), radius * math.log(math.tan(math.pi / 4 + math.radians(lat) / 2))


def near(found: object, lat: float, lon: float, repaired: str | None) -> bool:
    assert isinstance(found, Coordinates), found
    assert found.repaired == repaired
    return abs(found.lat - lat) < 1e-6 and abs(found.lon - lon) < 1e-6


@pytest.mark.parametrize("lat, lon", [(42.05, -101.4), ("42.05", " -101.4 "), ("42,05", "-101,4")])
def test_degrees_are_taken_as_they_are(lat, lon):
    assert near(read_coordinates(lat, lon), 42.05, -101.4, None)


def test_degrees_with_sides_and_minutes():
    assert near(read_coordinates("42.05 N", "101.4 W"), 42.05, -101.4, None)
    assert near(read_coordinates("42° 3' 0\" N", "101° 24' W"), 42.05, -101.4, None)


def test_swapped_columns_are_put_right():
    assert near(read_coordinates(-101.4, 42.05), 42.05, -101.4, coordinates.SWAPPED)


def test_a_lost_minus_sign_is_put_back():
    assert near(read_coordinates(42.05, 101.4), 42.05, -101.4, coordinates.WEST)
    assert near(read_coordinates(101.4, 42.05), 42.05, -101.4, coordinates.SWAPPED_WEST)


def test_metres_become_degrees():
    x, y = to_web_mercator(38.9, -77.03)
    assert near(read_coordinates(y, x), 38.9, -77.03, coordinates.FROM_METRES)
    assert near(read_coordinates(x, y), 38.9, -77.03, coordinates.FROM_METRES_SWAPPED)
    assert near(read_coordinates(y, -x), 38.9, -77.03, coordinates.FROM_METRES_WEST)


@pytest.mark.parametrize(
    ("lat", "lon", "reason"),
    [
        (None, None, coordinates.NONE_GIVEN),
        ("", " ", coordinates.NONE_GIVEN),
        (42.0, None, coordinates.NONE_GIVEN),
        (0, 0.0, coordinates.ZEROS),
        ("0.0", "0", coordinates.ZEROS),
        ("north", "-101", coordinates.NOT_NUMBERS),
        (float("nan"), -101, coordinates.NOT_NUMBERS),
        (True, -101, coordinates.NOT_NUMBERS),
        ([42], {}, coordinates.NOT_NUMBERS),
        (-33.44, -70.65, coordinates.OUTSIDE),
        (51.5, -0.12, coordinates.OUTSIDE),
        (10**400, -101, coordinates.NOT_NUMBERS),
        (4.2e9, -8.5e9, coordinates.OUTSIDE),
    ],
)
def test_the_rest_is_refused_and_told(lat, lon, reason):
    assert read_coordinates(lat, lon) == Refused(reason)


@pytest.mark.parametrize(
    "place",
    [
        (24.56, -81.78),  # Key West
        (44.9, -67.0),  # Eastport, Maine
        (42.89, -78.88),  # Buffalo
        (48.37, -124.62),  # Neah Bay
        (49.35, -95.05),  # the Northwest Angle
        (25.9, -97.5),  # Brownsville
        (61.2, -149.9),  # Anchorage
        (51.88, -176.65),  # Adak
        (52.9, 173.2),  # Attu
        (55.34, -131.65),  # Ketchikan
        (19.72, -155.09),  # Hilo
        (18.47, -66.1),  # San Juan
        (13.44, 144.79),  # Guam
        (-14.28, -170.7),  # Pago Pago
    ],
)
def test_far_corners_are_inside(place):
    assert in_united_states(*place)


@pytest.mark.parametrize(
    "place",
    [(43.65, -79.38), (45.5, -73.57), (49.28, -123.12), (25.67, -100.31), (23.13, -82.38), (25.05, -77.35)],
)
def test_neighbours_are_outside(place):
    assert not in_united_states(*place)


@given(st.floats(25.0, 49.0), st.floats(-124.0, -67.0))
def test_metres_and_back(lat, lon):
    back = from_web_mercator(*to_web_mercator(lat, lon))
    assert math.isclose(back[0], lat, abs_tol=1e-7) and math.isclose(back[1], lon, abs_tol=1e-7)


anything = st.one_of(st.none(), st.floats(), st.integers(), st.text(max_size=12), st.booleans())


@given(anything, anything)
def test_never_raises_and_never_leaves_the_country(lat, lon):
    found = read_coordinates(lat, lon)
    assert isinstance(found, Refused) or in_united_states(found.lat, found.lon)


def test_real_pantries_lie_in_the_united_states():
    if not PANTRIES.exists():
        pytest.skip("the shared pantries file is not on this machine")
    given_, inside, metres = 0, 0, 0
    with PANTRIES.open() as file:
        for record in map(json.loads, file):
            for lat, lon in (("latitude", "longitude"), ("Latitude", "Longitude")):
                found = read_coordinates(record.get(lat), record.get(lon))
                if isinstance(found, Refused) and found.reason in (coordinates.NONE_GIVEN, coordinates.ZEROS):
                    continue
                given_ += 1
                inside += isinstance(found, Coordinates)
                metres += isinstance(found, Coordinates) and found.repaired == coordinates.FROM_METRES
    assert given_ > 2600
    assert metres == 338
    assert inside / given_ >= 0.98
