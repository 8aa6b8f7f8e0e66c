"""What the pages of listings say as data: schema.org, within a block that nothing can break out of."""

import json
import re
import uuid
from datetime import date, time
from typing import Any

import pytest

from core.database import Database
from directory.models import (
    Address,
    CostOption,
    Language,
    Location,
    Organization,
    Phone,
    Schedule,
    Service,
    ServiceArea,
    ServiceAtLocation,
)
from directory.showing import embedded
from tests.support.http import Http

BLOCK = re.compile(r'<script type="application/ld\+json">(.*?)</script>', re.DOTALL)


def data_of(page: str) -> dict[str, Any]:
    (block,) = BLOCK.findall(page)
    found: dict[str, Any] = json.loads(block)
    return found


def pantry(*, confidential: bool = False, name: str = "Pantry") -> Service:
    place = Location(
        name="Mill hall",
        latitude=41.8,
        longitude=-87.6,
        confidential=confidential,
        addresses=[
            Address(address_1="40 Mill Lane", city="Chicago", state_province="IL", postal_code="60601")
        ],
    )
    hours = [
        Schedule(freq="WEEKLY", byday="MO,TU", opens_at=time(9), closes_at=time(17)),
        Schedule(freq="WEEKLY", byday="SA", opens_at=time(0), closes_at=time(23, 59)),
        Schedule(freq="MONTHLY", byday="2WE", opens_at=time(9), closes_at=time(17)),
        Schedule(valid_from=date(2026, 12, 25), valid_to=date(2026, 12, 25), description="Christmas"),
    ]
    return Service(
        id=uuid.uuid4(),
        name=name,
        description="Groceries.",
        minimum_age=18,
        eligibility_description="Anybody near.",
        organization=Organization(
            id=uuid.uuid4(), name="Millrace", legal_status="Nonprofit", description="Neighbors."
        ),
        phones=[Phone(number="312-555-0142", e164="+13125550142")],
        languages=[Language(code="es", name="Spanish")],
        service_areas=[ServiceArea(name="Alder Falls")],
        cost_options=[CostOption(option="Free", amount=0)],
        service_at_locations=[ServiceAtLocation(location=place, schedules=hours)],
    )


async def stored(database: Database, service: Service) -> Service:
    async with database.transaction() as db:
        db.add(service)
    return service


async def test_a_listing_says_itself_as_data(http: Http, database: Database) -> None:
    service = await stored(database, pantry())
    data = data_of((await http.get(f"/services/{service.id}")).text)
    assert (data["@context"], data["@type"], data["name"]) == ("https://schema.org", "Service", "Pantry")
    assert data["provider"]["@type"] == "NGO"
    assert data["areaServed"] == ["Alder Falls"]
    assert data["audience"] == {
        "@type": "PeopleAudience", "audienceType": "Anybody near.", "requiredMinAge": 18,
    }  # fmt: skip
    (channel,) = data["availableChannel"]
    assert channel["servicePhone"]["telephone"] == "+13125550142"
    assert channel["availableLanguage"] == ["Spanish"]
    place = channel["serviceLocation"]
    assert place["isAccessibleForFree"] is True
    assert place["address"]["streetAddress"] == "40 Mill Lane"
    assert place["geo"]["latitude"] == 41.8
    assert sorted(place["openingHoursSpecification"], key=str) == sorted(
        [
            {"@type": "OpeningHoursSpecification", "dayOfWeek": ["Monday", "Tuesday"],
             "opens": "09:00", "closes": "17:00"},
            {"@type": "OpeningHoursSpecification", "dayOfWeek": ["Saturday"], "opens": "00:00", "closes": "23:59"},
            {"@type": "OpeningHoursSpecification", "opens": "00:00", "closes": "00:00",
             "validFrom": "2026-12-25", "validThrough": "2026-12-25"},
        ],
        key=str,
    )  # fmt: skip


async def test_a_confidential_place_stays_so(http: Http, database: Database) -> None:
    service = await stored(database, pantry(confidential=True))
    page = (await http.get(f"/services/{service.id}")).text
    place = data_of(page)["availableChannel"][0]["serviceLocation"]
    assert place.keys() == {"@type", "isAccessibleForFree", "openingHoursSpecification"}
    assert "Mill" not in BLOCK.findall(page)[0].replace("Millrace", "")


async def test_an_organization_says_what_it_offers(http: Http, database: Database) -> None:
    service = await stored(database, pantry())
    data = data_of((await http.get(f"/organizations/{service.organization_id}")).text)
    assert (data["@type"], data["name"], data["description"]) == ("NGO", "Millrace", "Neighbors.")
    assert [offer["itemOffered"]["name"] for offer in data["makesOffer"]] == ["Pantry"]


@pytest.mark.parametrize(
    "text",
    ["</script><script>alert(1)</script>", "<!--<script>", "]]>&amp;", "a\u2028b\u2029c", '"}\\'],
)
async def test_nothing_breaks_out(http: Http, database: Database, text: str) -> None:
    service = await stored(database, pantry(name=f"Pantry {text}"))
    page = (await http.get(f"/services/{service.id}")).text
    assert data_of(page)["name"] == f"Pantry {text}"
    assert not set("<>&\u2028\u2029") & set(BLOCK.findall(page)[0])


def test_every_character_is_told_as_it_was() -> None:
    text = "".join(map(chr, range(0x2100))) + "\U0001f600"
    assert json.loads(str(embedded({"name": text}))) == {"name": text}
