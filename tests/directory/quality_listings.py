"""Invented listings for the checks: sound ones, and for each check one that is wrong and one that only looks so."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from directory.models import (
    Address,
    Location,
    Organization,
    Phone,
    Schedule,
    Service,
    ServiceArea,
    ServiceAtLocation,
    Url,
)
from search.models import ServiceNeed

TODAY = date(2026, 3, 2)
SOURCE = "county list"


@dataclass
class Listing:
    """One organization with one service at one place."""

    organization: Organization
    service: Service
    place: Location
    at: ServiceAtLocation
    phone: Phone
    address: Address
    hours: Schedule
    need: ServiceNeed

    def id(self, subject: str) -> UUID:
        rows: dict[str, Any] = {
            "organization": self.organization,
            "service": self.service,
            "location": self.place,
        }
        found: UUID = rows[subject].id
        return found


async def sound(db: AsyncSession, name: str, source: str | None = SOURCE) -> Listing:
    """Add a listing in which no check finds anything."""
    organization = Organization(name=f"{name} Hall", website="https://hall.example", source=source)
    db.add(organization)
    await db.flush()
    service = Service(
        organization_id=organization.id, name=name, description="Soup.", url="https://soup.example/a",
        email="soup@hall.example", eligibility_description="Anybody", fees="Free", source=source,
        interpretation_services="Spanish", assured_date=TODAY - timedelta(days=10),
    )  # fmt: skip
    place = Location(
        organization_id=organization.id, name=f"{name} room", latitude=42.1, longitude=-101.4, source=source
    )
    db.add_all([service, place])
    await db.flush()
    at = ServiceAtLocation(service_id=service.id, location_id=place.id)
    db.add(at)
    await db.flush()
    phone = Phone(service_id=service.id, number="(698) 555-0142", e164="+16985550142", type="voice")
    address = Address(location_id=place.id, city="Harlow", state_province="NE", postal_code="69812")
    hours = Schedule(
        service_at_location_id=at.id, freq="WEEKLY", byday="MO,WE", opens_at=time(9), closes_at=time(17)
    )
    need = ServiceNeed(service_id=service.id, need="food-insecurity")
    db.add_all([phone, address, hours, need])
    await db.flush()
    return Listing(organization, service, place, at, phone, address, hours, need)


Change = Callable[[AsyncSession, Listing], Awaitable[None]]


async def _nowhere(db: AsyncSession, one: Listing) -> None:
    await db.execute(delete(ServiceAtLocation).where(ServiceAtLocation.id == one.at.id))


async def out_of_reach(db: AsyncSession, one: Listing) -> None:
    one.phone.type = "fax"
    one.place.location_type = "virtual"


async def called_through_the_organization(db: AsyncSession, one: Listing) -> None:
    await _nowhere(db, one)
    one.phone.service_id, one.phone.organization_id = None, one.organization.id


def hours(**values: object) -> Change:
    async def change(db: AsyncSession, one: Listing) -> None:
        for name, value in values.items():
            setattr(one.hours, name, value)

    return change


def service(**values: object) -> Change:
    async def change(db: AsyncSession, one: Listing) -> None:
        for name, value in values.items():
            setattr(one.service, name, value)

    return change


def place(lat: float, lon: float, state: str = "NE") -> Change:
    async def change(db: AsyncSession, one: Listing) -> None:
        one.place.latitude, one.place.longitude, one.address.state_province = lat, lon, state

    return change


def organization(**values: object) -> Change:
    async def change(db: AsyncSession, one: Listing) -> None:
        for name, value in values.items():
            setattr(one.organization, name, value)

    return change


def phone(number: str, e164: str | None, of_organization: bool = False) -> Change:
    async def change(db: AsyncSession, one: Listing) -> None:
        owner = {"organization_id": one.organization.id} if of_organization else {"location_id": one.place.id}
        db.add(Phone(number=number, e164=e164, **owner))

    return change


async def hours_of_the_place_over(db: AsyncSession, one: Listing) -> None:
    one.hours.service_at_location_id, one.hours.location_id = None, one.place.id
    one.hours.valid_to = TODAY - timedelta(days=1)


async def one_of_two_over(db: AsyncSession, one: Listing) -> None:
    one.hours.valid_to = TODAY - timedelta(days=400)
    db.add(
        Schedule(service_id=one.service.id, freq="WEEKLY", byday="FR", opens_at=time(9), closes_at=time(12))
    )


async def no_zip(db: AsyncSession, one: Listing) -> None:
    one.address.postal_code = "  "


async def hidden(db: AsyncSession, one: Listing) -> None:
    one.place.confidential = True
    await db.execute(delete(Address).where(Address.id == one.address.id))


async def for_an_area(db: AsyncSession, one: Listing) -> None:
    one.place.location_type = "virtual"
    db.add(ServiceArea(service_at_location_id=one.at.id, name="Alder County"))


async def virtual(db: AsyncSession, one: Listing) -> None:
    one.place.location_type = "virtual"


async def denied(db: AsyncSession, one: Listing) -> None:
    one.need.denied, one.need.origin = True, "editor"


async def corrected(db: AsyncSession, one: Listing) -> None:
    one.need.origin = "editor"


async def further_page(db: AsyncSession, one: Listing) -> None:
    db.add(Url(service_id=one.service.id, url="see the bulletin board"))


async def in_words(db: AsyncSession, one: Listing) -> None:
    one.hours.opens_at = one.hours.closes_at = one.hours.byday = one.hours.freq = None
    one.hours.description = "Most mornings"


async def words_beside(db: AsyncSession, one: Listing) -> None:
    db.add(Schedule(service_id=one.service.id, description="Ring twice"))


async def again(db: AsyncSession, one: Listing) -> None:
    other = await sound(db, "Twin")
    other.service.organization_id = one.organization.id
    other.service.name = f" {one.service.name.upper()} "


async def elsewhere_again(db: AsyncSession, one: Listing) -> None:
    other = await sound(db, "Twin")
    other.service.name = one.service.name


async def named_again(db: AsyncSession, one: Listing) -> None:
    (await sound(db, "Twin")).organization.name = one.organization.name.lower()


async def named_again_elsewhere(db: AsyncSession, one: Listing) -> None:
    (await sound(db, "Twin", "other list")).organization.name = one.organization.name


async def history(db: AsyncSession, one: Listing) -> None:
    one.service.status = "inactive"


async def closed_for_now(db: AsyncSession, one: Listing) -> None:
    one.service.status = "temporarily closed"


#: Check -> what makes a sound listing wrong, and what makes it only look so.
CHANGES: dict[str, tuple[Change, Change]] = {
    "out-of-reach": (out_of_reach, called_through_the_organization),
    "hours-backwards": (hours(closes_at=time(5)), hours(opens_at=time(17), closes_at=time(9))),
    "hours-no-day": (hours(byday=" "), hours(byday=None, bymonthday="1,15", freq="MONTHLY")),
    "hours-weekdays": (hours(byday="MONDAY"), hours(byday="1MO, -1fr", freq="MONTHLY")),
    "hours-dates": (
        hours(valid_from=date(2026, 5, 2), valid_to=date(2026, 5, 1)),
        hours(valid_from=date(2026, 5, 1), valid_to=date(2026, 5, 1)),
    ),
    "hours-over": (hours_of_the_place_over, one_of_two_over),
    "never-checked": (service(assured_date=None), service(assured_date=date(2001, 1, 1))),
    "stale": (
        service(assured_date=TODAY - timedelta(days=181)),
        service(assured_date=TODAY - timedelta(days=180)),
    ),
    "coordinates-zero": (place(0, 0), place(0.1, 0)),
    "coordinates-state": (place(41.6, -93.6, " nebraska"), place(42.1, -101.4, "Far away")),
    "coordinates-far": (place(41.9, -87.7, "IL"), place(41.3, -96.1)),
    "address": (no_zip, hidden),
    "no-place": (_nowhere, virtual),
    "no-area": (virtual, for_an_area),
    "untagged": (denied, corrected),
    "undialled": (phone("ask at the desk", None), phone("2-1-1", None)),
    "web": (further_page, service(url="HTTP://soup.example")),
    "hours-text": (in_words, words_beside),
    "unlinked": (service(organization_id=None), closed_for_now),
    "service-twice": (again, elsewhere_again),
    "organization-twice": (named_again, named_again_elsewhere),
    "organization-empty": (history, closed_for_now),
    "organization-undialled": (phone("call us", None, True), phone("call us", None)),
    "organization-web": (organization(website="hall.example"), organization(website="")),
}
