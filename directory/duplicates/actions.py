"""Deciding about a pair: merging its listings, or saying that they are different."""

import uuid
from collections.abc import Collection, Mapping
from typing import Any, Literal

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.audit import audit
from accounts.rules import Actor
from core import clock
from core.errors import NotVisible, Stale, WrongState
from core.i18n import gettext as _
from directory.corrections import follow
from directory.duplicates import comparing, queries
from directory.duplicates.changes import Changes
from directory.duplicates.models import DuplicatePair, ListingMerge
from directory.models import PUBLIC_STATUSES, Location, Program, Service

Decision = Literal["different", "later", "open"]


async def decide(db: AsyncSession, actor: Actor, pair_id: uuid.UUID, decision: Decision) -> DuplicatePair:
    """Note what somebody says of a pair without merging it; raises `NotVisible`, or `WrongState` when it is merged."""
    pair = await queries.pair(db, pair_id)
    if pair.state == "merged":
        raise WrongState(merged_already())
    pair.state, pair.decided_at, pair.decided_by = decision, clock.now(), actor.name
    await audit(db, actor, action=f"duplicate.{decision}", subject_type="duplicate_pair", subject_id=pair.id)
    return pair


def merged_already() -> str:
    """Say that nothing is left to decide about a pair."""
    return _("These two were merged already.")


async def merge(
    db: AsyncSession,
    actor: Actor,
    pair_id: uuid.UUID,
    *,
    keep: uuid.UUID,
    seen: str,
    choices: Mapping[str, comparing.Which],
    take: Collection[str] = (),
) -> ListingMerge:
    """Merge the listings of a pair: the one by the id `keep` stays, with what was chosen, the other leads to it.

    `choices` say by field whose word counts, `take` names what is taken over from the other one, and `seen` stands for
    what was looked at. All of it becomes corrections, which later imports leave alone. Raises `NotVisible`, `Stale`
    when the listings have changed since, and `WrongState` where one is merged already or has to stay.
    """
    pair = await queries.pair(db, pair_id)
    ids = (pair.left_id, pair.right_id)
    if keep not in ids:
        raise NotVisible(pair.entity, keep)
    await comparing.lock(db, pair.entity, ids)
    if earlier := await queries.standing_merge(db, ids):
        raise WrongState(
            _("%(name)s has already merged “%(other)s” into “%(kept)s”.")
            % {"name": earlier.made_by, "other": earlier.other_name, "kept": earlier.kept_name}
        )
    told = await comparing.compare(db, pair.entity, ids, keep)
    if pair.entity == "service" and told.kept.row.status not in PUBLIC_STATUSES:
        raise WrongState(_("“%(name)s” is not shown any more.") % {"name": told.kept.row.name})
    if told.other.must_stay:
        raise WrongState(told.other.must_stay)
    if seen != told.seen or not set(take) <= told.tokens.keys():
        raise Stale(_("One of the two listings has changed since you opened the page."))
    kept, other = told.kept.row, told.other.row
    names = kept.name, other.name
    changes = Changes(actor.name)
    values = {
        line.field: getattr(other, line.field)
        for line in told.lines
        if line.differs and choices.get(line.field) == "other"
    }
    await changes.correct(db, kept, values)
    for token in sorted(take):
        await changes.copy(db, told.tokens[token].table, told.tokens[token].id, pair.entity, kept.id)
    services = {kept.id, other.id} if pair.entity == "service" else set()
    if pair.entity == "service":
        if other.status in PUBLIC_STATUSES:
            await changes.correct(db, other, {"status": "inactive"})
    else:
        services |= await _hand_over(db, changes, other.id, kept.id)
        services |= set(await db.scalars(select(Service.id).where(Service.organization_id == kept.id)))
    merged = ListingMerge(
        entity=pair.entity, pair_id=pair.id, kept_id=kept.id, other_id=other.id, kept_name=names[0],
        other_name=names[1], made_at=clock.now(), made_by=actor.name, changes=changes.record,
    )  # fmt: skip
    db.add(merged)
    pair.state, pair.decided_at, pair.decided_by = "merged", merged.made_at, actor.name
    await db.flush()
    await follow(db, services)
    await audit(
        db, actor, action=f"{pair.entity}.merge", subject_type=pair.entity, subject_id=other.id, kept=kept.id,
        merge=merged.id,
    )  # fmt: skip
    return merged


async def _hand_over(db: AsyncSession, changes: Changes, other: uuid.UUID, kept: uuid.UUID) -> set[uuid.UUID]:
    """Give one organization what is the other's, and return the services that are."""
    moved: set[uuid.UUID] = set()
    models: tuple[Any, ...] = (Program, Location, Service)
    for model in models:
        for row in await db.scalars(select(model).where(model.organization_id == other).order_by(model.id)):
            await changes.correct(db, row, {"organization_id": kept})
            if model is Service:
                moved.add(row.id)
    return moved


async def hand_over_newcomers(db: AsyncSession) -> int:
    """Give organizations what imports have brought since to those that were merged into them; return how many services.

    It becomes part of the merge, and goes back when that is undone.
    """
    merges = select(ListingMerge).where(
        ListingMerge.entity == "organization", ListingMerge.undone_at.is_(None)
    )
    moved: set[uuid.UUID] = set()
    for merged in list(await db.scalars(merges.order_by(ListingMerge.made_at))):
        changes = Changes(merged.made_by, merged.changes)
        kept = await queries.merged_into(db, "organization", merged.other_id) or merged.kept_id
        found = await _hand_over(db, changes, merged.other_id, kept)
        if changes.record != merged.changes:
            merged.changes = changes.record
        moved |= found
    await follow(db, moved)
    return len(moved)
