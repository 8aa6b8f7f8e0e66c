"""Sets, totals, facets, distances and order of the embedded engine against looking at every document in turn."""

from __future__ import annotations

import asyncio
from datetime import UTC, timedelta
from math import asin, cos, inf, radians, sin, sqrt
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from directory.opening.dayrules import DATED, OPEN, SHUT, DayRule
from search.engines import Answer, Document, Query
from search.engines.embedded.answering import answer
from search.engines.plain import answer_plainly
from tests.search.engine_support import CENTRE, NOW, document, engine_of

WORDS = ("bread", "soup", "bed", "roof", "bus", "class", "Niño", "quiltmaking")
NEEDS = ("food", "housing", "transportation")
LANGUAGES = ("en", "es", "so")
CITIES = ("Alder Falls", "Millbrook", "")
ZONES = ("America/Chicago", "America/Los_Angeles", "")
DAY = 24 * 60


@st.composite
def documents(draw: st.DrawFn) -> list[Document]:
    """A few services at a few locations each, some without a position."""
    found = []
    for number in range(draw(st.integers(0, 12))):
        name = " ".join(draw(st.lists(st.sampled_from(WORDS), min_size=1, max_size=3)))
        for place in range(draw(st.integers(1, 3))):
            placed = draw(st.booleans()) or draw(st.booleans())
            starts = draw(st.lists(st.integers(0, 7 * DAY - 1), max_size=3))
            found.append(
                document(
                    f"service-{number}",
                    f"place-{number}-{place}",
                    name=name,
                    description=" ".join(draw(st.lists(st.sampled_from(WORDS), max_size=4))),
                    lat=CENTRE[0] + draw(st.integers(-40, 40)) / 100 if placed else None,
                    lon=CENTRE[1] + draw(st.integers(-40, 40)) / 100 if placed else None,
                    city=draw(st.sampled_from(CITIES)),
                    needs=tuple(draw(st.lists(st.sampled_from(NEEDS), max_size=2, unique=True))),
                    languages=tuple(draw(st.lists(st.sampled_from(LANGUAGES), max_size=2, unique=True))),
                    eligibility=tuple(draw(st.lists(st.sampled_from(("veterans", "youth")), max_size=1))),
                    free=draw(st.sampled_from((True, False, None))),
                    accessible=draw(st.sampled_from((True, False, None))),
                    min_age=draw(st.sampled_from((None, 18, 60))),
                    max_age=draw(st.sampled_from((None, 17, 24))),
                    time_zone=draw(st.sampled_from(ZONES)),
                    weekly=tuple((start, start + draw(st.sampled_from((30, 500, 1400)))) for start in starts),
                    rules=tuple(
                        DayRule(
                            draw(st.sampled_from((OPEN, SHUT))),
                            opens,
                            opens + 600,
                            DATED,
                            NOW.toordinal() + ahead,
                            NOW.toordinal() + ahead,
                        )
                        for ahead, opens in draw(
                            st.lists(st.tuples(st.integers(-1, 20), st.integers(0, 1200)), max_size=2)
                        )
                    ),
                    always_open_known=bool(starts) or draw(st.booleans()),
                    serves_everywhere=draw(st.sampled_from((False, False, True))),
                    areas=tuple(draw(st.lists(st.sampled_from(("69812", "millbrook")), max_size=1))),
                    updated=1_700_000_000 + draw(st.integers(0, 3)) * 86_400,
                    verified=draw(st.sampled_from((None, 20_000, 20_500))),
                )
            )
    return found


@st.composite
def queries(draw: st.DrawFn) -> Query:
    """Any combination of filters, with or without words and place."""
    near = draw(st.booleans())
    typed = (*WORDS, "sopu", "quiltmakign", "brea", "zzzz", "classes", "nino")
    return Query(
        text=" ".join(draw(st.lists(st.sampled_from(typed), max_size=3))),
        lat=CENTRE[0] if near else None,
        lon=CENTRE[1] if near else None,
        radius_m=draw(st.sampled_from((None, 5_000.0, 16_093.44, 40_000.0, 30_000_000.0))) if near else None,
        area_words=tuple(draw(st.lists(st.sampled_from(("69812", "Millbrook")), max_size=2))),
        needs=tuple(draw(st.lists(st.sampled_from(NEEDS), max_size=2))),
        languages=tuple(draw(st.lists(st.sampled_from(LANGUAGES), max_size=1))),
        open_at=draw(st.sampled_from((None, None, NOW, NOW + timedelta(days=4, hours=9)))),
        free=draw(st.sampled_from((None, None, True, False))),
        cities=tuple(draw(st.lists(st.sampled_from(("alder falls", "Millbrook")), max_size=1))),
        accessible=draw(st.sampled_from((None, None, True))),
        age=draw(st.sampled_from((None, None, 17.0, 18.0, 70.0))),
        eligibility=tuple(draw(st.lists(st.just("veterans"), max_size=1))),
        sort=draw(st.sampled_from(("best", "distance", "name", "updated"))),
        offset=draw(st.integers(0, 3)),
        limit=draw(st.integers(0, 12)),
    )


def asked(held: list[Document], query: Query) -> Answer:
    """What the embedded engine answers at NOW."""

    async def run() -> Answer:
        with TemporaryDirectory() as folder:
            engine = await engine_of(Path(folder), held)
            return answer(engine.snapshot, query, NOW)

    return asyncio.run(run())


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(documents(), queries())
def test_answers_equal_those_of_brute_force(held: list[Document], query: Query) -> None:
    """Sets, totals, facets and distances are equal; so is the order, but for "best" by words (scores differ)."""
    expected, got = answer_plainly(held, query, NOW), asked(held, query)
    assert got.total == expected.total
    assert got.exact
    assert got.facets == expected.facets
    assert got.notice == expected.notice
    if query.sort != "best" or not query.text:
        assert [(hit.service_id, hit.distance_m) for hit in got.hits] == [
            (hit.service_id, hit.distance_m) for hit in expected.hits
        ]
    assert len(got.hits) == len(expected.hits)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(documents(), st.sampled_from((3_000.0, 12_345.0, 25_000.0)))
def test_radius_is_exact(held: list[Document], radius_m: float) -> None:
    """Written out here once more, apart from all code of the product."""
    query = Query(lat=CENTRE[0], lon=CENTRE[1], radius_m=radius_m, sort="distance", limit=100)
    nearest: dict[str, float] = {}
    for one in held:
        if one.lat is None or one.lon is None:
            far = inf if one.serves_everywhere else None
        else:
            north, east = radians(one.lat - CENTRE[0]), radians(one.lon - CENTRE[1])
            half = sin(north / 2) ** 2 + cos(radians(CENTRE[0])) * cos(radians(one.lat)) * sin(east / 2) ** 2
            metres = 2 * 6_371_008.8 * asin(sqrt(half))
            far = metres if metres <= radius_m else None
        if far is not None:
            nearest[one.service_id] = min(far, nearest.get(one.service_id, inf))
    got = asked(held, query)
    assert got.total == len(nearest)
    assert {hit.service_id: hit.distance_m for hit in got.hits} == {
        one: None if far == inf else round(far, 1) for one, far in nearest.items()
    }
    distances = [inf if hit.distance_m is None else hit.distance_m for hit in got.hits]
    assert distances == sorted(distances)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(documents(), st.integers(0, 31 * DAY))
def test_open_at_is_exact(held: list[Document], minutes: int) -> None:
    """Weekly hours and those of single dates, over a change of the clocks too, apart from the code of the product."""
    at = NOW + timedelta(minutes=minutes - 15 * DAY)
    expected = set()
    for one in held:
        local = at.astimezone(ZoneInfo(one.time_zone) if one.time_zone else UTC)
        for back in (0, 1):
            day, minute = local.toordinal() - back, local.hour * 60 + local.minute + back * DAY
            dated = [rule for rule in one.rules if rule.start == day]
            weekday = (local.weekday() - back) % 7
            spans = [(rule.opens, rule.closes) for rule in dated if rule.kind == OPEN]
            if not dated:
                spans = [(a - weekday * DAY, b - weekday * DAY) for a, b in one.weekly if a // DAY == weekday]
            if any(start <= minute < end for start, end in spans):
                expected.add(one.service_id)
    got = asked(held, Query(open_at=at, limit=100))
    assert {hit.service_id for hit in got.hits} == expected
