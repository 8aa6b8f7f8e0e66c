"""What is done with uploads after the request: trying them out, importing them, throwing away what is a day old."""

from functools import partial
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.audit import audit
from accounts.models import AuditEntry
from core.database import Database
from core.jobs import Payload, batch_job, every, resources
from directory.intake.desk import Desk, Outcome, Upload, Version, desk_of, forget_old, write
from directory.intake.trying import go_through

TRY, IMPORT = "listings.try_import", "listings.import"
DONE = "listing.imported"


class _Twice(Exception):
    """The upload was imported meanwhile."""


@batch_job(TRY, size=1, attempts=3, alone=False)
async def try_out(_database: Database, payloads: list[Payload]) -> None:
    """Leave beside a version what would come of it."""
    settings = resources().settings
    for payload in payloads:
        desk = desk_of(settings, UUID(payload["import_id"]))
        version = desk.version() if desk else None
        if desk is None or version is None or version.number != payload["version"]:
            continue  # thrown away, or changed again: that version is tried by its own job
        outcome, noticed = await go_through(settings, desk, version)
        desk.write(version.number, "rows.json", noticed)
        desk.write(version.number, "outcome.json", outcome)


@batch_job(IMPORT, size=1, attempts=5)
async def import_upload(database: Database, payloads: list[Payload]) -> None:
    """Import a version, once: whoever was killed in the middle left nothing, and whoever was killed at the end all."""
    for payload in payloads:
        desk = desk_of(resources().settings, UUID(payload["import_id"]))
        version = desk.version() if desk else None
        if desk is not None and version is not None and version.number == payload["version"]:
            await _import(database, desk, version)


async def _import(database: Database, desk: Desk, version: Version) -> None:
    upload = desk.upload
    async with database.transaction(write=False) as db:
        done = await is_imported(db, upload)
    if not done:
        try:
            outcome, _noticed = await go_through(resources().settings, desk, version, partial(_finish, desk))
        except _Twice:  # another worker took over a lease that had run out, and was first
            outcome = Outcome()
        if outcome.refused:
            write(desk.folder / "result.json", outcome)
            return
    desk.forget_file()


async def _finish(desk: Desk, db: AsyncSession, outcome: Outcome) -> None:
    """Note in the transaction of an import that it is done, and what came of it."""
    upload = desk.upload
    if await is_imported(db, upload):
        raise _Twice
    services = outcome.changes.get("service", {})
    await audit(
        db,
        None,
        action=DONE,
        subject_type="import",
        subject_id=upload.id,
        organization_id=upload.organization_id,
        user=upload.user_id,
        added=services.get("added", 0),
        updated=services.get("updated", 0),
        refused=outcome.rows.get("refused", 0),
    )
    # Before the commit, not after it: when it is in the directory, it is known what came of it.
    write(desk.folder / "result.json", outcome)


async def is_imported(db: AsyncSession, upload: Upload) -> bool:
    """Tell whether an upload has become listings: the audit trail says so in the same transaction."""
    said = select(func.count()).where(
        AuditEntry.organization_id == upload.organization_id,
        AuditEntry.action == DONE,
        AuditEntry.subject_id == upload.id,
    )
    return bool(await db.scalar(said))


@every(3600.0, "listings.forget_imports")
async def forget_imports(_db: AsyncSession, _payload: Payload) -> None:
    """Delete uploads that are a day old."""
    forget_old(resources().settings)
