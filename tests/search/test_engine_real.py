"""Both engines on listings that real organizations published."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from core.clock import now
from core.database import Database
from directory.importing import ImportOptions, import_directory
from search.documents import documents, expected
from search.engines import Document, Facets, Query
from search.engines.embedded.answering import answer
from search.engines.plain import answer_plainly
from search.engines.sql import SqlEngine
from search.geo import distance_m
from search.text import fold
from tests.search.engine_support import engine_of
from tests.support.tools import ROOT, shared_data

pytestmark = pytest.mark.shared_data

TEN_MILES = 16_093.44
NEAR_94110: dict[str, Any] = {"lat": 37.7509, "lon": -122.4153, "radius_m": TEN_MILES}
NEAR_10001: dict[str, Any] = {"lat": 40.7506, "lon": -73.9972, "radius_m": TEN_MILES}

QUERIES = (
    Query(),
    Query(text="pantry", **NEAR_94110),
    Query(text="fod pantrry", **NEAR_94110),
    Query(text="soup kitchen", **NEAR_10001),
    Query(text="church", sort="distance", **NEAR_10001),
    Query(text="eviction lawyer"),
    Query(text="imigration"),
    Query(text="salvation army", sort="name"),
    Query(needs=("food",), cities=("Brooklyn",), sort="name"),
    Query(needs=("legal-help",), text="divorce"),
    Query(open_at=now(), sort="distance", **NEAR_10001),
)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_imported_listings_are_found_as_brute_force_finds_them(
    database: Database, tmp_path: Path
) -> None:
    options = ImportOptions(mapping=ROOT / "seeds" / "mappings" / "pantries.toml")
    await import_directory(database, shared_data("pantries") / "input_records.ndjson", options)
    await import_directory(database, shared_data("legal_aid"), ImportOptions())
    held = [document async for document in documents(database)]
    assert len({document.service_id for document in held}) > 3_000
    engine = await engine_of(tmp_path, held)
    assert (await engine.check(expected(database))).equal
    moment = now()
    for query in QUERIES:
        wanted = answer_plainly(held, query, moment)
        got = answer(engine.snapshot, query, moment)
        assert (got.total, got.notice) == (wanted.total, wanted.notice), query
        assert _spelled_alike(got.facets) == _spelled_alike(wanted.facets), query
    await _right_and_misspelt_agree(engine, held)
    fallback = await SqlEngine(database).search(QUERIES[2])
    indexed = await engine.search(QUERIES[2])
    assert fallback.total == indexed.total
    assert _spelled_alike(fallback.facets) == _spelled_alike(indexed.facets)


def _spelled_alike(facets: Facets) -> Facets:
    """Real files write McAllen and Mcallen: which of them a city is shown as may differ, its count may not."""
    return facets | {"city": {fold(city): count for city, count in facets["city"].items()}}


async def _right_and_misspelt_agree(engine: Any, held: list[Document]) -> None:
    """The same first result, and every hit within ten miles by the coordinates of its listing."""
    right, misspelt = [
        await engine.search(Query(text=text, limit=500, **NEAR_94110)) for text in ("pantry", "fod pantrry")
    ]
    assert right.hits[0].service_id == misspelt.hits[0].service_id
    places = {(document.service_id, document.location_id): document for document in held}
    near = [hit for hit in (*right.hits, *misspelt.hits) if hit.distance_m is not None]
    assert len(near) > 40
    for hit in near:
        place = places[hit.service_id, hit.location_id]
        assert place.lat is not None
        assert place.lon is not None
        far = distance_m(NEAR_94110["lat"], NEAR_94110["lon"], place.lat, place.lon)
        assert far <= TEN_MILES
        assert hit.distance_m == pytest.approx(far, abs=0.1)
