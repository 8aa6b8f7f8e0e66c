"""What the public is told of listings, and in how many queries."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import time
from typing import Any

import pytest
from sqlalchemy import event, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.database import Database
from core.errors import NotVisible
from directory import queries
from directory.models import (
    Address,
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


@contextmanager
def counting(database: Database) -> Iterator[list[str]]:
    statements: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        statements.append(statement)

    event.listen(database.engine.sync_engine, "before_cursor_execute", note)
    yield statements
    event.remove(database.engine.sync_engine, "before_cursor_execute", note)


async def make_services(db: AsyncSession, number: int, **values: Any) -> list[Service]:
    """Add services of one organization, each with a place, a telephone, hours and the rest."""
    organization = Organization(name="Harbor Table", email="hello@harbor.example")
    db.add(organization)
    await db.flush()
    services = [Service(name=f"Supper {n}", organization_id=organization.id, **values) for n in range(number)]
    db.add_all(services)
    await db.flush()
    for service in services:
        location = Location(
            name="Pier hall", latitude=42.05, longitude=-101.4, organization_id=organization.id
        )
        db.add(location)
        await db.flush()
        link = ServiceAtLocation(service_id=service.id, location_id=location.id, description="Side door")
        db.add(link)
        await db.flush()
        db.add_all(
            [
                Address(location_id=location.id, address_1="1 Pier Road", city="Harlow", postal_code="69812"),
                Phone(service_id=service.id, number="(698) 555-0101", e164="+16985550101"),
                Phone(service_id=service.id, number="(698) 555-0109", type="fax"),
                Phone(service_id=service.id, number=None),
                Schedule(
                    service_at_location_id=link.id,
                    freq="WEEKLY",
                    byday="MO",
                    opens_at=time(9),
                    closes_at=time(17),
                ),
                Language(service_id=service.id, name="Spanish", code="es"),
                CostOption(service_id=service.id, amount=0),
                ServiceArea(service_id=service.id, name="Alder County"),
                RequiredDocument(service_id=service.id, document="Photo ID"),
            ]
        )
    await db.flush()
    return services


async def test_card_tells_what_a_card_shows(db: AsyncSession) -> None:
    (service,) = await make_services(db, 1, capacity="waiting", fees_description="Free")
    card = (await queries.services_for_cards(db, [service.id]))[service.id]
    assert (card.name, card.organization, card.capacity, card.fees) == (
        "Supper 0",
        "Harbor Table",
        "waiting",
        "Free",
    )
    assert [phone.number for phone in card.phones] == [
        "(698) 555-0101",
        "(698) 555-0109",
    ]  # without a number: none
    (place,) = card.places
    assert place.spot is not None
    assert place.spot.lines == ("1 Pier Road", "Harlow, 69812")
    assert (place.latitude, place.description) == (42.05, "Side door")
    assert [hours.opens_at for hours in place.hours] == [time(9)]
    assert ([spoken.code for spoken in card.languages], card.areas) == (["es"], ("Alder County",))
    assert [cost.amount for cost in card.costs] == [0]


@pytest.mark.parametrize("status", ["inactive", "defunct"])
async def test_what_is_history_is_not_shown(db: AsyncSession, status: str) -> None:
    (service,) = await make_services(db, 1, status=status)
    assert await queries.services_for_cards(db, [service.id, uuid.uuid4()]) == {}
    with pytest.raises(NotVisible):
        await queries.listing(db, service.id)
    assert service.organization_id is not None
    assert (await queries.organization_listing(db, service.organization_id)).services == []


async def test_confidential_place_tells_nothing_that_leads_there(database: Database) -> None:
    async with database.transaction() as db:
        (service,) = await make_services(db, 1)
        location = await db.get(Location, await place_of(db, service))
        assert location is not None
        location.confidential = True
        location.transportation = "Bus 4 to Pier Road"
    async with database.transaction() as db:
        card = (await queries.services_for_cards(db, [service.id]))[service.id]
        (place,) = card.places
        assert place.confidential
        assert (place.spot, place.latitude, place.longitude, place.transportation, place.name) == (None,) * 5
        shown = await queries.listing(db, service.id)
        at = shown.service_at_locations[0].location
        assert (at.addresses, at.latitude, at.longitude, at.transportation, at.name) == (
            [],
            None,
            None,
            None,
            None,
        )
    async with database.transaction(write=False) as db:  # blanked where it is shown, not where it is kept
        kept = await db.get(Location, location.id)
        assert kept is not None
        assert (kept.latitude, kept.transportation) == (42.05, "Bus 4 to Pier Road")


async def place_of(db: AsyncSession, service: Service) -> uuid.UUID:
    place = select(ServiceAtLocation.location_id).where(ServiceAtLocation.service_id == service.id)
    return (await db.scalars(place)).one()


async def test_number_of_queries_does_not_grow(database: Database) -> None:
    async with database.transaction() as db:
        services = await make_services(db, 20)
    organization_id = services[0].organization_id
    assert organization_id is not None
    async with database.transaction(write=False) as db:
        with counting(database) as one:
            await queries.services_for_cards(db, [services[0].id])
        with counting(database) as many:
            cards = await queries.services_for_cards(db, [service.id for service in services])
        assert len(cards) == 20
        assert len(many) == len(one) <= 15
        with counting(database) as page:
            organization = await queries.organization_listing(db, organization_id)
        assert len(organization.services) == 20
        assert len(page) <= 30


async def test_finding_an_organization(db: AsyncSession) -> None:
    db.add_all(
        [Organization(name=name) for name in ("Quarry 50% Club", "The Quarry Table", "Quarry Point Aid")]
    )
    await db.flush()
    names = [name for _, name in await queries.find_organizations(db, "  quarry ")]
    assert names == ["Quarry 50% Club", "Quarry Point Aid", "The Quarry Table"]
    assert [name for _, name in await queries.find_organizations(db, "50%")] == ["Quarry 50% Club"]
    assert await queries.find_organizations(db, "  ") == []


async def test_name_of_an_organization(db: AsyncSession) -> None:
    organization = Organization(name="Quarry Point Aid")
    db.add(organization)
    await db.flush()
    assert await queries.organization_name(db, str(organization.id)) == "Quarry Point Aid"
    for wrong in (uuid.uuid4(), "nonsense"):
        with pytest.raises(NotVisible):
            await queries.organization_name(db, wrong)
