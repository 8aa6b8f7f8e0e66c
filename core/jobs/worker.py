"""The worker: leases due jobs, runs them, tries again or buries them. Any number may run on one database."""

import asyncio
import random
import traceback
from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from typing import Any, NamedTuple
from uuid import UUID, uuid4

import structlog
from sqlalchemy import CursorResult, delete, or_, select, update

from core import clock
from core.database import Database
from core.jobs.table import (
    GiveUp,
    Job,
    Kind,
    Payload,
    Postpone,
    Resources,
    backoff,
    bury,
    enqueue,
    give_back,
    kinds,
    running_with,
    seed_periodic,
    wakers,
)
from core.settings import Settings

#: How long a postponed job waits, at most, before it is tried again.
_POSTPONED_S = 30.0

log = structlog.get_logger("handrail.jobs")


class _Claim(NamedTuple):
    """Jobs of one kind leased together."""

    lease: UUID
    kind: Kind
    ids: list[UUID]
    payloads: list[Payload]
    attempts: int


class _Lost(Exception):
    """The lease ran out and the job is another worker's by now."""


class Worker:
    """Runs jobs until it is stopped: inside the app, or alone as `litestar worker`.

    `more` holds what handlers find under `resources().more`. A worker that dies leaves its leases to run out after
    `lease` seconds; one that is stopped gives them back at once.
    """

    def __init__(
        self,
        database: Database,
        settings: Settings,
        more: Mapping[str, Any] | None = None,
        *,
        lease: float = 60.0,
        poll: float = 2.0,
        at_once: int = 4,
    ) -> None:
        self.database = database
        self.resources = Resources(database, settings, more or {})
        self.lease = timedelta(seconds=lease)
        self.poll = poll
        self.at_once = at_once
        self._tasks: set[asyncio.Task[bool]] = set()
        self._busy: set[str] = set()
        self._wake = asyncio.Event()
        self._stopping = False

    async def run(self) -> None:
        """Run jobs until `stop` is called. A database that is away is waited for."""
        loop = asyncio.get_running_loop()

        def waker() -> None:
            loop.call_soon_threadsafe(self._wake.set)

        wakers.add(waker)
        seeded = False
        try:
            while not self._stopping:
                self._wake.clear()
                try:
                    seeded = seeded or await self._seed()
                    claim = await self._claim() if len(self._tasks) < self.at_once else None
                except Exception as error:
                    log.error("jobs cannot be read", error=describe(error))
                    claim = None
                if claim is None:
                    await self._pause()
                else:
                    self._start(claim)
        finally:
            wakers.discard(waker)

    async def stop(self, grace: float = 20.0) -> None:
        """Take no more jobs, wait for the running ones, and after `grace` seconds give them back undone."""
        self._stopping = True
        self._wake.set()
        if self._tasks:
            _done, pending = await asyncio.wait(self._tasks, timeout=grace)
            for task in pending:
                task.cancel()
            await asyncio.gather(*pending, return_exceptions=True)

    async def run_due(self, limit: int | None = None) -> int:
        """Run what is due now, one after another; return how many jobs succeeded."""
        done = 0
        while (limit is None or done < limit) and (claim := await self._claim()) is not None:
            if await self._work(claim):
                done += len(claim.ids)
        return done

    def _start(self, claim: _Claim) -> None:
        if claim.kind.alone:
            self._busy.add(claim.kind.name)
        task = asyncio.create_task(self._work(claim), name=f"job {claim.kind.name}")
        self._tasks.add(task)

        def finished(task: asyncio.Task[bool]) -> None:
            self._tasks.discard(task)
            self._busy.discard(claim.kind.name)
            self._wake.set()

        task.add_done_callback(finished)

    async def _seed(self) -> bool:
        async with self.database.transaction() as db:
            await seed_periodic(db)
        return True

    async def _pause(self) -> None:
        # Not all workers at once, should they have started together.
        delay = self.poll * random.uniform(0.75, 1.25)
        with suppress(TimeoutError):
            await asyncio.wait_for(self._wake.wait(), delay)

    async def _claim(self) -> _Claim | None:
        now = clock.now()
        free = [name for name in kinds() if name not in self._busy]
        due = (
            Job.died_at.is_(None),
            Job.run_at <= now,
            or_(Job.lease.is_(None), Job.leased_until < now),
            Job.kind.in_(free),
        )
        oldest = select(Job.id, Job.kind, Job.attempts).where(*due).order_by(Job.run_at).limit(1)
        # Looking takes no lock, so an idle worker never holds up a writer.
        async with self.database.transaction(write=False) as db:
            first = (await db.execute(oldest)).first()
        if first is None:
            return None
        kind = kinds()[first.kind]
        together = [Job.kind == kind.name, Job.attempts == 0] if first.attempts == 0 else [Job.id == first.id]
        candidates = select(Job.id).where(*due, *together).order_by(Job.run_at).limit(kind.size)
        lease = uuid4()
        async with self.database.transaction() as db:
            # The update asks again whether each job is due: of two workers that saw the same row, one gets it.
            # Skipping locked rows (PostgreSQL) only saves the other the wait.
            ids = (await db.scalars(candidates.with_for_update(skip_locked=True))).all()
            values = {"lease": lease, "leased_until": now + self.lease, "attempts": Job.attempts + 1}
            await db.execute(
                update(Job)
                .where(Job.id.in_(ids), *due)
                .values(values)
                .execution_options(synchronize_session=False)
            )
            columns = select(Job.id, Job.payload, Job.attempts).where(Job.lease == lease).order_by(Job.run_at)
            rows = (await db.execute(columns)).all()
        if not rows:
            return None
        attempts = max(row.attempts for row in rows)
        return _Claim(lease, kind, [row.id for row in rows], [row.payload for row in rows], attempts)

    async def _work(self, claim: _Claim) -> bool:
        """Run leased jobs and record what came of it; True when they succeeded."""
        running_with.set(self.resources)
        try:
            if not claim.kind.period and claim.attempts > claim.kind.attempts:
                raise GiveUp("the worker died each time")
            if claim.kind.handler is not None:
                await self._run_in_transaction(claim)
            else:
                await self._run_batch(claim)
        except _Lost:
            log.warning("job lost to another worker", kind=claim.kind.name)
            return False
        except asyncio.CancelledError:
            async with self.database.transaction() as db:
                await give_back(db, claim.lease, attempts=Job.attempts - 1)
            raise
        except Exception as error:
            await self._failed(claim, error)
            return False
        return True

    async def _run_in_transaction(self, claim: _Claim) -> None:
        kind = claim.kind
        assert kind.handler is not None
        async with self.database.transaction() as db:
            # Deleted first: from here on no other worker can take it, even when the lease runs out meanwhile.
            gone = await db.execute(delete(Job).where(Job.id == claim.ids[0], Job.lease == claim.lease))
            if not isinstance(gone, CursorResult) or gone.rowcount != 1:
                raise _Lost
            await kind.handler(db, claim.payloads[0])
            if kind.period:
                await enqueue(db, kind.name, {}, clock.now() + timedelta(seconds=kind.period), key=kind.name)

    async def _run_batch(self, claim: _Claim) -> None:
        assert claim.kind.batch_handler is not None
        done = asyncio.Event()
        heart = asyncio.create_task(self._keep_lease(claim.lease, done))
        try:
            await claim.kind.batch_handler(self.database, claim.payloads)
        finally:
            # Asked to end, not cancelled: a task cancelled while it connects loses the connection.
            done.set()
            await heart
        async with self.database.transaction() as db:
            await db.execute(delete(Job).where(Job.lease == claim.lease))

    async def _keep_lease(self, lease: UUID, done: asyncio.Event) -> None:
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(done.wait(), self.lease.total_seconds() / 3)
            if done.is_set():
                return
            try:
                async with self.database.transaction() as db:
                    await db.execute(
                        update(Job).where(Job.lease == lease).values(leased_until=clock.now() + self.lease)
                    )
            except Exception as error:
                log.warning("lease not renewed", error=describe(error))

    async def _failed(self, claim: _Claim, error: Exception) -> None:
        kind, what = claim.kind, describe(error)
        log.error("job failed", kind=kind.name, jobs=len(claim.ids), attempts=claim.attempts, error=what)
        if isinstance(error, Postpone) and not kind.period:
            await self._postponed(claim, what)
            return
        alone = len(claim.ids) == 1
        last = alone and not kind.period and (isinstance(error, GiveUp) or claim.attempts >= kind.attempts)
        delay = timedelta(seconds=kind.period) if kind.period else backoff(claim.attempts)
        try:
            async with self.database.transaction() as db:
                if last:
                    await bury(db, claim.lease, what)
                else:
                    await give_back(db, claim.lease, run_at=clock.now() + delay, error=what[:400])
        except Exception as second:
            # The lease runs out by itself and the job is tried again then.
            log.error("failure not recorded", kind=kind.name, error=describe(second))

    async def _postponed(self, claim: _Claim, why: str) -> None:
        delay = timedelta(seconds=_POSTPONED_S * random.uniform(0.5, 1.0))
        values = {"attempts": Job.attempts - 1, "run_at": clock.now() + delay, "error": why[:400]}
        try:
            async with self.database.transaction() as db:
                await give_back(db, claim.lease, **values)
        except Exception as second:
            log.error("failure not recorded", kind=claim.kind.name, error=describe(second))


def describe(error: BaseException) -> str:
    """Say what went wrong and where, without the message: it may quote personal data. Our own exceptions are quoted."""
    if isinstance(error, (GiveUp, Postpone)):
        return str(error)
    frames = traceback.extract_tb(error.__traceback__)
    where = f" at {'/'.join(frames[-1].filename.split('/')[-2:])}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{where}"


async def run_due(
    database: Database, settings: Settings, limit: int | None = None, more: Mapping[str, Any] | None = None
) -> int:
    """Run what is due now and return how many jobs succeeded: for tests and commands that want the effects at once.

    A failing job is recorded as a worker would, so look at `counts` or `dead_letters` when the number is too small.
    """
    return await Worker(database, settings, more).run_due(limit)
