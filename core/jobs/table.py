"""The table of jobs: what may be put into it, by whom it is handled, and how it stands."""

import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextvars import ContextVar
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import (
    JSON,
    ColumnElement,
    Index,
    Integer,
    String,
    case,
    delete,
    exists,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, aliased, mapped_column

from core import clock
from core.database import Base, Database, insert_into, new_id
from core.settings import Settings

Payload = dict[str, Any]
Handler = Callable[[AsyncSession, Payload], Awaitable[None]]
BatchHandler = Callable[[Database, list[Payload]], Awaitable[None]]

#: With the delays of `backoff`, 15 attempts go on for about five hours.
ATTEMPTS = 15
_FIRST_DELAY, _LONGEST_DELAY = 5.0, 3600.0


class GiveUp(Exception):
    """Raised by a handler for what no further attempt can mend. The message is stored: no personal data in it."""


class Postpone(Exception):
    """Raised by a handler when what it needs is away for now, through no fault of the job: it does not count as a try.

    The message is stored: no personal data in it.
    """


class Job(Base):
    """Work to do. `lease` names the claim of the worker that is at it; `died_at` is set on a dead letter."""

    __tablename__ = "job"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[str] = mapped_column(String(80))
    payload: Mapped[Payload] = mapped_column(JSON)
    key: Mapped[str | None] = mapped_column(String(200))
    run_at: Mapped[datetime]
    created_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    lease: Mapped[UUID | None]
    leased_until: Mapped[datetime | None]
    died_at: Mapped[datetime | None]
    error: Mapped[str | None] = mapped_column(String(400))


_waiting_with_key = (Job.key.is_not(None)) & (Job.lease.is_(None)) & (Job.died_at.is_(None))


def _partial(where: ColumnElement[bool]) -> dict[str, Any]:
    return {"sqlite_where": where, "postgresql_where": where}


Index("ix_job_one_waiting", Job.kind, Job.key, unique=True, **_partial(_waiting_with_key))
Index("ix_job_due", Job.run_at, **_partial(Job.died_at.is_(None)))
Index("ix_job_lease", Job.lease, **_partial(Job.lease.is_not(None)))


class Kind(NamedTuple):
    """How jobs of one kind are run."""

    name: str
    handler: Handler | None
    batch_handler: BatchHandler | None
    size: int
    attempts: int
    #: One batch at a time in this process, for handlers that own something (an index writer).
    alone: bool
    #: Seconds after which a periodic job runs again.
    period: float | None


class Resources(NamedTuple):
    """What a running handler may use besides its transaction; `more` holds what app.py put in (the search engine)."""

    database: Database
    settings: Settings
    more: Mapping[str, Any]


_kinds: dict[str, Kind] = {}
running_with: ContextVar[Resources] = ContextVar("job_resources")


def _register(kind: Kind) -> None:
    if kind.name in _kinds:
        raise ValueError(f"two handlers for the job {kind.name!r}")
    _kinds[kind.name] = kind


def job(name: str, *, attempts: int = ATTEMPTS) -> Callable[[Handler], Handler]:
    """Register a handler that runs, and whose job is deleted, in one transaction."""

    def decorate(handler: Handler) -> Handler:
        _register(Kind(name, handler, None, 1, attempts, False, None))
        return handler

    return decorate


def batch_job(
    name: str, *, size: int = 100, attempts: int = ATTEMPTS, alone: bool = True
) -> Callable[[BatchHandler], BatchHandler]:
    """Register a handler for up to `size` jobs at once that opens its own transactions and may run again.

    When it raises, its jobs are tried again one by one, so that a single bad one does not hold up the others.
    """

    def decorate(handler: BatchHandler) -> BatchHandler:
        _register(Kind(name, None, handler, size, attempts, alone, None))
        return handler

    return decorate


def every(seconds: float, name: str) -> Callable[[Handler], Handler]:
    """Register a handler that runs every so often, on one worker of all; its payload is empty and it never dies."""

    def decorate(handler: Handler) -> Handler:
        _register(Kind(name, handler, None, 1, 0, False, seconds))
        return handler

    return decorate


def kinds() -> Mapping[str, Kind]:
    """Return the registered kinds by name."""
    return _kinds


def resources() -> Resources:
    """Return the resources of the handler that is running now."""
    return running_with.get()


async def enqueue(
    db: AsyncSession, kind: str, payload: Payload, run_at: datetime | None = None, key: str | None = None
) -> None:
    """Write a job in the caller's transaction. While one with the same `key` waits, there is no second row.

    Meeting such a row, the transaction keeps it locked until it has committed: a worker cannot take the job before
    it can see what the caller changed.
    """
    now = clock.now()
    row = {"id": new_id(), "kind": kind, "payload": payload, "key": key, "attempts": 0}
    row |= {"run_at": run_at or now, "created_at": now}
    insertion = insert_into(db, Job).values(row)
    if key is None:
        await db.execute(insertion)
    else:
        sooner = case((Job.run_at > insertion.excluded.run_at, insertion.excluded.run_at), else_=Job.run_at)
        await db.execute(
            insertion.on_conflict_do_update(
                index_elements=[Job.kind, Job.key], index_where=_waiting_with_key, set_={"run_at": sooner}
            )
        )
    if run_at is None or run_at <= now:
        _wake_after_commit(db)


async def enqueue_many(db: AsyncSession, kind: str, payloads: Sequence[Payload]) -> None:
    """Write many jobs without a key at once."""
    now = clock.now()
    rows = [{"id": new_id(), "kind": kind, "payload": p, "run_at": now, "created_at": now} for p in payloads]
    if rows:
        await db.execute(insert(Job), [row | {"attempts": 0} for row in rows])
        _wake_after_commit(db)


#: Called after the commit of a transaction that wrote due jobs; the workers of this process listen here.
wakers: set[Callable[[], None]] = set()


def _wake_after_commit(db: AsyncSession) -> None:
    db.info.setdefault("after_commit", {})["jobs"] = wake_workers


def wake_workers() -> None:
    """Let the workers of this process look at once; those of other processes poll."""
    for waker in tuple(wakers):
        waker()


async def seed_periodic(db: AsyncSession) -> None:
    """Make sure that each periodic job waits somewhere; harmless to repeat."""
    present = set(
        await db.scalars(select(Job.kind).where(Job.kind.in_([k for k in _kinds if _kinds[k].period])))
    )
    for kind in _kinds.values():
        if kind.period and kind.name not in present:
            await enqueue(db, kind.name, {}, key=kind.name)


def backoff(attempts: int) -> timedelta:
    """Return how long to wait after so many attempts: doubling, an hour at most, never two jobs in step."""
    delay = min(_LONGEST_DELAY, _FIRST_DELAY * 2 ** min(attempts - 1, 20))
    return timedelta(seconds=delay * random.uniform(0.5, 1.0))


class Counts(NamedTuple):
    """How the table stands: `late` is how many seconds the oldest due job has waited."""

    waiting: int
    running: int
    dead: int
    late: float


async def counts(db: AsyncSession) -> Counts:
    """Return how many jobs wait, run and have died, for `/readyz`, `/metrics` and `/admin`."""
    now = clock.now()
    row = (
        await db.execute(
            select(
                func.count().filter(Job.lease.is_(None), Job.died_at.is_(None)),
                func.count().filter(Job.lease.is_not(None), Job.died_at.is_(None)),
                func.count().filter(Job.died_at.is_not(None)),
            )
        )
    ).one()
    oldest = await db.scalar(select(func.min(Job.run_at)).where(Job.died_at.is_(None), Job.lease.is_(None)))
    late = max(0.0, (now - oldest).total_seconds()) if oldest else 0.0
    return Counts(row[0], row[1], row[2], late)


async def dead_letters(db: AsyncSession, limit: int = 100) -> Sequence[Job]:
    """Return the dead letters, newest first."""
    return (
        await db.scalars(
            select(Job).where(Job.died_at.is_not(None)).order_by(Job.died_at.desc()).limit(limit)
        )
    ).all()


async def revive(db: AsyncSession, job_id: UUID) -> bool:
    """Let a dead letter be tried again from the start; False when it is no dead letter (any more)."""
    dead = await db.scalar(select(Job).where(Job.id == job_id, Job.died_at.is_not(None)))
    if dead is None:
        return False
    await db.execute(delete(Job).where(Job.id == job_id))
    await enqueue(db, dead.kind, dead.payload, key=dead.key)
    return True


async def give_back(db: AsyncSession, lease: UUID, **values: Any) -> None:
    """Let leased jobs wait again, with new values for some columns.

    A job with the same key may have come to wait meanwhile; then the leased one has nothing left to do and goes.
    """
    other = aliased(Job)
    twin = exists().where(
        other.kind == Job.kind, other.key == Job.key, other.lease.is_(None), other.died_at.is_(None)
    )
    await db.execute(delete(Job).where(Job.lease == lease, twin).execution_options(synchronize_session=False))
    await db.execute(update(Job).where(Job.lease == lease).values(lease=None, leased_until=None, **values))


async def bury(db: AsyncSession, lease: UUID, error: str) -> None:
    """Make leased jobs dead letters: kept, shown to administrators, not tried again by themselves."""
    values = {"lease": None, "leased_until": None, "died_at": clock.now(), "error": error[:400]}
    await db.execute(update(Job).where(Job.lease == lease).values(**values))
