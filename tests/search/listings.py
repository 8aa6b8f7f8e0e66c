"""A handful of listings that tests of the search look for, always the same, around Alder Falls (69812)."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from uuid import UUID, uuid5

from sqlalchemy.ext.asyncio import AsyncSession

from core.database import Database
from directory.models import (
    Accessibility,
    Address,
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
from search.state import Search

_NAMESPACE = UUID("0b9a52f0-4d55-4a0e-8d4b-0a4f5a7d9c11")
WHEN = datetime(2026, 11, 20, 12, tzinfo=UTC)
CHECKED = date(2026, 11, 10)
ZONE = "America/Chicago"


@dataclass(frozen=True)
class Spot:
    """Where a listing is; without coordinates it is only written down."""

    town: str
    code: str
    lat: float | None = None
    lon: float | None = None
    confidential: bool = False


FALLS = Spot("Alder Falls", "69812", 42.0500, -101.4000)
MILLBROOK = Spot("Millbrook", "69813", 42.1000, -101.3500)
FAR = Spot("Quarry Point", "69849", 42.6000, -101.0000)
SECRET = Spot("Harlow", "69815", 42.0700, -101.4200, confidential=True)
UNMAPPED = Spot("Alder Falls", "69812")


def id_of(name: str) -> UUID:
    """The id of the service, organization or location of that name."""
    return uuid5(_NAMESPACE, name)


async def listing(
    db: AsyncSession,
    name: str,
    *spots: Spot,
    description: str = "",
    organization: str = "Millrace Neighbors",
    languages: tuple[str, ...] = (),
    fees: str | None = None,
    area: str | None = None,
    status: str = "active",
    hours: tuple[str, time, time] | None = None,
    ages: tuple[float | None, float | None] = (None, None),
    document: str | None = None,
    step_free: bool = False,
) -> UUID:
    """Write one service with everything that a search may ask of it; returns its id."""
    if await db.get(Organization, id_of(organization)) is None:
        db.add(Organization(id=id_of(organization), name=organization))
        await db.flush()
    service = Service(
        id=id_of(name),
        organization_id=id_of(organization),
        name=name,
        description=description,
        status=status,
        fees_description=fees,
        minimum_age=ages[0],
        maximum_age=ages[1],
        assured_date=CHECKED,
        last_modified=WHEN,
    )
    db.add(service)
    await db.flush()
    db.add(Phone(service_id=service.id, number="(698) 555-0142", e164="+16985550142"))
    db.add_all(Language(service_id=service.id, code=code) for code in languages)
    if area:
        db.add(ServiceArea(service_id=service.id, name=area))
    if document:
        db.add(RequiredDocument(service_id=service.id, document=document))
    if hours:
        days, opens, closes = hours
        db.add(
            Schedule(
                service_id=service.id,
                freq="WEEKLY",
                byday=days,
                opens_at=opens,
                closes_at=closes,
                timezone=ZONE,
            )
        )
    for number, spot in enumerate(spots):
        location = Location(
            id=id_of(f"{name} {number}"),
            name=f"{spot.town} hall",
            latitude=spot.lat,
            longitude=spot.lon,
            confidential=spot.confidential,
        )
        db.add(location)
        await db.flush()
        address = {
            "city": spot.town,
            "postal_code": spot.code,
            "state_province": "NE",
            "region": "Alder County",
        }
        db.add(Address(location_id=location.id, address_1="40 Mill Lane", **address))
        db.add(ServiceAtLocation(service_id=service.id, location_id=location.id))
        if step_free:
            db.add(Accessibility(location_id=location.id, description="Wheelchair accessible"))
    await db.flush()
    return service.id


async def county(database: Database) -> None:
    """Write all listings of the tests."""
    every_day = "MO,TU,WE,TH,FR,SA,SU"
    async with database.transaction() as db:
        await listing(
            db,
            "Millrace Community Pantry",
            FALLS,
            MILLBROOK,
            description="A week of groceries, picked by you.",
            languages=("en", "es"),
            fees="Free",
            hours=(every_day, time(0), time(23, 59)),
            document="Photo ID",
            step_free=True,
        )
        await listing(
            db,
            "Second Shelf Market",
            MILLBROOK,
            description="A food pantry where you pay a little.",
            fees="$2 each",
        )
        await listing(db, "Quarry Point Food Shelf", FAR, description="Canned food and bread.")
        await listing(
            db,
            "Lantern House",
            SECRET,
            description="Safe shelter after domestic violence.",
            organization="Lantern House",
            area="Alder County",
        )
        await listing(
            db, "Talk Line", description="Counseling by telephone.", area="Nationwide", ages=(18, None)
        )
        await listing(db, "Rent Desk", UNMAPPED, description="Help with back rent.", languages=("es",))
        await listing(db, "Old Pantry", FALLS, description="Closed for good.", status="defunct")


async def build(search: Search) -> None:
    """Build the index of all listings, as the worker does."""
    from search.documents import documents

    await search.engine.rebuild(documents(search.database))
    search.places.expire()
