"""Login sessions: from a cookie to the person who asks, and back."""

import re
from datetime import timedelta
from typing import Any, cast
from uuid import UUID

import structlog
from litestar import Request, Response
from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Receive, Scope, Send
from sqlalchemy import delete, select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload

from accounts.models import ABSOLUTE, IDLE, LoginSession, User
from accounts.rules import Actor, Role
from core import clock, crypto
from core.database import Database
from core.logs import IMPERSONAL
from core.security import cookie, cookie_name, knows_nobody
from core.settings import Settings

log = structlog.get_logger("handrail.accounts")

#: A session's last use is written down at most so often, so that reading pages does not mean writing rows.
_NOTED_EVERY = timedelta(minutes=1)


class SessionMiddleware(ASGIMiddleware):
    """Puts the signed-in `Actor` into `scope["user"]`, or None; an unknown or ended session counts as none."""

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Look the session up and go on."""
        if scope["type"] == ScopeType.HTTP:
            scope["user"] = None
            if not scope["path"].startswith(IMPERSONAL) and not knows_nobody(scope):
                await self._recognize(Request(scope))
        await next_app(scope, receive, send)

    async def _recognize(self, request: Request) -> None:
        state = request.app.state
        token = request.cookies.get(cookie_name(state.settings, "session"))
        if token:
            request.scope["user"] = await actor_of(state.database, token)
            # The last use may have been noted up to a minute late: the page warns in time all the same.
            request.scope["state"]["session_seconds"] = int((IDLE - _NOTED_EVERY).total_seconds())


async def actor_of(database: Database, token: str) -> Actor | None:
    """Return whose session `token` opens, and note that it was used; None when it has ended or never was."""
    now = clock.now()
    wanted = (
        select(LoginSession)
        .where(LoginSession.token_hash == crypto.hash_token(token))
        .options(joinedload(LoginSession.user).joinedload(User.agency))
    )
    async with database.transaction(write=False) as db:
        session = await db.scalar(wanted)
    if session is None or not session.alive(now) or session.user.disabled_at is not None:
        return None
    if now - session.seen_at > _NOTED_EVERY:
        try:
            async with database.transaction() as db:
                await db.execute(
                    update(LoginSession).where(LoginSession.id == session.id).values(seen_at=now)
                )
        except OperationalError:
            # A database too busy to note it is no reason to turn the person away.
            log.warning("session use not noted")
    return actor_for(session.user, session.id)


def actor_for(user: User, session_id: UUID) -> Actor:
    """Return the actor that `user`, loaded with their agency, is in a session."""
    return Actor(
        user_id=user.id,
        organization_id=user.organization_id,
        organization_name=user.agency.name,
        role=cast(Role, user.role),
        name=user.name,
        time_zone=user.agency.time_zone,
        session_id=session_id,
    )


async def open_session(db: AsyncSession, user_id: UUID, agent: str) -> tuple[LoginSession, str]:
    """Begin a session and return it with the token for the cookie: always a new one, never one that came in."""
    now, token = clock.now(), crypto.new_token()
    session = LoginSession(
        user_id=user_id,
        token_hash=crypto.hash_token(token),
        agent=describe_agent(agent),
        created_at=now,
        seen_at=now,
        expires_at=now + ABSOLUTE,
    )
    db.add(session)
    await db.flush()
    return session, token


async def forget_presented(request: Request) -> None:
    """End the session whose cookie came with a sign-in: whoever signs in leaves the earlier one behind."""
    token = request.cookies.get(cookie_name(request.app.state.settings, "session"))
    if token:
        async with request.app.state.database.transaction() as db:
            await db.execute(delete(LoginSession).where(LoginSession.token_hash == crypto.hash_token(token)))


def keep_token(response: Response[Any], settings: Settings, token: str) -> None:
    """Give the browser its session cookie."""
    response.set_cookie(cookie(settings, "session", token))


def drop_token(response: Response[Any], settings: Settings) -> None:
    """Take the session cookie away, and what the browser has kept of our pages."""
    response.set_cookie(cookie(settings, "session", "", max_age=0))
    response.headers["clear-site-data"] = '"cache", "storage"'


def knows_browser(request: Request, address_index: str) -> str:
    """Return this browser's number when the account has signed in with it before, else an empty string."""
    shown = request.cookies.get(cookie_name(request.app.state.settings, "known"), "")[:200]
    number, _dot, proof = shown.partition(".")
    known = proof and crypto.same(proof, crypto.keyed_hash("known browser", number, address_index))
    return number if known else ""


def remember_browser(response: Response[Any], settings: Settings, address_index: str) -> None:
    """Let this browser sign in to the account even while strangers' guesses have closed it to others."""
    number = crypto.new_token()[:22]
    proof = crypto.keyed_hash("known browser", number, address_index)
    response.set_cookie(cookie(settings, "known", f"{number}.{proof}", max_age=90 * 24 * 3600))


_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "Mac"),
    ("CrOS", "Chromebook"),
    ("Linux", "Linux"),
)


def describe_agent(header: str) -> str:
    """Return a browser's own description as people say it: "Firefox, Windows"; empty when it gives none."""
    header = re.sub(r"[^\x20-\x7e]", "", header)[:400]
    found = [next((name for sign, name in table if sign in header), "") for table in (_BROWSERS, _SYSTEMS)]
    return ", ".join(filter(None, found))
