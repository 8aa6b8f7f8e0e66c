"""Sets, totals, facets, distances and order of every engine against looking at every document in turn.

Corpora and searches are drawn at random; many searches are asked of each corpus, because building one is what costs.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from math import asin, cos, inf, radians, sin, sqrt
from typing import Any

import msgspec
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from core.database import Database
from search.documents import documents
from search.engines import FACETS, Answer, Document, Engine, Query
from search.engines.plain import answer_plainly
from tests.search.conformance.corpora import MOMENT
from tests.search.conformance.generated import LISTINGS, MOMENTS, Listing, queries, write
from tests.search.conformance.stage import Stage, frozen
from tests.search.engine_support import CENTRE

# Shrinking would build hundreds of indexes; what fails is printed as it was drawn.
MODEST: dict[str, Any] = {
    "deadline": None,
    "suppress_health_check": list(HealthCheck),
    "phases": (Phase.explicit, Phase.reuse, Phase.generate),
    "derandomize": True,
}


@dataclass
class Held:
    """An engine and what it holds."""

    engine: Engine
    documents: list[Document]

    def expected(self, query: Query) -> Answer:
        """What looking at every document gives."""
        return answer_plainly(self.documents, query, MOMENT)


def _with_engine(
    stage: Stage, kind: str, listings: list[Listing], work: Callable[[Held], Coroutine[Any, Any, None]]
) -> None:
    """Write listings into a new database, put an engine over it, and do something with that."""

    url = stage.empty_database(kind)

    async def run() -> None:
        database = Database(url)
        try:
            await write(database, listings)
            held = [one async for one in documents(database)]
            async with stage.engine(kind, database, held) as engine:
                await work(Held(engine, held))
        finally:
            await database.dispose()

    with frozen(MOMENT):
        asyncio.run(run())


def found(answer: Answer) -> list[tuple[str, float | None]]:
    """What is on a page: services with their distances, in order."""
    return [(hit.service_id, hit.distance_m) for hit in answer.hits]


@settings(max_examples=8, **MODEST)
@given(listings=LISTINGS, asked=st.lists(queries(st.one_of(st.none(), MOMENTS)), min_size=24, max_size=24))
def test_answers_equal_those_of_brute_force(
    stage: Stage, kind: str, listings: list[Listing], asked: list[Query]
) -> None:
    """Equal but for the order of "best" by words: scores may differ, what is found may not."""

    async def compare(held: Held) -> None:
        for query in asked:
            expected, got = held.expected(query), await held.engine.search(query)
            assert (got.total, got.exact, got.notice) == (expected.total, True, expected.notice), query
            assert got.facets == expected.facets, query
            if query.sort != "best" or not query.text:
                assert found(got) == found(expected), query
            elif len(expected.hits) == expected.total:
                assert sorted(found(got)) == sorted(found(expected)), query
            assert len(got.hits) == len(expected.hits)

    _with_engine(stage, kind, listings, compare)


@settings(max_examples=3, **MODEST)
@given(listings=LISTINGS, asked=st.lists(queries(st.none()), min_size=4, max_size=4))
def test_pages_follow_each_other_without_overlap(
    stage: Stage, kind: str, listings: list[Listing], asked: list[Query]
) -> None:
    """All pages together are the one long page, whatever the order."""

    async def compare(held: Held) -> None:
        for query in asked:
            whole = await held.engine.search(msgspec.structs.replace(query, offset=0, limit=100))
            parts = [
                await held.engine.search(msgspec.structs.replace(query, offset=at, limit=4))
                for at in range(0, whole.total + 4, 4)
            ]
            assert [hit for part in parts for hit in found(part)] == found(whole), query
            ids = [hit.service_id for hit in whole.hits]
            assert len(ids) == len(set(ids)) == whole.total

    _with_engine(stage, kind, listings, compare)


@settings(max_examples=3, **MODEST)
@given(listings=LISTINGS, asked=st.lists(queries(st.one_of(st.none(), MOMENTS)), min_size=4, max_size=4))
def test_a_facet_promises_what_choosing_it_gives(
    stage: Stage, kind: str, listings: list[Listing], asked: list[Query]
) -> None:
    """A facet ignores its own filter: its number is the total after choosing that value instead of what is chosen.

    Which words of a text count may depend on the filters, so that this is asked without words.
    """

    async def compare(held: Held) -> None:
        for drawn in asked:
            query = msgspec.structs.replace(drawn, text="", limit=1, offset=0)
            facets = (await held.engine.search(query)).facets
            assert set(facets) == set(FACETS)
            for facet, values in facets.items():
                for value, number in values.items():
                    chosen: dict[str, dict[str, Any]] = {
                        "need": {"needs": (value,)},
                        "language": {"languages": (value,)},
                        "open_now": {"open_at": query.open_at or MOMENT},
                        "free": {"free": True},
                        "city": {"cities": (value,)},
                    }
                    narrower = msgspec.structs.replace(query, want_facets=False, **chosen[facet])
                    assert (await held.engine.search(narrower)).total == number, (facet, value, query)

    _with_engine(stage, kind, listings, compare)


@settings(max_examples=3, **MODEST)
@given(
    listings=LISTINGS,
    radii=st.lists(st.sampled_from((900.0, 3_000.0, 12_345.0, 25_000.0, 90_000.0)), min_size=3),
)
def test_radius_is_exact(stage: Stage, kind: str, listings: list[Listing], radii: list[float]) -> None:
    """Great circles written out once more, apart from all code of the product."""

    async def compare(held: Held) -> None:
        for radius_m in radii:
            nearest: dict[str, float] = {}
            for one in held.documents:
                far = inf if one.serves_everywhere else None
                if one.lat is not None and one.lon is not None:
                    north, east = radians(one.lat - CENTRE[0]), radians(one.lon - CENTRE[1])
                    across = cos(radians(CENTRE[0])) * cos(radians(one.lat)) * sin(east / 2) ** 2
                    metres = 2 * 6_371_008.8 * asin(sqrt(sin(north / 2) ** 2 + across))
                    far = metres if metres <= radius_m else None
                if far is not None:
                    nearest[one.service_id] = min(far, nearest.get(one.service_id, inf))
            query = Query(lat=CENTRE[0], lon=CENTRE[1], radius_m=radius_m, sort="distance", limit=100)
            got = await held.engine.search(query)
            assert got.total == len(nearest)
            assert dict(found(got)) == {
                one: None if far == inf else round(far, 1) for one, far in nearest.items()
            }
            distances = [inf if hit.distance_m is None else hit.distance_m for hit in got.hits]
            assert distances == sorted(distances)

    _with_engine(stage, kind, listings, compare)


def test_an_empty_directory_is_searched_too(stage: Stage, kind: str) -> None:
    async def compare(held: Held) -> None:
        for query in (Query(), Query(text="pantry"), Query(lat=1.0, lon=1.0, radius_m=100.0)):
            got = await held.engine.search(query)
            assert (got.total, got.hits, got.exact) == (0, [], True)
            assert await held.engine.suggest("bread") == []

    _with_engine(stage, kind, [], compare)
