"""What staff do with an upload: bring it, change how it is read, have it imported, throw it away."""

import asyncio
import shutil
from pathlib import Path, PurePosixPath
from typing import Any

from litestar.datastructures import UploadFile
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.audit import audit
from accounts.rules import Actor
from core import clock
from core.database import new_id
from core.errors import Stale, WrongState
from core.forms import FormErrors
from core.i18n import gettext as _
from core.jobs import enqueue
from core.settings import Settings
from directory.importing.errors import ImportRefused
from directory.intake.desk import MAX_BYTES, Desk, Outcome, Upload, desks, new_folder, write
from directory.intake.jobs import IMPORT, TRY
from directory.intake.looking import Looked, ending_for, look
from directory.intake.source import source_of
from directory.intake.telling import job_of
from directory.intake.words import refusal_words

MOST_UNDER_WAY = 10
"""Uploads that an organization may have at a time."""


async def bring(db: AsyncSession, actor: Actor, settings: Settings, file: Any) -> Desk:
    """Take an uploaded file and look at it; raises `FormErrors` with what is wrong with it."""
    if not isinstance(file, UploadFile) or not file.filename:
        raise FormErrors({"file": _("Choose the file with your table.")})
    if len(desks(settings, actor)) >= MOST_UNDER_WAY:
        raise FormErrors(
            {"file": _("Your organization has many tables here already. Throw one of them away first.")}
        )
    data = await file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise FormErrors(
            {"file": _("The file is too large: at most %(most)s MB.") % {"most": MAX_BYTES // 10**6}}
        )
    source, own = await source_of(db, actor), actor.role == "provider"
    upload_id = new_id()
    folder = new_folder(settings, upload_id)
    try:
        name, looked = await asyncio.to_thread(_put_down, folder, data, own)
    except ImportRefused as refused:
        shutil.rmtree(folder)
        raise FormErrors({"file": refusal_words(str(refused))}) from None
    except BaseException:
        shutil.rmtree(folder)
        raise
    upload = Upload(
        id=upload_id,
        organization_id=actor.organization_id,
        organization_name=actor.organization_name,
        user_id=actor.user_id,
        source=source,
        own=own,
        at=clock.now(),
        called=_called(file.filename),
        file=name,
        kind=looked.kind,
        columns=looked.columns,
        guesses=looked.guesses,
        ignored=looked.ignored,
        correctable=looked.correctable,
    )
    write(folder / "upload.json", upload)
    brought = Desk(folder, upload)
    if upload.kind == "package":
        await change(db, brought, 0)
    return brought


def _put_down(folder: Path, data: bytes, own: bool) -> tuple[str, Looked]:
    aside = folder / "table"
    aside.touch(mode=0o600)
    aside.write_bytes(data)
    path = aside.rename(aside.with_suffix(ending_for(aside)))
    return path.name, look(path, own=own)


def _called(filename: str) -> str:
    """Return a file's name as it is shown: without folders, and with nothing that is not printed."""
    name = PurePosixPath(filename.replace("\\", "/")).name
    return "".join(character for character in name if character.isprintable())[:100] or "upload"


async def change(
    db: AsyncSession,
    desk: Desk,
    seen: int,
    *,
    fields: dict[str, list[str]] | None = None,
    cells: dict[int, dict[str, str]] | None = None,
) -> None:
    """Change which columns hold what or what stands in cells, and have it tried out.

    `seen` is the number of the version that the person looked at. Raises `Stale` when there is a newer one, and
    `WrongState` when the import has begun.
    """
    await _still_open(db, desk)
    before = desk.version()
    if before and before.number != seen:
        raise Stale(_("Somebody else has changed this import meanwhile. Look at it again."))
    fields = fields if fields is not None or before is None else before.fields
    cells = cells if cells is not None or before is None else before.cells
    made = desk.add_version(seen, fields or {}, cells or {})
    payload = {"import_id": str(desk.upload.id), "version": made.number}
    await enqueue(db, TRY, payload, key=f"{desk.upload.id} {made.number}")


async def ask_to_import(db: AsyncSession, actor: Actor, desk: Desk, seen: int) -> None:
    """Have the version that was looked at imported; a second time nothing happens.

    Raises `Stale` when there is a newer version, and `WrongState` when this one was not tried out or cannot be imported.
    """
    job = await job_of(db, IMPORT, str(desk.upload.id))
    if desk.result() or (job and job.died_at is None):
        return
    version = desk.version()
    if version is None or version.number != seen:
        raise Stale(_("Somebody else has changed this import meanwhile. Look at it again."))
    outcome = desk.read(seen, "outcome.json", Outcome)
    if outcome is None or outcome.refused:
        raise WrongState(_("This table cannot be imported as it is."))
    payload = {"import_id": str(desk.upload.id), "version": seen}
    await enqueue(db, IMPORT, payload, key=str(desk.upload.id))
    await audit(
        db, actor, action="listing.import", subject_type="import", subject_id=desk.upload.id, version=seen
    )


async def drop(db: AsyncSession, desk: Desk) -> None:
    """Throw an upload away; raises `WrongState` while it is imported."""
    job = await job_of(db, IMPORT, str(desk.upload.id))
    if job and job.died_at is None:
        raise WrongState(_("This table is being imported."))
    desk.drop()


async def _still_open(db: AsyncSession, desk: Desk) -> None:
    job = await job_of(db, IMPORT, str(desk.upload.id))
    if desk.result() or (job and job.died_at is None):
        raise WrongState(_("This table is imported already, or is being imported."))
