"""Asking several places at once for one need: whoever says yes first takes it, the others are told and let go.

Each place is sent a referral of its own, with a consent of its own: nobody learns who else was asked, and nobody can
see what they were not sent.
"""

import uuid
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.rules import Actor
from care import queries as care_queries
from care.models import Need
from core import clock
from core.database import new_id
from core.forms import FormErrors, as_typed
from core.i18n import gettext as _
from core.settings import Settings
from referrals import actions, queries
from referrals.forms import RoundForm, SendForm, identifier
from referrals.models import Referral
from referrals.queries import Receiver

#: How many places can be asked together: more would only be told that they came too late.
MOST_ASKED = 5


async def receivers(db: AsyncSession, form: RoundForm) -> list[Receiver]:
    """Return who would receive the referrals of a form: one place of each organization, in the order given."""
    found: dict[uuid.UUID, Receiver] = {}
    for place in form.places[:MOST_ASKED]:
        service, _bar, location = place.partition("|")
        location_id = identifier(location, "location") if location else None
        receiver = await queries.receiver(db, identifier(service, "service"), location_id)
        found.setdefault(receiver.organization_id, receiver)
    return list(found.values())


async def ask_together(
    db: AsyncSession, settings: Settings, actor: Actor, need: Need, form: RoundForm
) -> list[Referral]:
    """Send a referral to each place of a form, as one round; raises `FormErrors` before anything is sent.

    `need` comes with its client and the client's consents. Places that cannot be asked (closed, asked already, the
    own organization, without consent) refuse the whole round: who was told "five are asked" must be able to rely on it.
    """
    asked = await receivers(db, form)
    if len(asked) < 2:
        raise FormErrors(
            {"places": _("Tick at least two places of different organizations.")}, as_typed(form)
        )
    if not form.categories:
        raise FormErrors({"categories": _("Tick at least one thing that may be shared.")}, as_typed(form))
    await _check(db, actor, need, asked, form)
    round_id, sent = new_id(), []
    for receiver in asked:
        referral = await actions.send(db, settings, actor, need, receiver, _single(form, receiver), round_id)
        sent.append(referral)
    return sent


async def _check(
    db: AsyncSession, actor: Actor, need: Need, asked: Sequence[Receiver], form: RoundForm
) -> None:
    today = clock.today(actor.time_zone)
    for receiver in asked:
        if await queries.open_twin(db, need.id, receiver.service_id) is not None:
            told = _("%(name)s was asked already and has not closed it. Leave it out.")
            raise FormErrors({"places": told % {"name": receiver.service_name}}, as_typed(form))
        if form.consent:
            continue
        allowed = await care_queries.allowed_categories(db, need.client_id, receiver.organization_id, today)
        if not allowed & frozenset(form.categories):
            raise FormErrors(
                {"consent": _("Ask the person first, and say here how they agreed.")}, as_typed(form)
            )


def _single(form: RoundForm, receiver: Receiver) -> SendForm:
    return SendForm(
        need_id=form.need_id, service_id=str(receiver.service_id), location_id=str(receiver.location_id or ""),
        previous_id=form.previous_id, note=form.note, categories=form.categories, consent=form.consent,
        expires_on=form.expires_on,
    )  # fmt: skip


async def mates(db: AsyncSession, actor: Actor, referral: Referral) -> Sequence[Referral]:
    """Return the others of a round, for its sender; nothing for a receiver, and for a referral that was sent alone."""
    if referral.round_id is None or referral.sender_id != actor.organization_id:
        return []
    query = select(Referral).where(
        Referral.round_id == referral.round_id, Referral.id != referral.id, queries.visible_to(actor)
    )
    return (await db.scalars(query.order_by(Referral.service_name, Referral.id))).all()
