"""Signing in and out, one's own account, and the home of each role."""

from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.handlers import BaseRouteHandler
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncSession

from accounts import actions, admin, queries, sessions, today
from accounts.audit import audit
from accounts.forms import ChangePassword, SignIn
from accounts.keys import pages as key_pages
from accounts.models import email_index
from accounts.rules import ROLES, Actor
from core import clock, security
from core.errors import TooMany
from core.forms import FormErrors, read_form
from core.i18n import N_
from core.i18n import gettext as _
from core.web import local_path, page, render, see_other

HOME = "/today"
#: Who can sign in to the demonstration; the page says so in demo mode only.
DEMO_PEOPLE = tuple((f"{role}@demo.example", name) for role, name in ROLES.items())


@get("/sign-in", **page("public"))
async def sign_in_page(request: Request) -> Response[Any]:
    """Show the form; somebody signed in already goes on to where they wanted."""
    wanted = request.query_params.get("next", "")
    if request.scope.get("user") is not None:
        return see_other(request, _next(wanted))
    return _sign_in_form(request, {"next": wanted})


def _next(wanted: str) -> str:
    away = not local_path(wanted) or wanted.startswith(("/sign-in", "/sign-out"))
    return HOME if away else wanted


def _sign_in_form(
    request: Request, typed: dict[str, Any], errors: dict[str, str] | None = None, status: int = 200
) -> Response[str]:
    return render(
        request,
        "accounts/sign_in.html",
        status=status,
        typed=typed,
        errors=errors or {},
        labels={"email": N_("Work mail address"), "password": N_("Password")},
        demo_people=DEMO_PEOPLE,
    )


@post("/sign-in", status_code=200, **page("public"))
async def sign_in(request: Request) -> Response[Any]:
    """Sign in and lead on; the same sentence for a wrong password and an unknown address."""
    settings, database = request.app.state.settings, request.app.state.database
    try:
        form = read_form(SignIn, await request.form())
    except FormErrors as error:
        return _sign_in_form(request, error.typed, error.errors, 422)
    typed = {"email": form.email, "next": form.next}
    index = email_index(form.email)
    try:
        entry = await actions.sign_in(
            database,
            form.email,
            form.password,
            address=request.client.host if request.client else "",
            agent=request.headers.get("user-agent", ""),
            browser=sessions.knows_browser(request, index),
            demo=settings.demo,
        )
    except TooMany as error:
        refusal = _sign_in_form(request, typed, {"form": str(error)}, 429)
        refusal.headers["retry-after"] = str(error.retry_after)
        return refusal
    if entry is None:
        return _sign_in_form(
            request, typed, {"form": _("Mail address and password do not belong together.")}, 422
        )
    await sessions.forget_presented(request)
    response = see_other(request, _next(form.next))
    sessions.keep_token(response, settings, entry.token)
    sessions.remember_browser(response, settings, index)
    return response


@post("/sign-out", status_code=303, **page("self"))
async def sign_out(
    request: Request, db: NamedDependency[AsyncSession], actor: NamedDependency[Actor]
) -> Response:
    """End this session and go back to the public search."""
    await actions.sign_out(db, actor)
    response = see_other(request, "/")
    sessions.drop_token(response, request.app.state.settings)
    # The services that were saved to be handed out: the next person at this computer begins anew.
    response.set_cookie(security.cookie(request.app.state.settings, "list", "", 0))
    return response


@get("/today", **page("self", audited=True))
async def today_page(
    request: Request, db: NamedDependency[AsyncSession], actor: NamedDependency[Actor]
) -> Response:
    """Show what needs this person now."""
    parts = await today.sections(db, actor)
    now = clock.now().astimezone(ZoneInfo(actor.time_zone))
    if actor.can("client.read"):
        shown = sum(part.waiting for part in parts)
        await audit(db, actor, action="client.list", subject_type="today", count=shown)
    heading = today.greeting(now.hour, actor.name, sum(part.waiting for part in parts))
    main = [part for part in parts if not part.beside]
    beside = [part for part in parts if part.beside]
    return render(request, "accounts/today.html", heading=heading, parts=main, beside=beside)


async def _account(
    request: Request,
    db: AsyncSession,
    actor: Actor,
    errors: dict[str, str] | None = None,
    status: int = 200,
) -> Response[str]:
    return render(
        request,
        "accounts/account.html",
        status=status,
        user=await queries.me(db, actor),
        role=ROLES[actor.role],
        sessions=await queries.sessions(db, actor),
        errors=errors or {},
        labels={"current": N_("Present password"), "new": N_("New password")},
        done=request.query_params.get("done", ""),
    )


@get("/account", **page("self"))
async def account(
    request: Request, db: NamedDependency[AsyncSession], actor: NamedDependency[Actor]
) -> Response:
    """Show one's account and the devices signed in to it."""
    return await _account(request, db, actor)


@post("/account/password", status_code=200, **page("self"))
async def change_password(request: Request, actor: NamedDependency[Actor]) -> Response:
    """Change the password; all other devices are signed out."""
    settings, database = request.app.state.settings, request.app.state.database
    try:
        form = read_form(ChangePassword, await request.form())
        agent = request.headers.get("user-agent", "")
        token = await actions.change_password(
            database, actor, form.current, form.new, agent=agent, demo=settings.demo
        )
    except FormErrors as error:
        async with database.transaction(write=False) as db:
            return await _account(request, db, actor, error.errors, 422)
    response = see_other(request, "/account?done=password")
    sessions.keep_token(response, settings, token)
    return response


@post("/account/sessions/{session_id:uuid}/end", status_code=303, **page("self"))
async def end_session(
    request: Request,
    session_id: FromPath[UUID],
    db: NamedDependency[AsyncSession],
    actor: NamedDependency[Actor],
) -> Response:
    """Sign one of one's own devices out."""
    await actions.end_session(db, actor, await queries.my_session(db, actor, session_id))
    return see_other(request, "/account?done=session")


@post("/account/sessions/end-others", status_code=303, **page("self"))
async def end_others(
    request: Request, db: NamedDependency[AsyncSession], actor: NamedDependency[Actor]
) -> Response:
    """Sign all of one's other devices out."""
    await actions.end_other_sessions(db, actor)
    return see_other(request, "/account?done=session")


handlers: list[BaseRouteHandler] = [
    sign_in_page,
    sign_in,
    sign_out,
    today_page,
    account,
    change_password,
    end_session,
    end_others,
    *admin.handlers,
    *key_pages.handlers,
]
