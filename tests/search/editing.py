"""Listings that are edited while something goes wrong, and the proof that index and database are equal in the end."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from sqlalchemy import and_, func, or_, select, update

from core import clock
from core.database import Database
from core.jobs import Job, enqueue
from core.settings import Settings
from directory.models import Service
from search import documents, jobs
from search.engines import CheckReport, Engine, Query
from search.state import REBUILD
from tests.search.listings import FALLS, MILLBROOK, id_of, listing
from tests.support.server import command

REGISTERED = (jobs,)
"""Importing it is what makes a worker able to run the jobs of the index."""

MANY = [f"Pantry {number}" for number in range(60)]


async def write_many(database: Database) -> None:
    """Write the listings `MANY`."""
    async with database.transaction() as db:
        for name in MANY:
            await listing(db, name, FALLS, MILLBROOK, description="Groceries for a week.")


async def rename(database: Database, names: list[str], to: str) -> None:
    """Edit listings as a form does: the row and, in the same transaction, the job that tells the index."""
    async with database.transaction() as db:
        for number, name in enumerate(names):
            values = {"name": f"{to} {number}", "last_modified": clock.now() + timedelta(seconds=number)}
            await db.execute(update(Service).where(Service.id == id_of(name)).values(**values))
            await enqueue(db, "search.index", {"service_ids": [str(id_of(name))]})


_OF_THE_INDEX = and_(Job.kind.in_(("search.index", REBUILD)), or_(Job.key.is_(None), Job.key != "renewal"))
"""What an edit or a missing index asks for; the renewal that a worker plans for next month is nobody's debt."""


async def at_once(database: Database) -> None:
    """Let every job of the index be due now, also those a killed worker holds: as if its lease had run out."""
    async with database.transaction() as db:
        due = update(Job).where(_OF_THE_INDEX)
        await db.execute(due.values(run_at=clock.now(), lease=None, leased_until=None))


async def unfinished(database: Database) -> tuple[int, int]:
    """How many jobs of the index wait or run, and how many have died."""
    mine = select(func.count()).where(_OF_THE_INDEX)
    async with database.transaction(write=False) as db:
        alive = await db.scalar(mine.where(Job.died_at.is_(None)))
        dead = await db.scalar(mine.where(Job.died_at.is_not(None)))
    return alive or 0, dead or 0


async def compared(database: Database, engine: Engine) -> CheckReport:
    """What `search check` says of index and database."""
    return await engine.check(documents.expected(database))


async def totals(engine: Engine, *texts: str) -> list[int]:
    """How many services each of some texts finds."""
    return [(await engine.search(Query(text=text))).total for text in texts]


def environment(settings: Settings, data_dir: Path, **more: str) -> dict[str, str]:
    """The settings of a test for a program of its own."""
    import base64

    keys = ",".join(base64.urlsafe_b64encode(key).decode() for key in settings.encryption_keys)
    return {
        "HANDRAIL_DATA_DIR": str(data_dir),
        "HANDRAIL_DATABASE_URL": settings.database_url,
        "HANDRAIL_SECRET_KEY": settings.secret_key,
        "HANDRAIL_ENCRYPTION_KEYS": keys,
        **more,
    }


def search_check(env: dict[str, str]) -> tuple[int, str]:
    """The exit code of `search check --only-tell`, and what it printed."""
    done = command("search", "check", "--only-tell", env=env)
    return done.returncode, done.stdout + done.stderr
