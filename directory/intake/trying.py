"""Reads a version of an upload through the importer, without writing anything or for good."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.database import Database
from core.settings import Settings
from directory.importing import ImportOptions, ImportRefused, import_directory
from directory.importing.ids import as_uuid
from directory.importing.records import Record
from directory.importing.report import OUTCOMES, Report
from directory.importing.run import Hooks
from directory.importing.stage import Stage
from directory.intake.desk import Desk, Outcome, Progress, Version
from directory.intake.mapping import as_toml
from directory.intake.owner import Owner, without_origin
from directory.models import Organization

MOST_TOLD = 20_000
"""Rows of which it is told what was noticed; of more than that many only the sums are."""

MOST_NAMED = 200
"""Listings that a page about the import links to."""

_ORDER = {"refused": 0, "repaired": 1, "merged": 2}
_STEP_S = 0.5


class Noticed(msgspec.Struct, frozen=True):
    """A row that was not simply taken: what became of it, and each reason with what it is about."""

    file: str
    line: int
    table: str
    outcome: str
    notes: tuple[tuple[str, str], ...]


Finish = Callable[[AsyncSession, Outcome], Awaitable[None]]


async def go_through(
    settings: Settings, desk: Desk, version: Version, finish: Finish | None = None
) -> tuple[Outcome, list[Noticed]]:
    """Read a version of an upload and return what comes of it, the worst rows first.

    Nothing is written to the directory, unless `finish` is given: then all of it is, in one transaction, at the end of
    which `finish` is called. The work is done in a thread of its own, so that nobody's page waits for it.
    """
    return await asyncio.to_thread(lambda: asyncio.run(_go_through(settings, desk, version, finish)))


async def _go_through(
    settings: Settings, desk: Desk, version: Version, finish: Finish | None
) -> tuple[Outcome, list[Noticed]]:
    database = Database(settings.database_url, pool_size=2)
    noticed: list[Noticed] = []
    try:
        options = ImportOptions(
            source=desk.upload.source,
            mapping=_mapping(desk, version),
            dry_run=finish is None,
            cells=version.cells,
            closed=True,
        )
        hooks = Hooks(turn=await _turn(database, desk), hear=lambda *told: _notice(noticed, *told))
        if finish is not None:
            hooks.finish = lambda db, stage: finish(db, _outcome(stage.report, noticed, stage))
        report = await import_directory(database, desk.path, options, _teller(desk, version), hooks)
        outcome = _outcome(report, noticed)
    except ImportRefused as refused:
        outcome = Outcome(refused=str(refused), noticed=len(noticed))
    finally:
        await database.dispose()
    return outcome, sorted(noticed, key=lambda one: (_ORDER[one.outcome], one.file, one.line))


def _mapping(desk: Desk, version: Version) -> Path | None:
    """Write the mapping of a table beside its version."""
    if desk.upload.kind == "package":
        return None
    path = desk.folder / f"v{version.number}" / "mapping.toml"
    organization = desk.upload.organization_name if desk.upload.own else ""
    path.write_text(as_toml(desk.upload.source, version.fields, organization=organization), encoding="utf-8")
    path.chmod(0o600)
    return path


async def _turn(database: Database, desk: Desk) -> Callable[[Record], Record]:
    """Return what each record goes through: those of an organization become its own."""
    if not desk.upload.own:
        return without_origin
    async with database.transaction(write=False) as db:
        found = select(Organization.source).where(Organization.id == desk.upload.organization_id)
        listed = (await db.execute(found)).first()
    by_others = listed is not None and listed[0] != desk.upload.source
    return Owner(desk.upload.organization_id, desk.upload.organization_name, listed=by_others)


def _notice(noticed: list[Noticed], record: Record, outcome: str, notes: list[Any]) -> None:
    if outcome != "taken" and len(noticed) < MOST_TOLD:
        told = tuple((note.reason, note.detail) for note in notes)
        noticed.append(Noticed(record.file, record.line, record.table, outcome, told))


def _outcome(report: Report, noticed: list[Noticed], stage: Stage | None = None) -> Outcome:
    changed = stage.changed["service"].after(b"", MOST_NAMED) if stage else []
    return Outcome(
        rows={outcome: report.total(outcome) for outcome in OUTCOMES},
        changes={table: dict(counter) for table, counter in report.changes.items() if counter},
        remarks=tuple(report.remarks),
        noticed=len(noticed),
        services=tuple(str(as_uuid(identity)) for identity in changed),
    )


def _teller(desk: Desk, version: Version) -> Callable[[str, int, int], None]:
    """Return what writes down how far the work is, twice a second at most."""
    done: dict[str, int] = {}
    told = 0.0

    def tell(doing: str, more: int, total: int) -> None:
        nonlocal told
        done[doing] = done.get(doing, 0) + more
        if time.monotonic() - told > _STEP_S:
            told = time.monotonic()
            desk.write(
                version.number, "progress.json", Progress(doing, min(99, 100 * done[doing] // max(total, 1)))
            )

    return tell
