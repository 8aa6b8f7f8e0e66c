"""Parts of the Meilisearch engine without a server: grid cells, opening slots, filters, the breaker, turns, settings."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from math import cos, radians
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.database import Database
from core.settings import Settings, SettingsError
from search.engines import Query
from search.engines.meilisearch import filters
from search.engines.meilisearch.breaker import FAILURES, FIRST_REST_S, Breaker
from search.engines.meilisearch.cells import cells_at, cover
from search.engines.meilisearch.layout import phrases_in, settings_differ, word
from search.engines.meilisearch.opening import opening_words, slot_at
from search.engines.plain import is_open
from search.geo import distance_m
from search.text import stems
from search.turns import Busy, FileTurns, turns_of
from tests.search.engine_support import document

RADII = (500.0, 1_609.0, 7_000.0, 16_093.0, 80_467.0, 900_000.0, 4_000_000.0)


@settings(deadline=None)
@given(
    st.floats(-89.5, 89.5),
    st.sampled_from((-179.95, -101.4, 0.01, 12.3, 179.99)),
    st.sampled_from(RADII),
    st.floats(-1.3, 1.3),
    st.floats(-1.3, 1.3),
)
def test_cells_hold_the_whole_circle_and_inner_ones_nothing_else(
    lat: float, lon: float, radius_m: float, north: float, east: float
) -> None:
    degrees = radius_m / 111_000
    there_lat = max(-90.0, min(90.0, lat + north * degrees))
    there_lon = (lon + east * degrees / max(0.05, cos(radians(lat))) + 180) % 360 - 180
    inside, rim = cover(lat, lon, radius_m)
    cells = set(cells_at(there_lat, there_lon))
    within = distance_m(lat, lon, there_lat, there_lon) <= radius_m
    if within:
        assert cells & {*inside, *rim}
    if cells & set(inside):
        assert within


def test_a_circle_is_told_in_few_cells() -> None:
    for radius_m, most in ((1_609.0, 20), (16_093.0, 40), (80_467.0, 300), (800_000.0, 5_000)):
        inside, rim = cover(40.7, -74.0, radius_m)
        assert len(inside) + len(rim) <= most


WEEK = 7 * 24 * 60


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, WEEK - 1), st.sampled_from((30, 600, 3_000))), max_size=3),
    st.sampled_from(("America/Chicago", "America/Phoenix", "Pacific/Auckland", "", "no zone")),
    st.integers(0, 2 * 366 * 24 * 60),
)
def test_what_is_open_stands_in_the_slot_of_the_moment(
    spans: list[tuple[int, int]], zone: str, minutes: int
) -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    one = document(
        "a",
        time_zone=zone,
        weekly=tuple((start, start + length) for start, length in spans),
        always_open_known=True,
    )
    if is_open(one, at):
        assert slot_at(at) in opening_words(one)


def test_words_of_filters_need_no_quoting() -> None:
    assert word("  Alder   Fälls ") == "alder falls"
    for odd in ('a "quote"', "back\\slash", "line\nbreak\x00", "", "x" * 100):
        assert word(odd) == word(odd)
        assert not set('"\\\n').intersection(word(odd))
        assert len(word(odd)) <= 60
    assert word("x" * 100) != word("x" * 101)


def test_phrases_are_found_within_one_text_only() -> None:
    assert "food bank" in phrases_in([*stems("the food bank"), ""])
    assert phrases_in(["food", "", "bank"]) == []


def test_counting_facets_asks_for_all_filters_or_all_but_one() -> None:
    both = filters.facet_filters(Query(needs=("food",), free=True))
    assert filters.all_but_one({}) == ""
    assert filters.all_but_one({"free": both["free"]}) == ""
    assert filters.all_but_one(both) == '((free IN ["yes"]) OR (needs IN ["food"]))'


@pytest.mark.parametrize("number", [1, 2, 3])
def test_at_least_so_many_of_some_filters(number: int) -> None:
    expression = filters.at_least(number, ["a", "b", "c"]).replace("AND", "and").replace("OR", "or")
    for bits in range(8):
        given_ = {"a": bool(bits & 1), "b": bool(bits & 2), "c": bool(bits & 4)}
        assert eval(expression, {}, given_) == (sum(given_.values()) >= number)


def test_settings_differ_only_where_something_is_asked_for() -> None:
    assert not settings_differ({"a": 1, "b": {"c": [1], "d": 2}}, {"b": {"c": [1]}})
    assert settings_differ({"b": {"c": [2]}}, {"b": {"c": [1]}})
    assert settings_differ({}, {"b": 1})


def test_the_breaker_lets_one_probe_through() -> None:
    now = 100.0
    breaker = Breaker(lambda: now)
    for _ in range(FAILURES):
        assert breaker.enter()
        breaker.failed()
    assert breaker.open
    assert not breaker.enter()
    now += FIRST_REST_S
    assert breaker.enter()
    assert not breaker.enter(), "one at a time"
    breaker.left()
    assert breaker.enter()
    breaker.failed()
    now += FIRST_REST_S
    assert not breaker.enter(), "each failed probe doubles the rest"
    now += FIRST_REST_S
    assert breaker.enter()
    breaker.succeeded()
    assert not breaker.open
    assert breaker.enter()


def test_failures_count_in_a_row_only() -> None:
    breaker = Breaker()
    for _ in range(3 * FAILURES):
        assert breaker.enter()
        breaker.failed()
        assert breaker.enter()
        breaker.succeeded()
    assert not breaker.open


async def test_turns_are_taken_one_after_another(database: Database, tmp_path: Path) -> None:
    order: list[str] = []
    ours, theirs = turns_of(database, tmp_path), turns_of(database, tmp_path)

    async def batch(name: str) -> None:
        async with (ours if name == "one" else theirs).take("batch"):
            order.append(name)
            await asyncio.sleep(0.05)
            order.append(name)

    await asyncio.gather(*(batch(name) for name in ("one", "two", "three")))
    assert order[0::2] == order[1::2]
    async with ours.take("batch"):
        with pytest.raises(Busy):
            async with theirs.take("batch", wait=False):
                raise AssertionError("both have the turn")
        async with theirs.take("other", wait=False):
            pass


async def test_a_turn_ends_with_an_error(tmp_path: Path) -> None:
    turns = FileTurns(tmp_path)
    with pytest.raises(ValueError, match="oops"):
        async with turns.take("batch"):
            raise ValueError("oops")
    async with turns.take("batch", wait=False):
        pass


BASE = {"HANDRAIL_SECRET_KEY": "x" * 40, "HANDRAIL_ENCRYPTION_KEYS": "A" * 43 + "="}


@pytest.mark.parametrize(
    ("url", "key", "wrong"),
    [
        ("http://127.0.0.1:7700", "", None),
        ("http://search.example.org:7700/", "a key", None),
        ("https://search.example.org", "", "HANDRAIL_SEARCH_KEY"),
        ("search.example.org:7700", "a key", "HANDRAIL_SEARCH_URL"),
        ("http://:key@search.example.org", "a key", "HANDRAIL_SEARCH_URL"),
        ("https://search.example.org/path", "a key", "HANDRAIL_SEARCH_URL"),
        ("redis://search.example.org", "a key", "HANDRAIL_SEARCH_URL"),
    ],
)
def test_the_address_of_the_server_is_checked(url: str, key: str, wrong: str | None) -> None:
    env = {**BASE, "HANDRAIL_SEARCH_URL": url, "HANDRAIL_SEARCH_KEY": key}
    if wrong is None:
        settings = Settings.from_env(env)
        assert (settings.search_url, settings.search_key) == (url.rstrip("/"), key)
        assert not key or key not in repr(settings)
        return
    with pytest.raises(SettingsError) as problem:
        Settings.from_env(env)
    assert wrong in str(problem.value)
    assert "a key" not in str(problem.value)
