"""One client of the county with everything that hangs on her: what strangers must never reach."""

import uuid
from dataclasses import dataclass
from datetime import timedelta

from accounts.keys.models import ApiKey
from care.models import CATEGORIES, Client, Consent, Need
from care.queries import identity_index
from core import clock
from core.database import Database
from referrals.models import Referral, ReferralEvent
from tests.support.cast import TIME_ZONE, Cast, Organization

GIVEN_NAME = "Zephyrine"
FAMILY_NAME = "Quillfeather"
BIRTH_DATE = "1987-03-29"
PHONE = "(698) 555-0177"
NOTE = "she sleeps at her cousin's until Friday"
SECRETS = (GIVEN_NAME, FAMILY_NAME, BIRTH_DATE, PHONE, "555-0177", NOTE)
PARTNER, PREFIX = "Ptarmigan Valley 211", "7e57ab1e"


@dataclass(frozen=True)
class World:
    """The ids of the client, of what hangs on her, and of a partner's key, by the names they have in addresses."""

    client_id: uuid.UUID
    need_id: uuid.UUID
    consent_id: uuid.UUID
    referral_id: uuid.UUID
    key_id: uuid.UUID


async def make_world(database: Database, receiver: Organization = Cast.pantry) -> World:
    """Record Zephyrine, who was referred to `receiver` by Nina and waits for an answer; and a key of the county."""
    nina, today, now = Cast.nina, clock.today(TIME_ZONE), clock.now()
    async with database.transaction() as db:
        client = Client(
            id=uuid.uuid4(),
            organization_id=nina.organization_id,
            given_name=GIVEN_NAME,
            family_name=FAMILY_NAME,
            birth_date=BIRTH_DATE,
            place="Harlow",
            contact_way="phone",
            phone=PHONE,
            created_by=nina.user_id,
        )
        birth_date = today.fromisoformat(BIRTH_DATE)
        client.identity_index = identity_index(nina.organization_id, GIVEN_NAME, FAMILY_NAME, birth_date)
        need = Need(
            id=uuid.uuid4(),
            client_id=client.id,
            code="food-insecurity",
            urgency="week",
            wants_help="yes",
            note=NOTE,
            created_by=nina.user_id,
        )
        consent = Consent(
            id=uuid.uuid4(),
            client_id=client.id,
            recipient_id=receiver.id,
            recipient_name=receiver.name,
            purpose="referral",
            categories=list(CATEGORIES),
            form="spoken",
            given_on=today,
            expires_on=today + timedelta(days=90),
            recorded_by=nina.user_id,
        )
        referral = Referral(
            id=uuid.uuid4(),
            client_id=client.id,
            need_id=need.id,
            need_code=need.code,
            urgency=need.urgency,
            sender_id=nina.organization_id,
            sender_name=nina.organization.name,
            sender_user_id=nina.user_id,
            receiver_id=receiver.id,
            receiver_name=receiver.name,
            service_name="Evening pantry",
            state="requested",
            categories=list(CATEGORIES),
            note=NOTE,
            sent_at=now,
            respond_by=now + timedelta(days=2),
        )
        key = ApiKey(id=uuid.uuid4(), organization_id=nina.organization_id, name=PARTNER, prefix=PREFIX)
        key.key_hash, key.created_by = "0" * 64, Cast.ada.user_id
        for rows in ([client, key], [need, consent], [referral]):
            db.add_all(rows)
            await db.flush()
        db.add(
            ReferralEvent(
                referral_id=referral.id, kind="moved", to_state="requested", party="sender", via="app"
            )
        )
    return World(client.id, need.id, consent.id, referral.id, key.id)
