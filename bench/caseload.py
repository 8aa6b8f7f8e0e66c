"""Believable, invented casework in any number: clients, their needs and consents, referrals in every state, events.

One organization sends `count` referrals, most of them some time ago and closed by now. One busy organization receives
as many: a quarter of those, the rest from others. A refusal is often followed by another place (`previous_id`).
Rows go in as the application would write them, encrypted columns included, only in bulk.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any, NamedTuple, cast
from uuid import UUID

from sqlalchemy import Table, insert

from care.models import CATEGORIES, URGENCIES, Client, Consent, Need
from care.queries import identity_index
from core import clock
from core.database import Base, Database
from directory.needs import NEEDS
from referrals.models import REASONS, Referral, ReferralEvent

Rows = dict[type[Base], list[dict[str, Any]]]

_PER_BATCH = 1_000
_TABLES: tuple[type[Base], ...] = (Client, Need, Consent, Referral, ReferralEvent)
_GIVEN = (
    "Ana",
    "Bo",
    "Carmen",
    "Dario",
    "Edda",
    "Farid",
    "Gia",
    "Hugo",
    "Iris",
    "Jun",
    "Kofi",
    "Lena",
    "Mo",
    "Nuri",
)
_FAMILY = (
    "Abara",
    "Brook",
    "Castell",
    "Dunmore",
    "Estrel",
    "Fenwick",
    "Garrow",
    "Holloway",
    "Imada",
    "Juarro",
)
_NOTES = (
    "Two adults and a child. The refrigerator is empty.",
    "Can come after three in the afternoon only.",
    "Please call first; the bell does not work.",
    "Has all papers ready.",
    "",
)
_NO = ("no-capacity", "not-eligible", "outside-area", "missing-documents", "client-declined")
#: How the last referral of a need stands, out of a hundred.
_STATES = (
    ("completed", 52), ("cancelled", 6), ("failed", 4), ("rejected", 9), ("accepted", 6), ("in-progress", 11),
    ("on-hold", 2), ("requested", 8), ("draft", 1), ("entered-in-error", 1),
)  # fmt: skip
_OPEN_DAYS = {"requested": 4, "draft": 2, "accepted": 12, "in-progress": 30, "on-hold": 30}


class Party(NamedTuple):
    """An organization that sends or receives."""

    id: UUID
    name: str


class Offer(NamedTuple):
    """A service that referrals go to."""

    service_id: UUID
    service_name: str
    receiver: Party


async def write_caseload(
    database: Database,
    count: int,
    sender: Party,
    offers: Sequence[Offer],
    progress: Callable[[str, int, int], None],
    seed: int = 3,
) -> None:
    """Write `count` referrals sent by `sender`, and as many received by whoever `offers` names first.

    The first receiver must have one offer only, the first; the other offers share what it does not get.
    """
    busy, others = offers[0], offers[1:]
    neighbours = [Party(UUID(int=number), f"Neighbour {number}") for number in range(1, 6)]
    random = Random(seed)
    quarter = count // 4
    sent = _Maker(random, [sender], lambda: busy if random.random() < 0.25 else random.choice(others))
    received = _Maker(random, neighbours, lambda: busy)
    for maker, wanted in ((sent, count), (received, count - quarter)):
        for rows in maker.batches(wanted):
            async with database.transaction() as db:
                for table in _TABLES:
                    if rows[table]:
                        await db.execute(insert(cast(Table, table.__table__)), rows[table])
            progress("Writing referrals", len(rows[Referral]), 2 * count - quarter)


class _Maker:
    """Makes people one after another, each with needs, and for each need the referrals that came of it."""

    def __init__(self, random: Random, senders: Sequence[Party], offer: Callable[[], Offer]) -> None:
        self.random = random
        self.senders = senders
        self.offer = offer
        self.now = clock.now()
        self.rows: Rows = {}
        self._worker = UUID(int=random.getrandbits(128), version=4)
        self._states = [state for state, _weight in _STATES]
        self._weights = [weight for _state, weight in _STATES]
        self._needs = list(NEEDS)

    def batches(self, count: int) -> Iterator[Rows]:
        """Yield rows by table until there are `count` referrals; the last need may lack the places after it."""
        made = 0
        while made < count:
            self.rows = {table: [] for table in _TABLES}
            while len(self.rows[Referral]) < min(_PER_BATCH, count - made):
                self._person(min(_PER_BATCH, count - made))
            made += len(self.rows[Referral])
            yield self.rows

    def _id(self) -> UUID:
        return UUID(int=self.random.getrandbits(128), version=4)

    def _person(self, most: int) -> None:
        sender, own = self.random.choice(self.senders), self._id()
        given, family = self.random.choice(_GIVEN), self.random.choice(_FAMILY)
        born = clock.today("UTC") - timedelta(days=self.random.randint(18 * 365, 90 * 365))
        begun = len(self.rows[Referral])
        oldest = self.now
        for _number in range(self.random.choice((1, 1, 2, 3))):
            if len(self.rows[Referral]) < most:
                oldest = min(oldest, self._need(sender, own, most))
        if len(self.rows[Referral]) == begun:
            return
        self.rows[Client].append(
            {
                "id": own,
                "organization_id": sender.id,
                "given_name": given,
                "family_name": family,
                "birth_date": born.isoformat(),
                "identity_index": identity_index(sender.id, given, family, born),
                "place": f"698{self.random.randint(1, 49):02d}",
                "language": self.random.choice(("en", "en", "es")),
                "contact_way": "phone",
                "phone": f"(698) 555-01{self.random.randint(0, 99):02d}",
                "email": "",
                "safe_contact": "",
                "created_at": oldest - timedelta(hours=1),
                "created_by": self._worker,
                "version": 1,
            }
        )

    def _need(self, sender: Party, client_id: UUID, most: int) -> datetime:
        """Add a need and its referrals: some that came to nothing, then the one that counts. Return when it began."""
        own, code = self._id(), self.random.choice(self._needs)
        urgency = self.random.choice(tuple(URGENCIES))
        last = self.random.choices(self._states, self._weights)[0]
        refused = min(self.random.choices((0, 1, 2), (78, 17, 5))[0], most - len(self.rows[Referral]) - 1)
        at = self._when(last)
        begun = at - timedelta(days=5 * refused, hours=2)
        met = last == "completed"
        # Who was refused and got no other place: most were helped in another way, or gave up.
        over = met or (last in {"rejected", "failed", "cancelled"} and self.random.random() < 0.8)
        previous: UUID | None = None
        for number in range(refused + 1):
            state = last if number == refused else self.random.choice(("rejected", "rejected", "failed"))
            sent_at = at - timedelta(days=5 * (refused - number))
            previous = self._referral(sender, client_id, own, (code, urgency), state, sent_at, previous)
        self.rows[Referral][-1]["waits"] = last in {"rejected", "failed"} and not over
        self.rows[Need].append(
            {
                "id": own,
                "client_id": client_id,
                "code": code,
                "urgency": urgency,
                "wants_help": "yes",
                "state": "met" if met else "no-longer-wanted" if over else "open",
                "note": self.random.choice(_NOTES),
                "closing_reason": "",
                "created_at": begun,
                "created_by": self._worker,
                "closed_at": at if over else None,
                "version": 1,
            }
        )
        return begun

    def _when(self, state: str) -> datetime:
        if state in _OPEN_DAYS:
            days = self.random.expovariate(1 / _OPEN_DAYS[state])
        else:
            days = self.random.uniform(3, 730)
        return self.now - timedelta(days=min(days, 730), seconds=self.random.uniform(60, 3600))

    def _referral(
        self,
        sender: Party,
        client_id: UUID,
        need_id: UUID,
        asked: tuple[str, str],
        state: str,
        sent_at: datetime,
        previous: UUID | None,
    ) -> UUID:
        offer, own = self.offer(), self._id()
        answered = sent_at + timedelta(hours=self.random.expovariate(1 / 20))
        closed = answered + timedelta(days=self.random.expovariate(1 / 9))
        answered, closed = min(answered, self.now), min(closed, self.now)
        over = state in {"completed", "cancelled", "failed", "rejected", "entered-in-error"}
        if state == "rejected":
            closed = answered
        reason = self.random.choice(_NO) if state in {"rejected", "failed", "cancelled", "on-hold"} else ""
        helped = state == "completed"
        unanswered = state in {"draft", "requested", "cancelled", "entered-in-error"}
        self.rows[Referral].append(
            {
                "id": own,
                "client_id": client_id,
                "need_id": need_id,
                "need_code": asked[0],
                "urgency": asked[1],
                "sender_id": sender.id,
                "sender_name": sender.name,
                "sender_user_id": self._worker,
                "receiver_id": offer.receiver.id,
                "receiver_name": offer.receiver.name,
                "service_id": offer.service_id,
                "location_id": None,
                "service_name": offer.service_name,
                "state": state,
                "business_state": "scheduled" if state == "in-progress" else "",
                "appointment_at": self.now + timedelta(days=3) if state == "in-progress" else None,
                "categories": list(CATEGORIES),
                "note": self.random.choice(_NOTES),
                "reason": reason,
                "reason_note": self.random.choice(_NOTES) if reason else "",
                "outcome": self.random.choice(("got-help", "got-help", "partly", "no-help"))
                if helped
                else "",
                "provided": "Groceries for a week" if helped else "",
                "previous_id": previous,
                "created_at": sent_at,
                "sent_at": None if state == "draft" else sent_at,
                "respond_by": None if state == "draft" else sent_at + timedelta(days=3),
                "first_response_at": None if unanswered else answered,
                "nudged_at": None,
                "closed_at": closed if over else None,
                "updated_at": closed if over else sent_at if unanswered else answered,
                "waits": False,
                "version": 2,
            }
        )
        self._consent(client_id, offer.receiver, sent_at)
        path = {"draft": (), "requested": ("requested",), "rejected": ("requested", "rejected")}
        for to in path.get(state, ("requested", state) if unanswered else ("requested", "accepted", state)):
            moment = {"requested": sent_at, "accepted": answered}.get(to, closed)
            self._event(own, to, moment, reason if to in {"rejected", "failed"} else "")
        return own

    def _consent(self, client_id: UUID, receiver: Party, at: datetime) -> None:
        self.rows[Consent].append(
            {
                "id": self._id(),
                "client_id": client_id,
                "recipient_id": receiver.id,
                "recipient_name": receiver.name,
                "purpose": "referral",
                "categories": list(CATEGORIES),
                "form": "spoken",
                "given_on": at.date(),
                "expires_on": at.date() + timedelta(days=365),
                "revoked_at": None,
                "created_at": at,
                "recorded_by": self._worker,
            }
        )

    def _event(self, referral_id: UUID, to: str, at: datetime, reason: str) -> None:
        assert not reason or reason in REASONS
        self.rows[ReferralEvent].append(
            {
                "id": self._id(),
                "referral_id": referral_id,
                "at": at,
                "kind": "moved",
                "from_state": "",
                "to_state": to,
                "party": "sender" if to == "requested" else "receiver",
                "via": "app",
                "user_id": self._worker,
                "reason": reason,
                "note": "",
            }
        )
