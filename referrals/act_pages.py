"""`/act/{token}`: an organization answers from a mail, without an account.

Opening an address only shows a page, since mail scanners open addresses too: what acts is always a form. The page says
what is needed and never who needs it; that takes a code mailed to the same address.
"""

from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.handlers import BaseRouteHandler
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncSession

from care.models import URGENCIES
from core import clock, security
from core.errors import NotVisible, WrongState
from core.forms import FormErrors, read_form
from core.i18n import gettext as _
from core.web import page, render, see_other
from directory.needs import NEEDS
from referrals import actions, letter, links, queries
from referrals.forms import AppointmentForm, CodeForm, DeclineForm, MoveForm, mistake_in
from referrals.models import (
    BUSINESS_STATES,
    CODE_TRIES,
    OUTCOMES,
    REASONS,
    STATES,
    VIEWING_TIME,
    Answer,
    Referral,
    ReferralLink,
)


def _viewer_cookie(request: Request) -> str:
    return security.cookie_name(request.app.state.settings, "viewer")


def _masked(address: str) -> str:
    """Write an address so that its owner knows it and nobody else learns it."""
    name, _at, host = address.partition("@")
    return f"{name[:1]}•••@{host}"


async def _page(
    request: Request,
    db: AsyncSession,
    token: str,
    link: ReferralLink,
    referral: Referral,
    status: int = 200,
    **context: Any,
) -> Response[str]:
    now = clock.now()
    zone = await actions.zone_of(db, referral.sender_id)
    client = await queries.client_of(db, referral)
    chosen, today = frozenset(referral.categories), clock.today(zone)
    told = await letter.letter_for(db, client, referral.note, chosen, referral.receiver_id, today)
    viewing = links.may_view(link, request.cookies.get(_viewer_cookie(request)))
    if viewing:
        await actions.note_read(db, referral, link)
    code_waits = bool(link.code_hash) and link.code_expires_at is not None and link.code_expires_at > now
    return render(
        request, "referrals/act.html", status=status, token=token, link=link, referral=referral, zone=zone,
        works=link.works(now), viewing=viewing, letter=told if viewing else None,
        area=letter.area(told.value("place")) if link.works(now) else "",
        language=told.value("language") if link.works(now) else "",
        code_waits=code_waits, tries_left=CODE_TRIES - link.code_tries,
        address=_masked(link.address), moves=referral.moves("receiver"), needs=NEEDS, states=STATES, reasons=REASONS,
        outcomes=OUTCOMES, business_states=BUSINESS_STATES, urgencies=URGENCIES,
        **({"errors": {}, "typed": {}} | context),
    )  # fmt: skip


@get("/act/{token:str}", **page("public", audited=True))
async def show(request: Request, db: NamedDependency[AsyncSession], token: FromPath[str]) -> Response[str]:
    """Show what is asked; nothing happens by looking."""
    link, referral = await queries.link(db, token)
    return await _page(request, db, token, link, referral)


async def _working(db: AsyncSession, token: str) -> tuple[ReferralLink, Referral]:
    link, referral = await queries.link(db, token)
    if not link.works(clock.now()):
        raise WrongState(
            _("This link was used or is too old. Please call the sender, or use the newest mail.")
        )
    return link, referral


@post("/act/{token:str}/accept", **page("public"))
async def accept(request: Request, db: NamedDependency[AsyncSession], token: FromPath[str]) -> Response[Any]:
    """Say yes."""
    _link, referral = await _working(db, token)
    settings = request.app.state.settings
    following = await actions.move(
        db, settings, referral, "accepted", actions.BY_LINK, Answer(), referral.version
    )
    return see_other(request, f"/act/{following or token}")


@post("/act/{token:str}/decline", **page("public"))
async def decline(request: Request, db: NamedDependency[AsyncSession], token: FromPath[str]) -> Response[Any]:
    """Say no, and why."""
    link, referral = await _working(db, token)
    form = read_form(DeclineForm, await request.form())
    try:
        await actions.move(
            db, request.app.state.settings, referral, "rejected", actions.BY_LINK, Answer(form.reason, form.note),
            referral.version,
        )  # fmt: skip
    except WrongState as wrong:
        if referral.state != "requested":
            raise
        field, typed = mistake_in(MoveForm(to="rejected", version=0, reason=form.reason, note=form.note))
        return await _page(request, db, token, link, referral, 422, errors={field: str(wrong)}, typed=typed)
    return see_other(request, f"/act/{token}")


@post("/act/{token:str}/code", **page("public"))
async def send_code(
    request: Request, db: NamedDependency[AsyncSession], token: FromPath[str]
) -> Response[Any]:
    """Mail a code to the address the link was mailed to."""
    link, _referral = await _working(db, token)
    await links.mail_code(db, link)
    return see_other(request, f"/act/{token}")


@post("/act/{token:str}/open", **page("public"))
async def open_details(
    request: Request, db: NamedDependency[AsyncSession], token: FromPath[str]
) -> Response[Any]:
    """Take the code and show who the person is in this browser, for half an hour."""
    link, referral = await _working(db, token)
    try:
        viewer = await links.check_code(db, link, read_form(CodeForm, await request.form()).code)
    except FormErrors as wrong:
        return await _page(request, db, token, link, referral, 422, errors=wrong.errors)
    if viewer is None:
        errors = {
            "code": _("That code does not fit. %(n)s tries left.") % {"n": CODE_TRIES - link.code_tries}
        }
        return await _page(request, db, token, link, referral, 422, errors=errors)
    await actions.note_viewed(db, referral)
    response = see_other(request, f"/act/{token}")
    seconds = int(VIEWING_TIME.total_seconds())
    response.set_cookie(security.cookie(request.app.state.settings, "viewer", viewer, seconds))
    return response


async def _viewing(request: Request, db: AsyncSession, token: str) -> tuple[ReferralLink, Referral]:
    """Return link and referral for somebody who typed the code; to others the address does not exist."""
    link, referral = await _working(db, token)
    if not links.may_view(link, request.cookies.get(_viewer_cookie(request))):
        raise NotVisible("referral", referral.id)
    return link, referral


@post("/act/{token:str}/move", **page("public"))
async def move(request: Request, db: NamedDependency[AsyncSession], token: FromPath[str]) -> Response[Any]:
    """Say how it went on, once the code was typed: under way, on hold, closed with its outcome."""
    link, referral = await _viewing(request, db, token)
    form = read_form(MoveForm, await request.form())
    answer = Answer(form.reason, form.note, form.outcome, form.provided, tuple(form.attempts))
    try:
        await actions.move(
            db, request.app.state.settings, referral, form.to, actions.BY_LINK, answer, form.version
        )
    except WrongState as wrong:
        if form.to not in referral.moves("receiver"):
            raise
        field, typed = mistake_in(form)
        return await _page(request, db, token, link, referral, 422, errors={field: str(wrong)}, typed=typed)
    return see_other(request, f"/act/{token}")


@post("/act/{token:str}/appointment", **page("public"))
async def appointment(
    request: Request, db: NamedDependency[AsyncSession], token: FromPath[str]
) -> Response[Any]:
    """Note an appointment, once the code was typed."""
    link, referral = await _viewing(request, db, token)
    zone = await actions.zone_of(db, referral.sender_id)
    try:
        form = read_form(AppointmentForm, await request.form())
        await actions.set_appointment(db, referral, actions.BY_LINK, form, zone)
    except FormErrors as wrong:
        return await _page(request, db, token, link, referral, 422, errors=wrong.errors, typed=wrong.typed)
    return see_other(request, f"/act/{token}")


handlers: list[BaseRouteHandler] = [show, accept, decline, send_code, open_details, move, appointment]
