"""How the open data is answered: pages that hold while rows change, places, what can be kept, who may read it."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from litestar import Litestar
from litestar.handlers import HTTPRouteHandler
from sqlalchemy import delete, select, update

from core import clock
from core.database import Database
from directory.corrections import correct
from directory.hsds import api
from directory.importing import ImportOptions, import_directory
from directory.models import Location, Service
from tests.support.http import Http


def service(number: int = 0, **more: Any) -> dict[str, Any]:
    return {"id": str(uuid4()), "name": f"Service {number}", "status": "active"} | more


async def take(database: Database, folder: Path, *wanted: dict[str, Any]) -> None:
    path = folder / f"{uuid4()}.json"
    path.write_text(json.dumps(wanted), encoding="utf-8")
    await import_directory(database, path, ImportOptions(source="feed"))


async def test_pages_joined_are_the_whole_while_rows_come_and_go(
    database: Database, http: Http, tmp_path: Path
):
    services = [service(number) for number in range(40)]
    await take(database, tmp_path, *services)
    staying = sorted(one["id"] for one in services)[1::2]
    leaving = [UUID(one["id"]) for one in services if one["id"] not in staying]
    seen: list[str] = []
    number, last = 1, False
    while not last:
        page = (await http.get("/hsds/services", params={"per_page": 5, "page": number})).json()
        seen += [one["id"] for one in page["contents"]]
        number, last = number + 1, page["last_page"]
        async with database.transaction() as db:
            if leaving:
                await db.execute(delete(Service).where(Service.id == leaving.pop(0)))
        await take(database, tmp_path, service(100 + number))
    assert len(seen) == len(set(seen))
    assert set(staying) <= set(seen)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "TRACE"])
async def test_a_method_that_an_address_does_not_have_is_named_with_those_it_has(http: Http, method: str):
    asked = {"/hsds/services": "GET, HEAD, OPTIONS, POST", f"/hsds/services/{uuid4()}": "GET, HEAD, OPTIONS"}
    for path, allowed in asked.items():
        answer = await http.request(method, path)
        assert answer.status_code == 405
        assert answer.headers["allow"] == allowed
        assert answer.headers["content-type"] == "application/problem+json"
        assert (await http.options(path)).headers["allow"] == allowed
    assert (await http.request(method, "/hsds/nothing")).status_code == 404
    assert (await http.request(method, "/services")).status_code == 404


async def test_a_page_that_is_asked_again_is_the_same(database: Database, http: Http, tmp_path: Path):
    await take(database, tmp_path, *(service(number) for number in range(12)))
    pages = [
        (await http.get("/hsds/services", params={"per_page": 4, "page": number})).json()["contents"]
        for number in (1, 2, 2, 3, 2, 1)
    ]
    assert pages[1] == pages[2] == pages[4]
    assert pages[0] == pages[5]


async def test_readers_do_not_move_each_other(database: Database, http: Http, tmp_path: Path):
    await take(database, tmp_path, *(service(number) for number in range(9)))
    mine, theirs = {"user-agent": "one"}, {"user-agent": "another"}
    first = (await http.get("/hsds/services?per_page=3", headers=mine)).json()["contents"]
    async with database.transaction() as db:
        await db.execute(delete(Service).where(Service.id == UUID(first[0]["id"])))
    await http.get("/hsds/services?per_page=3", headers=theirs)
    second = (await http.get("/hsds/services?per_page=3&page=2", headers=mine)).json()["contents"]
    assert {one["id"] for one in first}.isdisjoint(one["id"] for one in second)
    fresh = (await http.get("/hsds/services?per_page=3&page=2", headers=theirs)).json()["contents"]
    assert [one["id"] for one in fresh] != [one["id"] for one in second]


def at(latitude: float, longitude: float, *areas: str, state: str = "NE") -> dict[str, Any]:
    address = {
        "id": str(uuid4()), "address_1": "1 Elm St", "city": "Omaha", "state_province": state, "postal_code": "68102",
        "country": "US", "address_type": "physical",
    }  # fmt: skip
    place = {
        "id": str(uuid4()), "location_type": "physical", "latitude": latitude, "longitude": longitude,
        "addresses": [address],
    }  # fmt: skip
    found = service(service_at_locations=[{"id": str(uuid4()), "location": place}])
    return found | (
        {"service_areas": [{"id": str(uuid4()), "name": area} for area in areas]} if areas else {}
    )


async def ids(http: Http, **params: Any) -> set[str]:
    page = (await http.get("/hsds/service_at_locations", params=params)).json()
    return {one["id"] for one in page["contents"]}


def link(one: dict[str, Any]) -> str:
    return str(one["service_at_locations"][0]["id"])


async def test_a_postcode_asks_for_those_who_serve_it(database: Database, http: Http, tmp_path: Path):
    wherever = at(41.26, -95.93)
    zips, county, state = (
        at(41.26, -95.93, "68102"),
        at(41.26, -95.93, "Douglas County"),
        at(41.26, -95.93, "Nebraska"),
    )
    elsewhere = at(41.26, -95.93, "10001", "Kansas")
    namesake = at(39.0, -94.9, "Douglas County", state="KS")
    nationwide = at(34.0, -118.0, "Nationwide", state="CA")
    await take(database, tmp_path, wherever, zips, county, state, elsewhere, namesake, nationwide)
    found = await ids(http, postcode="68102")
    assert found == {link(one) for one in (wherever, zips, county, state, nationwide)}
    assert await ids(http, postcode="68102", proximity="5000") == {
        link(o) for o in (wherever, zips, county, state)
    }


async def test_a_postcode_that_thousands_of_areas_hold(database: Database, http: Http, tmp_path: Path):
    many = [f"Nationwide, program {number}" for number in range(3000)]
    one = at(41.2586, -95.9378, *[f"68102 {name}" for name in many])
    await take(database, tmp_path, one)
    assert await ids(http, postcode="68102") == {link(one)}


async def test_proximity_counts_metres_from_the_middle(database: Database, http: Http, tmp_path: Path):
    middle = (41.2586, -95.9378)  # 68102, to a kilometre or so
    near, far = at(*middle), at(middle[0] + 0.09, middle[1])  # ten kilometres to the north
    await take(database, tmp_path, near, far)
    assert await ids(http, postcode="68102", proximity="5000") == {link(near)}
    assert await ids(http, postcode="68102", proximity="15000") == {link(near), link(far)}


async def test_a_confidential_place_is_not_found_by_asking_around(
    database: Database, http: Http, tmp_path: Path
):
    hidden = at(41.2586, -95.9378) | {"name": "Refuge"}
    place = hidden["service_at_locations"][0]["location"]
    place |= {
        "name": "CANARY",
        "description": "CANARY",
        "url": "https://canary.example",
        "transportation": "CANARY",
    }
    place |= {"accessibility": [{"id": str(uuid4()), "description": "CANARY"}], "x-canary": "CANARY"}
    place["addresses"][0]["address_1"] = "CANARY"
    place["metadata"] = [
        {
            "id": str(uuid4()), "last_action_date": "2026-01-01", "last_action_type": "update", "field_name": "name",
            "previous_value": "CANARY", "replacement_value": "", "updated_by": "",
        }
    ]  # fmt: skip
    await take(database, tmp_path, hidden)
    for path in (f"services/{hidden['id']}", f"service_at_locations/{link(hidden)}"):
        assert "CANARY" in (await http.get(f"/hsds/{path}")).text
    async with database.transaction() as db:
        await db.execute(update(Location).values(confidential=True))
    assert await ids(http, postcode="68102", proximity="5000") == set()
    for path in (
        f"services/{hidden['id']}", f"service_at_locations/{link(hidden)}", "service_at_locations",
        "service_at_locations?full=true", "services?full=true&format=ndjson",
    ):  # fmt: skip
        text = (await http.get(f"/hsds/{path}")).text
        assert link(hidden) in text or "services" not in path
        assert "canary" not in text.lower()
        assert "41.25" not in text


async def test_what_is_unchanged_is_not_sent_again(database: Database, http: Http, tmp_path: Path):
    one = service(last_modified="2026-01-31T09:00:00.000Z")
    await take(database, tmp_path, one)
    for path in (f"/hsds/services/{one['id']}", "/hsds/services", "/hsds", "/hsds/openapi.json"):
        first = await http.get(path)
        again = await http.get(path, headers={"if-none-match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == first.headers["etag"]
    assert (await http.get("/hsds/services")).headers["last-modified"] == "Sat, 31 Jan 2026 09:00:00 GMT"
    tag = (await http.get("/hsds/services")).headers["etag"]
    async with database.transaction() as db:
        await db.execute(update(Service).values(name="Renamed", given=None))
    changed = await http.get("/hsds/services", headers={"if-none-match": tag})
    assert changed.json()["contents"][0]["name"] == "Renamed"


@pytest.mark.parametrize(
    "dated", [{"last_modified": "2023-03-15T10:30:45.123Z"}, {}], ids=["dated", "undated"]
)
async def test_what_was_corrected_here_is_dated_so(
    database: Database, http: Http, tmp_path: Path, dated: dict[str, str]
):
    one = service() | dated
    await take(database, tmp_path, one)
    assert (await http.get(f"/hsds/services/{one['id']}")).json() == one
    begun = clock.now().isoformat()
    async with database.transaction() as db:
        await correct(db, await db.scalar(select(Service)), "Nina", {"name": "Renamed"})
    told = (await http.get("/hsds/services", params={"modified_after": begun})).json()["contents"][0]
    assert told["name"] == "Renamed"
    assert datetime.fromisoformat(told["last_modified"]) >= datetime.fromisoformat(begun[:23] + "+00:00")


async def test_answers_are_compressed_for_who_can_read_that(database: Database, http: Http, tmp_path: Path):
    await take(database, tmp_path, *(service(number) for number in range(30)))
    for path in ("/hsds/services", "/hsds/services?format=ndjson", "/hsds/services?minimal=true"):
        packed = await http.get(path, headers={"accept-encoding": "gzip"})
        plain = await http.get(path, headers={"accept-encoding": "identity"})
        assert packed.headers["content-encoding"] == "gzip"
        assert "content-encoding" not in plain.headers
        assert packed.content == plain.content
    page = await http.get("/", headers={"accept-encoding": "gzip"})
    assert "content-encoding" not in page.headers  # a page holds secrets of its forms


async def test_pages_of_others_may_read_it(http: Http):
    origin = {"origin": "https://partner.example"}
    for path in (
        "/hsds",
        "/hsds/services",
        f"/hsds/services/{uuid4()}",
        "/hsds/services?page=0",
        "/hsds/nothing",
    ):
        answer = await http.get(path, headers=origin)
        assert answer.headers["access-control-allow-origin"] == "*", path
        assert "access-control-allow-credentials" not in answer.headers
    asked = await http.options("/hsds/services", headers=origin | {"access-control-request-method": "POST"})
    assert asked.status_code == 204
    assert "POST" in asked.headers["access-control-allow-methods"]
    for path in ("/", "/api/search", "/hsdsx"):
        assert "access-control-allow-origin" not in (await http.get(path, headers=origin)).headers


def test_every_address_is_counted_and_compressed(app: Litestar):
    for handler in api.handlers:
        assert isinstance(handler, HTTPRouteHandler)
        assert handler.opt["reads"] and handler.guards and handler.middleware, handler


async def test_everything_weighs_more_than_a_page(http: Http):
    async def left(answer: httpx.Response) -> int:
        assert answer.status_code == 200
        return int(answer.headers["ratelimit-remaining"])

    last = await left(await http.get("/hsds"))
    for answer, weight in (
        (await http.get("/hsds/services"), 1),
        (await http.get("/hsds/services?format=ndjson"), 20),
        (await http.get("/hsds/services?minimal=true"), 20),
        (await http.get("/hsds/services?minimal=true&per_page=5"), 1),
        (await http.post("/hsds/services", data={"format": "ndjson"}), 20),
        (await http.post("/hsds/services", json={"minimal": True}), 20),
        (await http.get("/hsds/taxonomies"), 1),
    ):
        now = await left(answer)
        assert last - now == weight, answer.request.url
        last = now


@pytest.mark.parametrize("run", ["", "search", "one", "near", "changed", "organizations", "post"])
async def test_the_examples_run(database: Database, http: Http, tmp_path: Path, run: str):
    await take(database, tmp_path, at(41.26, -95.93))
    page = await http.get("/open-data", params={"run": run} if run else {})
    assert page.status_code == 200
    assert ("&#34;id&#34;" in page.text or "total_items" in page.text) == bool(run)
    assert (await http.get("/open-data?run=nonsense")).status_code == 404


async def test_an_empty_directory_has_its_pages_too(http: Http):
    for kind in api.KINDS:
        page = (await http.get(f"/hsds/{kind.path}")).json()
        assert (page["total_items"], page["empty"], page["contents"]) == (0, True, [])
        assert (await http.get(f"/hsds/{kind.path}?format=ndjson")).text == ""
    assert (await http.get("/open-data")).status_code == 200
