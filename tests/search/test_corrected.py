"""Those who keep a listing see what was corrected beside what its source says, and may take it back."""

from typing import Any

import pytest
from sqlalchemy import select

from core.database import Database
from directory.corrections import correct
from directory.models import Address, Location, Organization, Phone, Service, ServiceAtLocation
from tests.support.casework import add_service
from tests.support.cast import Cast
from tests.support.http import Http, post_form, sign_in


@pytest.fixture
async def service(database: Database) -> Service:
    """A listing of a source, of nobody who signs in, with its name, phone and town corrected."""
    async with database.transaction() as db:
        organization = Organization(name="Harbor Table", source="harbor")
        db.add(organization)
        await db.flush()
        service = await add_service(db, "Hot supper", organization.id)
        service.source = "harbor"
        phone = Phone(service_id=service.id, number="(698) 555-0101", source="harbor")
        place = await db.scalar(
            select(ServiceAtLocation.location_id).where(ServiceAtLocation.service_id == service.id)
        )
        address = Address(location_id=place, address_1="1 Pier Road", city="Harlow", source="harbor")
        db.add_all([phone, address])
        await db.flush()
        await correct(db, service, "Cora", {"name": "Warm supper"})
        await correct(db, phone, "Cora", {"number": "(698) 555-0102"})
        await correct(db, address, "Cora", {"city": "Millbrook"})
        await correct(db, organization, "Cora", {"email": "desk@harbor.example"})
    return service


def path(service: Service) -> str:
    return f"/services/{service.id}/needs"


async def take_back(http: Http, service: Service, row: Any, field: str) -> int:
    form = {"table": row.__tablename__, "row": str(row.id), "field": field}
    return (await post_form(http, f"/services/{service.id}/corrections/withdraw", form)).status_code


async def test_it_works(http: Http, database: Database, service: Service) -> None:
    await sign_in(http, Cast.cora)
    page = (await http.get(path(service))).text
    for words in ("Hot supper", "(698) 555-0101", "Harlow", "(empty)"):
        assert f"The source says: {words}" in page
    assert await take_back(http, service, service, "name") == 303
    page = (await http.get(path(service))).text
    assert "The source says: Hot supper" not in page and "The source says: Harlow" in page
    assert await take_back(http, service, service, "name") == 404
    async with database.transaction(write=False) as db:
        assert (await db.get_one(Service, service.id)).name == "Hot supper"


async def test_only_who_keeps_the_listing_may(http: Http, database: Database, service: Service) -> None:
    for member, expected in ((Cast.nina, 403), (Cast.omar, 404)):
        await sign_in(http, member)
        assert "The source says" not in (await http.get(path(service))).text
        assert await take_back(http, service, service, "name") == expected
    async with database.transaction(write=False) as db:
        assert (await db.get_one(Service, service.id)).name == "Warm supper"


async def test_another_listing_is_not_reached_through_this_one(
    http: Http, database: Database, service: Service
) -> None:
    async with database.transaction() as db:
        other = await add_service(db, "Groceries", Cast.pantry.id)
        other.source = "harbor"
        await correct(db, other, "Omar", {"name": "Weekly groceries"})
    await sign_in(http, Cast.cora)
    assert await take_back(http, service, other, "name") == 404
    form = {"table": "user_account", "row": str(service.id), "field": "password_hash"}
    assert (await post_form(http, f"/services/{service.id}/corrections/withdraw", form)).status_code == 404
    form = {"table": "service", "row": "x", "field": ""}
    assert (await post_form(http, f"/services/{service.id}/corrections/withdraw", form)).status_code == 422


async def test_of_confidential_places_nothing_is_told(
    http: Http, database: Database, service: Service
) -> None:
    async with database.transaction() as db:
        for place in await db.scalars(
            select(Location).join(ServiceAtLocation).where(ServiceAtLocation.service_id == service.id)
        ):
            place.confidential = True
    await sign_in(http, Cast.cora)
    page = (await http.get(path(service))).text
    assert "The source says: Harlow" not in page and "Millbrook" not in page
    assert "The source says: Hot supper" in page
