"""A geocoder on the network: asked when it helps, believed when it agrees with the text, never waited for long."""

import asyncio
import logging
import re
from collections.abc import Iterator
from typing import Any

import pytest
from litestar import Litestar
from msgspec.structs import replace
from sqlalchemy import select

from core import clock
from core.database import EVERYTHING, Database, see_rows_of
from core.settings import GeocoderAddress, Settings, SettingsError
from directory.models import Organization
from search.models import FoundPlace
from search.places import Ambiguous, Place, Places
from search.places.cache import KEPT, KEPT_NOTHING, forget_old
from search.places.judge import looks_like_address
from search.places.online import FIRST_REST, LONGEST_REST, Breaker, Online, Unavailable, online_of
from search.state import Search
from tests.search.listings import build, county
from tests.support.casework import add_client, add_need
from tests.support.http import Http, sign_in
from tests.support.nominatim import Nominatim, answer

MISSION = "2301 Mission St, San Francisco, CA 94110"
HOUSE = answer(
    37.76031,
    -122.41912,
    house_number="2301",
    road="Mission Street",
    city="San Francisco",
    state="California",
    postcode="94110",
    **{"ISO3166-2-lvl4": "US-CA"},
)


@pytest.fixture
def server() -> Iterator[Nominatim]:
    with Nominatim().running() as running:
        running.answers["2301 mission"] = [HOUSE]
        yield running


class Time:
    """A clock that stands still until it is moved."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def online(server: Nominatim, settings: Settings, time: Time) -> Online:
    address = GeocoderAddress.read(server.setting)
    assert address
    return Online(address, "Handrail/0.1 (+https://help.example)", clock=time)


@pytest.fixture
def places(database: Database, online: Online) -> Places:
    return Places(database, online)


async def found(places: Places, text: str, online: bool = True) -> Place:
    place = await places.find(text, online=online)
    assert isinstance(place, Place), place
    return place


async def rows(database: Database) -> list[FoundPlace]:
    async with database.transaction(write=False) as db:
        return list(await db.scalars(select(FoundPlace)))


async def test_it_works(places: Places, server: Nominatim) -> None:
    place = await found(places, MISSION)
    assert (place.lat, place.lon) == (37.760, -122.419)
    assert (place.precision, place.label, place.approximate) == ("address", "San Francisco, CA 94110", False)
    assert place.time_zone == "America/Los_Angeles"
    assert {"94110", "san francisco, ca", "california"} <= set(place.area_words)
    (question,) = server.questions
    assert question["q"] == MISSION
    assert (question["countrycodes"], question["addressdetails"]) == ("us", "1")
    assert server.agents == ["Handrail/0.1 (+https://help.example)"]


async def test_is_asked_once_by_all_processes(
    places: Places, server: Nominatim, database: Database, online: Online
) -> None:
    first = await found(places, MISSION)
    await places.settled()
    assert await found(places, "2301 mission st., SAN FRANCISCO CA 94110") == first
    assert await found(Places(database, online), MISSION) == first
    assert len(server.questions) == 1


async def test_those_who_ask_at_once_wait_for_one_answer(places: Places, server: Nominatim) -> None:
    first, *others = await asyncio.gather(*(found(places, MISSION) for _ in range(5)))
    assert others == [first] * 4
    assert len(server.questions) == 1


async def test_who_waits_does_not_wait_for_a_writer(
    places: Places, server: Nominatim, database: Database
) -> None:
    await places.refresh()
    async with database.transaction() as db:
        db.add(Organization(name="Millrace Neighbors"))
        await db.flush()
        place = await asyncio.wait_for(found(places, MISSION), 20)
        assert place.precision == "address"
    await places.settled()
    assert len(await rows(database)) == 1


async def test_nothing_that_was_typed_is_kept(places: Places, database: Database) -> None:
    await found(places, MISSION)
    await places.settled()
    (row,) = await rows(database)
    told = " ".join(str(getattr(row, column.key)) for column in FoundPlace.__table__.columns).lower()
    assert "mission" not in told and "2301" not in told
    assert (row.latitude, row.longitude) == (37.760, -122.419)
    assert row.expires_on - row.found_on == KEPT


async def test_that_there_is_nothing_is_kept_for_a_shorter_time(
    places: Places, server: Nominatim, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "77 Nowhere Lane, San Francisco, CA 94110"
    assert (await found(places, text)).precision == "zip"
    await places.settled()
    await places.refresh()
    assert (await found(places, text)).precision == "zip"
    assert len(server.questions) == 1
    (row,) = await rows(database)
    assert row.latitude is None
    assert row.expires_on - row.found_on == KEPT_NOTHING
    later = clock.today("UTC") + KEPT_NOTHING * 2
    monkeypatch.setattr(clock, "today", lambda zone: later)
    await places.refresh()
    await found(places, text)
    await places.settled()
    assert len(server.questions) == 2
    monkeypatch.setattr(clock, "today", lambda zone: later + KEPT_NOTHING * 2)
    async with database.transaction() as db:
        await forget_old(db)
    assert await rows(database) == []


@pytest.mark.parametrize(
    "text", ["94110", "San Francisco, CA", "Springfield", "37.75,-122.41", "PO Box 7, Oakland, CA"]
)
async def test_what_is_known_here_is_not_asked(places: Places, server: Nominatim, text: str) -> None:
    await places.find(text, online=True)
    assert server.questions == []


async def test_who_does_not_allow_it_is_never_asked_for(
    places: Places, server: Nominatim, database: Database
) -> None:
    place = await found(places, MISSION, online=False)
    assert (place.precision, place.label, place.approximate) == ("zip", "94110", True)
    assert server.questions == []
    assert await rows(database) == []


def test_nobody_is_asked_unless_the_deployment_says_so(settings: Settings) -> None:
    assert settings.geocoder == "offline"
    assert online_of(settings) is None


@pytest.mark.parametrize("how", ["html", "malformed", "odd", "429", "500", "endless"])
async def test_bad_answer_falls_back_to_the_zip_code(places: Places, server: Nominatim, how: str) -> None:
    server.behave = how
    place = await found(places, MISSION)
    assert (place.precision, place.label, place.approximate) == ("zip", "94110", True)
    assert len(server.questions) == 1


@pytest.mark.parametrize("how", ["silent", "drip"])
async def test_slow_answer_is_cut_off(
    places: Places, server: Nominatim, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A tenth of the real patience: the test is that it ends, not when.
    monkeypatch.setattr(Online.find, "__kwdefaults__", {"patience": 0.2})
    server.behave = how
    place = await asyncio.wait_for(found(places, MISSION), 10)
    assert (place.precision, place.approximate) == ("zip", True)
    assert len(server.questions) == 1


async def test_a_geocoder_that_is_down_is_left_alone(
    places: Places, server: Nominatim, online: Online, time: Time
) -> None:
    server.behave = "500"
    for number in range(6):
        await found(places, f"{number} Mission St, San Francisco, CA 94110")
    assert len(server.questions) == 2
    time.now += FIRST_REST
    await found(places, "7 Mission St, San Francisco, CA 94110")
    await found(places, "8 Mission St, San Francisco, CA 94110")
    assert len(server.questions) == 3
    time.now += 2 * FIRST_REST
    server.behave = "well"
    assert (await found(places, MISSION)).precision == "address"
    assert online.breaker.closed


async def test_nobody_answers_at_all(database: Database, server: Nominatim, settings: Settings) -> None:
    dead = GeocoderAddress.read("nominatim+http://127.0.0.1:1")
    assert dead
    places = Places(database, Online(dead, "test"))
    assert (await found(places, MISSION)).precision == "zip"


async def test_too_many_requests_are_taken_at_their_word(
    online: Online, server: Nominatim, time: Time
) -> None:
    server.behave = "429"
    with pytest.raises(Unavailable):
        await online.find(MISSION)
    server.behave = "well"
    time.now += 119
    with pytest.raises(Unavailable):
        await online.find(MISSION)
    time.now += 2
    assert await online.find(MISSION)


def test_rests_grow_and_end(time: Time) -> None:
    breaker = Breaker(time)
    breaker.failed()
    assert breaker.closed
    for _ in range(20):
        breaker.failed()
    assert not breaker.closed
    time.now += LONGEST_REST
    assert breaker.closed
    breaker.worked()
    breaker.failed()
    assert breaker.closed


WRONG: dict[str, dict[str, Any]] = {
    "zero, zero": answer(0, 0, state="California"),
    "another continent": answer(51.5, -0.12, state="California"),
    "another country": HOUSE | {"address": HOUSE["address"] | {"country_code": "mx"}},
    "same street in another state": answer(42.27, -89.09, state="Illinois", road="Mission Street"),
    "another ZIP code": HOUSE | {"address": HOUSE["address"] | {"postcode": "94103"}},
    "ZIP code and point far apart": HOUSE | {"lat": "34.05", "lon": "-118.24"},
    "a whole state": HOUSE | {"addresstype": "state"},
    "no better than the ZIP code": HOUSE | {"addresstype": "postcode"},
    "no number": HOUSE | {"lat": "nan"},
    "past the pole": HOUSE | {"lat": "337.76"},
}


@pytest.mark.parametrize("wrong", WRONG)
async def test_wrong_answer_loses_against_the_zip_code(places: Places, server: Nominatim, wrong: str) -> None:
    server.answers["2301 mission"] = [WRONG[wrong]]
    place = await found(places, MISSION)
    assert (place.precision, place.label, place.approximate) == ("zip", "94110", True)


async def test_right_answer_behind_a_wrong_one_is_taken(places: Places, server: Nominatim) -> None:
    server.answers["2301 mission"] = [WRONG["another continent"], HOUSE]
    assert (await found(places, MISSION)).precision == "address"


async def test_street_of_another_town_loses_against_the_town(places: Places, server: Nominatim) -> None:
    server.answers["5 oak"] = [
        answer(37.7749, -122.4194, road="Oak Street", city="San Francisco", state="California")
    ]
    place = await found(places, "5 Oak Street, Oakland, CA")
    assert (place.label, place.precision, place.approximate) == ("Oakland, CA", "town", True)


async def test_name_that_only_the_geocoder_knows(places: Places, server: Nominatim) -> None:
    park = answer(37.7694, -122.4862, "park", city="San Francisco", state="California", road="Lincoln Way")
    server.answers["golden gate park"] = [park]
    place = await found(places, "Golden Gate Park")
    assert place.label.startswith("San Francisco, CA")


async def test_names_far_apart_are_asked_back(places: Places, server: Nominatim) -> None:
    quarters = [
        answer(37.73, -122.39, "suburb", city="San Francisco", state="California") | {"name": "Qwertyview"},
        answer(44.51, -88.0, "suburb", city="Green Bay", state="Wisconsin") | {"name": "Qwertyview"},
    ]
    server.answers["qwertyview"] = quarters
    choices = await places.find("Qwertyview", online=True)
    assert isinstance(choices, Ambiguous)
    assert [place.label for place in choices.choices] == [
        "Qwertyview, San Francisco, CA",
        "Qwertyview, Green Bay, WI",
    ]


async def test_no_more_questions_a_second_than_allowed(server: Nominatim, settings: Settings) -> None:
    address = GeocoderAddress.read(server.setting.replace("1000", "10"))
    assert address
    online = Online(address, "test")
    await asyncio.gather(*(online.find(f"{number} Elm") for number in range(4)))
    gaps = [after - before for before, after in zip(server.times, server.times[1:], strict=False)]
    assert len(gaps) == 3
    assert min(gaps) > 0.05


async def test_addresses_are_not_logged(
    places: Places, server: Nominatim, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        await found(places, MISSION)
        server.behave = "500"
        await found(places, "9 Mission St, San Francisco, CA 94110")
    assert "ission" not in caplog.text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("12 Oak St, Alder Falls, NE", True),
        ("12B Oak St", True),
        ("12-14 Oak Street", True),
        ("Mission Street, San Francisco", True),
        ("24th St and Mission St, San Francisco, CA", True),
        ("5th and Main, Tulsa OK", True),
        ("Federal Way, WA", False),
        ("Federal Way, WA 98003", False),
        ("St. Louis, MO", False),
        ("94110 San Francisco", False),
        ("94110", False),
        ("San Francisco", False),
        ("PO Box 12, Alder Falls", False),
        ("37.75, -122.41", False),
    ],
)
def test_what_looks_like_an_address(text: str, expected: bool) -> None:
    assert looks_like_address(text) is expected


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("nominatim+https://geo.example.org", ("https", "geo.example.org", 1.0)),
        ("nominatim+https://geo.example.org/nominatim/?rate=5", ("https", "geo.example.org/nominatim", 5.0)),
        ("nominatim+http://127.0.0.1:8080", ("http", "127.0.0.1:8080", 1.0)),
        ("nominatim+http://nominatim:8080", ("http", "nominatim:8080", 1.0)),
        ("offline", None),
    ],
)
def test_setting_is_read(text: str, address: tuple[str, str, float] | None) -> None:
    assert GeocoderAddress.read(text) == address


@pytest.mark.parametrize(
    "text",
    [
        "https://geo.example.org",
        "nominatim+http://geo.example.org",
        "nominatim+https://",
        "nominatim+https://geo.example.org:99999",
        "nominatim+https://geo.example.org?rate=0",
        "nominatim+https://geo.example.org?speed=9",
        "nominatim+https://user:secret@geo.example.org",
        "google",
    ],
)
def test_wrong_setting_is_told_at_the_start(text: str, tmp_path: Any) -> None:
    env = {"HANDRAIL_DEMO": "1", "HANDRAIL_DATA_DIR": str(tmp_path), "HANDRAIL_GEOCODER": text}
    with pytest.raises(SettingsError, match="HANDRAIL_GEOCODER"):
        Settings.from_env(env)


class TestThroughTheApplication:
    """From the page to the geocoder and back."""

    @pytest.fixture
    def settings(self, settings: Settings, server: Nominatim) -> Settings:
        return replace(settings, geocoder=server.setting)

    @pytest.fixture
    async def search(self, database: Database, app: Litestar) -> Search:
        await county(database)
        search: Search = app.state.search
        await build(search)
        return search

    async def test_page_and_api_say_how_precise_the_place_is(
        self, http: Http, search: Search, server: Nominatim
    ) -> None:
        place = (await http.get("/api/search", params={"near": MISSION})).json()["place"]
        assert (place["precision"], place["approximate"]) == ("address", False)
        server.behave = "500"
        other = "9 Mission St, San Francisco, CA 94110"
        place = (await http.get("/api/search", params={"near": other})).json()["place"]
        assert (place["precision"], place["approximate"]) == ("zip", True)
        assert place["said"] == "the centre of 94110"
        page = (await http.get("/search", params={"near": other})).text
        assert "the centre of 94110" in page

    async def test_what_staff_types_goes_nowhere(
        self, http: Http, search: Search, server: Nominatim, cast: Any
    ) -> None:
        await sign_in(http, cast.nina)
        await http.get("/search", params={"near": MISSION})
        assert server.questions == []

    async def test_what_is_about_a_client_goes_nowhere(
        self, http: Http, search: Search, server: Nominatim
    ) -> None:
        address = "40 Mill Lane, Alder Falls, NE 69812"
        page = await http.get("/search", params={"near": address, "offline": "1"})
        assert server.questions == []
        ways = re.findall(r'href="(/search\?[^"]*near=[^"]*)"', page.text)
        assert ways
        assert all("offline=1" in way for way in ways), "the next link must not ask either"

    async def test_place_of_a_client_goes_nowhere(
        self, http: Http, search: Search, server: Nominatim, database: Database, cast: Any
    ) -> None:
        async with database.transaction() as db:
            await see_rows_of(db, EVERYTHING)
            client = await add_client(db, cast.nina.actor, place=MISSION)
            need = await add_need(db, cast.nina.actor, client)
        await sign_in(http, cast.nina)
        page = await http.get(f"/clients/{client.id}")
        assert page.status_code == 200
        assert "offline=1" in page.text
        assert (await http.get("/referrals/new", params={"need": str(need.id)})).status_code == 200
        answer = await http.post("/api/match", json={"needs": ["food-insecurity"], "place": MISSION})
        assert answer.status_code < 500
        assert server.questions == []
        assert await rows(database) == []
