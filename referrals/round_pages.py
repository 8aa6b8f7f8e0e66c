"""Asking several places at once: one form for all of them, one yes of the person, one letter."""

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
from core.forms import FormErrors, as_typed, read_form
from core.web import page, render, see_other
from referrals import actions, letter, rounds
from referrals.forms import RoundForm, identifier
from referrals.matches import matches_for_need
from referrals.send_pages import begun
from referrals.words import words


async def _round_page(
    request: Request,
    db: AsyncSession,
    actor: Actor,
    need: Need,
    previous: str,
    typed: dict[str, Any],
    errors: dict[str, str] | None = None,
) -> Response[str]:
    client = need.client
    await audit(db, actor, action="client.read", subject_type="client", subject_id=client.id)
    today, everything = clock.today(actor.time_zone), frozenset(CATEGORIES)
    chosen = frozenset(typed.get("categories", USUAL_CATEGORIES))
    return render(
        request, "referrals/send_together.html", status=422 if errors else 200, need=need, client=client,
        matches=await matches_for_need(request, db, need, client, limit=8), previous=previous, chosen=chosen,
        most=rounds.MOST_ASKED, preview=letter.compose(client, typed.get("note", ""), everything, everything),
        withheld=letter.compose(client, "", frozenset(), everything),
        due=clock.business_days_after(clock.now(), actions.ANSWER_DAYS, actor.time_zone),
        until=today + actions.USUAL_CONSENT, today=today, typed=typed, errors=errors or {}, **words(),
    )  # fmt: skip


@get("/referrals/together", **page("referral.send", audited=True))
async def new_round(
    request: Request,
    db: NamedDependency[AsyncSession],
    actor: NamedDependency[Actor],
    need: FromQuery[str] = "",
    previous: FromQuery[str] = "",
) -> Response[str]:
    """Show the form that asks several places at once for one need."""
    found = await care_queries.need(db, actor, identifier(need, "need"))
    typed = await begun(db, actor, found, previous, with_ticks=False)
    return await _round_page(request, db, actor, found, previous, typed)


@post("/referrals/together", **page("referral.send"))
async def ask_together(
    request: Request, db: NamedDependency[AsyncSession], actor: NamedDependency[Actor]
) -> Response[Any]:
    """Send a referral to each of the places that were ticked."""
    form = read_form(RoundForm, await request.form())
    need = await care_queries.need(db, actor, identifier(form.need_id, "need"))
    if form.show:
        return await _round_page(request, db, actor, need, form.previous_id, as_typed(form))
    try:
        await rounds.ask_together(db, request.app.state.settings, actor, need, form)
    except FormErrors as wrong:
        return await _round_page(request, db, actor, need, form.previous_id, wrong.typed, wrong.errors)
    return see_other(request, f"/clients/{need.client_id}#need-{need.id}")


handlers: list[BaseRouteHandler] = [new_round, ask_together]
