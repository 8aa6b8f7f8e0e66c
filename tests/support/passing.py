"""Days that pass for one referral of a running server: what was sent now was sent some days ago."""

from datetime import timedelta
from pathlib import Path
from uuid import UUID

from sqlalchemy import update

from core import clock
from core.database import Database
from core.jobs.table import Job
from referrals.models import Referral


async def let_days_pass(data_dir: Path, referral_id: str, days: int, *, wake_jobs: bool = True) -> None:
    """Move a referral of the server at `data_dir` into the past, with the reminder that waits for it.

    Without `wake_jobs` the reminder's job stays where it is: then a person has to remind.
    """
    database = Database(f"sqlite+aiosqlite:///{data_dir}/handrail.db", pool_size=1)
    passed, now = timedelta(days=days), clock.now()
    async with database.transaction() as db:
        await db.execute(
            update(Referral)
            .where(Referral.id == UUID(referral_id))
            .values(sent_at=now - passed, respond_by=now - passed + timedelta(days=2))
        )
        if wake_jobs:
            reminder = (Job.kind == "referrals.nudge", Job.key == referral_id)
            await db.execute(update(Job).where(*reminder).values(run_at=now))
    await database.dispose()
