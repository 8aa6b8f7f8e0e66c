"""What people do with accounts: sign in and out, change a password, let somebody in or keep them out."""

from datetime import timedelta
from typing import NamedTuple
from uuid import UUID

import structlog
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload

from accounts import passwords, sessions
from accounts.audit import NOBODYS, audit
from accounts.models import Agency, LoginSession, User, email_index
from accounts.rules import ROLES, Actor, Role
from core import attempts, clock
from core.attempts import Limit
from core.database import Database, new_id
from core.errors import TooMany, WrongState
from core.forms import FormErrors
from core.i18n import gettext as _
from core.mail import send_mail, valid_address

log = structlog.get_logger("handrail.accounts")

#: Guesses at one account, and from one address. A browser that has signed in before has a count of its own, so that
#: nobody can keep a person out by guessing.
ACCOUNT_LIMIT = Limit(8, timedelta(minutes=15))
ADDRESS_LIMIT = Limit(60, timedelta(minutes=15))
#: One person's browsers; signing in with one more ends the one used longest ago.
MOST_SESSIONS = 10


class Entry(NamedTuple):
    """A successful sign-in: who it is, and the token for their cookie."""

    actor: Actor
    token: str


async def sign_in(
    database: Database,
    email: str,
    password: str,
    *,
    address: str = "",
    agent: str = "",
    browser: str = "",
    demo: bool = False,
) -> Entry | None:
    """Return an entry when mail address and password belong together, None when they do not; raises `TooMany`.

    Works in short transactions of its own: counts first, so that parallel guesses count, and hashes the password in
    none, because that takes long. What happens, and how long it takes, is the same whether or not the account exists.
    The password that everybody knows from the demo opens nothing elsewhere, should its people have been left behind.
    """
    index, network = email_index(email), attempts.network(address)
    account = ("sign-in", index, browser)
    async with database.transaction() as db:
        wait = max(
            await attempts.attempt(db, ACCOUNT_LIMIT, *account),
            await attempts.attempt(db, ADDRESS_LIMIT, "sign-in from", network),
        )
        wanted = select(User).where(User.email_index == index).options(joinedload(User.agency))
        user = await db.scalar(wanted)
        if wait:
            await _record(db, user, "sign-in.refused")
    if wait:
        log.warning("too many sign-ins")
        raise _too_many(wait)
    known = user if user is not None and user.disabled_at is None else None
    right = await passwords.verify_password(known.password_hash if known else None, password)
    right = right and (demo or password != passwords.DEMO_PASSWORD)
    fresh = known is not None and right and passwords.outdated(known.password_hash)
    renewed = await passwords.hash_password(password) if fresh else None
    async with database.transaction() as db:
        # Hashing took a moment, in which the account may have been closed or got another password.
        present = await db.get(User, known.id) if known is not None and right else None
        if (
            known is None
            or present is None
            or present.disabled_at
            or present.password_hash != known.password_hash
        ):
            await _record(db, user, "sign-in.failed")
            return None
        if renewed:
            present.password_hash = renewed
        await attempts.forgive(db, *account)
        await attempts.take_back(db, "sign-in from", network)
        await _keep_few(db, known.id)
        session, token = await sessions.open_session(db, known.id, agent)
        actor = sessions.actor_for(known, session.id)
        await audit(db, actor, action="sign-in", subject_type="user", subject_id=known.id)
    return Entry(actor, token)


def _too_many(seconds: int) -> TooMany:
    minutes = -(-seconds // 60)
    return TooMany(_("Too many tries. Wait %(n)s minutes, then try again.") % {"n": minutes}, seconds)


async def _record(db: AsyncSession, user: User | None, action: str) -> None:
    organization = user.organization_id if user else NOBODYS
    subject = user.id if user else None
    await audit(
        db, None, action=action, subject_type="user", subject_id=subject, organization_id=organization
    )


async def _keep_few(db: AsyncSession, user_id: UUID) -> None:
    mine = (
        select(LoginSession.id).where(LoginSession.user_id == user_id).order_by(LoginSession.seen_at.desc())
    )
    surplus = (await db.scalars(mine.offset(MOST_SESSIONS - 1))).all()
    await db.execute(delete(LoginSession).where(LoginSession.id.in_(surplus)))


async def sign_out(db: AsyncSession, actor: Actor) -> None:
    """End the session that asks."""
    await db.execute(delete(LoginSession).where(LoginSession.id == actor.session_id))
    await audit(db, actor, action="sign-out", subject_type="user", subject_id=actor.user_id)


async def end_session(db: AsyncSession, actor: Actor, session: LoginSession) -> None:
    """End one of the actor's own sessions, as on a phone that was lost."""
    await db.delete(session)
    await audit(db, actor, action="session.end", subject_type="session", subject_id=session.id)


async def end_other_sessions(db: AsyncSession, actor: Actor) -> None:
    """End all of the actor's sessions but the one that asks."""
    others = delete(LoginSession).where(
        LoginSession.user_id == actor.user_id, LoginSession.id != actor.session_id
    )
    await db.execute(others)
    await audit(db, actor, action="session.end_others", subject_type="user", subject_id=actor.user_id)


async def change_password(
    database: Database, actor: Actor, current: str, new: str, *, agent: str = "", demo: bool = False
) -> str:
    """Change the actor's password, end all their sessions, begin a new one and return its token.

    Raises `FormErrors` for a wrong present password or a weak new one, and `TooMany`. Own transactions, as `sign_in`.
    """
    async with database.transaction() as db:
        wait = await attempts.attempt(db, ACCOUNT_LIMIT, "password", str(actor.user_id))
        user = await db.get_one(User, actor.user_id, options=[joinedload(User.agency)])
    if wait:
        raise _too_many(wait)
    errors = {}
    if not await passwords.verify_password(user.password_hash, current):
        errors["current"] = _("This is not your present password.")
        async with database.transaction() as db:
            await audit(db, actor, action="password.refused", subject_type="user", subject_id=actor.user_id)
    about = (user.email, user.name, user.agency.name)
    if problem := passwords.problem_with(new, about=about, demo=demo):
        errors["new"] = problem
    if errors:
        raise FormErrors(errors)
    hashed = await passwords.hash_password(new)
    async with database.transaction() as db:
        user = await db.get_one(User, actor.user_id)
        user.password_hash, user.password_changed_at = hashed, clock.now()
        await attempts.forgive(db, "password", str(actor.user_id))
        await db.execute(delete(LoginSession).where(LoginSession.user_id == user.id))
        _session, token = await sessions.open_session(db, user.id, agent)
        await send_mail(
            db,
            to=user.email,
            subject=_("Your Handrail password was changed"),
            text=_(
                "Your password was changed and all other devices were signed out. If this was not you, tell your "
                "administrator at once."
            ),
        )
        await audit(db, actor, action="password.change", subject_type="user", subject_id=user.id)
    return token


async def set_password(db: AsyncSession, email: str, password_hash: str) -> bool:
    """Give somebody who forgot theirs a new password and end all their sessions; False when there is no such person."""
    user = await db.scalar(select(User).where(User.email_index == email_index(email)))
    if user is None:
        return False
    user.password_hash, user.password_changed_at = password_hash, clock.now()
    await db.execute(delete(LoginSession).where(LoginSession.user_id == user.id))
    await _record(db, user, "password.reset")
    return True


async def add_agency(
    db: AsyncSession,
    name: str,
    *,
    organization_id: UUID | None = None,
    mail: str = "",
    time_zone: str = "America/Chicago",
) -> Agency:
    """Let an organization's people sign in. Give it the id of its listing's organization when it has one."""
    agency = Agency(id=organization_id or new_id(), name=name, mail=mail, time_zone=time_zone, settings={})
    db.add(agency)
    await db.flush()
    return agency


async def add_user(
    db: AsyncSession, *, organization_id: UUID, email: str, name: str, role: Role, password_hash: str
) -> User:
    """Add a person to an organization; raises `ValueError` for a bad or taken mail address or an unknown role.

    Takes a finished hash (`passwords.hash_password`), because making one takes too long for a transaction.
    """
    if not valid_address(email):
        raise ValueError("not a mail address")
    if role not in ROLES:
        raise ValueError("no such role")
    index = email_index(email)
    if await db.scalar(select(User.id).where(User.email_index == index)):
        raise ValueError("somebody has this mail address already")
    user = User(
        id=new_id(), organization_id=organization_id, email=email, email_index=index, name=name, role=role
    )
    user.password_hash = password_hash
    db.add(user)
    await db.flush()
    await audit(
        db,
        None,
        action="user.add",
        subject_type="user",
        subject_id=user.id,
        organization_id=organization_id,
        role=role,
    )
    return user


async def disable_user(db: AsyncSession, actor: Actor, user: User) -> None:
    """Keep a colleague out from now on; their sessions end at once. Nobody can lock themselves out."""
    if user.id == actor.user_id:
        raise WrongState(_("You cannot close your own account. Ask another administrator."))
    user.disabled_at = clock.now()
    await end_sessions_of(db, actor, user, action="user.disable")


async def enable_user(db: AsyncSession, actor: Actor, user: User) -> None:
    """Let a colleague in again, with the password they had."""
    user.disabled_at = None
    await audit(db, actor, action="user.enable", subject_type="user", subject_id=user.id)


async def end_sessions_of(db: AsyncSession, actor: Actor, user: User, action: str = "user.sign_out") -> None:
    """Sign a colleague out everywhere."""
    await db.execute(delete(LoginSession).where(LoginSession.user_id == user.id))
    await audit(db, actor, action=action, subject_type="user", subject_id=user.id)
