"""How far an upload is, and what is told of a trial and of an import."""

import asyncio
import re
import time
from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core import csv
from core.database import Database
from core.i18n import N_
from core.i18n import gettext as _
from core.jobs import Job
from directory.exporting.headings import sheet_name
from directory.intake.desk import Desk, Outcome, Progress, Version
from directory.intake.jobs import IMPORT, TRY
from directory.intake.trying import Noticed
from directory.intake.words import reason_words

PER_PAGE = 50
PATIENCE_S = 1.5
"""How long a page waits for what is nearly done, before it says how far it is."""

OUTCOMES = {
    "refused": N_("Not taken"),
    "repaired": N_("Taken, with a remark"),
    "merged": N_("Made one with another row"),
}
_FOREIGN = re.compile(
    r"(?P<number>[\d,]+) rows belong to another source \((?P<source>.+)\) and were left as they are\."
)
_KINDS_OF_CHANGE = ("added", "updated", "removed", "unchanged")


class State(msgspec.Struct, frozen=True, kw_only=True):
    """How an upload stands: its `outcome` once there is one, how far it is before, whether what is asked for `failed`."""

    outcome: Outcome | None = None
    importing: bool = False
    failed: bool = False
    progress: Progress = Progress()


async def job_of(db: AsyncSession, kind: str, key: str) -> Job | None:
    """Return the job that does something for an upload: the one that is alive, before one that has died."""
    found = select(Job).where(Job.kind == kind, Job.key == key).order_by(Job.died_at.is_not(None))
    return (await db.scalars(found)).first()


async def state_of(database: Database, desk: Desk, version: Version, *, result: bool = False) -> State:
    """Return how a trial stands, or with `result` the import; waits a moment for what is nearly done."""
    until = time.monotonic() + PATIENCE_S
    while True:
        async with database.transaction(write=False) as db:
            state = await (_imported(db, desk, version) if result else _tried(db, desk, version))
        waiting = state.importing if result else state.outcome is None
        if not waiting or state.failed or time.monotonic() > until:
            return state
        await asyncio.sleep(0.1)


async def _tried(db: AsyncSession, desk: Desk, version: Version) -> State:
    asked = await job_of(db, IMPORT, str(desk.upload.id))
    importing = asked is not None and asked.died_at is None
    job = await job_of(db, TRY, f"{desk.upload.id} {version.number}")
    # Looked for after the job: when that is gone, what it has left is there.
    outcome = desk.read(version.number, "outcome.json", Outcome)
    failed = outcome is None and (job is None or job.died_at is not None)
    return State(outcome=outcome, importing=importing, failed=failed, progress=_progress(desk, version))


async def _imported(db: AsyncSession, desk: Desk, version: Version) -> State:
    job = await job_of(db, IMPORT, str(desk.upload.id))
    if job is not None and job.died_at is None:
        return State(importing=True, progress=_progress(desk, version))
    outcome = desk.result()
    return State(outcome=outcome, failed=outcome is None and job is not None)


def _progress(desk: Desk, version: Version) -> Progress:
    return desk.read(version.number, "progress.json", Progress) or Progress()


def noticed(desk: Desk, version: Version) -> list[Noticed] | None:
    """Return the rows that something was noticed on, the worst first; None before they are known."""
    return desk.read(version.number, "rows.json", list[Noticed])


def page_of(desk: Desk, version: Version, state: State, number: int) -> dict[str, Any]:
    """Return what a page of the trial shows: the rows of that page, and those that can be put right together."""
    rows = (noticed(desk, version) or []) if state.outcome else []
    pages = max(1, -(-len(rows) // PER_PAGE))
    number = min(number, pages)
    wrong = [row.line for row in rows if row.outcome in {"refused", "repaired"} and row.table == "listing"]
    return {
        "rows": rows[(number - 1) * PER_PAGE : number * PER_PAGE],
        "page": number,
        "pages": pages,
        "first": (number - 1) * PER_PAGE + 1,
        "noticed": len(rows),
        "wrong_lines": list(dict.fromkeys(wrong)) if desk.upload.correctable else [],
    }


def changes(state: State) -> list[tuple[str, dict[str, int]]]:
    """Return by table what is added, updated, removed and stays, under the name people read."""
    found = state.outcome.changes if state.outcome else {}
    order = ("service", "location", "organization")
    tables = [table for table in order if table in found] + [table for table in found if table not in order]
    return [
        (
            _("Services") if table == "service" else sheet_name(table),
            {kind: found[table].get(kind, 0) for kind in _KINDS_OF_CHANGE},
        )
        for table in tables
    ]


def remarks(state: State) -> list[str]:
    """Return what else is to be told of the whole."""
    told = []
    for remark in state.outcome.remarks if state.outcome else ():
        if found := _FOREIGN.fullmatch(remark):
            words = _("%(number)s rows belong to another source (%(source)s) and stay as they are.")
            told.append(words % found.groupdict())
        elif not remark.startswith("Dry run"):
            told.append(remark)
    return told


def as_csv(rows: Sequence[Noticed]) -> str:
    """Return one line for each thing that was noticed on a row."""
    lines = ["\ufeff", csv.line([_("Line"), _("File"), _("What became of it"), _("Why"), _("Value")])]
    for row in rows:
        for reason, detail in row.notes:
            lines.append(
                csv.line([row.line, row.file, _(OUTCOMES[row.outcome]), reason_words(reason), detail])
            )
    return "".join(lines)
