"""Sets, totals and facets of every engine on listings that real organizations published, and on the demo county."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from math import inf
from typing import Any

import msgspec
import pytest

from core.database import Database
from search.engines import Answer, Document, Facets, Query
from search.engines.meilisearch.answering import MOST as MOST_MATCHING
from search.engines.plain import answer_plainly, known_words
from search.engines.sql import MOST_SERVICES
from search.geo import distance_m
from search.text import fold
from tests.search.conformance.corpora import COUNTY, MOMENT, REAL, Corpus, has_real_listings
from tests.search.conformance.stage import EMBEDDED, KINDS, MEILISEARCH, SQL, SQL_POSTGRESQL, Stage, frozen

# One process for all of them: they share corpora and answers that are dear to make.
pytestmark = pytest.mark.xdist_group("conformance")

TEN_MILES = 16_093.44
NEAR_94110: dict[str, Any] = {"lat": 37.7509, "lon": -122.4153, "radius_m": TEN_MILES}
NEAR_10001: dict[str, Any] = {"lat": 40.7506, "lon": -73.9972, "radius_m": TEN_MILES}
NEAR_69812: dict[str, Any] = {
    "lat": 42.046,
    "lon": -101.378,
    "radius_m": TEN_MILES,
    "area_words": ("69812", "alder falls"),
}

QUERIES: dict[str, tuple[Query, ...]] = {
    COUNTY: (
        Query(text="pantry", **NEAR_69812),
        Query(text="fod pantrry", sort="distance", **NEAR_69812),
        Query(text="place to sleep tonight", needs=("housing",), **NEAR_69812),
        Query(text="ride to dialysis", languages=("es",)),
        Query(text="abogado", free=True),
        Query(text="my husband hits me", **NEAR_69812),
        Query(text="counseling", age=16.0, open_at=MOMENT),
        Query(text="job", cities=("Alder Falls", "Tamarack"), sort="name"),
        Query(text="light bill zzzz"),
        Query(needs=("food", "transportation"), sort="updated", **NEAR_69812),
        Query(open_at=MOMENT, sort="distance", **NEAR_69812),
        Query(accessible=True, languages=("es", "ar"), sort="name"),
    ),
    REAL: (
        Query(text="pantry", **NEAR_94110),
        Query(text="fod pantrry", **NEAR_94110),
        Query(text="soup kitchen", **NEAR_10001),
        Query(text="church", sort="distance", **NEAR_10001),
        Query(text="eviction lawyer"),
        Query(text="imigration"),
        Query(text="salvation army", sort="name"),
        Query(needs=("food",), cities=("Brooklyn",), sort="name"),
        Query(needs=("legal-help",), text="divorce"),
        Query(open_at=MOMENT, sort="distance", **NEAR_10001),
    ),
}

STATED_LIMITS = {EMBEDDED: inf, SQL: MOST_SERVICES, SQL_POSTGRESQL: MOST_SERVICES, MEILISEARCH: MOST_MATCHING}
"""How many listings an engine must count exactly, whatever is asked."""

_REAL_ONES = [
    pytest.mark.shared_data,
    pytest.mark.skipif(not has_real_listings(), reason="the real listings are not on this machine"),
]
# Three thousand listings in one more database would tell nothing that those of the county do not.
everywhere = pytest.mark.parametrize(
    ("kind", "name"),
    [
        pytest.param(
            kind, name, id=f"{kind}-{name}".replace(" ", "_"), marks=_REAL_ONES if name == REAL else ()
        )
        for name in (COUNTY, REAL)
        for kind in KINDS
        if (kind, name) != (SQL_POSTGRESQL, REAL)
    ],
    indirect=["kind"],
)


def _expected(documents: Sequence[Document], name: str) -> list[Answer]:
    """What looking at every document gives."""
    known = known_words(documents)
    return [
        answer_plainly(documents, msgspec.structs.replace(query, limit=200), MOMENT, known)
        for query in QUERIES[name]
    ]


@everywhere
def test_answers_equal_those_of_brute_force(stage: Stage, kind: str, name: str) -> None:
    corpus = stage.corpus(name, kind)
    expected = stage.once(("expected", corpus.url), lambda: _expected(corpus.documents, name))
    for query, wanted, got in zip(QUERIES[name], expected, _asked(stage, kind, corpus), strict=True):
        ids = [hit.service_id for hit in got.hits]
        assert len(ids) == len(set(ids))
        if not got.exact:
            assert len(corpus.documents) > STATED_LIMITS[kind]
            assert got.total <= wanted.total, query
            continue
        assert (got.total, got.notice) == (wanted.total, wanted.notice), query
        assert _spelled_alike(got.facets) == _spelled_alike(wanted.facets), query
        if query.sort != "best":
            assert ids == [hit.service_id for hit in wanted.hits], query


@everywhere
def test_distances_are_those_of_the_listings(stage: Stage, kind: str, name: str) -> None:
    corpus = stage.corpus(name, kind)
    places = {(one.service_id, one.location_id): one for one in corpus.documents}
    near = 0
    for query, got in zip(QUERIES[name], _asked(stage, kind, corpus), strict=True):
        for hit in got.hits:
            if hit.distance_m is not None and query.lat is not None and query.lon is not None:
                place = places[hit.service_id, hit.location_id]
                assert place.lat is not None
                assert place.lon is not None
                assert hit.distance_m <= TEN_MILES
                assert hit.distance_m == pytest.approx(
                    distance_m(query.lat, query.lon, place.lat, place.lon), abs=0.1
                )
                near += 1
    assert near > 40


def _spelled_alike(facets: Facets) -> Facets:
    """Real files write McAllen and Mcallen: which of them a city is shown as may differ, its count may not."""
    return facets | {"city": {fold(city): count for city, count in facets["city"].items()}}


def _asked(stage: Stage, kind: str, corpus: Corpus) -> list[Answer]:
    """The answers of one engine, asked once for all tests."""
    return stage.once((kind, corpus.name), lambda: asyncio.run(_ask(stage, kind, corpus)))


async def _ask(stage: Stage, kind: str, corpus: Corpus) -> list[Answer]:
    database = Database(corpus.url)
    try:
        with frozen(MOMENT):
            async with stage.engine(kind, database, corpus.documents) as engine:
                return [
                    await engine.search(msgspec.structs.replace(query, limit=200))
                    for query in QUERIES[corpus.name]
                ]
    finally:
        await database.dispose()
