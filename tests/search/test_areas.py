"""Areas served: what texts mean, who is inside, who is outside, and when nobody can tell."""

import json
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from litestar import Litestar
from sqlalchemy.ext.asyncio import AsyncSession

from core.database import Database
from directory.models import Address, Organization, ServiceArea
from directory.queries import listing as directory_listing
from directory.showing import service_page
from search.areas import read_areas, serves
from search.documents import documents
from search.engines import Document, Query
from search.engines.sql import SqlEngine
from search.forms import SearchForm
from search.places import Place, Places, gazetteer
from search.places.geocoder import OfflineGeocoder
from search.places.names import read_names
from search.places.prose import said_areas
from search.places.tokens import (
    is_county,
    is_state,
    is_town,
    is_zip,
    named,
    range_tokens,
    shape_token,
    town_key,
    zip_tokens,
)
from search.queries import find
from search.state import Search
from tests.search.listings import FALLS, FAR, Spot, build, id_of, listing
from tests.support.http import Http


@pytest.mark.parametrize(
    ("text", "states", "tokens", "complete"),
    [
        ("94110", "", "94110", True),
        ("94110-1234; 94103", "", "94110|94103", True),
        ("ZIP codes 36693, 36609 and 36619", "", "36693|36609|36619", True),
        ("698xx", "", "698xx", True),
        ("698**", "", "698xx", True),
        ("Cook County", "IL", "cook county, il", True),
        ("cook co.", "IL", "cook county, il", True),
        ("Cook County, Illinois", "", "cook county, il", True),
        ("Cook, DuPage and Lake Counties, IL", "", "cook county, il|dupage county, il|lake county, il", True),
        ("Counties: Cook, Lake, Will", "IL", "cook county, il|lake county, il|will county, il", True),
        ("Condado de Cook", "IL", "cook county, il", True),
        ("Lake County, IL; Lake County, IN", "", "lake county, il|lake county, in", True),
        ("Orange County", "CA", "orange county, ca", True),
        ("Orange County", "FL", "orange county, fl", True),
        # Six states have one, and the listing does not say which.
        ("Orange County", "", "orange county", False),
        ("Orleans Parish, LA", "", "orleans parish, la", True),
        ("Queens", "NY", "queens county, ny", True),
        ("Evanston", "IL", "evanston, il", True),
        ("City of Evanston", "IL", "evanston, il", True),
        ("Residents of Evanston only", "IL", "evanston, il", True),
        ("St. Cloud, MN", "", "saint cloud, mn", True),
        ("New York, NY", "", "new york, ny", True),
        ("Washington, DC", "", "washington, dc", True),
        ("Kansas City", "KS MO", "kansas city, ks|kansas city, mo", True),
        ("San Francisco", "CA", "san francisco, ca", True),
        ("Illinois", "", "illinois", True),
        ("IL", "", "illinois", True),
        ("Iowa, Nebraska and Kansas", "", "iowa|nebraska|kansas", True),
        ("West Virginia", "", "west virginia", True),
        ("State of Nebraska", "", "nebraska", True),
        ("Statewide", "NE", "nebraska", True),
        # The town or the county around it: nobody can tell.
        ("Sacramento", "CA", "sacramento, ca", False),
        ("Evanston and surrounding areas", "IL", "evanston, il", False),
        ("Greater Boston", "MA", "boston, ma", False),
        ("Northern Cook County", "IL", "cook county, il", False),
        ("Northern California", "", "california", False),
        ("Bay Area", "CA", "bay area, ca", False),
        ("Alder County", "NE", "alder county, ne", False),
        ("N/A", "IL", "", False),
        ("", "", "", False),
    ],
)
def test_names_of_areas(text: str, states: str, tokens: str, complete: bool) -> None:
    reading = read_names(text, states.split())
    assert ("|".join(reading.tokens), reading.complete) == (tokens, complete)


@given(st.integers(0, 99_999), st.integers(0, 3_000), st.integers(0, 99_999))
def test_range_holds_its_codes_and_no_others(first: int, length: int, code: int) -> None:
    last = min(first + length, 99_999)
    tokens = range_tokens(first, last)
    assert len(tokens) == len(set(tokens))
    for one in {first, last, (first + last) // 2, code, max(first - 1, 0), min(last + 1, 99_999)}:
        assert (not set(zip_tokens(f"{one:05d}")).isdisjoint(tokens)) is (first <= one <= last), one
    assert len(tokens) <= 2 * (99 + 9) + 100


def test_long_runs_of_blanks_say_nothing() -> None:
    """They would take a quarter of a minute each where every blank is tried as the beginning of a run."""
    for blanks in (" " * 19_900, "\t \r" * 6_000):
        assert read_names(f"Alder{blanks[:19_900]}County, NE") == read_names("Alder County, NE")


@given(st.text(max_size=60), st.sampled_from(((), ("IL",), ("NE", "CA"))))
def test_any_text_can_be_read(text: str, states: tuple[str, ...]) -> None:
    for token in read_names(text, states).tokens:
        assert token == token.lower().strip()
        assert token
        assert sum((is_zip(token), is_county(token) and "," in token, is_town(token), is_state(token))) <= 1


def area(**told: Any) -> Any:
    return SimpleNamespace(**{"name": None, "description": None, "extent": None, "extent_type": None} | told)


@pytest.mark.parametrize(
    "name",
    [
        "Nationwide",
        "National",
        "USA",
        "United States",
        "All 50 states",
        "Worldwide",
        "No restrictions",
        "Todo el país",
    ],
)
def test_everywhere(name: str) -> None:
    areas = read_areas([area(name="Cook County"), area(name=name)], ["IL"])
    assert (areas.everywhere, areas.tokens, areas.bounded) == (True, (), False)


def test_codes_explain_a_name_that_nobody_knows() -> None:
    areas = read_areas([area(name="Alder County", extent="69812, 69813", extent_type="text")], ["NE"])
    assert areas.tokens == ("alder county, ne", "69812", "69813")
    assert areas.bounded


@pytest.mark.parametrize(
    "told",
    [
        "All of Cook County, and whoever calls from elsewhere",
        "Primarily Cook County",
        "Cook County and nearby",
    ],
)
def test_open_ended_area_bounds_nothing(told: str) -> None:
    assert not read_areas([area(name="Cook County", description=told)], ["IL"]).bounded


def test_description_stands_in_for_a_missing_name() -> None:
    assert read_areas([area(description="Cook County")], ["IL"]).tokens == ("cook county, il",)


def test_one_area_that_is_not_understood_leaves_all_open() -> None:
    areas = read_areas([area(name="Cook County"), area(name="The old fort")], ["IL"])
    assert (areas.stated, areas.understood, areas.bounded) == (2, 1, False)


@pytest.mark.parametrize(
    ("text", "state", "tokens", "only"),
    [
        ("Serves residents of Evanston only.", "IL", "evanston, il", True),
        ("Only serving ZIP codes 36695 and 36541", "AL", "36695|36541", True),
        ("Open Mondays. Serving only zip code 39542", "MS", "39542", True),
        ("Serves all of Saratoga County. Walk-in.", "NY", "saratoga county, ny", False),
        ("Kosher food. Serves Albany, Schenectady, and Rensselaer Counties. Call ahead.", "NY",
         "albany county, ny|schenectady county, ny|rensselaer county, ny", False),
        ("Available to residents of Cohoes and Watervliet. Bring a bill.", "NY", "cohoes, ny|watervliet, ny", False),
        ("For residents of Cohoes only, once a month, ID required.", "NY", "cohoes, ny", True),
        ("Serves hot meals on Mondays. Residents of all ages are welcome.", "NY", "", False),
        ("Serving the community since 1984. Serves 80 families.", "NY", "", False),
        ("Serves Cohoes and the old mill quarter.", "NY", "", False),
        ("Residents only.", "NY", "", False),
    ],
)  # fmt: skip
def test_areas_told_in_sentences(text: str, state: str, tokens: str, only: bool) -> None:
    said = said_areas("Pantry", text, [state])
    assert ("|".join(said.tokens), said.only) == (tokens, only)


def test_areas_told_in_names() -> None:
    assert said_areas("Free legal help in Cook County", "", ["IL"]).tokens == ("cook county, il",)
    assert said_areas("Help for renters in DuPage and Washington Counties", "", ["IL"]).tokens == (
        "dupage county, il",
        "washington county, il",
    )
    assert not said_areas("Free legal help in Cook County", "", ["IL"]).only
    assert said_areas("County Clerk", "", ["IL"]).tokens == ()


@given(st.text(max_size=80), st.text(max_size=200))
def test_any_sentence_can_be_read(name: str, description: str) -> None:
    said_areas(name, f"Serves {description}", ["IL"])


def place(text: str) -> Place:
    found = OfflineGeocoder().find(text)
    assert isinstance(found, Place), text
    return found


@pytest.mark.parametrize(
    ("stated", "where", "served"),
    [
        ("94110", "94110", True),
        ("94110", "94103", False),
        ("941xx", "94103", True),
        ("94110", "San Francisco, CA", True),
        ("94110", "Oakland, CA", False),
        ("94110", "San Francisco County, CA", None),
        ("San Francisco, CA", "94110", True),
        ("San Francisco, CA", "Oakland, CA", False),
        ("Alameda County, CA", "Oakland, CA", True),
        ("Alameda County, CA", "94110", False),
        ("Orange County, CA", "92701", True),
        ("Orange County, CA", "32801", False),
        ("Orange County, FL", "32801", True),
        ("Orange County, CA", "San Francisco County, CA", False),
        ("California", "94110", True),
        ("California", "60601", False),
        ("California", "Cook County, IL", False),
        ("Bay Area, CA", "94110", None),
        ("Evanston, IL", "Cook County, IL", None),
        ("Northern California", "60601", None),
    ],
)
def test_who_is_served(stated: str, where: str, served: bool | None) -> None:
    areas = read_areas([area(name=stated)])
    assert serves(areas.tokens, areas.everywhere, areas.bounded, place(where)) is served


def test_who_serves_everywhere_serves_here() -> None:
    assert serves((), True, False, place("94110")) is True


def test_nothing_stated_is_nothing_known() -> None:
    areas = read_areas([])
    assert serves(areas.tokens, areas.everywhere, areas.bounded, place("94110")) is None


def test_tokens_of_places() -> None:
    assert {"94110", "941xx", "94xxx", "san francisco, ca", "san francisco county, ca", "california"} <= set(
        place("94110").area_words
    )
    assert named("St. Louis", "MO") == named("saint  louis", "MO") == "saint louis, mo"
    assert town_key("Coeur d’Alene") == "coeur dalene"
    springfields = gazetteer().towns("Springfield")
    assert len({one.area_words[0] for one in springfields}) == len(springfields)


ALDER = {
    "type": "Polygon",
    "coordinates": [[[-101.6, 41.9], [-101.2, 41.9], [-101.2, 42.3], [-101.6, 42.3], [-101.6, 41.9]]],
}
OFFICE = Spot("Ogallala", "69153", 41.13, -101.72)


async def stated(db: AsyncSession, service: str, **told: Any) -> None:
    db.add(ServiceArea(service_id=id_of(service), **told))


@pytest.fixture
async def search(database: Database, app: Litestar) -> Search:
    """Services that come by telephone, by car or not at all, for areas told in every way there is."""
    async with database.transaction() as db:
        for name, spots, told in (
            ("Line of the shape", (), {"extent": json.dumps(ALDER), "extent_type": "geojson"}),
            ("Line of the codes", (), {"name": "Alder", "extent": "69801-69849", "extent_type": "text"}),
            ("Line of the state", (), {"name": "Nebraska"}),
            ("Line of another state", (), {"name": "Iowa"}),
            ("Line for all", (), {"name": "Nationwide"}),
            ("Line of a broken shape", (), {"extent": "{broken", "extent_type": "geojson"}),
            ("Rides of the county", (OFFICE,), {"extent": json.dumps(ALDER), "extent_type": "geojson"}),
            ("Pantry of the county", (OFFICE,), {"extent": json.dumps(ALDER), "extent_type": "geojson"}),
        ):
            words = "We pick people up: a ride from door to door." if "Rides" in name else "Come and see us."
            await listing(db, name, *spots, description=words)
            await stated(db, name, **told)
        await listing(db, "Shelf at the falls", FALLS)
        await listing(db, "Shelf of another county", FAR, area="Cook County, IL")
        db.add(Address(organization_id=id_of("Millrace Neighbors"), state_province="NE", city="Alder Falls"))
    found: Search = app.state.search
    await build(found)
    return found


async def names(search: Search, near: str, engine: Any = None, radius: float = 10.0) -> set[str]:
    found = await find(search, SearchForm(near=near, radius=radius))
    assert found.place, near
    ids = {hit.service_id for hit in found.answer.hits}
    query = Query(
        lat=found.place.lat,
        lon=found.place.lon,
        radius_m=radius * 1609.344,
        area_words=found.place.area_words,
        limit=50,
    )
    slow = await SqlEngine(search.database).search(query)
    assert {hit.service_id for hit in slow.hits} == ids
    known = {str(id_of(name)): name for name in NAMES}
    return {known[id_] for id_ in ids}


NAMES = (
    "Line of the shape", "Line of the codes", "Line of the state", "Line of another state", "Line for all",
    "Line of a broken shape", "Rides of the county", "Pantry of the county", "Shelf at the falls",
    "Shelf of another county",
)  # fmt: skip


async def test_who_serves_the_place_is_found_wherever_the_office_is(search: Search) -> None:
    assert await names(search, "69812") == {
        "Line of the shape",
        "Line of the codes",
        "Line of the state",
        "Line for all",
        # Nobody can read its area: the state of its organization has to do.
        "Line of a broken shape",
        "Rides of the county",
        "Shelf at the falls",
    }


async def test_outside_of_the_shape_its_services_are_not_found(search: Search) -> None:
    found = await names(search, "42.6,-101.0")
    assert "Line of the state" in found
    assert found.isdisjoint({"Line of the shape", "Rides of the county"})


async def test_around_its_office_a_service_is_found_as_ever(search: Search) -> None:
    assert {"Rides of the county", "Pantry of the county"} <= await names(search, "69153")


async def test_hit_by_area_has_no_distance_and_one_by_place_has(search: Search) -> None:
    async def hit(near: str) -> Any:
        found = await find(search, SearchForm(near=near, q="rides"))
        return next(one for one in found.answer.hits if one.service_id == str(id_of("Rides of the county")))

    far = await hit("69812")
    assert (far.location_id, far.distance_m) == (None, None)
    near = await hit("69153")
    assert near.location_id == str(id_of("Rides of the county 0"))
    assert near.distance_m is not None


async def test_page_says_that_it_serves_the_place(http: Http, search: Search) -> None:
    answer = (await http.get("/api/search?near=69812&q=rides")).json()
    (rides,) = [one for one in answer["hits"] if one["name"] == "Rides of the county"]
    assert "Serves 69812" in rides["reasons"]


async def test_documents_tell_whether_the_area_is_all(search: Search, database: Database) -> None:
    told: dict[str, list[Document]] = {}
    async for document in documents(database):
        told.setdefault(document.name, []).append(document)
    office, anywhere = told["Rides of the county"]
    token = shape_token(json.dumps(ALDER))
    assert (office.lat, office.areas, office.bounded) == (OFFICE.lat, (token,), True)
    assert (anywhere.lat, anywhere.location_id, anywhere.areas, anywhere.bounded) == (
        None,
        None,
        (token,),
        True,
    )
    assert len(told["Pantry of the county"]) == 1
    assert told["Line of the codes"][0].bounded
    assert not told["Line of a broken shape"][0].bounded


async def test_card_of_a_near_place_that_serves_others_says_what_to_ask(http: Http, search: Search) -> None:
    """The shelf stands at 69849 and states a county of Illinois; the page finds it all the same."""

    async def doubts(near: str) -> bool:
        page = (await http.get("/search", params={"near": near, "q": "shelf"})).text
        assert "Shelf of another county" in page
        return "Ask whether they serve" in page

    assert await doubts("42.6,-101.0")


async def test_card_of_a_place_that_serves_here_has_no_such_doubt(http: Http, search: Search) -> None:
    page = (await http.get("/search", params={"near": "69812", "q": "rides"})).text
    assert "Rides of the county" in page
    assert "Ask whether they serve" not in page


async def test_page_tells_areas_without_a_name(search: Search, database: Database) -> None:
    async with database.transaction() as db:
        await stated(db, "Shelf at the falls", extent="69812, 69813")
        await stated(db, "Shelf at the falls", extent=", ".join(f"69{number}" for number in range(100, 400)))
    async with database.transaction(write=False) as db:
        shape = service_page(await directory_listing(db, id_of("Line of the shape")))
        codes = service_page(await directory_listing(db, id_of("Shelf at the falls")))
    assert shape.areas == ["an area drawn on a map: ask whether yours is in it"]
    assert "69812, 69813" in codes.areas
    (long,) = [area for area in codes.areas if area.endswith(" …")]
    assert len(long) < 210


async def test_place_near_the_edge_of_a_shape_may_be_inside(search: Search) -> None:
    token = shape_token(json.dumps(ALDER))
    inside = await search.places.find("42.05,-101.4")
    outside = await search.places.find("42.05,-101.15")
    assert isinstance(inside, Place) and isinstance(outside, Place)
    assert serves((token,), False, True, inside) is True
    assert serves((token,), False, True, outside) is False
    # The centre of a ZIP code 4 km from the edge: whoever lives in it may be on either side.
    vague = search.places._in_shapes(Place(42.05, -101.15, "69899", "zip", "America/Denver", ("69899",)))
    assert token not in vague.area_words
    assert serves((token,), False, True, vague) is None


async def test_organization_tells_the_state_of_a_county(database: Database) -> None:
    async with database.transaction() as db:
        for organization, state in (("West", "CA"), ("East", "FL")):
            await listing(db, f"Line {state}", organization=organization, area="Orange County")
            db.add(Address(organization_id=id_of(organization), state_province=state, city="Orange"))
        assert await db.get(Organization, id_of("West"))
    found = {one.name: one.areas async for one in documents(database)}
    assert found == {"Line CA": ("orange county, ca",), "Line FL": ("orange county, fl",)}


async def test_shapes_are_read_again_with_the_listings(database: Database) -> None:
    places = Places(database)
    token = shape_token(json.dumps(ALDER))
    before = await places.find("42.05,-101.4")
    assert isinstance(before, Place) and token not in before.area_words
    async with database.transaction() as db:
        await listing(db, "Line")
        await stated(db, "Line", extent=json.dumps(ALDER), extent_type="GeoJSON")
    await places.refresh()
    after = await places.find("42.05,-101.4")
    assert isinstance(after, Place) and token in after.area_words
