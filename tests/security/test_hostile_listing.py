"""A listing that somebody filled with markup and traps: imported as it is, shown as text, led to nowhere."""

import re
import uuid

import pytest
from sqlalchemy import select

from core.database import Database
from core.mail import Mail
from core.settings import Settings
from directory.models import Location, Organization, RequiredDocument, Service, ServiceAtLocation
from tests.support.casework import a_referral, add_client, add_need, add_service
from tests.support.http import Http, post_form, sign_in
from tests.support.world import make_world

TRAP = "\"'><script>alert(1)</script><img src=x onerror=alert(1)><svg/onload=alert(1)>{{7*7}}${7*7}</title></style>"
ADDRESSES = (
    "javascript:alert(1)",
    " JaVaScRiPt:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:x",
    "//evil.example",
)
FORBIDDEN = re.compile(
    r"<script>alert|<img src=x|<svg/onload|href=\"\s*(javascript|data|vbscript):|href=\"//|>49<",
    re.IGNORECASE,
)


async def trapped(database: Database, address: str) -> tuple[uuid.UUID, uuid.UUID]:
    """Store a service whose every text is a trap, as if an import had let it through."""
    async with database.transaction() as db:
        organization = Organization(
            id=uuid.uuid4(), name=f"Org {TRAP}", description=TRAP, website=address, email=TRAP
        )
        db.add(organization)
        await db.flush()
        service = Service(
            organization_id=organization.id, name=f"Pantry {TRAP}", description=TRAP, url=address, email=TRAP,
            fees_description=TRAP, application_process=TRAP, eligibility_description=TRAP, alert=TRAP,
            alternate_name=TRAP,
        )  # fmt: skip
        place = Location(
            organization_id=organization.id,
            name=TRAP,
            location_type="physical",
            latitude=42.05,
            longitude=-101.4,
        )
        db.add_all([service, place])
        await db.flush()
        db.add(ServiceAtLocation(service_id=service.id, location_id=place.id))
        db.add(RequiredDocument(service_id=service.id, document=TRAP, uri=address))
    return service.id, organization.id


@pytest.mark.parametrize("address", ADDRESSES)
async def test_traps_in_a_listing_are_shown_as_text(
    http: Http, app, database: Database, settings: Settings, cast, address: str
):
    service_id, organization_id = await trapped(database, address)
    world = await make_world(database)
    await sign_in(http, cast.nina)
    pages = [
        f"/services/{service_id}", f"/organizations/{organization_id}", "/search?q=pantry",
        "/search?q=%3Cscript%3Ealert(1)%3C/script%3E",
        f"/referrals/new?service={service_id}", f"/referrals/new?need={world.need_id}&service={service_id}",
        f"/clients/{world.client_id}/consents/new?q=org", "/api/search?q=pantry", "/api/suggest?q=pan",
    ]  # fmt: skip
    for page in pages:
        answer = await http.get(page)
        assert answer.status_code == 200, page
        kind = answer.headers["content-type"]
        if "html" in kind:
            assert not FORBIDDEN.search(answer.text), page
        else:
            assert kind.startswith("application/json"), page
        assert answer.headers["x-content-type-options"] == "nosniff"


async def test_traps_in_what_staff_type_are_shown_as_text(http: Http, database: Database, cast):
    await sign_in(http, cast.nina)
    form = {
        "given_name": "<script>alert(1)</script>", "family_name": "<img src=x onerror=alert(1)>",
        "birth_date": "1990-01-01", "language": "en", "contact_way": "email",
        "place": "<svg/onload=alert(1)>", "email": "javascript:alert(1)@x.example",
        "safe_contact": "\"'><script>alert(1)</script>",
    }  # fmt: skip
    made = await post_form(http, "/clients/new", form)
    client = made.headers["location"]
    assert (
        await post_form(
            http, f"{client}/needs", {"code": "food-insecurity", "note": "<script>alert(1)</script>"}
        )
    ).status_code == 303
    for page in (client, f"{client}/edit", "/clients", "/today", "/referrals/new"):
        assert not FORBIDDEN.search((await http.get(page)).text), page


async def test_an_address_that_is_none_gets_no_mail_and_stops_no_referral(
    http: Http, database: Database, cast
):
    """Listings come from files: "call us", two addresses in one field, a line break with a header behind it."""
    for address in (
        "call us",
        "a@b.example, c@d.example",
        "a@b.example\r\nBcc: evil@evil.example",
        "ü@b.example",
    ):
        async with database.transaction() as db:
            service = await add_service(
                db, name=f"Groceries {address[:3]}", organization=uuid.uuid4(), email=address
            )
            organization = await db.get_one(Organization, service.organization_id)
            organization.email = None
            client = await add_client(db, cast.nina.actor, given_name=f"Zoe {address[:2]}")
            need = await add_need(db, cast.nina.actor, client)
        await sign_in(http, cast.nina)
        form = {
            "need_id": str(need.id),
            "service_id": str(service.id),
            "categories": "name",
            "consent": "spoken",
        }
        assert (await post_form(http, "/referrals/new", form)).status_code == 303, address
    async with database.transaction(write=False) as db:
        assert (await db.scalars(select(Mail))).all() == []


async def test_a_name_of_many_lines_fits_a_subject(database: Database, settings: Settings, cast):
    from referrals import messages

    async with database.transaction() as db:
        referral = await a_referral(db, settings)
        referral.sender_name = "Long\r\nBcc: evil@evil.example " + "x" * 200
        for subject, _text in (
            messages.request(referral, settings, "t", "UTC"),
            messages.reminder(referral, settings, "t", "UTC"),
        ):
            assert len(subject) <= 200
            assert subject.isprintable()


async def test_a_referral_goes_to_no_place_of_another_service(http: Http, database: Database, cast):
    """Naming a foreign place would tell its name, which may be the one of a hidden shelter."""
    world = await make_world(database)
    async with database.transaction() as db:
        service, other = (
            await add_service(db),
            await add_service(db, name="Shelter", organization=uuid.uuid4()),
        )
        hidden = Location(
            organization_id=other.organization_id,
            name="Secret house",
            location_type="physical",
            confidential=True,
        )
        own_hidden = Location(
            organization_id=service.organization_id,
            name="Hidden house",
            location_type="physical",
            confidential=True,
        )
        db.add_all([hidden, own_hidden])
        await db.flush()
        db.add(ServiceAtLocation(service_id=other.id, location_id=hidden.id))
        db.add(ServiceAtLocation(service_id=service.id, location_id=own_hidden.id))
    await sign_in(http, cast.nina)
    foreign = await http.get(f"/referrals/new?need={world.need_id}&service={service.id}&location={hidden.id}")
    own = await http.get(f"/referrals/new?need={world.need_id}&service={service.id}&location={own_hidden.id}")
    assert (foreign.status_code, own.status_code) == (404, 200)
    assert "Secret house" not in foreign.text and "Hidden house" not in own.text
