"""Listings are placed on the map by their addresses: only where nobody said better, and never a hidden one."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select

from core import crypto
from core.clock import now
from core.database import Database
from core.jobs import Job, run_due
from core.settings import GeocoderAddress, Settings
from directory.models import Address, Location, LocationPosition, Organization, Service, ServiceAtLocation
from directory.queries import listing, services_for_cards
from directory.showing import service_page
from search.models import FoundPlace
from search.places import Places
from search.places import jobs as _jobs
from search.places.bulk import address_text, look_up_all, waiting
from search.places.jobs import GEOCODE
from search.places.known import load
from search.places.online import Online
from search.state import open_search
from tests.support.nominatim import Nominatim, answer

HOUSE = answer(
    37.7603123, -122.4191234, house_number="2301", city="San Francisco", state="California", postcode="94110"
)


@pytest.fixture
def server() -> Iterator[Nominatim]:
    with Nominatim().running() as running:
        running.answers["2301 mission"] = [HOUSE]
        yield running


@pytest.fixture
def places(database: Database, server: Nominatim) -> Places:
    address = GeocoderAddress.read(server.setting)
    assert address
    return Places(database, Online(address, "test"))


async def place(
    database: Database,
    street: str = "2301 Mission St",
    *,
    lat: float | None = None,
    lon: float | None = None,
    confidential: bool = False,
    code: str | None = "94110",
    kind: str = "physical",
) -> Location:
    async with database.transaction() as db:
        service = Service(name="Pantry", status="active", last_modified=now())
        location = Location(latitude=lat, longitude=lon, confidential=confidential)
        db.add_all([service, location])
        await db.flush()
        db.add(ServiceAtLocation(service_id=service.id, location_id=location.id))
        db.add(
            Address(
                location_id=location.id,
                address_1=street,
                city="San Francisco",
                state_province="CA",
                postal_code=code,
                address_type=kind,
            )
        )
    return location


async def read(database: Database, location: Location) -> tuple[Location, LocationPosition | None]:
    async with database.transaction(write=False) as db:
        return await db.get_one(Location, location.id), await db.get(LocationPosition, location.id)


async def test_it_works(database: Database, places: Places, server: Nominatim) -> None:
    location = await place(database)
    assert await look_up_all(database, places) == {"address": 1}
    found, told = await read(database, location)
    assert (found.latitude, found.longitude) == (37.7603123, -122.4191234)
    assert told is not None
    assert (told.precision, told.provider, found.centre_of) == ("address", f"127.0.0.1:{server.port}", None)
    assert server.questions[0]["q"] == "2301 Mission St, San Francisco, CA 94110"
    async with database.transaction(write=False) as db:
        payload = await db.scalar(select(Job.payload).where(Job.kind == "search.index"))
        service = await db.scalar(select(ServiceAtLocation.service_id))
    assert payload == {"service_ids": [str(service)]}


async def test_is_asked_only_once(database: Database, places: Places, server: Nominatim) -> None:
    await place(database)
    await place(database, "9 Nowhere Lane")
    assert await look_up_all(database, places) == {"address": 1, "zip": 1}
    assert await look_up_all(database, places) == {}
    assert len(server.questions) == 2


@pytest.mark.parametrize(
    ("lat", "lon"), [(37.7, -122.4), (42.05, -101.4)], ids=["near", "far from its address"]
)
async def test_given_coordinates_are_left_alone(
    database: Database, places: Places, server: Nominatim, lat: float, lon: float
) -> None:
    location = await place(database, lat=lat, lon=lon)
    assert await look_up_all(database, places) == {}
    found, told = await read(database, location)
    assert (found.latitude, found.longitude, told) == (lat, lon, None)
    assert server.questions == []


async def test_impossible_coordinates_are_replaced_and_remembered(database: Database, places: Places) -> None:
    location = await place(database, lat=0.0, lon=0.0)
    assert await look_up_all(database, places) == {"address": 1}
    found, _ = await read(database, location)
    assert (found.latitude, found.extra) == (37.7603123, {"coordinates_given": "0.0, 0.0"})


async def test_what_is_given_later_wins(database: Database, places: Places, server: Nominatim) -> None:
    location = await place(database, "9 Nowhere Lane")
    await look_up_all(database, places)
    async with database.transaction() as db:
        (await db.get_one(Location, location.id)).latitude = 37.76
    found, _ = await read(database, location)
    assert found.centre_of is None
    assert await look_up_all(database, places) == {}
    assert len(server.questions) == 1


async def test_confidential_places_are_never_looked_up(
    database: Database, places: Places, server: Nominatim
) -> None:
    location = await place(database, confidential=True)
    assert await look_up_all(database, places) == {}
    found, told = await read(database, location)
    assert (found.latitude, told, server.questions) == (None, None, [])


async def test_address_for_mail_is_no_place(database: Database, places: Places, server: Nominatim) -> None:
    await place(database, kind="postal")
    assert await look_up_all(database, places) == {}


async def test_without_a_geocoder_the_zip_code_has_to_do(database: Database) -> None:
    location = await place(database)
    assert await look_up_all(database, Places(database)) == {"zip": 1}
    found, told = await read(database, location)
    assert found.centre_of == "94110"
    assert told is not None and (told.precision, told.provider) == ("zip", "offline")


async def test_centres_are_looked_up_again_once_there_is_a_geocoder(
    database: Database, places: Places, server: Nominatim
) -> None:
    location = await place(database)
    server.behave = "500"
    assert await look_up_all(database, places) == {"zip": 1}
    places.online.breaker.worked()  # type: ignore[union-attr]
    server.behave = "well"
    assert await look_up_all(database, places) == {"address": 1}
    assert (await read(database, location))[0].centre_of is None


async def test_new_address_is_looked_up(database: Database, places: Places) -> None:
    location = await place(database)
    await look_up_all(database, places)
    async with database.transaction() as db:
        address = (await db.scalars(select(Address).where(Address.location_id == location.id))).one()
        address.address_1 = "1 Elsewhere"
    assert await look_up_all(database, places) == {"zip": 1}
    assert (await read(database, location))[0].centre_of == "94110"


async def test_centre_tells_nothing_about_where_a_town_is(database: Database) -> None:
    await place(database)
    await look_up_all(database, Places(database))
    async with database.transaction(write=False) as db:
        assert (await load(db))().by_zip("94110") is None


async def test_page_and_card_say_that_it_is_approximate(database: Database) -> None:
    await place(database)
    await look_up_all(database, Places(database))
    async with database.transaction(write=False) as db:
        service = (await db.scalars(select(Service.id))).one()
        card = (await services_for_cards(db, [service]))[service]
        page = service_page(await listing(db, service))
    assert card.places[0].centre_of == "94110"
    assert "the centre of 94110" in " ".join(page.places[0].notes)


async def test_confidential_place_shows_no_centre(database: Database) -> None:
    location = await place(database)
    await look_up_all(database, Places(database))
    async with database.transaction() as db:
        (await db.get_one(Location, location.id)).confidential = True
    async with database.transaction(write=False) as db:
        service = (await db.scalars(select(Service.id))).one()
        card = (await services_for_cards(db, [service]))[service]
        assert card.places[0].centre_of is None
        assert (await listing(db, service)).service_at_locations[0].location.centre_of is None


async def test_jobs_go_on_where_the_last_one_ended(
    database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_jobs, "CHUNK", 2)
    for number in range(5):
        await place(database, f"{number + 1} Mission St")
    async with open_search(settings, database) as search:
        async with database.transaction() as db:
            await _jobs.enqueue(db, GEOCODE, {}, key="all")
        await run_due(database, settings, more={"search": search})
    async with database.transaction(write=False) as db:
        assert await db.scalar(select(func.count()).select_from(LocationPosition)) == 5
        assert await db.scalar(select(func.count()).select_from(Job).where(Job.kind == GEOCODE)) == 0


async def test_many_are_counted_beforehand(database: Database) -> None:
    await place(database)
    await place(database, lat=37.7, lon=-122.4)
    async with database.transaction(write=False) as db:
        assert await waiting(db) == 1


async def test_found_through_the_search(database: Database, settings: Settings) -> None:
    location = await place(database)
    async with open_search(settings, database) as search:
        await look_up_all(database, search.places)
        await run_due(database, settings, more={"search": search})
        from search.engines import Query

        answer = await search.ask(Query(lat=37.75, lon=-122.41, radius_m=5_000.0))
    assert [hit.location_id for hit in answer.hits] == [str(location.id)]


@pytest.mark.parametrize(
    ("parts", "text"),
    [
        (("12 Oak St", "Alder Falls", "NE", "69812-1234"), "12 Oak St, Alder Falls, NE 69812"),
        (("12 Oak St", "Alder Falls", "Nebraska", None), "12 Oak St, Alder Falls, NE"),
        (("12 Oak St", None, None, "69812"), "12 Oak St, 69812"),
        (("12 Oak St", "Alder Falls", None, None), ""),
        ((None, None, None, None), ""),
    ],
)
def test_address_as_it_is_asked_for(parts: tuple[str | None, ...], text: str) -> None:
    names = ("address_1", "city", "state_province", "postal_code")
    assert address_text(Address(**dict(zip(names, parts, strict=True)))) == text


async def test_command(database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    import asyncio

    from search.places.cli import geocode_command

    await place(database)
    async with database.transaction() as db:
        db.add(Organization(name="Millrace Neighbors"))
    monkeypatch.setattr(Settings, "from_env", lambda: settings)
    run = await asyncio.to_thread(CliRunner().invoke, geocode_command)
    assert run.exit_code == 0, run.output
    assert "1 at the centre of their ZIP code" in run.stdout
    again = await asyncio.to_thread(CliRunner().invoke, geocode_command)
    assert "Every listing with an address is on the map." in again.stdout
    crypto.configure(settings)


async def test_every_day_new_listings_are_looked_up_and_old_answers_forgotten(database: Database) -> None:
    today = now().date()
    async with database.transaction() as db:
        for days in (-1, 1):
            day = today + timedelta(days=days)
            db.add(FoundPlace(key=f"{days:064d}", provider="test", found_on=today, expires_on=day))
        await db.flush()
        await _jobs.daily(db, {})
    async with database.transaction(write=False) as db:
        assert await db.scalar(select(func.count()).select_from(Job).where(Job.kind == GEOCODE)) == 1
        assert await db.scalar(select(func.count()).select_from(FoundPlace)) == 1
