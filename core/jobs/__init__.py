"""Work that happens after the commit: rows of the table `job`, written in the transaction that causes them.

    @job("referrals.nudge")
    async def nudge(db: AsyncSession, payload: dict) -> None: ...

    await enqueue(db, "referrals.nudge", {"referral_id": str(referral.id)}, run_at=due, key=str(referral.id))

What holds:

- A job exists if and only if its cause was committed. It is deleted in the very transaction its handler wrote in, so
  such a handler takes effect exactly once, however often a worker dies.
- `@batch_job` handlers open their own transactions (mail, indexing); they may run again and must be repeatable.
- A handler that raises runs again later, ever more rarely; after its last attempt (or at once on `GiveUp`) the row
  stays as a dead letter that an administrator sees and can send again. `Postpone` counts as no attempt.
- A worker *leases* jobs by compare-and-swap; when it dies, its leases run out and another worker takes over.

Payloads carry ids only, never what the ids stand for. A handler reaches the program's resources by `resources()`.
"""

from core.jobs.table import (
    Counts,
    GiveUp,
    Job,
    Payload,
    Postpone,
    Resources,
    batch_job,
    counts,
    dead_letters,
    enqueue,
    enqueue_many,
    every,
    job,
    kinds,
    resources,
    revive,
)
from core.jobs.worker import Worker, run_due

__all__ = [
    "Counts",
    "GiveUp",
    "Job",
    "Payload",
    "Postpone",
    "Resources",
    "Worker",
    "batch_job",
    "counts",
    "dead_letters",
    "enqueue",
    "enqueue_many",
    "every",
    "job",
    "kinds",
    "resources",
    "revive",
    "run_due",
]
