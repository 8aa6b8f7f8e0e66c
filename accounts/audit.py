"""The audit trail: written in the transaction of what it records, chained so that no later change goes unseen.

Each organization has its own chain. An entry's hash is an HMAC over its content and the hash before it; the sealed
head tells how long the chain is. `verify` therefore finds an edited, deleted, reordered or inserted entry and a chain
cut short, unless somebody has both the database and the secret key, or puts back a complete older copy of both tables:
against that, write the heads (`litestar accounts audit heads`) to another machine.
"""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from litestar import Request
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.models import AuditEntry, AuditHead
from accounts.rules import Actor
from core import clock, crypto
from core.database import insert_into
from core.errors import Forbidden, NotVisible

#: The chain of what belongs to no organization, such as a sign-in under an unknown address.
NOBODYS = UUID(int=0)
_START = "0" * 64
_LONGEST_DETAIL = 100


async def audit(
    db: AsyncSession,
    actor: Actor | None,
    *,
    action: str,
    subject_type: str,
    subject_id: UUID | None = None,
    organization_id: UUID | None = None,
    **ids: Any,
) -> None:
    """Add an entry to the trail of the actor's organization (or of `organization_id`), in the caller's transaction.

    `ids` are further ids, codes or counts, never what a person typed. Needs a writing transaction; until it ends,
    others of the same organization wait for it on PostgreSQL, so call it late.
    """
    details = {name: str(value) for name, value in sorted(ids.items()) if value is not None}
    if any(len(value) > _LONGEST_DETAIL for value in details.values()):
        raise ValueError("the audit trail takes ids and codes, not texts")
    organization = organization_id or (actor.organization_id if actor else NOBODYS)
    empty = {
        "organization_id": organization,
        "sequence": 0,
        "hash": _START,
        "seal": _seal(organization, 0, _START),
    }
    await db.execute(insert_into(db, AuditHead).values(empty).on_conflict_do_nothing())
    wanted = select(AuditHead).where(AuditHead.organization_id == organization)
    head = (await db.scalars(wanted.with_for_update().execution_options(populate_existing=True))).one()
    entry = AuditEntry(
        organization_id=organization,
        sequence=head.sequence + 1,
        at=clock.now(),
        user_id=actor.user_id if actor else None,
        action=action,
        subject_type=subject_type,
        subject_id=subject_id,
        details=details,
    )
    entry.hash = entry_hash(entry, head.hash)
    head.sequence, head.hash = entry.sequence, entry.hash
    head.seal = _seal(organization, head.sequence, head.hash)
    db.add(entry)
    await db.flush()


def entry_hash(entry: AuditEntry, previous: str) -> str:
    """Return what an entry's hash must be when it follows the entry with the hash `previous`."""
    content = [
        entry.organization_id,
        entry.sequence,
        entry.at.isoformat(),
        entry.user_id,
        entry.action,
        entry.subject_type,
        entry.subject_id,
        sorted(entry.details.items()),
        previous,
    ]
    return crypto.keyed_hash("audit entry", msgspec.json.encode(content).decode())


def _seal(organization_id: UUID, sequence: int, head: str) -> str:
    return crypto.keyed_hash("audit head", str(organization_id), str(sequence), head)


class Head(msgspec.Struct, frozen=True):
    """Where a chain stands, to be kept elsewhere."""

    organization_id: UUID
    sequence: int
    hash: str
    at: datetime


async def heads(db: AsyncSession) -> list[Head]:
    """Return where each chain stands now."""
    rows = await db.scalars(select(AuditHead).order_by(AuditHead.organization_id))
    return [Head(row.organization_id, row.sequence, row.hash, clock.now()) for row in rows]


async def verify(db: AsyncSession, kept: list[Head] | None = None) -> AsyncIterator[str]:
    """Check every chain from its beginning, and give a sentence for each fault; none means all is as it was written.

    `kept` are heads written off earlier: an entry they name must still be there with the same hash.
    """
    remembered = {(head.organization_id, head.sequence): head.hash for head in kept or []}
    chains = {row.organization_id: row for row in await db.scalars(select(AuditHead))}
    found: dict[UUID, tuple[int, str]] = {}
    ordered = select(AuditEntry).order_by(AuditEntry.organization_id, AuditEntry.sequence)
    async for entry in await db.stream_scalars(ordered.execution_options(yield_per=1000)):
        organization = entry.organization_id
        sequence, previous = found.get(organization, (0, _START))
        if entry.sequence != sequence + 1:
            yield f"{organization}: entries {sequence + 1} to {entry.sequence - 1} are missing"
        elif entry.hash != entry_hash(entry, previous):
            yield f"{organization}: entry {entry.sequence} is not as it was written"
        if remembered.pop((organization, entry.sequence), entry.hash) != entry.hash:
            yield f"{organization}: entry {entry.sequence} differs from the head that was kept"
        found[organization] = (entry.sequence, entry.hash)
        db.expunge(entry)
    for organization, head in chains.items():
        if head.seal != _seal(organization, head.sequence, head.hash):
            yield f"{organization}: the head is not as it was written"
        if found.get(organization, (0, _START)) != (head.sequence, head.hash):
            yield f"{organization}: the trail ends elsewhere than its head says"
    for organization in found.keys() - chains.keys():
        yield f"{organization}: the head is missing"
    for organization, sequence in remembered:
        yield f"{organization}: entry {sequence}, whose head was kept, is missing"


async def on_denied(request: Request, error: Exception) -> None:
    """Record that a signed-in person was refused something, in a transaction of its own: the request's is undone."""
    actor: Actor | None = request.scope.get("user")
    if actor is None:
        return
    async with request.app.state.database.transaction() as db:
        if isinstance(error, NotVisible):
            kind, subject = error.subject_type, error.subject_id
            await audit(
                db, actor, action="denied", subject_type=kind, subject_id=subject, method=request.method
            )
        elif isinstance(error, Forbidden):
            await audit(db, actor, action="denied", subject_type="permission", permission=error.permission)
