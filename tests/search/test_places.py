"""What a person may type as a place, and what it is taken for."""

from types import SimpleNamespace

import pytest
from geopy.geocoders.base import Geocoder
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncSession

from core.clock import now
from core.database import Database
from directory.coordinates import in_united_states
from directory.models import Address, Location, Service, ServiceArea, ServiceAtLocation
from search.places import Ambiguous, KnownPlaces, OfflineGeocoder, Place, Places
from search.places.judge import as_approximate
from search.places.known import load
from search.places.words import asked_back


def known(*rows: tuple[str, str, str, float, float, int]) -> KnownPlaces:
    names = ("postal_code", "city", "state_province", "lat", "lon", "number")
    return KnownPlaces(
        [SimpleNamespace(region="Alder County", **dict(zip(names, row, strict=True))) for row in rows]
    )


ALDER = known(
    ("69812", "Alder Falls", "NE", 42.05, -101.40, 10),
    ("69815", "Alder Falls", "NE", 42.07, -101.42, 10),
    ("69813", "Millbrook", "NE", 42.10, -101.30, 5),
)


@pytest.fixture
def geocoder() -> OfflineGeocoder:
    return OfflineGeocoder(ALDER)


def found(geocoder: OfflineGeocoder, text: str) -> Place:
    place = geocoder.find(text)
    assert isinstance(place, Place), text
    return place


@pytest.mark.parametrize(
    ("text", "label", "precision"),
    [
        ("94110", "94110", "zip"),
        (" 94110-1234 ", "94110", "zip"),
        ("near 94110", "94110", "zip"),
        ("94110 San Francisco", "94110", "zip"),
        ("1 Dr Carlton B Goodlett Pl, San Francisco, CA 94102, USA", "94102", "zip"),
        ("San Francisco, CA", "San Francisco, CA", "town"),
        ("san francisco california", "San Francisco, CA", "town"),
        ("San Francisco", "San Francisco, CA", "town"),
        ("12345 Main St, Chicago, IL", "Chicago, IL", "town"),
        ("12 Oak St San Francisco CA", "San Francisco, CA", "town"),
        ("St. Louis, MO", "Saint Louis, MO", "town"),
        ("Houston", "Houston, TX", "town"),
        ("Cook County, IL", "Cook County, IL", "county"),
        ("37.75,-122.41", "37.7500, -122.4100", "point"),
        ("near downtown Chicago", "Chicago, IL", "town"),
        ("cerca de Chicago", "Chicago, IL", "town"),
        ("ZIP code 94110", "94110", "zip"),
        ("Chicago, Cook County, IL", "Chicago, IL", "town"),
        ("1600 Pennsylvania Ave NW, Washington", "Washington, DC", "town"),
        ("Washington, D.C.", "Washington, DC", "town"),
        ("NYC", "New York, NY", "town"),
        ("L.A.", "Los Angeles, CA", "town"),
        ("Queens", "Queens, NY", "county"),
        ("queens, new york", "Queens, NY", "county"),
        ("the Bronx", "Bronx, NY", "town"),
        ("Miami-Dade", "Miami-Dade County, FL", "county"),
        ("Coeur d'Alene, ID", "Coeur D Alene, ID", "town"),
        ("Coeur d’Alene", "Coeur D Alene, ID", "town"),
    ],
)
def test_place_is_understood(geocoder: OfflineGeocoder, text: str, label: str, precision: str) -> None:
    place = found(geocoder, text)
    assert (place.label, place.precision) == (label, precision)
    assert in_united_states(place.lat, place.lon)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "zzz",
        "\x00",
        "00000",
        "99999",
        "!!!",
        ",,,",
        "51.5,-0.12",
        "43.65,-79.38",
        "Paris, France",
        "1,2,3",
        "x" * 5000,
    ],
)
def test_nonsense_is_no_place(geocoder: OfflineGeocoder, text: str) -> None:
    assert geocoder.find(text) is None


def test_namesakes_are_asked_back(geocoder: OfflineGeocoder) -> None:
    answer = geocoder.find("Springfield")
    assert isinstance(answer, Ambiguous)
    assert {"Springfield, IL", "Springfield, MA"} <= {place.label for place in answer.choices}


@pytest.mark.parametrize(
    ("text", "states"),
    [
        ("Springfield", {"IL", "MA", "MO", "OH", "OR"}),
        ("springfield usa", {"IL", "MA"}),
        ("Portland", {"OR", "ME"}),
        ("Kansas City", {"MO", "KS"}),
        ("Orange County", {"CA", "FL"}),
        ("12 Oak St Springfield", {"IL", "MA"}),
        ("12 Oak St, Springfield", {"IL", "MA"}),
    ],
)
def test_each_choice_is_a_place_of_its_own(geocoder: OfflineGeocoder, text: str, states: set[str]) -> None:
    answer = geocoder.find(text)
    assert isinstance(answer, Ambiguous)
    assert states <= {place.label.rpartition(", ")[2] for place in answer.choices}
    for place in answer.choices:
        again = geocoder.find(place.label)
        assert isinstance(again, Place)
        assert (again.label, again.lat, again.lon) == (place.label, place.lat, place.lon)


def test_zip_code_of_another_state_than_the_town_is_asked_back(geocoder: OfflineGeocoder) -> None:
    """Seen in real listings: the number of the house stands where the ZIP code should."""
    answer = geocoder.find("18464 Underwood Rd, Foley, AL 18464")
    assert isinstance(answer, Ambiguous)
    assert [place.label for place in answer.choices] == ["18464", "Foley, AL"]
    assert found(geocoder, "1 Main St, Daly City, CA 94110").label == "94110"


def test_quarters_of_a_zip_code_are_named_by_its_listings() -> None:
    geocoder = OfflineGeocoder(
        known(
            ("94124", "Bayview", "CA", 37.73, -122.39, 30),
            ("94124", "San Francisco", "CA", 37.73, -122.39, 60),
            ("94124", "Sacramento", "CA", 37.73, -122.39, 1),
        )
    )
    place = found(geocoder, "94124")
    assert {"bayview, ca", "san francisco, ca", "94124"} <= set(place.area_words)
    assert "sacramento, ca" not in place.area_words


def test_far_larger_namesake_is_meant_also_where_others_have_listings() -> None:
    geocoder = OfflineGeocoder(
        known(("77002", "Houston", "TX", 29.76, -95.37, 5), ("38851", "Houston", "MS", 33.9, -89.0, 1))
    )
    assert found(geocoder, "Houston").label == "Houston, TX"


def test_namesakes_are_told_apart_by_their_states(geocoder: OfflineGeocoder) -> None:
    answer = geocoder.find("Kansas City")
    assert isinstance(answer, Ambiguous)
    assert asked_back("Kansas City", answer.choices) == (
        "Which Kansas City do you mean: MO or KS?",
        "Several places fit “Kansas City”.",
    )
    alike = geocoder.find("San Fransisco")
    assert isinstance(alike, Ambiguous)
    assert asked_back("San Fransisco", alike.choices)[0] == "Which place do you mean?"


def test_county_that_only_the_directory_knows(geocoder: OfflineGeocoder) -> None:
    place = found(geocoder, "Alder County")
    assert (place.label, place.precision) == ("Alder County, NE", "county")
    assert found(geocoder, "alder county nebraska") == place


def test_address_is_marked_where_only_its_centre_is_known(geocoder: OfflineGeocoder) -> None:
    exact = found(geocoder, "94110")
    address = as_approximate("5 Mission St, San Francisco, CA 94110", exact)
    assert isinstance(address, Place)
    assert (exact.approximate, address.approximate, address.label) == (False, True, "94110")


async def quarter(db: AsyncSession, name: str, *spots: tuple[float, float], state: str = "CA") -> None:
    for lat, lon in spots:
        service = Service(name="Pantry", status="active", last_modified=now())
        location = Location(latitude=lat, longitude=lon)
        db.add_all([service, location])
        await db.flush()
        db.add(ServiceArea(service_id=service.id, name=name))
        db.add(ServiceAtLocation(service_id=service.id, location_id=location.id))
        db.add(
            Address(location_id=location.id, city="San Francisco", state_province=state, postal_code="94124")
        )
    await db.flush()


async def test_quarter_that_only_areas_served_know(db: AsyncSession) -> None:
    """There is a Bayview in Idaho, but the one that is meant has services."""
    await quarter(db, "Bayview", (37.73, -122.39), (37.74, -122.38))
    await quarter(db, "Spread Out", (37.7, -122.4), (39.0, -120.0))
    await quarter(db, "Oakland", (37.7, -122.4))
    await quarter(db, "California", (37.7, -122.4))
    geocoder = OfflineGeocoder((await load(db))())
    place = found(geocoder, "Bayview")
    assert (place.label, place.precision) == ("Bayview, CA", "town")
    assert (place.lat, place.lon) == pytest.approx((37.735, -122.385))
    assert "bayview, ca" in place.area_words
    assert found(geocoder, "Bayview, CA") == place
    assert geocoder.find("Spread Out") is None
    assert found(geocoder, "Oakland, CA").lat == pytest.approx(37.80, abs=0.1)
    states = geocoder.find("California")
    assert isinstance(states, Ambiguous)
    assert "California, CA" not in [place.label for place in states.choices]


def test_misspelt_town_is_asked_back(geocoder: OfflineGeocoder) -> None:
    answer = geocoder.find("San Fransisco")
    assert isinstance(answer, Ambiguous)
    assert [place.label for place in answer.choices] == ["San Francisco, CA"]


def test_zip_code_that_only_the_directory_knows(geocoder: OfflineGeocoder) -> None:
    place = found(geocoder, "69812")
    assert (place.lat, place.lon) == (42.05, -101.40)
    assert {"69812", "alder falls", "alder county", "nebraska"} <= set(place.area_words)


def test_town_that_only_the_directory_knows_is_the_middle_of_its_listings(geocoder: OfflineGeocoder) -> None:
    place = found(geocoder, "Alder Falls")
    assert place.label == "Alder Falls, NE"
    assert (place.lat, place.lon) == pytest.approx((42.06, -101.41))


def test_namesake_with_listings_nearby_is_meant(geocoder: OfflineGeocoder) -> None:
    """There are Millbrooks in three other states, but no listings."""
    assert found(geocoder, "Millbrook").label == "Millbrook, NE"


def test_time_zone_of_a_place(geocoder: OfflineGeocoder) -> None:
    assert found(geocoder, "94110").time_zone == "America/Los_Angeles"
    assert found(geocoder, "33.45,-112.07").time_zone == "America/Phoenix"


def test_speaks_geopy(geocoder: OfflineGeocoder) -> None:
    assert isinstance(geocoder, Geocoder)
    location = geocoder.geocode("94110")
    assert (location.address, round(location.latitude, 2)) == ("94110", 37.75)
    assert geocoder.geocode("Springfield") is None
    assert len(geocoder.geocode("Springfield", exactly_one=False)) > 1
    assert geocoder.reverse((37.75, -122.41)).address == "94110"


async def test_directory_places_leave_out_confidential_ones(db: AsyncSession) -> None:
    for confidential, code in ((False, "69812"), (True, "69849")):
        location = Location(latitude=42.0, longitude=-101.4, confidential=confidential)
        db.add(location)
        await db.flush()
        db.add(Address(location_id=location.id, city="Alder Falls", state_province="NE", postal_code=code))
    await db.flush()
    places = (await load(db))()
    assert places.by_zip("69812")
    assert places.by_zip("69849") is None


async def test_places_are_read_once_and_again_when_listings_changed(database: Database) -> None:
    reads = []
    event.listen(database.engine.sync_engine, "before_cursor_execute", lambda *args: reads.append(args[2]))
    places = Places(database)
    assert await places.find("69812") is None
    once = len(reads)
    assert await places.find("69813") is None
    assert len(reads) == once
    async with database.transaction() as db:
        location = Location(latitude=42.0, longitude=-101.4)
        db.add(location)
        await db.flush()
        db.add(Address(location_id=location.id, city="Alder Falls", state_province="NE", postal_code="69812"))
    await places.refresh()
    assert await places.find("69812")
