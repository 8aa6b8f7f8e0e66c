"""Reads of accounts: each begins from what belongs to the actor or to the actor's organization."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.models import Agency, AuditEntry, LoginSession, User
from accounts.rules import Actor
from core import clock
from core.errors import NotVisible


async def agency(db: AsyncSession, organization_id: UUID) -> Agency | None:
    """Return an organization whose people sign in, or None when it has none."""
    return await db.get(Agency, organization_id)


async def agencies(db: AsyncSession) -> Sequence[Agency]:
    """Return all organizations whose people sign in, for whoever runs the installation."""
    return (await db.scalars(select(Agency).order_by(Agency.name, Agency.id))).all()


async def me(db: AsyncSession, actor: Actor) -> User:
    """Return the signed-in person's own row."""
    user = await db.get(User, actor.user_id)
    if user is None:
        raise NotVisible("user", actor.user_id)
    return user


async def colleagues(db: AsyncSession, actor: Actor) -> Sequence[User]:
    """Return the people of the actor's organization, by name."""
    mine = select(User).where(User.organization_id == actor.organization_id)
    return (await db.scalars(mine.order_by(User.name, User.id))).all()


async def colleague(db: AsyncSession, actor: Actor, user_id: UUID) -> User:
    """Return one person of the actor's organization, or raise `NotVisible`."""
    mine = select(User).where(User.organization_id == actor.organization_id, User.id == user_id)
    user = await db.scalar(mine)
    if user is None:
        raise NotVisible("user", user_id)
    return user


async def names(db: AsyncSession, actor: Actor, user_ids: set[UUID]) -> dict[UUID, str]:
    """Return what those of `user_ids` are called who belong to the actor's organization."""
    if not user_ids:
        return {}
    mine = select(User.id, User.name).where(
        User.organization_id == actor.organization_id, User.id.in_(user_ids)
    )
    return {row.id: row.name for row in await db.execute(mine)}


async def last_seen(db: AsyncSession, actor: Actor) -> dict[UUID, datetime]:
    """Return when each person of the organization who is signed in was last there."""
    newest = (
        select(LoginSession.user_id, func.max(LoginSession.seen_at))
        .join(User)
        .where(User.organization_id == actor.organization_id)
        .group_by(LoginSession.user_id)
    )
    return {row[0]: row[1] for row in await db.execute(newest)}


async def sessions(db: AsyncSession, actor: Actor) -> list[LoginSession]:
    """Return the actor's living sessions, the one used last first."""
    mine = (
        select(LoginSession)
        .where(LoginSession.user_id == actor.user_id)
        .order_by(LoginSession.seen_at.desc())
    )
    now = clock.now()
    return [session for session in await db.scalars(mine) if session.alive(now)]


async def my_session(db: AsyncSession, actor: Actor, session_id: UUID) -> LoginSession:
    """Return one of the actor's own sessions, or raise `NotVisible`."""
    mine = select(LoginSession).where(LoginSession.user_id == actor.user_id, LoginSession.id == session_id)
    session = await db.scalar(mine)
    if session is None:
        raise NotVisible("session", session_id)
    return session


async def audit_entries(
    db: AsyncSession, actor: Actor, *, before: int | None = None, limit: int = 50
) -> Sequence[AuditEntry]:
    """Return entries of the organization's audit trail, newest first, those before the number `before`."""
    mine = select(AuditEntry).where(AuditEntry.organization_id == actor.organization_id)
    if before is not None:
        mine = mine.where(AuditEntry.sequence < before)
    return (await db.scalars(mine.order_by(AuditEntry.sequence.desc()).limit(limit))).all()
