"""The pages of referrals for people who sign in: what was sent, one referral, the inbox, the worklist."""

import uuid
from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.handlers import BaseRouteHandler
from litestar.params import FromPath, FromQuery
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.audit import audit
from accounts.rules import Actor
from care.models import Client
from care.showing import client_parts
from core import clock
from core.errors import NotVisible, WrongState
from core.forms import FormErrors, read_form
from core.paging import cursor_after, read_cursor
from core.web import page, render, see_other
from referrals import act_pages, actions, letter, queries, report_pages, round_pages, rounds, send_pages
from referrals.forms import AppointmentForm, MoveForm, mistake_in
from referrals.matches import matches_for_need
from referrals.models import (
    OPEN,
    TERMINAL,
    UNDER_WAY,
    Answer,
    Referral,
    party_of,
)
from referrals.queries import PAGE_SIZE, Tab
from referrals.steps import Step, step_of
from referrals.words import words
from search.cards import Card

TABS: tuple[Tab, ...] = ("overdue", "declined", "unanswered", "under-way")


async def referrals_of_client(
    request: Request, db: AsyncSession, actor: Actor, client: Client
) -> dict[uuid.UUID, list[Referral]]:
    """Return a client's referrals by need, newest first, for the page of the client."""
    by_need: dict[uuid.UUID, list[Referral]] = {}
    for referral in await queries.of_client(db, actor, client.id):
        by_need.setdefault(referral.need_id, []).append(referral)
    return by_need


async def matches_of_client(
    request: Request, db: AsyncSession, actor: Actor, client: Client
) -> dict[uuid.UUID, list[Card]]:
    """Return the places that fit each need which still waits for a referral, for the page of the client."""
    found = {}
    sent = await queries.of_client(db, actor, client.id)
    open_needs = {row.need_id for row in sent if row.is_open and row.state != "draft"}
    for need in client.needs:
        if need.state == "open" and need.wants_help != "no" and need.id not in open_needs:
            found[need.id] = await matches_for_need(request, db, need, client)
    return found


async def steps_of_client(
    request: Request, db: AsyncSession, actor: Actor, client: Client
) -> dict[uuid.UUID, Step]:
    """Return how far each need of a client has come, for the page of the client."""
    by_need = await referrals_of_client(request, db, actor, client)
    return {need.id: step_of(need, by_need.get(need.id, []), actor.time_zone) for need in client.needs}


client_parts["referrals"] = referrals_of_client
client_parts["steps"] = steps_of_client
client_parts["matches"] = matches_of_client


@get("/referrals", **page("referral.send", audited=True))
async def sent(
    request: Request,
    db: NamedDependency[AsyncSession],
    actor: NamedDependency[Actor],
    show: FromQuery[str] = "open",
    after: FromQuery[str] = "",
) -> Response[str]:
    """List what the organization has sent, newest first."""
    states = TERMINAL if show == "closed" else OPEN
    found = await queries.sent(db, actor, states, read_cursor(after))
    rows = found[:PAGE_SIZE]
    following = cursor_after(rows[-1][0].created_at, rows[-1][0].id) if len(found) > PAGE_SIZE else ""
    await audit(db, actor, action="referral.list", subject_type="referral", count=len(rows))
    return render(
        request,
        "referrals/sent.html",
        block="list",
        rows=rows,
        show=show,
        following=following,
        at=clock.now(),
        **words(),
    )


async def referral_page(
    request: Request, db: AsyncSession, actor: Actor, referral: Referral, status: int = 200, **context: Any
) -> Response[str]:
    """Render one referral as the actor's side sees it, and write down that it was looked at."""
    await audit(
        db, actor, action="client.read", subject_type="referral", subject_id=referral.id,
        client_id=str(referral.client_id),
    )  # fmt: skip
    party = party_of(referral, actor)
    client = await queries.client_of(db, referral)
    today = clock.today(actor.time_zone)
    told = await letter.letter_for(
        db, client, referral.note, frozenset(referral.categories), referral.receiver_id, today
    )
    matches = []
    if party == "sender" and referral.state in {"rejected", "failed"}:
        need = await queries.need_of(db, referral)
        matches = await matches_for_need(request, db, need, client) if need.state == "open" else []
    return render(
        request, "referrals/referral.html", status=status, referral=referral, party=party, letter=told,
        client=client if party == "sender" else None, matches=matches, moves=referral.moves(party), at=clock.now(),
        followed=await queries.followed_by(db, referral.id), mates=await rounds.mates(db, actor, referral),
        **words(), **({"errors": {}, "typed": {}} | context),
    )  # fmt: skip


@get("/referrals/{referral_id:uuid}", **page("referral.read", audited=True))
async def show(
    request: Request,
    db: NamedDependency[AsyncSession],
    actor: NamedDependency[Actor],
    referral_id: FromPath[uuid.UUID],
) -> Response[str]:
    """Show one referral to the side the person stands on."""
    return await referral_page(request, db, actor, await queries.referral(db, actor, referral_id))


@post("/referrals/{referral_id:uuid}/move", **page("referral.read"))
async def move(
    request: Request,
    db: NamedDependency[AsyncSession],
    actor: NamedDependency[Actor],
    referral_id: FromPath[uuid.UUID],
) -> Response[Any]:
    """Accept, decline, hold, go on, cancel, close or mark as a mistake: the model decides whether that is possible."""
    referral = await queries.referral(db, actor, referral_id)
    form = read_form(MoveForm, await request.form())
    answer = Answer(form.reason, form.note, form.outcome, form.provided, tuple(form.attempts))
    by = actions.by_actor(referral, actor)
    settings = request.app.state.settings
    try:
        await actions.move(db, settings, referral, form.to, by, answer, form.version)
    except WrongState as wrong:
        if form.to not in referral.moves(by.party):
            raise
        field, typed = mistake_in(form)
        errors = {field: str(wrong)}
        return await referral_page(request, db, actor, referral, 422, errors=errors, typed=typed)
    if form.to == "entered-in-error" and by.party == "receiver":
        return see_other(request, "/inbox")
    return see_other(request, f"/referrals/{referral.id}")


@post("/referrals/{referral_id:uuid}/appointment", **page("referral.answer"))
async def appointment(
    request: Request,
    db: NamedDependency[AsyncSession],
    actor: NamedDependency[Actor],
    referral_id: FromPath[uuid.UUID],
) -> Response[Any]:
    """Note an appointment, or what became of it."""
    referral = await queries.referral(db, actor, referral_id)
    try:
        form = read_form(AppointmentForm, await request.form())
        await actions.set_appointment(db, referral, actions.by_actor(referral, actor), form, actor.time_zone)
    except FormErrors as wrong:
        return await referral_page(request, db, actor, referral, 422, errors=wrong.errors, typed=wrong.typed)
    return see_other(request, f"/referrals/{referral.id}")


@post("/referrals/{referral_id:uuid}/nudge", **page("referral.send"))
async def nudge(
    request: Request,
    db: NamedDependency[AsyncSession],
    actor: NamedDependency[Actor],
    referral_id: FromPath[uuid.UUID],
) -> Response[Any]:
    """Remind a receiver who has not answered."""
    referral = await queries.referral(db, actor, referral_id)
    if party_of(referral, actor) != "sender":
        raise NotVisible("referral", referral_id)
    by = actions.by_actor(referral, actor)
    await actions.nudge(db, request.app.state.settings, referral, by, actor.time_zone)
    form = await request.form()
    return see_other(request, "/worklist" if form.get("back") == "worklist" else f"/referrals/{referral.id}")


@get("/inbox", **page("inbox.read", audited=True))
async def inbox(
    request: Request,
    db: NamedDependency[AsyncSession],
    actor: NamedDependency[Actor],
    show: FromQuery[str] = "waiting",
    after: FromQuery[str] = "",
) -> Response[str]:
    """List what the organization was asked: what waits for an answer, what is under way, or what is closed."""
    shown = {"waiting": frozenset({"requested"}), "under-way": UNDER_WAY}.get(
        show, TERMINAL - {"entered-in-error"}
    )
    found = await queries.inbox(db, actor, shown, read_cursor(after))
    rows = found[:PAGE_SIZE]
    following = cursor_after(rows[-1].sent_at, rows[-1].id) if len(found) > PAGE_SIZE else ""
    counts = await queries.inbox_counts(db, actor)
    await audit(db, actor, action="referral.list", subject_type="referral", count=len(rows))
    return render(
        request, "referrals/inbox.html", block="list", rows=rows, show=show, counts=counts, following=following,
        under_way=sum(counts.get(state, 0) for state in UNDER_WAY), at=clock.now(), **words(),
    )  # fmt: skip


@get("/worklist", **page("worklist.read", audited=True))
async def worklist(
    request: Request,
    db: NamedDependency[AsyncSession],
    actor: NamedDependency[Actor],
    tab: FromQuery[str] = "",
    after: FromQuery[str] = "",
    reminded: FromQuery[int] = 0,
) -> Response[str]:
    """List what waits for somebody, longest first, with the one button that moves each."""
    counts = await queries.worklist_counts(db, actor)
    wanted: list[Tab] = [name for name in TABS if name == tab] or [name for name in TABS if counts[name]]
    chosen: Tab = wanted[0] if wanted else "overdue"
    found = await queries.worklist(db, actor, chosen, read_cursor(after))
    rows = found[:PAGE_SIZE]
    last = rows[-1][0] if len(found) > PAGE_SIZE else None
    following = (
        cursor_after(last.closed_at if chosen == "declined" else last.sent_at, last.id) if last else ""
    )
    await audit(db, actor, action="referral.list", subject_type="referral", count=len(rows))
    return render(
        request, "referrals/worklist.html", block="list", rows=rows, tab=chosen, tabs=TABS, counts=counts,
        following=following, at=clock.now(), reminded=max(0, min(reminded, 9999)),
        call_before=clock.business_days_before(clock.now(), actions.ESCALATE_DAYS, actor.time_zone), **words(),
    )  # fmt: skip


@post("/worklist/nudge-all", **page("referral.send"))
async def nudge_all(
    request: Request, db: NamedDependency[AsyncSession], actor: NamedDependency[Actor]
) -> Response[Any]:
    """Remind everybody who is overdue and was not reminded."""
    reminded = await actions.nudge_all(db, request.app.state.settings, actor)
    return see_other(request, f"/worklist?tab=overdue&reminded={reminded}")


handlers: list[BaseRouteHandler] = [
    sent,
    show,
    move,
    appointment,
    nudge,
    inbox,
    worklist,
    nudge_all,
    *send_pages.handlers,
    *round_pages.handlers,
    *act_pages.handlers,
    *report_pages.handlers,
]
