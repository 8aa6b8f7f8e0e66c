"""One slice of a pull after another, whoever drives it: the job, or a command at which somebody sits."""

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import msgspec
import structlog

from core import clock
from core.database import Database
from core.errors import NotVisible
from core.i18n import N_
from core.outbound import Away, Refused, Told
from core.settings import Settings
from directory.sources import actions, queries, taken
from directory.sources.applying import apply
from directory.sources.models import MOST_FAILURES, OPEN, Pull, Source
from directory.sources.reading import Reading
from directory.sources.remembered import Remembered
from directory.sources.remote import Remote
from directory.sources.taken import InUse, Taken
from directory.sources.weighing import shelve, weigh

SLICE_S = 10.0
"""So long a slice of reading goes on; then others get their turn, and what was read is told."""

IN_USE_S = 30.0
_FIRST_WAIT_S, _LONGEST_WAIT_S = 5.0, 3600.0

log = structlog.get_logger("handrail.sources")

Step = Callable[[int, int], None]
"""Told how many more rows were written, and how many there are in all."""


def folder(settings: Settings) -> Path:
    """Return where pulls keep what they have read until they are over."""
    return settings.data_dir / "pulls"


def remote_of(settings: Settings, source: Source, remembered: Remembered | None = None) -> Remote:
    """Return the API of a source."""
    agent = f"Handrail/0.1 (+{settings.base_url})"
    return Remote(source.address, source.api_key, agent, settings.near_networks, remembered)


async def advance(
    database: Database, settings: Settings, pull_id: UUID, step: Step = lambda _more, _total: None
) -> float | None:
    """Bring a pull one slice further.

    Returns after how many seconds the next slice may follow, or None when there is nothing to do: the pull is over, or
    waits for a person, or its source is paused. What goes wrong at the source is noted at the pull and tried again.
    """
    try:
        async with database.transaction(write=False) as db:
            pull = await queries.pull(db, pull_id)
    except NotVisible:
        return None
    if pull.state not in OPEN or (pull.state == "ready" and not pull.at_once):
        return None
    if pull.state == "reading" and not pull.source.enabled and not pull.at_once:
        return None
    if pull.waits_until and (rest := (pull.waits_until - clock.now()).total_seconds()) > 0:
        return rest
    try:
        read = Taken(folder(settings) / f"{pull.id}.read")
    except InUse:
        return IN_USE_S
    try:
        return await _slice(database, settings, pull, read, step)
    except Told as error:
        return await _failed(database, pull, error)
    except Exception:
        await _failed(database, pull, Told(N_("Something broke on our side.")))
        raise
    finally:
        read.close()


async def _slice(database: Database, settings: Settings, pull: Pull, read: Taken, step: Step) -> float | None:
    if read.mark("step") != "done" and not await _read_on(database, settings, pull, read):
        return 0.0
    shelf = await shelve(read, pull.source.name, folder(settings) / f"{pull.id}.shelf")
    over = False
    try:
        if pull.state == "ready":
            await apply(database, pull, read, shelf, step)
            over = True
            return None
        weighed = await weigh(database, read, shelf)
    finally:
        shelf.close(drop=over)
        if over:
            read.close()
            taken.remove(folder(settings) / f"{pull.id}.read")
    by_itself = not (pull.source.approve or weighed.is_alarming)
    async with database.transaction() as db:
        here = await queries.pull(db, pull.id)
        if here.state != "reading":
            return None
        at_once = weighed.is_nothing or (by_itself if here.at_once is None else here.at_once)
        here.state, here.at_once, here.error, here.source.trouble = "ready", at_once, None, None
        here.counts, here.remarks = weighed.counts, weighed.remarks
        here.changes = [msgspec.to_builtins(listing) for listing in weighed.listings]
        await actions.replace_waiting(db, here)
        return 0.0 if here.at_once else None


async def _read_on(database: Database, settings: Settings, pull: Pull, read: Taken) -> bool:
    """Read one slice; tell whether everything was read."""
    if pull.state == "ready":
        # Read on another machine, whose files are not here.
        await _set(database, pull, state="reading")
    remembered = Remembered(folder(settings) / f"{pull.source_id}.pages")
    remote = remote_of(settings, pull.source, remembered)
    reading = Reading(read, remote, pull.modified_after, queries.held(database, pull.source.name))
    try:
        return await reading.go(SLICE_S)
    finally:
        remembered.close()
        await _tell(database, pull, reading, read)


async def _tell(database: Database, pull: Pull, reading: Reading, read: Taken) -> None:
    """Note how far reading is, and what the source says of itself."""
    async with database.transaction() as db:
        here = await queries.pull(db, pull.id)
        here.step, here.page, here.pages, here.read = reading.step, reading.page, reading.pages, read.count()
        if (reading.step, reading.page) != (pull.step, pull.page):
            here.failures, here.waits_until, here.error = 0, None, None
        if read.mark("now"):
            here.began_there = datetime.fromisoformat(read.mark("now"))
            here.source.looked_at = here.source.looked_at or clock.now()
            for name in ("version", "profile", "publisher"):
                setattr(here.source, name, read.mark(name) or getattr(here.source, name))
    pull.began_there = here.began_there


async def _failed(database: Database, pull: Pull, error: Told) -> float | None:
    """Note what went wrong; return when to try again, or None where that would be of no use."""
    async with database.transaction() as db:
        here = await queries.pull(db, pull.id)
        here.failures += 1
        here.error = error.sentence
        if isinstance(error, Refused) or here.failures >= MOST_FAILURES:
            here.state, here.finished_at = "failed", clock.now()
            here.source.failures += 1
            here.source.trouble = error.sentence
            return None
        wait = min(_FIRST_WAIT_S * 2 ** (here.failures - 1), _LONGEST_WAIT_S) * random.uniform(0.75, 1.0)
        wait = max(wait, error.rest if isinstance(error, Away) else 0.0)
        here.waits_until = clock.now() + timedelta(seconds=wait)
        log.info("source failed", pull=str(pull.id), failures=here.failures, wait=round(wait))
        return wait


async def _set(database: Database, pull: Pull, *, state: str) -> None:
    async with database.transaction() as db:
        here = await queries.pull(db, pull.id)
        here.state = pull.state = state


async def tidy(database: Database, settings: Settings) -> None:
    """Remove what pulls have read that are over."""
    found = {path.stem for kind in ("*.read", "*.shelf") for path in folder(settings).glob(kind)}
    for name in sorted(found):
        try:
            identity = UUID(name)
        except ValueError:
            continue
        try:
            async with database.transaction(write=False) as db:
                over = (await queries.pull(db, identity)).state not in OPEN
        except NotVisible:
            over = True
        if over:
            taken.remove(folder(settings) / f"{name}.read")
            taken.remove(folder(settings) / f"{name}.shelf")
