"""A county's casework in a few rows: a pantry's service, a client who needs food, and a referral between them."""

from datetime import date, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from accounts.rules import Actor
from care import actions as care_actions
from care import queries as care_queries
from care.forms import ClientForm, NeedForm
from care.models import Client, Need
from core import clock
from core.settings import Settings
from directory.models import Location, Organization, Service, ServiceAtLocation
from referrals import actions, queries
from referrals.forms import SendForm
from referrals.models import Referral
from tests.support.cast import Cast

GIVEN, FAMILY, PHONE, BORN = "Zephyrine", "Quillfeather", "(698) 555-0177", date(1991, 2, 3)


async def add_service(
    db: AsyncSession,
    name: str = "Weekly groceries",
    organization: UUID = Cast.pantry.id,
    email: str | None = None,
) -> Service:
    """Add a listed service with a place, and its organization when that is new."""
    if await db.get(Organization, organization) is None:
        known = next((o for o in Cast.organizations if o.id == organization), None)
        db.add(
            Organization(
                id=organization, name=known.name if known else "Millbrook Table", description="Food for the county.",
                email=known.mail if known else "table@millbrook.example",
            )
        )  # fmt: skip
        await db.flush()
    service = Service(organization_id=organization, name=name, description="Food for a week.", email=email)
    service.assured_date = clock.today("America/Chicago")
    place = Location(organization_id=organization, name=f"{name} hall", latitude=42.05, longitude=-101.4)
    place.location_type = "physical"
    db.add_all([service, place])
    await db.flush()
    db.add(ServiceAtLocation(service_id=service.id, location_id=place.id))
    await db.flush()
    return service


def client_form(**changes: object) -> ClientForm:
    """Return the form of a client whose every fact can be searched for."""
    facts: dict[str, object] = {
        "given_name": GIVEN, "family_name": FAMILY, "birth_date": BORN, "place": "69812", "language": "es",
        "contact_way": "text", "phone": PHONE, "safe_contact": "Before 3 pm only",
    }  # fmt: skip
    return ClientForm(**(facts | changes))  # type: ignore[arg-type]


async def add_client(db: AsyncSession, actor: Actor, **changes: object) -> Client:
    """Record a client of the actor's organization, with needs and consents loaded."""
    client = await care_actions.add_client(db, actor, client_form(**changes))
    return await care_queries.client(db, actor, client.id)


async def add_need(db: AsyncSession, actor: Actor, client: Client, code: str = "food-insecurity") -> Need:
    """Record an open need the client wants help with; comes with its client and the client's consents."""
    need = await care_actions.add_need(
        db, actor, client, NeedForm(code=code, urgency="week", wants_help="yes")
    )
    return await care_queries.need(db, actor, need.id)


async def send(
    db: AsyncSession, settings: Settings, actor: Actor, need: Need, service: Service, **changes: object
) -> Referral:
    """Send a referral with consent spoken just now."""
    facts: dict[str, object] = {
        "need_id": str(need.id), "service_id": str(service.id), "note": "Two adults, one child", "consent": "spoken",
        "categories": ["name", "contact", "place", "language", "note"],
        "expires_on": clock.now().date() + timedelta(days=90),
    }  # fmt: skip
    receiver = await queries.receiver(db, service.id)
    return await actions.send(db, settings, actor, need, receiver, SendForm(**(facts | changes)))  # type: ignore[arg-type]


async def a_referral(db: AsyncSession, settings: Settings) -> Referral:
    """Return a referral that Nina sent to Omar's pantry for a client who needs food."""
    service = await add_service(db)
    client = await add_client(db, Cast.nina.actor)
    need = await add_need(db, Cast.nina.actor, client)
    return await send(db, settings, Cast.nina.actor, need, service)
