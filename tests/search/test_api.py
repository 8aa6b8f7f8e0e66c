"""The JSON search: what it answers, what it refuses, and that hits agree with a count by hand."""

import pytest
from sqlalchemy import event

from core.database import Database
from core.display import METRES_PER_MILE
from directory.models import Service
from search.geo import distance_m
from search.state import Search
from tests.search.listings import CHECKED, FALLS, FAR, MILLBROOK, county, id_of
from tests.support.http import Http

KEYS = {"total", "total_is", "page", "pages", "took_ms", "place", "facets", "hits"}
HIT_KEYS = {
    "service_id", "location_id", "name", "organization", "distance_m", "open", "highlights", "reasons", "verified_on",
}  # fmt: skip


async def names(http: Http, query: str) -> list[str]:
    answer = await http.get(f"/api/search?{query}")
    assert answer.status_code == 200, answer.text
    return [hit["name"] for hit in answer.json()["hits"]]


async def test_it_works(http: Http, search: Search) -> None:
    answer = (await http.get("/api/search?q=pantry&near=69812&radius=10")).json()
    assert answer.keys() >= KEYS
    assert (answer["total"], answer["total_is"], answer["pages"]) == (2, "exact", 1)
    assert answer["place"]["label"] == "69812"
    hit = answer["hits"][0]
    assert hit.keys() >= HIT_KEYS
    assert (hit["name"], hit["organization"]) == ("Millrace Community Pantry", "Millrace Neighbors")
    assert hit["service_id"] == str(id_of("Millrace Community Pantry"))
    assert hit["location_id"] == str(id_of("Millrace Community Pantry 0"))
    assert hit["open"] is True
    assert hit["verified_on"] == CHECKED.isoformat()
    start, end = hit["highlights"]["name"][0]
    assert hit["name"][start:end] == "Pantry"


async def test_misspelt_words_find_the_same(http: Http, search: Search) -> None:
    right = await names(http, "q=food+pantry&near=69812")
    assert right
    assert (await names(http, "q=fod+pantrry&near=69812"))[0] == right[0]


async def test_distance_is_that_of_the_nearest_location_in_range(http: Http, search: Search) -> None:
    answer = (await http.get("/api/search?q=millrace&near=69813&radius=10")).json()
    place, hit = answer["place"], answer["hits"][0]
    away = distance_m(place["latitude"], place["longitude"], MILLBROOK.lat or 0, MILLBROOK.lon or 0)
    assert hit["location_id"] == str(id_of("Millrace Community Pantry 1"))
    assert hit["distance_m"] == pytest.approx(away, abs=1)


async def test_radius_is_a_circle(http: Http, search: Search) -> None:
    point = f"near={FALLS.lat},{FALLS.lon}"
    away = distance_m(FALLS.lat or 0, FALLS.lon or 0, FAR.lat or 0, FAR.lon or 0) / METRES_PER_MILE
    assert "Quarry Point Food Shelf" not in await names(http, f"{point}&radius={away - 0.1:.2f}")
    assert "Quarry Point Food Shelf" in await names(http, f"{point}&radius={away + 0.1:.2f}")


async def test_services_without_a_place_are_found_by_area(http: Http, search: Search) -> None:
    near = (await http.get("/api/search?near=69812&radius=1")).json()["hits"]
    by_name = {hit["name"]: hit for hit in near}
    assert {"Talk Line", "Rent Desk", "Lantern House"} <= by_name.keys()
    assert by_name["Talk Line"]["distance_m"] is None
    assert by_name["Talk Line"]["reasons"] == ["Serves 69812"]
    assert "Rent Desk" not in await names(http, "near=69849&radius=1")


async def test_confidential_place_tells_nothing(http: Http, search: Search) -> None:
    answer = await http.get("/api/search?q=shelter&near=69812")
    hit = next(hit for hit in answer.json()["hits"] if hit["name"] == "Lantern House")
    assert (hit["latitude"], hit["longitude"], hit["distance_m"]) == (None, None, None)
    assert "Harlow" not in answer.text


FILTERS: list[tuple[str, set[str]]] = [
    ("need=food", {"Millrace Community Pantry", "Second Shelf Market", "Quarry Point Food Shelf"}),
    ("need=intimate-partner-violence", {"Lantern House"}),
    ("need=housing-instability&need=transportation", {"Rent Desk"}),
    ("language=es", {"Millrace Community Pantry", "Rent Desk"}),
    ("language=es&need=food", {"Millrace Community Pantry"}),
    ("open_now=1", {"Millrace Community Pantry"}),
    ("open_at=2026-11-23T03:00", {"Millrace Community Pantry"}),
    ("free=1", {"Millrace Community Pantry"}),
    ("accessible=1", {"Millrace Community Pantry"}),
    ("city=Millbrook", {"Millrace Community Pantry", "Second Shelf Market"}),
    ("need=mental-health&age=12", set()),
    ("need=mental-health&age=40", {"Talk Line"}),
]


async def test_filters(http: Http, search: Search) -> None:
    found = {query: set(await names(http, query)) for query, _ in FILTERS}
    assert found == dict(FILTERS)


async def test_facets_count_what_each_value_would_find(http: Http, search: Search) -> None:
    """Every count is compared with asking for that value."""
    names_of = {
        "need": "need",
        "language": "language",
        "free": "free",
        "open_now": "open_now",
        "city": "city",
    }
    for base in ("near=69812&radius=100", "q=pantry"):
        facets = (await http.get(f"/api/search?{base}")).json()["facets"]
        assert facets["need"]
        for facet, parameter in names_of.items():
            for value, number in facets[facet].items():
                asked = "1" if value == "yes" else value
                answer = (await http.get(f"/api/search?{base}&{parameter}={asked}")).json()
                assert answer["total"] == number, (base, facet, value)


async def test_sorting(http: Http, search: Search) -> None:
    by_name = await names(http, "sort=name")
    assert by_name == sorted(by_name, key=str.lower)
    answer = (await http.get("/api/search?near=69812&radius=100&sort=distance")).json()
    told = [hit["distance_m"] for hit in answer["hits"] if hit["distance_m"] is not None]
    assert told == sorted(told)


async def test_database_decides_what_is_shown(http: Http, search: Search, database: Database) -> None:
    """A service that went out of use a moment ago is not shown, though the index still has it."""
    async with database.transaction() as db:
        (await db.get_one(Service, id_of("Second Shelf Market"))).status = "inactive"
    assert "Second Shelf Market" not in await names(http, "q=pantry")


async def test_few_queries(http: Http, search: Search, database: Database) -> None:
    await http.get("/api/search?q=pantry&near=69812")
    queries: list[str] = []
    event.listen(database.engine.sync_engine, "before_cursor_execute", lambda *args: queries.append(args[2]))
    await http.get("/api/search?near=69812&radius=100&need=food")
    assert len([text for text in queries if text.startswith("SELECT")]) <= 6


BAD_AND_GOOD = [
    ("near=zzz", 400),
    ("near=Springfield", 400),
    ("near=51.5,-0.12", 400),
    ("radius=-1&near=69812", 400),
    ("radius=nan&near=69812", 400),
    ("radius=1e400&near=69812", 400),
    ("page=0", 400),
    ("page=1000000000", 200),
    ("page=99999999999999999999", 400),
    ("q=" + "x" * 10_240, 400),
    ("q=" + "x+" * 140, 200),
    ("q=%00", 400),
    ("near=%00", 400),
    ("need=zebra", 400),
    ("need=%27%3B+DROP+TABLE", 400),
    ("sort=zebra", 400),
    ("open_at=yesterday", 400),
    ("open_at=2026-11-23T18:00&near=69812", 200),
    ("age=-3", 400),
    ("q=%22+OR+name%3A*+%29%28", 200),
    ("q=*", 200),
    ("language=" + "&language=".join(["es"] * 60), 400),
    ("utm_source=mail", 200),
]


@pytest.mark.parametrize("path", ["/api/search", "/search"])
async def test_bad_input_is_told_and_never_a_failure(http: Http, search: Search, path: str) -> None:
    wrong = []
    for query, status in BAD_AND_GOOD:
        answer = await http.get(f"{path}?{query}")
        told = path == "/search" or status == 200 or bool(answer.json()["detail"])
        if answer.status_code != status or not told:
            wrong.append((query[:60], answer.status_code, answer.text[:200]))
    assert wrong == []


async def test_namesakes_come_with_their_choices(http: Http, search: Search) -> None:
    answer = await http.get("/api/search?near=Springfield")
    assert "Springfield, IL" in [choice["label"] for choice in answer.json()["choices"]]


async def test_page_after_the_last_is_empty(http: Http, search: Search) -> None:
    answer = (await http.get("/api/search?page=1000000000")).json()
    assert (answer["hits"], answer["total"]) == ([], 6)


async def test_sql_answers_while_there_is_no_index(http: Http, database: Database) -> None:
    await county(database)
    answer = (await http.get("/api/search?q=pantry&near=69812")).json()
    assert answer["notice"] == "index_missing"
    assert "Millrace Community Pantry" in [hit["name"] for hit in answer["hits"]]


async def test_suggestions(http: Http, search: Search) -> None:
    async def asked(text: str) -> list[dict[str, str]]:
        answer = await http.get("/api/suggest", params={"q": text})
        assert answer.status_code == 200
        found: list[dict[str, str]] = answer.json()["suggestions"]
        return found

    assert {"text": "Food today", "kind": "need", "id": "food-insecurity"} in await asked("foo")
    assert "housing-instability" in [one["id"] for one in await asked("rent")]
    assert "Millrace Community Pantry" in [one["text"] for one in await asked("millr")]
    assert await asked("") == []
    assert await asked("\u200b") == []
    assert (await http.get("/api/suggest?q=" + "x" * 1000)).status_code == 400
