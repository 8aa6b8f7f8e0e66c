"""What is done with sources and pulls. Whatever asks the network is left to jobs."""

from uuid import UUID, uuid4

from sqlalchemy import CursorResult, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.audit import audit
from accounts.rules import Actor
from core import clock
from core.errors import WrongState
from core.i18n import N_
from core.i18n import gettext as _
from core.jobs import enqueue
from directory.sources import queries
from directory.sources.models import Pull, Source

LOOK, PULL = "sources.look", "sources.pull"


async def add_source(
    db: AsyncSession,
    actor: Actor | None,
    *,
    name: str,
    address: str,
    api_key: str | None = None,
    every_hours: int = 24,
    approve: bool = True,
) -> Source | None:
    """Add a source and have a job look at what is there; None when there is one of that name already."""
    if await queries.source_named(db, name) is not None:
        return None
    source = Source(name=name, address=address, api_key=api_key or None, every_hours=every_hours)
    source.approve, source.enabled, source.failures = approve, True, 0
    source.made_by, source.made_at = actor.name if actor else None, clock.now()
    db.add(source)
    await db.flush()
    await enqueue(db, LOOK, {"source_id": str(source.id)}, key=str(source.id))
    await _note(db, actor, "source.add", source)
    return source


async def set_schedule(
    db: AsyncSession,
    actor: Actor,
    source: Source,
    *,
    every_hours: int,
    approve: bool,
    api_key: str | None,
    forget_key: bool,
) -> None:
    """Say how a source is pulled."""
    source.every_hours, source.approve = every_hours, approve
    if forget_key:
        source.api_key = None
    elif api_key:
        source.api_key = api_key
    await _note(db, actor, "source.change", source)


async def pause(db: AsyncSession, actor: Actor, source: Source, *, enabled: bool) -> None:
    """Stop the schedule of a source, or let it go on; a pull that is being read stops or goes on with it."""
    source.enabled = enabled
    reading = await queries.reading_pull(db, source.id)
    if enabled and reading is not None:
        await enqueue(db, PULL, {"pull_id": str(reading.id)}, key=str(reading.id))
    await _note(db, actor, "source.resume" if enabled else "source.pause", source)


async def begin_pull(
    db: AsyncSession,
    source: Source,
    by: str | None = None,
    *,
    whole: bool = False,
    at_once: bool | None = None,
    by_job: bool = True,
) -> Pull:
    """Begin a pull of a source, or return the one that is being read; unless the caller does it, a job reads it."""
    # Of two who begin at once, the second finds what the first began.
    await db.execute(select(Source.id).where(Source.id == source.id).with_for_update())
    now = clock.now()
    pull = await queries.reading_pull(db, source.id)
    if pull is None:
        pull = Pull(id=uuid4(), source_id=source.id, state="reading", at_once=at_once, started_at=now, by=by)
        pull.modified_after = None if whole or source.reads_whole(now) else source.modified_since
        pull.step, pull.page, pull.pages, pull.read, pull.failures = "root", 0, 0, 0, 0
        pull.counts, pull.changes, pull.remarks = {}, [], []
        pull.source = source
        source.tried_at = now
        db.add(pull)
    elif at_once is not None:
        pull.at_once = at_once
    await db.flush()
    if by_job:
        await enqueue(db, PULL, {"pull_id": str(pull.id)}, key=str(pull.id))
    return pull


async def pull_now(db: AsyncSession, actor: Actor, source: Source) -> Pull:
    """Begin a pull because somebody asks for it."""
    if not source.enabled:
        raise WrongState(_("This source is paused. Let it go on first."))
    pull = await begin_pull(db, source, actor.name)
    await _note(db, actor, "pull.begin", source, pull.id)
    return pull


async def approve(db: AsyncSession, actor: Actor, pull: Pull) -> None:
    """Have a job write what a pull brings; raises `WrongState` when it does not wait for that any more."""
    await _decide(db, pull, at_once=True, decided_by=actor.name)
    await enqueue(db, PULL, {"pull_id": str(pull.id)}, key=str(pull.id))
    await _note(db, actor, "pull.approve", pull.source, pull.id)


async def discard(db: AsyncSession, actor: Actor, pull: Pull) -> None:
    """Leave everything as it is; the next pull brings the same again. Raises `WrongState` as `approve` does."""
    await _decide(db, pull, state="discarded", decided_by=actor.name, finished_at=clock.now())
    await _note(db, actor, "pull.discard", pull.source, pull.id)


async def _decide(db: AsyncSession, pull: Pull, **values: object) -> None:
    """Decide on a pull that waits; of two people who do so at once, one does."""
    decided = await db.execute(
        update(Pull)
        .where(Pull.id == pull.id, Pull.state == "ready", Pull.at_once.is_not(True))
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    if not isinstance(decided, CursorResult) or decided.rowcount != 1:
        raise WrongState(_("These changes do not wait for a decision any more."))


async def replace_waiting(db: AsyncSession, pull: Pull) -> None:
    """Discard the changes that wait from earlier pulls of a source: a later one has them all."""
    await db.execute(
        update(Pull)
        .where(
            Pull.source_id == pull.source_id,
            Pull.id != pull.id,
            Pull.state == "ready",
            Pull.at_once.is_not(True),
        )
        .values(state="discarded", finished_at=clock.now(), error=[N_("A later pull took its place."), {}])
        .execution_options(synchronize_session=False)
    )


async def _note(
    db: AsyncSession, actor: Actor | None, action: str, source: Source, pull_id: UUID | None = None
) -> None:
    if actor is not None:
        await audit(db, actor, action=action, subject_type="source", subject_id=source.id, pull=pull_id)
