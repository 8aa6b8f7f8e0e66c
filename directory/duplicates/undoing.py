"""Taking a merge back: all that it changed is as it was, but for what somebody or a source has changed since."""

import uuid
from typing import Any

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.audit import audit
from accounts.rules import Actor
from core import clock
from core.errors import WrongState
from core.i18n import gettext as _
from directory.corrections import follow, services_of, typed, withdraw
from directory.duplicates import comparing, queries
from directory.duplicates.changes import BESIDE, state_of
from directory.duplicates.models import DuplicatePair, ListingMerge
from directory.importing.fields import provenance
from directory.models import HSDS_TABLES, Metadata

Left = list[dict[str, str]]


async def undo(db: AsyncSession, actor: Actor, merge_id: uuid.UUID) -> ListingMerge:
    """Undo a merge; raises `NotVisible`, or `WrongState` when it was undone before.

    Fields that say something else than the merge wrote, and copies that were changed, stay; `left_alone` of the merge
    then names them. Where an import brought another value of the source meanwhile, that is what comes back. The services
    concerned are dated anew, so that whoever follows the directory hears of it.
    """
    merged = await queries.merge_by_id(db, merge_id)
    await comparing.lock(db, merged.entity, (merged.kept_id, merged.other_id))
    await db.refresh(merged)
    if merged.undone_at is not None:
        raise WrongState(_("%(name)s has already undone this merge.") % {"name": merged.undone_by})
    merged.undone_at, merged.undone_by = clock.now(), actor.name
    left: Left = []
    needed: set[str] = set()
    services = {merged.kept_id, merged.other_id} if merged.entity == "service" else set()
    for change in reversed(merged.changes["copies"]):
        await _remove(db, change, left, needed)
    for change in reversed(merged.changes["rows"]):
        row = await db.get(HSDS_TABLES[change["table"]], uuid.UUID(change["id"]))
        if row is not None:
            services |= await services_of(db, row)
            await _restore(db, row, change, actor.name, left)
            services |= await services_of(db, row)
    merged.left_alone = left or None
    pair = await db.get(DuplicatePair, merged.pair_id) if merged.pair_id else None
    if pair is not None and pair.state == "merged":
        pair.state, pair.decided_at, pair.decided_by = "open", merged.undone_at, actor.name
    await db.flush()
    await follow(db, services)
    await audit(
        db, actor, action=f"{merged.entity}.unmerge", subject_type=merged.entity, subject_id=merged.other_id,
        kept=merged.kept_id, merge=merged.id, left=len(left),
    )  # fmt: skip
    return merged


async def _remove(db: AsyncSession, change: dict[str, Any], left: Left, needed: set[str]) -> None:
    """Remove a copy, unless it is no longer what was copied, or something that stays belongs to it."""
    row = await db.get(HSDS_TABLES[change["table"]], uuid.UUID(change["id"]))
    if row is None:
        return
    now = state_of(row)
    if now != change["row"] or change["id"] in needed:
        left.append({"table": change["table"], "id": change["id"], "field": ""})
        needed.update(value for name, value in now.items() if name.endswith("_id") and value)
        return
    await db.delete(row)
    await db.flush()


async def _restore(db: AsyncSession, row: Any, change: dict[str, Any], by: str, left: Left) -> None:
    before, after = change["before"], change["after"]
    untouched = state_of(row, list(after)) == after
    from_source = getattr(row, provenance(change["table"])) is not None
    gone = []
    for field in (name for name in before if name not in BESIDE):
        if state_of(row, [field])[field] != after[field]:
            left.append({"table": change["table"], "id": change["id"], "field": field})
        elif untouched or not from_source:
            setattr(row, field, typed(row, field, before[field]))
            gone.append(uuid.UUID(change["revisions"][field]))
        else:
            # Its source has been read again: what it says now comes back, and where that is the same, it stays.
            await withdraw(db, row, field, by)
    if untouched:
        for name in BESIDE:
            setattr(row, name, before[name])
    # A merge that is undone as if it had never been leaves no revision; the trail and the list of merges tell of it.
    await db.execute(delete(Metadata).where(Metadata.id.in_(gone)))
    await db.flush()
