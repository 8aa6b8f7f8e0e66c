"""Sending a referral: whose need, to which place, and the form that shows exactly what the receiver will see."""

from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.handlers import BaseRouteHandler
from litestar.params import FromQuery
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.audit import audit
from accounts.rules import Actor
from care import queries as care_queries
from care.models import CATEGORIES, USUAL_CATEGORIES, Need
from core import clock
from core.errors import NotVisible
from core.forms import FormErrors, as_typed, read_form
from core.web import page, render, see_other
from referrals import actions, letter, queries
from referrals.forms import SendForm, identifier
from referrals.matches import matches_for_need
from referrals.queries import Receiver
from referrals.words import words


async def _receiver(db: AsyncSession, service: str, location: str) -> Receiver | None:
    if not service:
        return None
    location_id = identifier(location, "location") if location else None
    return await queries.receiver(db, identifier(service, "service"), location_id)


async def _note_read(db: AsyncSession, actor: Actor, need: Need) -> None:
    await audit(db, actor, action="client.read", subject_type="client", subject_id=need.client_id)


async def send_page(
    request: Request,
    db: AsyncSession,
    actor: Actor,
    need: Need,
    receiver: Receiver,
    previous: str = "",
    draft: str = "",
    status: int = 200,
    **context: Any,
) -> Response[str]:
    """Render the form that sends a referral, with exactly what the receiver will see."""
    await _note_read(db, actor, need)
    today = clock.today(actor.time_zone)
    client = need.client
    allowed = await care_queries.allowed_categories(db, client.id, receiver.organization_id, today)
    typed = context.get("typed", {})
    chosen = frozenset(typed.get("categories", allowed or USUAL_CATEGORIES))
    note, everything = typed.get("note", ""), frozenset(CATEGORIES)
    consents = [
        c for c in client.consents if c.recipient_id == receiver.organization_id and c.in_force(today)
    ]
    return render(
        request, "referrals/send.html", status=status, need=need, client=client, receiver=receiver, consents=consents,
        allowed=allowed, chosen=chosen, preview=letter.compose(client, note, everything, everything),
        withheld=letter.compose(client, "", frozenset(), everything),
        twin=await queries.open_twin(db, need.id, receiver.service_id), previous=previous, draft=draft,
        due=clock.business_days_after(clock.now(), actions.ANSWER_DAYS, actor.time_zone),
        until=today + actions.USUAL_CONSENT, today=today, **words(), **({"errors": {}, "typed": {}} | context),
    )  # fmt: skip


@get("/referrals/new", **page("referral.send", audited=True))
async def new_referral(
    request: Request,
    db: NamedDependency[AsyncSession],
    actor: NamedDependency[Actor],
    need: FromQuery[str] = "",
    service: FromQuery[str] = "",
    location: FromQuery[str] = "",
    previous: FromQuery[str] = "",
    draft: FromQuery[str] = "",
    every: FromQuery[bool] = False,
) -> Response[str]:
    """Show the form that sends a referral; without a need choose whose, without a service choose where.

    One that follows a declined referral begins with the next best place, unless `every` place is asked for.
    """
    receiver = await _receiver(db, service, location)
    if not need:
        waiting = await care_queries.needs_without_referral(db, actor, queries.referred())
        await audit(db, actor, action="client.list", subject_type="need", count=len(waiting))
        return render(
            request, "referrals/choose_need.html", waiting=waiting, receiver=receiver, service=service,
            location=location, **words(),
        )  # fmt: skip
    found = await care_queries.need(db, actor, identifier(need, "need"))
    if receiver is None:
        matches = await matches_for_need(request, db, found, found.client, limit=8)
        if not (matches and previous) or every:
            await _note_read(db, actor, found)
            return render(
                request, "referrals/choose_service.html", need=found, client=found.client, matches=matches,
                previous=previous, **words(),
            )  # fmt: skip
        receiver = await _receiver(db, str(matches[0].service_id), str(matches[0].location_id or ""))
        assert receiver is not None
    typed = await begun(db, actor, found, draft or previous, with_ticks=bool(draft))
    return await send_page(request, db, actor, found, receiver, previous, draft, typed=typed)


async def begun(
    db: AsyncSession, actor: Actor, need: Need, earlier: str, *, with_ticks: bool
) -> dict[str, Any]:
    """Return what the form begins with: the words of a draft, or of the referral before for the same need."""
    if not earlier:
        return {}
    kept = await queries.referral(db, actor, identifier(earlier, "referral"))
    if kept.need_id != need.id or kept.sender_id != actor.organization_id:
        raise NotVisible("referral", kept.id)
    ticks = {"categories": kept.categories} if with_ticks and kept.categories else {}
    return {"note": kept.note, **ticks}


@post("/referrals/new", **page("referral.send"))
async def send(
    request: Request, db: NamedDependency[AsyncSession], actor: NamedDependency[Actor]
) -> Response[Any]:
    """Send a referral."""
    form = read_form(SendForm, await request.form())
    need = await care_queries.need(db, actor, identifier(form.need_id, "need"))
    receiver = await _receiver(db, form.service_id, form.location_id)
    if receiver is None:
        raise NotVisible("service")
    if form.show:
        return await send_page(
            request, db, actor, need, receiver, form.previous_id, form.draft_id, typed=as_typed(form)
        )
    try:
        referral = await actions.send(db, request.app.state.settings, actor, need, receiver, form)
    except FormErrors as wrong:
        return await send_page(
            request, db, actor, need, receiver, form.previous_id, form.draft_id, 422, errors=wrong.errors,
            typed=wrong.typed,
        )  # fmt: skip
    return see_other(request, f"/referrals/{referral.id}")


handlers: list[BaseRouteHandler] = [new_referral, send]
