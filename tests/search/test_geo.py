"""Distances against geopy's, and boxes that hold their circle wherever it lies."""

from __future__ import annotations

import numpy as np
import pytest
from geopy.distance import great_circle
from hypothesis import given
from hypothesis import strategies as st

from search.engines.embedded.grid import Grid
from search.geo import bounding_box, distance_m, distances_m

latitudes = st.floats(-89.9, 89.9)
longitudes = st.floats(-180, 180)


@given(latitudes, longitudes, latitudes, longitudes)
def test_distance_is_that_of_geopy(lat_a: float, lon_a: float, lat_b: float, lon_b: float) -> None:
    expected = great_circle((lat_a, lon_a), (lat_b, lon_b)).meters
    assert distance_m(lat_a, lon_a, lat_b, lon_b) == pytest.approx(expected, rel=1e-5, abs=0.01)
    many = distances_m(lat_a, lon_a, np.array([lat_b, np.nan]), np.array([lon_b, 0.0]))
    assert many[0] == pytest.approx(expected, rel=1e-5, abs=0.01)
    assert np.isnan(many[1])


@given(latitudes, longitudes, st.floats(1, 3_000_000), st.floats(0, 360), st.floats(0, 1))
def test_box_and_grid_hold_the_circle(
    lat: float, lon: float, radius_m: float, bearing: float, share: float
) -> None:
    """Any point of the circle is in the box and found by the grid, at the date line and the poles too."""
    point = great_circle(meters=radius_m * share * 0.999).destination((lat, lon), bearing)
    south, west, north, east = bounding_box(lat, lon, radius_m)
    assert south <= point.latitude <= north
    assert any(west <= point.longitude + turn <= east for turn in (-360, 0, 360))
    grid = Grid(np.array([np.nan, point.latitude]), np.array([np.nan, point.longitude]))
    assert grid.near(lat, lon, radius_m).tolist() == [1]


def test_a_box_over_the_date_line_and_one_around_the_pole() -> None:
    _, west, _, east = bounding_box(0.0, 179.9, 50_000)
    assert west < 180 < east
    assert bounding_box(89.9, 0.0, 50_000)[1::2] == (-180.0, 180.0)
