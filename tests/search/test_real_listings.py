"""Real food pantries, imported and searched through the whole application."""

from collections import Counter
from pathlib import Path

import pytest
from litestar import Litestar

from core.database import Database
from core.display import METRES_PER_MILE
from directory.importing import ImportOptions, import_directory
from search.geo import distance_m
from search.state import Search
from tests.search.listings import build
from tests.support.http import Http
from tests.support.tools import shared_data

ROOT = Path(__file__).parents[2]

# The engine is the same on both databases, and importing takes a while.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
async def search(database: Database, app: Litestar) -> Search:
    options = ImportOptions(mapping=ROOT / "seeds" / "mappings" / "pantries.toml")
    await import_directory(database, shared_data("pantries") / "input_records.ndjson", options)
    found: Search = app.state.search
    await build(found)
    return found


async def every_hit(http: Http, query: str) -> tuple[dict, list[dict]]:
    first = (await http.get(f"/api/search?{query}")).json()
    hits = list(first["hits"])
    for page in range(2, first["pages"] + 1):
        hits += (await http.get(f"/api/search?{query}&page={page}")).json()["hits"]
    return first, hits


async def test_pantries_near_a_zip_code(http: Http, search: Search) -> None:
    answer, hits = await every_hit(http, "q=pantry&near=94110&radius=10")
    assert answer["total"] == len(hits) >= 40
    assert len({hit["service_id"] for hit in hits}) == len(hits)
    place = answer["place"]
    for hit in hits:
        if hit["latitude"] is not None:
            away = distance_m(place["latitude"], place["longitude"], hit["latitude"], hit["longitude"])
            assert away <= 10 * METRES_PER_MILE
            assert hit["distance_m"] == pytest.approx(away, abs=1)

    misspelt = (await http.get("/api/search?q=fod+pantrry&near=94110&radius=10")).json()
    assert misspelt["hits"][0]["service_id"] == hits[0]["service_id"]

    for facet, parameter in (("need", "need"), ("city", "city"), ("free", "free"), ("language", "language")):
        counted = Counter(answer["facets"][facet])
        for value, number in counted.items():
            asked = "1" if value == "yes" else value
            same = await every_hit(http, f"q=pantry&near=94110&radius=10&{parameter}={asked}")
            assert len(same[1]) == number, (facet, value)


async def test_the_four_fields_are_filters_on_imported_listings(http: Http, search: Search) -> None:
    facets = (await http.get("/api/search")).json()["facets"]["need"]
    assert facets["food"] >= 2_300
    assert facets["housing"] >= 10
    assert facets["vocational"] >= 3
    assert facets["transportation"] >= 2
