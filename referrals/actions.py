"""Verbs of the referral: each moves it and writes event, audit row and jobs in the same transaction; none commits."""

import uuid
from datetime import timedelta
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.audit import audit
from accounts.models import Agency
from accounts.rules import Actor
from care import actions as care_actions
from care import queries as care_queries
from care.forms import ConsentForm
from care.models import CATEGORIES, Client, Need
from core import clock
from core.errors import Stale, WrongState
from core.forms import FormErrors, as_typed
from core.i18n import gettext as _
from core.jobs import enqueue
from core.mail import send_mail
from core.settings import Settings
from directory.actions import report_full
from referrals import links, messages, queries
from referrals.forms import AppointmentForm, SendForm, identifier
from referrals.models import Answer, Party, Referral, ReferralEvent, ReferralLink, party_of
from referrals.queries import Receiver

#: A receiver should answer within so many business days (ours; later a setting of the sending organization).
ANSWER_DAYS = 2
#: After so many business days without an answer the worklist says: call them.
ESCALATE_DAYS = 5
#: A consent recorded while sending ends after this time unless another day is given.
USUAL_CONSENT = timedelta(days=180)


class By(NamedTuple):
    """Who makes a move: a side, and the signed-in person or nobody when it came from a mailed link or a job."""

    party: Party
    actor: Actor | None
    via: str


def by_actor(referral: Referral, actor: Actor) -> By:
    """Return the mover for a signed-in person."""
    return By(party_of(referral, actor), actor, "app")


BY_LINK = By("receiver", None, "mail")


async def send(
    db: AsyncSession,
    settings: Settings,
    actor: Actor,
    need: Need,
    receiver: Receiver,
    form: SendForm,
    round_id: uuid.UUID | None = None,
) -> Referral:
    """Send a referral for a need to a receiver, with consent on file or given with the form; or keep it as a draft.

    Referrals with the same `round_id` are asked together: the first yes takes it (`referrals.rounds`).

    `need` comes with its client and the client's consents. Raises `FormErrors` when consent is missing, the need is
    closed, or the same referral is open already and `anyway` was not ticked. A draft asks for none of that.
    """
    by = By("sender", actor, "app")
    await db.refresh(need, ["state", "wants_help", "version"], with_for_update=True)
    if form.keep:
        referral = await _written(db, actor, need, receiver, form, frozenset(CATEGORIES))
        await _audit(db, referral, by, "referral.draft")
        return referral
    await _check_sendable(db, actor, need, receiver, form)
    if not form.categories:
        raise FormErrors({"categories": _("Tick at least one thing that may be shared.")}, as_typed(form))
    allowed = await _consented(db, actor, need.client, receiver, form)
    referral = await _written(db, actor, need, receiver, form, allowed)
    referral.round_id = round_id
    await _move(db, referral, "requested", by, Answer())
    referral.respond_by = clock.business_days_after(clock.now(), ANSWER_DAYS, actor.time_zone)
    if referral.previous_id is not None:
        _event(db, await queries.referral(db, actor, referral.previous_id), "rerouted", by)
    if need.wants_help == "not-asked":
        need.wants_help = "yes"
    await db.flush()
    if receiver.email:
        await _mail_request(db, settings, referral, receiver.email, actor.time_zone)
    await enqueue(
        db,
        "referrals.nudge",
        {"referral_id": str(referral.id)},
        run_at=referral.respond_by,
        key=str(referral.id),
    )
    return referral


async def _written(
    db: AsyncSession, actor: Actor, need: Need, receiver: Receiver, form: SendForm, allowed: frozenset[str]
) -> Referral:
    """Write a draft from the form, into the draft it goes on from or a new one."""
    referral = await _draft(db, actor, need, form) or Referral(
        client_id=need.client_id, need_id=need.id, state="draft"
    )
    referral.need_code, referral.urgency = need.code, need.urgency
    referral.sender_id, referral.sender_name = actor.organization_id, actor.organization_name
    referral.sender_user_id = actor.user_id
    referral.receiver_id, referral.receiver_name = receiver.organization_id, receiver.organization_name
    referral.service_id, referral.service_name = receiver.service_id, receiver.service_name
    referral.location_id, referral.note = receiver.location_id, form.note.strip()
    referral.categories = sorted(allowed & frozenset(form.categories))
    previous = await _previous(db, actor, need, form)
    referral.previous_id = previous.id if previous is not None else referral.previous_id
    db.add(referral)
    await db.flush()
    return referral


async def _draft(db: AsyncSession, actor: Actor, need: Need, form: SendForm) -> Referral | None:
    """Return the draft a form goes on from; one that was sent meanwhile raises `WrongState`."""
    if not form.draft_id:
        return None
    draft = await queries.referral(db, actor, identifier(form.draft_id, "referral"))
    if draft.state != "draft" or draft.need_id != need.id or draft.sender_id != actor.organization_id:
        raise WrongState(_("This draft was sent already."))
    return draft


async def _check_sendable(
    db: AsyncSession, actor: Actor, need: Need, receiver: Receiver, form: SendForm
) -> None:
    if need.state != "open":
        raise FormErrors({"need_id": _("This need is closed. Open it again first.")}, as_typed(form))
    if receiver.organization_id == actor.organization_id:
        raise FormErrors(
            {"service_id": _("This service is your own: no referral is needed.")}, as_typed(form)
        )
    if not form.anyway and await queries.open_twin(db, need.id, receiver.service_id) is not None:
        raise FormErrors(
            {"anyway": _("They have an open referral for this need already. Tick here to send another one.")},
            as_typed(form),
        )


async def _consented(
    db: AsyncSession, actor: Actor, client: Client, receiver: Receiver, form: SendForm
) -> frozenset[str]:
    """Return what may be told to the receiver, recording the consent that came with the form first."""
    today = clock.today(actor.time_zone)
    if form.consent:
        expires_on = form.expires_on or today + USUAL_CONSENT
        given = ConsentForm(
            recipient_id=str(receiver.organization_id), form=form.consent, expires_on=expires_on,
            categories=form.categories,
        )  # fmt: skip
        await care_actions.give_consent(db, actor, client, given, receiver.organization_name)
    allowed = await care_queries.allowed_categories(db, client.id, receiver.organization_id, today)
    if not allowed & frozenset(form.categories):
        raise FormErrors(
            {"consent": _("Ask the person first, and say here how they agreed.")}, as_typed(form)
        )
    return allowed


async def _previous(db: AsyncSession, actor: Actor, need: Need, form: SendForm) -> Referral | None:
    """Return the referral this one follows: the one named, when it is of the same need."""
    if not form.previous_id:
        return None
    previous = await queries.referral(db, actor, identifier(form.previous_id, "referral"))
    return previous if previous.need_id == need.id else None


async def _mail_request(
    db: AsyncSession, settings: Settings, referral: Referral, address: str, zone: str
) -> None:
    _link, token = await links.make(db, referral, address, "answer")
    subject, text = messages.request(referral, settings, token, zone)
    await send_mail(db, to=address, subject=subject, text=text)


def _event(db: AsyncSession, referral: Referral, kind: str, by: By, **fields: str) -> None:
    event = ReferralEvent(referral_id=referral.id, kind=kind, party=by.party, via=by.via, at=clock.now())
    event.user_id = by.actor.user_id if by.actor is not None else None
    event.from_state, event.to_state = fields.get("from_state", ""), fields.get("to_state", "")
    event.reason, event.note = fields.get("reason", ""), fields.get("note", "")
    db.add(event)


async def _audit(db: AsyncSession, referral: Referral, by: By, action: str, **ids: str) -> None:
    """Write the audit row in the mover's organization; what a mailed link does is written in the sender's."""
    organization = referral.sender_id if by.actor is None else by.actor.organization_id
    await audit(
        db,
        by.actor,
        action=action,
        subject_type="referral",
        subject_id=referral.id,
        organization_id=organization,
        via=by.via,
        **ids,
    )


async def _move(db: AsyncSession, referral: Referral, to: str, by: By, answer: Answer) -> None:
    before, in_round = referral.move(to, by.party, answer), referral.round_id is not None
    _event(
        db, referral, "moved", by,
        from_state=before, to_state=to, reason=answer.reason, note=answer.note or referral.provided,
    )  # fmt: skip
    try:
        await db.flush()
    except IntegrityError as error:
        # The database lets one of a round be accepted; nobody else can tell, since each sees only their own.
        if to == "accepted" and in_round:
            raise WrongState(_("Another organization said yes first. Thank you all the same.")) from error
        raise
    await _audit(db, referral, by, f"referral.{to}", before=before)


async def move(
    db: AsyncSession, settings: Settings, referral: Referral, to: str, by: By, answer: Answer, version: int
) -> str | None:
    """Move a referral and do what follows from it; raises `Stale`, `WrongState`.

    Returns the token of the link for what comes next, when a yes came from a mail.

    What follows: an answer lets the mailed links die; a yes without an account is answered with a link for what comes
    next; "no room" marks the listing full; "does not want it" parks the need; help that was given meets the need; a
    yes lets the others of a round go.
    """
    if version != referral.version:
        raise Stale(_("Somebody else moved this referral meanwhile. Look at it again, then decide."))
    await links.lock_all(db, referral.id)
    need = await queries.need_of(db, referral, lock=True)
    address = await links.address_of(db, referral.id)
    await _move(db, referral, to, by, answer)
    if to in {"accepted", "rejected"} or not referral.is_open:
        await links.close_all(db, referral.id)
    token = None
    if to == "accepted" and address and by.via == "mail":
        link, token = await links.make(db, referral, address, "follow")
        subject, text = messages.accepted(referral, settings, token)
        await send_mail(db, to=address, subject=subject, text=text)
        await links.mail_code(db, link)
    if to == "accepted" and referral.round_id is not None:
        await enqueue(db, "referrals.let_go_others", {"round_id": str(referral.round_id)})
    if to in {"rejected", "failed"}:
        await _learn_from_no(db, referral, need, answer)
    if referral.got_help and need.state == "open" and referral.outcome == "got-help":
        need.close("met")
        await _audit(db, referral, by, "need.met", need_id=str(need.id))
    await db.flush()
    return token


async def _learn_from_no(db: AsyncSession, referral: Referral, need: Need, answer: Answer) -> None:
    if answer.reason == "client-declined" and need.state == "open":
        need.wants_help = "no"
    if answer.reason == "no-capacity" and referral.service_id is not None:
        await report_full(db, referral.service_id)


async def set_appointment(
    db: AsyncSession, referral: Referral, by: By, form: AppointmentForm, zone: str
) -> None:
    """Note an appointment or what became of it; raises `Stale`, `WrongState`. `zone` is where the time was typed."""
    if form.version != referral.version:
        raise Stale(_("Somebody else moved this referral meanwhile. Look at it again, then decide."))
    if by.party != "receiver" or referral.state not in {"accepted", "in-progress", "on-hold"}:
        raise WrongState(_("An appointment can be noted once the referral is accepted."))
    if form.business_state == "scheduled":
        if form.appointment_at is None:
            raise FormErrors({"appointment_at": _("Give day and time of the appointment.")}, as_typed(form))
        referral.appointment_at = clock.localize(form.appointment_at, zone)
    referral.business_state, referral.updated_at = form.business_state, clock.now()
    _event(db, referral, "business", by, to_state=form.business_state)
    if form.business_state == "scheduled" and referral.state == "accepted":
        await _move(db, referral, "in-progress", by, Answer())
    await db.flush()
    await _audit(db, referral, by, f"referral.{form.business_state}")


async def nudge(db: AsyncSession, settings: Settings, referral: Referral, by: By, zone: str) -> bool:
    """Remind a receiver who has not answered, at most once; returns whether a reminder was written.

    A second reminder is not sent: after the first the worklist asks for a call instead.
    """
    if referral.state != "requested" or referral.nudged_at is not None:
        return False
    address = await links.address_of(db, referral.id)
    referral.nudged_at = clock.now()
    _event(db, referral, "nudged", by)
    if address:
        _link, token = await links.make(db, referral, address, "answer")
        subject, text = messages.reminder(referral, settings, token, zone)
        await send_mail(db, to=address, subject=subject, text=text)
    await db.flush()
    await _audit(db, referral, by, "referral.nudged")
    return True


async def nudge_all(db: AsyncSession, settings: Settings, actor: Actor) -> int:
    """Remind everybody who is overdue and was not reminded yet; return how many reminders were written."""
    condition = queries.tab_condition(actor, "overdue", clock.now())
    # All at once and in order: one by one, with the audit trail in between, two who remind would wait for each other.
    overdue = select(Referral).where(condition, Referral.nudged_at.is_(None)).order_by(Referral.id)
    waiting = (await db.scalars(overdue.with_for_update(of=Referral))).all()
    for referral in waiting:
        await nudge(db, settings, referral, By("sender", actor, "app"), actor.time_zone)
    return len(waiting)


async def note_viewed(db: AsyncSession, referral: Referral) -> None:
    """Record for both sides that somebody with the right code could see who the person is."""
    _event(db, referral, "viewed", BY_LINK)
    await _audit(db, referral, BY_LINK, "referral.viewed")


async def note_read(db: AsyncSession, referral: Referral, link: ReferralLink) -> None:
    """Write down that a page with the person's details was shown to somebody who came by a mailed link."""
    await _audit(
        db, referral, BY_LINK, "client.read", client_id=str(referral.client_id), link_id=str(link.id)
    )


async def zone_of(db: AsyncSession, organization_id: uuid.UUID) -> str:
    """Return the time zone of an organization whose people sign in; UTC for one that has none."""
    return await db.scalar(select(Agency.time_zone).where(Agency.id == organization_id)) or "UTC"
