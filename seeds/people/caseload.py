"""Writes the caseload: clients, needs, consents and referrals, each with the times it happened at."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from accounts.rules import Actor
from care import actions as care
from care.forms import ClientForm
from care.models import USUAL_CATEGORIES, Client, Consent, Need
from core import clock
from core.jobs import enqueue
from core.settings import Settings
from referrals import actions, links
from referrals.forms import SendForm
from referrals.models import OPEN, Referral, ReferralEvent, ReferralLink
from referrals.queries import Receiver
from seeds.county import County
from seeds.county.places import TIME_ZONE
from seeds.county.rows import AREA_CODE, Row
from seeds.people.cast import AGENCIES, ANSWERS, PEOPLE
from seeds.people.replay import ZONE, Hands, Replay, working_moment
from seeds.people.story import Course, Person, Trouble, people

#: Referrals so recent that they are really sent, with mail and link; older ones are written as history.
REALLY_SENT = 2


@dataclass
class Caseload:
    """Writes everything into one open transaction; `actors` are the workers by key."""

    db: AsyncSession
    settings: Settings
    county: County
    actors: dict[str, Actor]
    now: datetime
    _places: dict[uuid.UUID, uuid.UUID] = field(default_factory=dict)

    async def write(self) -> None:
        """Write all clients with all that happened to them."""
        for row in self.county.tables["service_at_location"]:
            self._places.setdefault(row["service_id"], row["location_id"])
        for person in people():
            await self._person(person)

    async def _person(self, person: Person) -> None:
        actor = self.actors[person.by]
        client = await care.add_client(self.db, actor, self._form(person))
        ages = [course.days or 0 for trouble in person.troubles for course in trouble.courses]
        client.created_at = working_moment(self.now, max([*ages, 2.0]) + 2, person.name)
        consents: dict[uuid.UUID, Consent] = {}
        for trouble in person.troubles:
            await self._trouble(client, actor, trouble, consents)

    def _form(self, person: Person) -> ClientForm:
        given, _, family = person.name.partition("|")
        return ClientForm(
            given_name=given,
            family_name=family,
            birth_date=person.born_for(self.now.astimezone(ZONE).date()),
            place=person.place,
            language=person.lang,
            contact_way=person.way,  # type: ignore[arg-type]
            phone=f"({AREA_CODE}) 555-{person.phone}" if person.phone else "",
            email=person.email,
            safe_contact=person.safe,
        )

    async def _trouble(
        self, client: Client, actor: Actor, trouble: Trouble, consents: dict[uuid.UUID, Consent]
    ) -> None:
        first = max((course.days or 0 for course in trouble.courses), default=0)
        need = Need(client_id=client.id, code=trouble.code, urgency=trouble.urgency, created_by=actor.user_id)
        need.wants_help, need.note = trouble.wants_help, trouble.note
        need.created_at = working_moment(self.now, first + 1, trouble.note) if first else client.created_at
        need.created_at = max(need.created_at, client.created_at)
        self.db.add(need)
        await self.db.flush()
        sent: list[Referral] = []
        for course in trouble.courses:
            follows = sent[-1] if course.follows and sent else None
            sent.append(await self._referral(client, need, actor, course, consents, follows))
        self._end(need, trouble, sent)

    async def _referral(
        self,
        client: Client,
        need: Need,
        actor: Actor,
        course: Course,
        consents: dict[uuid.UUID, Consent],
        follows: Referral | None,
    ) -> Referral:
        service = self.county.service(course.service)
        sent_at = max(
            working_moment(self.now, course.days or 0.1, course.service + course.note), need.created_at
        )
        receiver_id = service["organization_id"]
        if course.days is not None and receiver_id not in consents:
            consents[receiver_id] = self._consent(client, actor, service, sent_at)
            await self.db.flush()
        if course.days is not None and course.days <= REALLY_SENT and not course.steps:
            return await self._send(client, need, actor, course, sent_at)
        referral = self._draft(client, need, actor, service, course)
        referral.previous_id = follows.id if follows is not None else None
        referral.created_at = referral.updated_at = sent_at
        events: list[ReferralEvent] = []
        if course.days is not None:
            answers = ANSWERS.get(receiver_id)
            hands = Hands(actor.user_id, self.actors[answers].user_id if answers else None)
            replay = Replay(referral, course, hands, self.now)
            replay.play(sent_at)
            events = replay.events
        if follows is not None:
            events.append(_rerouted(follows, actor, sent_at))
        self.db.add(referral)
        await self.db.flush()
        self.db.add_all(events)
        if referral.state in OPEN and course.days is not None:
            await self._link(referral, service["email"], sent_at)
        if any(step.why == "client-declined" and step.verb in {"rej", "fail"} for step in course.steps):
            need.wants_help = "no"
        return referral

    def _draft(self, client: Client, need: Need, actor: Actor, service: Row, course: Course) -> Referral:
        receiver = self._receiver(service)
        referral = Referral(id=uuid.uuid4(), client_id=client.id, need_id=need.id, need_code=need.code)
        referral.urgency, referral.state, referral.note = need.urgency, "draft", course.note
        referral.sender_id, referral.sender_name = actor.organization_id, actor.organization_name
        referral.sender_user_id = actor.user_id
        referral.receiver_id, referral.receiver_name = receiver.organization_id, receiver.organization_name
        referral.service_id, referral.service_name = receiver.service_id, receiver.service_name
        referral.location_id, referral.categories = receiver.location_id, _categories(client)
        return referral

    def _receiver(self, service: Row) -> Receiver:
        organization = next(
            row for row in self.county.tables["organization"] if row["id"] == service["organization_id"]
        )
        return Receiver(
            organization_id=organization["id"],
            organization_name=organization["name"],
            service_id=service["id"],
            service_name=service["name"],
            location_id=self._places.get(service["id"]),
            location_name="",
            email=service["email"],
            capacity="",
        )

    def _consent(self, client: Client, actor: Actor, service: Row, at: datetime) -> Consent:
        receiver = self._receiver(service)
        given_on = at.astimezone(ZONE).date()
        consent = Consent(
            client_id=client.id,
            recipient_id=receiver.organization_id,
            recorded_by=actor.user_id,
            created_at=at,
        )
        consent.recipient_name, consent.purpose = receiver.organization_name, "referral"
        consent.categories = _categories(client)
        consent.form = "written" if int(receiver.organization_id) % 3 == 0 else "spoken"
        consent.given_on, consent.expires_on = given_on, given_on + actions.USUAL_CONSENT
        self.db.add(consent)
        return consent

    async def _send(
        self, client: Client, need: Need, actor: Actor, course: Course, sent_at: datetime
    ) -> Referral:
        """Send it as a worker would, mail and all, then say that it was a little while ago."""
        found = (
            await self.db.scalars(
                select(Need)
                .where(Need.id == need.id)
                .options(selectinload(Need.client).selectinload(Client.consents))
                .execution_options(populate_existing=True)
            )
        ).one()
        service = self.county.service(course.service)
        receiver = self._receiver(service)
        form = SendForm(
            need_id=str(need.id),
            service_id=str(receiver.service_id),
            note=course.note,
            categories=_categories(client),  # type: ignore[arg-type]
        )
        referral = await actions.send(self.db, self.settings, actor, found, receiver, form)
        referral.created_at = referral.sent_at = referral.updated_at = sent_at
        referral.respond_by = clock.business_days_after(sent_at, actions.ANSWER_DAYS, TIME_ZONE)
        mine = ReferralEvent.referral_id == referral.id
        await self.db.execute(update(ReferralEvent).where(mine).values(at=sent_at))
        await self.db.flush()
        key = str(referral.id)
        await enqueue(self.db, "referrals.nudge", {"referral_id": key}, run_at=referral.respond_by, key=key)
        return referral

    async def _link(self, referral: Referral, address: str, sent_at: datetime) -> None:
        """Leave the address with an open referral, as sending would have: reminders and codes go there."""
        purpose = "answer" if referral.state == "requested" else "follow"
        await links.make(self.db, referral, address, purpose)
        await self.db.execute(
            update(ReferralLink)
            .where(ReferralLink.referral_id == referral.id)
            .values(created_at=sent_at, expires_at=sent_at + timedelta(days=14))
        )

    def _end(self, need: Need, trouble: Trouble, sent: list[Referral]) -> None:
        """Close the need as its referrals or its story say; one that still has an open referral stays open."""
        helped = any(referral.state == "completed" and referral.outcome == "got-help" for referral in sent)
        still_open = any(referral.state in OPEN for referral in sent)
        state = trouble.end or ("met" if helped and not still_open else "")
        if not state:
            return
        need.close(state, trouble.end_reason)
        need.closed_at = _last(referral.closed_at for referral in sent) or self.now


def _last(moments: Iterable[datetime | None]) -> datetime | None:
    return max((moment for moment in moments if moment is not None), default=None)


def _categories(client: Client) -> list[str]:
    """What is shared: the usual, but no way to reach somebody who must not be reached."""
    return [name for name in USUAL_CATEGORIES if name != "contact" or client.contact_way != "none"]


def _rerouted(previous: Referral, actor: Actor, at: datetime) -> ReferralEvent:
    event = ReferralEvent(referral_id=previous.id, kind="rerouted", party="sender", via="app", at=at)
    event.user_id = actor.user_id
    return event


def actors(user_ids: dict[str, uuid.UUID], names: dict[uuid.UUID, str]) -> dict[str, Actor]:
    """Return the demo's people as actors; `names` are those of their organizations."""
    return {
        person.key: Actor(
            user_id=user_ids[person.key],
            organization_id=AGENCIES[person.agency],
            organization_name=names[AGENCIES[person.agency]],
            role=person.role,
            name=person.name,
            time_zone=TIME_ZONE,
            session_id=user_ids[person.key],
        )
        for person in PEOPLE
    }
