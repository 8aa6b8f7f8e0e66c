"""The public pages of a service and an organization, as they are sent."""

import uuid
from datetime import date, time, timedelta

import msgspec
import pytest
import time_machine

from app import create_app
from core import clock
from directory.models import (
    Accessibility,
    Address,
    Contact,
    CostOption,
    Language,
    Location,
    Organization,
    Phone,
    RequiredDocument,
    Schedule,
    Service,
    ServiceArea,
    ServiceAtLocation,
)
from tests.support.http import Http, running, sign_in

MONDAY_NOON = "2026-11-23T18:00:00Z"
"""Noon in the county, three days before Thanksgiving."""
ZONE = "America/Chicago"


@pytest.fixture(autouse=True)
def _monday():
    with time_machine.travel(MONDAY_NOON, tick=False):
        yield


def hours(days: str, opens: int, closes: int, **more) -> Schedule:
    return Schedule(
        freq="WEEKLY", byday=days, opens_at=time(opens), closes_at=time(closes), timezone=ZONE, **more
    )


def place(name: str, street: str, town: str, latitude: float, *, confidential: bool = False) -> Location:
    return Location(
        id=uuid.uuid4(),
        name=name,
        latitude=latitude,
        longitude=-101.4,
        confidential=confidential,
        transportation="Bus 4",
        addresses=[Address(address_1=street, city=town, state_province="NE", postal_code="69812")],
        accessibility=[Accessibility(description="Step-free door")],
    )


def offered(location: Location, *schedules: Schedule) -> ServiceAtLocation:
    return ServiceAtLocation(location=location, schedules=list(schedules))


def pantry(organization: Organization) -> Service:
    hall = place("Millrace hall", "40 Mill Lane", "Alder Falls", 42.05)
    gym = place("Harlow gym", "7 Orchard Road", "Harlow", 42.12)
    holiday = Schedule(valid_from=date(2026, 11, 26), valid_to=date(2026, 11, 26), description="Thanksgiving")
    return Service(
        id=uuid.uuid4(),
        organization=organization,
        name="Millrace <Pantry>",
        description="A week of groceries, picked by you.\nDiapers when there are any.",
        application_process="Come by, no appointment. They ask your ZIP code. Or call first.",
        eligibility_description="Anybody who lives near.",
        minimum_age=18,
        verified_on=clock.today(ZONE) - timedelta(days=12),
        capacity="room",
        phones=[
            Phone(number="698-555-0142", e164="+16985550142"),
            Phone(number="698-555-0143", e164="+16985550143", type="fax"),
        ],
        contacts=[Contact(name="Omar Haddad")],
        languages=[Language(code="es", name="Spanish")],
        service_areas=[ServiceArea(name="Alder Falls")],
        cost_options=[CostOption(option="Free", amount=0)],
        required_documents=[RequiredDocument(document="Two strong bags")],
        service_at_locations=[
            offered(hall, hours("MO,TU,TH", 10, 19), holiday),
            offered(
                gym,
                Schedule(freq="MONTHLY", byday="3TU", opens_at=time(17), closes_at=time(19), timezone=ZONE),
            ),
        ],
    )


def organization() -> Organization:
    return Organization(
        id=uuid.uuid4(), name="Millrace Neighbors", description="People of the Mill district."
    )


async def saved(database, *rows):
    async with database.transaction() as db:
        db.add_all(rows)
    return rows[0].id


async def test_a_listing_says_how_when_where_and_for_whom(http, database):
    mine = organization()
    service_id = await saved(database, pantry(mine), mine)
    answer = await http.get(f"/services/{service_id}")
    assert answer.status_code == 200
    text = answer.text
    for words in (
        "Millrace &lt;Pantry&gt;",
        "A week of groceries, picked by you.",
        "Diapers when there are any.",
        "Come by, no appointment.",
        "Or call first.",
        "Open now, until 7 pm",
        "Has room",
        "Checked 12 days ago",
        "Monday, today",
        "10 am to 7 pm",
        "Thursday, November 26",
        "Every 3rd Tuesday, 5 pm to 7 pm",
        "Two strong bags",
        "Anybody who lives near.",
        "Age 18 and older",
        "40 Mill Lane, Alder Falls, NE 69812",
        "7 Orchard Road, Harlow, NE 69812",
        "Spanish",
        "Step-free door",
        "Omar Haddad",
        "Millrace Neighbors",
        'href="tel:+16985550142"',
        "(698) 555-0142",
        "2 places",
    ):
        assert words in text, words
    assert "0143" not in text  # nobody can call a fax
    assert "/referrals/new" not in text  # nobody is signed in
    assert answer.headers["cache-control"] == "no-store"


async def test_a_confidential_place_is_nowhere_on_the_page(http, database):
    mine = organization()
    secret = place("Lantern house", "9 Hidden Street", "Quarry Point", 42.0123, confidential=True)
    shelter = Service(
        id=uuid.uuid4(),
        organization=mine,
        name="Safe beds",
        capacity="full",
        phones=[Phone(number="698-555-0111", e164="+16985550111")],
        service_at_locations=[offered(secret, hours("MO", 0, 23))],
    )
    service_id = await saved(database, shelter, mine)
    for path in (f"/services/{service_id}", f"/organizations/{mine.id}"):
        text = (await http.get(path)).text
        assert "Safe beds" in text
        for told in ("Hidden", "Quarry", "42.01", "Bus 4", "Lantern house", "69812"):
            assert told not in text, f"{path} tells {told}"
    text = (await http.get(f"/services/{service_id}")).text
    assert "The address is kept private" in text and "They are full now" in text


async def test_who_may_refer_is_offered_it(http, database, cast):
    mine = organization()
    service_id = await saved(database, pantry(mine), mine)
    await sign_in(http, cast.nina)
    text = (await http.get(f"/services/{service_id}")).text
    assert f"/referrals/new?service={service_id}&amp;location=" in text
    await sign_in(http, cast.omar)
    assert "/referrals/new" not in (await http.get(f"/services/{service_id}")).text


async def test_the_place_somebody_came_for_stands_first_and_leads_back(http, database):
    mine = organization()
    service = pantry(mine)
    gym = service.service_at_locations[1].location.id
    service_id = await saved(database, service, mine)
    text = (await http.get(f"/services/{service_id}?q=food&near=69812&location={gym}")).text
    shown = text[text.index("<main") :]
    assert shown.index("Harlow gym") < shown.index("Millrace hall")
    assert 'href="/search?q=food&amp;near=69812"' in text
    for odd in ("location=none", "location=", f"location={uuid.uuid4()}", "q=%22%3E%3Cscript%3E"):
        answer = await http.get(f"/services/{service_id}?{odd}")
        assert answer.status_code == 200 and "<script>" not in answer.text


async def test_what_nobody_wrote_down_is_not_made_up(http, database):
    service_id = await saved(
        database,
        Service(
            id=uuid.uuid4(),
            name="Bare",
            schedules=[Schedule(description="Most mornings")],
            phones=[Phone(number="call the town hall")],
        ),
    )
    text = (await http.get(f"/services/{service_id}")).text
    assert "Not checked: call first" in text and "Most mornings" in text
    assert "call the town hall" in text and 'href="tel:"' not in text
    assert "Say what you need" in text and 'class="map"' not in text


@pytest.mark.parametrize(
    ("status", "code"), [("inactive", 404), ("defunct", 404), ("temporarily closed", 200)]
)
async def test_only_public_services_have_a_page(http, database, status, code):
    mine = organization()
    service = pantry(mine)
    service.status = status
    service_id = await saved(database, service, mine)
    answer = await http.get(f"/services/{service_id}")
    assert answer.status_code == code
    assert ("Millrace &lt;Pantry" in (await http.get(f"/organizations/{mine.id}")).text) is (code == 200)
    if code == 200:
        assert "Closed for now." in answer.text


@pytest.mark.parametrize("path", ["services", "organizations"])
async def test_an_unknown_id_is_not_found(http, path):
    assert (await http.get(f"/{path}/{uuid.uuid4()}")).status_code == 404
    assert (await http.get(f"/{path}/not-an-id")).status_code == 404


async def test_an_organization_lists_what_it_offers(http, database):
    mine = organization()
    await saved(database, pantry(mine), mine)
    text = (await http.get(f"/organizations/{mine.id}")).text
    assert "Millrace Neighbors" in text and "One service" in text
    assert "Open now, until 7 pm" in text and "Alder Falls; Harlow" in text


async def test_pages_are_read_in_the_language_of_the_browser(http, database):
    mine = organization()
    service_id = await saved(database, pantry(mine), mine)
    answer = await http.get(f"/services/{service_id}", headers={"accept-language": "es"})
    assert '<html lang="es"' in answer.text and "lunes" in answer.text.lower()


async def test_a_listing_takes_a_fixed_number_of_queries(http, database, app):
    from sqlalchemy import event

    mine = organization()
    service = pantry(mine)
    service_id = await saved(database, service, mine)
    statements: list[str] = []
    engine = database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    await http.get(f"/services/{service_id}")
    assert 0 < len([sql for sql in statements if sql.startswith("SELECT")]) <= 30


async def test_tiles_are_for_the_public_and_never_for_staff(settings, database, cast):
    """Whoever serves the tiles would learn which neighborhood staff search for a client."""
    settings = msgspec.structs.replace(settings, tiles_url="https://{s}.tiles.example/{z}/{x}/{y}.png")
    app = create_app(settings, worker=False)
    app.state.database = database
    mine = organization()
    service_id = await saved(database, pantry(mine), mine)
    async with running(app), Http(settings, app) as http:
        answer = await http.get(f"/services/{service_id}")
        assert 'data-tiles="https://{s}.tiles.example/{z}/{x}/{y}.png"' in answer.text
        assert 'data-at="42.05,-101.4"' in answer.text
        policy = answer.headers["content-security-policy"]
        assert "img-src https://*.tiles.example 'self' data:;" in policy
        await sign_in(http, cast.nina)
        answer = await http.get(f"/services/{service_id}")
        assert "Millrace" in answer.text and "data-tiles" not in answer.text and "data-at" not in answer.text
