"""Reads about duplicates: what waits for a decision, what was merged, and where a merged listing leads."""

import uuid
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from core.errors import NotVisible
from directory.duplicates.models import DuplicatePair, ListingMerge
from directory.models import PUBLIC_STATUSES, Organization, Service

MOST = 50
"""How many pairs, or merges, a page lists."""

ENTITIES: dict[str, Any] = {"organization": Organization, "service": Service}


def merged_away(identity: Any) -> ColumnElement[bool]:
    """Return the condition that a listing, by its id, leads to another one now; for lists, which leave such out."""
    return exists().where(ListingMerge.other_id == identity, ListingMerge.undone_at.is_(None))


async def merged_into(db: AsyncSession, table: str, identity: uuid.UUID) -> uuid.UUID | None:
    """Return the id of the listing that a merged one leads to now, or None for one that stands for itself.

    Where that was merged again, the last one counts. `table` is organization or service.
    """
    found = (await all_merged_into(db, table, [identity])).get(identity)
    return found


async def all_merged_into(
    db: AsyncSession, table: str, ids: Collection[uuid.UUID]
) -> dict[uuid.UUID, uuid.UUID]:
    """Return where those of `ids` lead that were merged, by id; the same number of questions for any number of them."""
    leads = {one: one for one in ids}
    asked: set[uuid.UUID] = set()
    while waiting := set(leads.values()) - asked:
        query = select(ListingMerge.other_id, ListingMerge.kept_id).where(
            ListingMerge.entity == table,
            ListingMerge.other_id.in_(waiting),
            ListingMerge.undone_at.is_(None),
        )
        steps = {row.other_id: row.kept_id for row in await db.execute(query)}
        asked |= waiting
        leads = {one: steps.get(now, now) for one, now in leads.items()}
    return {one: now for one, now in leads.items() if now != one}


async def pair(db: AsyncSession, pair_id: uuid.UUID) -> DuplicatePair:
    """Return one pair, whatever was decided about it; raises `NotVisible`."""
    found = await db.get(DuplicatePair, pair_id)
    if found is None:
        raise NotVisible("duplicate_pair", pair_id)
    return found


def _both_stand(entity: str) -> ColumnElement[bool]:
    """Both listings of a pair are there, public, and merged with nothing."""
    model = ENTITIES[entity]
    sides = []
    for column in (DuplicatePair.left_id, DuplicatePair.right_id):
        side = aliased(model)
        there = select(side.id).where(side.id == column, ~merged_away(side.id))
        if entity == "service":
            there = there.where(side.status.in_(PUBLIC_STATUSES))
        sides.append(there.exists())
    return sides[0] & sides[1] & (DuplicatePair.entity == entity)


async def pairs(
    db: AsyncSession, entity: str, state: str = "open", limit: int = MOST
) -> Sequence[DuplicatePair]:
    """Return the pairs of organizations or of services in a state, the likeliest first."""
    query = select(DuplicatePair).where(DuplicatePair.state == state, _both_stand(entity))
    return (await db.scalars(query.order_by(DuplicatePair.score.desc(), DuplicatePair.id).limit(limit))).all()


async def waiting(db: AsyncSession) -> dict[str, int]:
    """Return how many pairs wait for a decision, by what they are pairs of."""
    found = {}
    for entity in ENTITIES:
        query = select(func.count()).where(DuplicatePair.state == "open", _both_stand(entity))
        found[entity] = int(await db.scalar(query) or 0)
    return found


async def names_of(
    db: AsyncSession, entity: str, ids: Collection[uuid.UUID]
) -> dict[uuid.UUID, tuple[str, str]]:
    """Return what listings are called and, of services, by whom they are offered, by id."""
    if entity == "organization":
        rows = await db.execute(select(Organization.id, Organization.name).where(Organization.id.in_(ids)))
        return {identity: (name, "") for identity, name in rows}
    query = select(Service.id, Service.name, Organization.name).outerjoin(Service.organization)
    return {
        identity: (name, by or "")
        for identity, name, by in await db.execute(query.where(Service.id.in_(ids)))
    }


async def merges(db: AsyncSession, limit: int = MOST) -> Sequence[ListingMerge]:
    """Return the merges, undone ones too, the latest first."""
    query = select(ListingMerge).order_by(ListingMerge.made_at.desc(), ListingMerge.id).limit(limit)
    return (await db.scalars(query)).all()


async def merge_by_id(db: AsyncSession, merge_id: uuid.UUID) -> ListingMerge:
    """Return one merge; raises `NotVisible`."""
    found = await db.get(ListingMerge, merge_id)
    if found is None:
        raise NotVisible("listing_merge", merge_id)
    return found


async def standing_merge(db: AsyncSession, ids: Collection[uuid.UUID]) -> ListingMerge | None:
    """Return the merge by which one of these listings leads elsewhere now, if there is one."""
    query = select(ListingMerge).where(ListingMerge.other_id.in_(ids), ListingMerge.undone_at.is_(None))
    found: ListingMerge | None = await db.scalar(query.limit(1))
    return found
