"""The job table and its worker, on both databases."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
import time_machine
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from core import clock, jobs
from core.database import Database
from core.idempotency import RequestKey
from core.jobs import GiveUp, Job, Worker, batch_job, enqueue, enqueue_many, every, job, resources, run_due
from core.jobs import table as job_table
from core.settings import Settings


@pytest.fixture(autouse=True)
def own_kinds() -> Iterator[None]:
    """Each test registers kinds of its own and leaves the program's as they were."""
    before = dict(job_table._kinds)
    job_table._kinds.clear()
    yield
    job_table._kinds.clear()
    job_table._kinds.update(before)


@pytest.fixture
def ran() -> list[object]:
    """What the test's handlers were given, in order."""
    return []


@pytest.fixture(autouse=True)
def note(own_kinds: None, ran: list[object]) -> None:
    @job("test.note")
    async def handler(db: AsyncSession, payload: jobs.Payload) -> None:
        ran.append(payload["n"])


async def waiting(database: Database) -> list[Job]:
    async with database.transaction(write=False) as db:
        return list(await db.scalars(select(Job).order_by(Job.run_at)))


async def put(database: Database, kind: str = "test.note", n: int = 1, **options) -> None:
    async with database.transaction() as db:
        await enqueue(db, kind, {"n": n}, **options)


@asynccontextmanager
async def working(worker: Worker) -> AsyncIterator[Worker]:
    task = asyncio.create_task(worker.run())
    try:
        yield worker
    finally:
        await worker.stop()
        await task


async def until(condition, seconds: float = 10.0) -> None:
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.01)


async def test_it_works(database: Database, settings: Settings, ran: list):
    await put(database, n=7)
    assert await run_due(database, settings) == 1
    assert ran == [7]
    assert await waiting(database) == []


async def test_a_job_exists_only_when_its_cause_was_committed(
    database: Database, settings: Settings, ran: list
):
    with pytest.raises(RuntimeError):
        async with database.transaction() as db:
            await enqueue(db, "test.note", {"n": 1})
            raise RuntimeError
    assert await run_due(database, settings) == 0 and ran == []


async def test_what_a_handler_wrote_and_the_end_of_its_job_are_one(database: Database, settings: Settings):
    @job("test.halfway")
    async def halfway(db: AsyncSession, payload: jobs.Payload) -> None:
        db.add(RequestKey(key_hash="half", created_at=clock.now()))
        await db.flush()
        raise RuntimeError("the disk is full")

    await put(database, "test.halfway")
    assert await run_due(database, settings) == 0
    async with database.transaction(write=False) as db:
        assert await db.scalar(select(func.count()).select_from(RequestKey)) == 0
    (again,) = await waiting(database)
    assert again.attempts == 1 and again.lease is None and again.run_at > clock.now()


async def test_errors_are_kept_without_what_they_quote(database: Database, settings: Settings):
    @job("test.leaky")
    async def leaky(db: AsyncSession, payload: jobs.Payload) -> None:
        raise ValueError("Ruth Ek, born 1990")

    await put(database, "test.leaky")
    await run_due(database, settings)
    (failed,) = await waiting(database)
    assert failed.error is not None and failed.error.startswith("ValueError at core/test_jobs.py:")


async def test_jobs_wait_for_their_time(database: Database, settings: Settings, ran: list):
    await put(database, n=1, run_at=clock.now() + timedelta(hours=1))
    assert await run_due(database, settings) == 0
    with time_machine.travel(clock.now() + timedelta(hours=2)):
        assert await run_due(database, settings) == 1


async def test_while_one_with_the_key_waits_there_is_no_second(
    database: Database, settings: Settings, ran: list
):
    later = clock.now() + timedelta(hours=1)
    await put(database, key="r1", run_at=later)
    await put(database, key="r1", run_at=later + timedelta(hours=1))
    await put(database, key="r2", run_at=later)
    assert len(await waiting(database)) == 2
    await put(database, key="r1")
    first, second = await waiting(database)
    assert first.run_at < second.run_at == later, "the earlier time counts"
    await run_due(database, settings)
    await put(database, key="r1", run_at=later)
    assert len(await waiting(database)) == 2, "when none waits a new one may"


async def test_a_change_during_the_run_makes_another_run(database: Database, settings: Settings, ran: list):
    """A job that is being run has read its facts already: what changes now needs a run of its own."""

    @batch_job("test.index")
    async def index(database: Database, payloads: list[jobs.Payload]) -> None:
        if not ran:
            await put(database, "test.index", key="s1")
        ran.append(len(payloads))

    await put(database, "test.index", key="s1")
    assert await run_due(database, settings) == 2
    assert ran == [1, 1]


async def test_failing_with_a_twin_waiting_leaves_one(database: Database, settings: Settings):
    @batch_job("test.fails")
    async def fails(database: Database, payloads: list[jobs.Payload]) -> None:
        await put(database, "test.fails", key="k", run_at=clock.now() + timedelta(hours=1))
        raise RuntimeError

    await put(database, "test.fails", key="k")
    await run_due(database, settings)
    assert len(await waiting(database)) == 1


async def test_after_the_last_attempt_it_is_a_dead_letter(database: Database, settings: Settings):
    @job("test.hopeless", attempts=3)
    async def hopeless(db: AsyncSession, payload: jobs.Payload) -> None:
        raise RuntimeError

    await put(database, "test.hopeless")
    with time_machine.travel(clock.now()) as time:
        for _ in range(5):
            await run_due(database, settings)
            time.shift(timedelta(hours=2))
    async with database.transaction() as db:
        (letter,) = await jobs.dead_letters(db)
        assert letter.attempts == 3 and (await jobs.counts(db)).dead == 1
        assert await jobs.revive(db, letter.id)
        assert not await jobs.revive(db, letter.id)
    (revived,) = await waiting(database)
    assert revived.died_at is None and revived.attempts == 0


async def test_giving_up_is_at_once_and_says_why(database: Database, settings: Settings):
    @job("test.never")
    async def never(db: AsyncSession, payload: jobs.Payload) -> None:
        raise GiveUp("refused for good")

    await put(database, "test.never")
    await run_due(database, settings)
    (letter,) = await waiting(database)
    assert letter.died_at is not None and letter.error == "refused for good"


def test_attempts_go_on_for_hours():
    shortest = sum((job_table.backoff(n).total_seconds() for n in range(1, jobs.table.ATTEMPTS)), 0.0)
    assert shortest > 3600 * 1.5
    assert job_table.backoff(1000) <= timedelta(hours=1)


async def test_batches(database: Database, settings: Settings, ran: list):
    @batch_job("test.batch", size=50)
    async def batch(database: Database, payloads: list[jobs.Payload]) -> None:
        ran.append(len(payloads))

    async with database.transaction() as db:
        await enqueue_many(db, "test.batch", [{"n": n} for n in range(120)])
    assert await run_due(database, settings) == 120
    assert ran == [50, 50, 20]


async def test_one_bad_job_does_not_hold_up_its_batch(database: Database, settings: Settings, ran: list):
    @batch_job("test.batch", size=50)
    async def batch(database: Database, payloads: list[jobs.Payload]) -> None:
        if any(payload["n"] == 3 for payload in payloads):
            raise RuntimeError
        ran.extend(payload["n"] for payload in payloads)

    async with database.transaction() as db:
        await enqueue_many(db, "test.batch", [{"n": n} for n in range(6)])
    assert await run_due(database, settings) == 0
    with time_machine.travel(clock.now() + timedelta(minutes=1)):
        assert await run_due(database, settings) == 5
    assert sorted(ran) == [0, 1, 2, 4, 5]
    assert [row.payload for row in await waiting(database)] == [{"n": 3}]


async def test_handlers_reach_the_program(database: Database, settings: Settings, ran: list):
    @job("test.reach")
    async def reach(db: AsyncSession, payload: jobs.Payload) -> None:
        ran.append(resources().more["engine"])
        assert resources().settings is settings

    await put(database, "test.reach")
    await run_due(database, settings, more={"engine": "the engine"})
    assert ran == ["the engine"]


async def test_a_worker_starts_within_moments_of_a_local_commit(
    database: Database, settings: Settings, ran: list
):
    async with working(Worker(database, settings, poll=60)):
        await asyncio.sleep(0.1)
        await put(database, n=1)
        await until(lambda: ran == [1], 10)


async def test_a_worker_finds_what_other_processes_wrote(database: Database, settings: Settings, ran: list):
    async with working(Worker(database, settings, poll=0.05)):
        async with database.transaction() as db:
            await enqueue(db, "test.note", {"n": 5})
            db.info.clear()
        await until(lambda: ran == [5], 10)


async def test_periodic_jobs_run_again_and_survive_their_failures(
    database: Database, settings: Settings, ran: list
):
    @every(600, "test.tidy")
    async def tidy(db: AsyncSession, payload: jobs.Payload) -> None:
        ran.append(clock.now())
        if len(ran) == 2:
            raise RuntimeError

    def of(rows: list[Job]) -> list[datetime]:
        return [row.run_at for row in rows if row.kind == "test.tidy"]

    with time_machine.travel(clock.now(), tick=False) as time:
        for _ in range(2):
            async with database.transaction() as db:
                await job_table.seed_periodic(db)
        for times in (1, 2, 3):
            await run_due(database, settings)
            assert len(ran) == times
            assert of(await waiting(database)) == [clock.now() + timedelta(seconds=600)]
            time.shift(601)


async def test_workers_share_the_work_and_do_nothing_twice(database: Database, settings: Settings, ran: list):
    async with database.transaction() as db:
        await enqueue_many(db, "test.note", [{"n": n} for n in range(60)])
    async with working(Worker(database, settings)), working(Worker(database, settings)):
        await until(lambda: len(ran) >= 60, 30)
        await asyncio.sleep(0.1)
    assert sorted(ran) == list(range(60))
    assert await waiting(database) == []


async def test_a_lease_that_ran_out_is_taken_over(database: Database, settings: Settings, ran: list):
    await put(database, n=1)
    async with database.transaction() as db:
        await db.execute(update(Job).values(lease=uuid4(), leased_until=clock.now() + timedelta(seconds=60)))
    assert await run_due(database, settings) == 0, "somebody is at it"
    with time_machine.travel(clock.now() + timedelta(seconds=61)):
        assert await run_due(database, settings) == 1
    assert ran == [1]


async def test_a_slow_batch_keeps_its_lease(database: Database, settings: Settings, ran: list):
    @batch_job("test.slow")
    async def slow(database: Database, payloads: list[jobs.Payload]) -> None:
        ran.append("began")
        await asyncio.sleep(2.5)

    await put(database, "test.slow")
    async with (
        working(Worker(database, settings, lease=1.0, poll=0.05)),
        working(Worker(database, settings, lease=1.0, poll=0.05)),
    ):
        await asyncio.sleep(3.0)
    assert ran == ["began"] and await waiting(database) == []


async def test_a_job_that_kills_its_worker_is_given_up(database: Database, settings: Settings, ran: list):
    await put(database, n=1)
    async with database.transaction() as db:
        await db.execute(update(Job).values(attempts=job_table.ATTEMPTS))
    await run_due(database, settings)
    (letter,) = await waiting(database)
    assert ran == [] and letter.error == "the worker died each time"


async def test_stopping_waits_for_what_runs(database: Database, settings: Settings, ran: list):
    @batch_job("test.slow")
    async def slow(database: Database, payloads: list[jobs.Payload]) -> None:
        ran.append("began")
        await asyncio.sleep(0.3)
        ran.append("ended")

    await put(database, "test.slow")
    async with working(Worker(database, settings)):
        await until(lambda: ran == ["began"])
    assert ran == ["began", "ended"] and await waiting(database) == []


async def test_stopping_gives_back_what_takes_too_long(database: Database, settings: Settings, ran: list):
    @batch_job("test.endless")
    async def endless(database: Database, payloads: list[jobs.Payload]) -> None:
        ran.append("began")
        await asyncio.sleep(3600)

    await put(database, "test.endless")
    worker = Worker(database, settings)
    task = asyncio.create_task(worker.run())
    await until(lambda: ran == ["began"])
    await worker.stop(grace=0.05)
    await task
    (row,) = await waiting(database)
    assert row.lease is None and row.attempts == 0


def test_one_handler_for_each_kind():
    with pytest.raises(ValueError):

        @job("test.note")
        async def second(db: AsyncSession, payload: jobs.Payload) -> None: ...


KILLED_WORKER = """
import asyncio, os, sys
from pathlib import Path
from sqlalchemy import text
from core import crypto, clock
from core.database import Database
from core.idempotency import RequestKey
from core.jobs import Worker, job
from core.settings import Settings

@job("test.count")
async def count(db, payload):
    db.add(RequestKey(key_hash=f"effect {payload['n']}", created_at=clock.now()))
    await db.flush()
    print("effect", payload["n"], flush=True)

async def main():
    settings = Settings(data_dir=Path("."), database_url=sys.argv[1], secret_key="s" * 40, encryption_keys=(b"k" * 32,))
    crypto.configure(settings)
    await Worker(Database(settings.database_url), settings, lease=1.0, poll=0.05).run()

asyncio.run(main())
"""


async def test_killed_workers_lose_nothing_and_repeat_nothing(
    database: Database, settings: Settings, tmp_path: Path
):
    """Each effect is a row with a unique key: a second run of the same job would fail and leave its job behind."""
    number = 40
    async with database.transaction() as db:
        await enqueue_many(db, "test.count", [{"n": n} for n in range(number)])
    script = tmp_path / "worker.py"
    script.write_text(KILLED_WORKER)
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parent.parent.parent)}
    for killed_after in (1, 9, 5, None):
        process = await asyncio.create_subprocess_exec(
            sys.executable, str(script), database.url, stdout=asyncio.subprocess.PIPE, env=environment
        )
        assert process.stdout is not None
        for _ in range(killed_after or 0):
            await asyncio.wait_for(process.stdout.readline(), 20)
        if killed_after is None:
            async with asyncio.timeout(30):
                while await waiting(database):
                    await asyncio.sleep(0.1)
        process.send_signal(signal.SIGKILL)
        await process.communicate()
    async with database.transaction(write=False) as db:
        effects = (await db.scalars(select(RequestKey.key_hash))).all()
    assert sorted(effects) == sorted(f"effect {n}" for n in range(number))
