"""Reads of keys: each begins from what belongs to the actor's organization."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import case, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.keys.models import ApiKey, ApiKeyUse
from accounts.rules import Actor
from core.errors import NotVisible


class Use(NamedTuple):
    """How many requests a key made in the last 7 and 30 days, today included."""

    week: int = 0
    month: int = 0


async def keys(db: AsyncSession, actor: Actor) -> Sequence[ApiKey]:
    """Return the keys of the actor's organization, the newest first."""
    mine = select(ApiKey).where(ApiKey.organization_id == actor.organization_id)
    return (await db.scalars(mine.order_by(ApiKey.created_at.desc(), ApiKey.id))).all()


async def key(db: AsyncSession, actor: Actor, key_id: UUID) -> ApiKey:
    """Return one key of the actor's organization, or raise `NotVisible`."""
    mine = select(ApiKey).where(ApiKey.organization_id == actor.organization_id, ApiKey.id == key_id)
    row = await db.scalar(mine)
    if row is None:
        raise NotVisible("api_key", key_id)
    return row


async def used(db: AsyncSession, actor: Actor, today: date) -> dict[UUID, Use]:
    """Return how much each key of the actor's organization was used lately; a key that was not is left out."""
    week, month = today - timedelta(days=6), today - timedelta(days=29)
    sums = (
        select(
            ApiKeyUse.key_id,
            func.sum(case((ApiKeyUse.day >= week, ApiKeyUse.count), else_=0)),
            func.sum(ApiKeyUse.count),
        )
        .join(ApiKey, ApiKey.id == ApiKeyUse.key_id)
        .where(ApiKey.organization_id == actor.organization_id, ApiKeyUse.day >= month)
        .group_by(ApiKeyUse.key_id)
    )
    return {row[0]: Use(int(row[1]), int(row[2])) for row in await db.execute(sums)}


async def all_keys(db: AsyncSession) -> Sequence[ApiKey]:
    """Return the keys of all organizations, the newest first, for whoever runs the installation."""
    return (await db.scalars(select(ApiKey).order_by(ApiKey.created_at.desc(), ApiKey.id))).all()


async def by_prefix(db: AsyncSession, prefix: str) -> ApiKey | None:
    """Return the key that begins with `prefix`, whosever it is, for whoever runs the installation."""
    return await db.scalar(select(ApiKey).where(ApiKey.prefix == prefix))
