"""The folder of one upload: what was brought, each version of how it is to be read, and what came of each.

A version is never changed: whoever changes something makes the next one, and only one of two people who do so at the
same time can. What was tried out is therefore what is imported.
"""

import os
import re
import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal, TypeVar
from uuid import UUID

import msgspec

from accounts.rules import Actor
from core import clock
from core.database import new_id
from core.errors import NotVisible, Stale
from core.i18n import gettext as _
from core.settings import Settings

KEPT_FOR = timedelta(days=1)
MAX_BYTES = 10_000_000
"""What may be uploaded; more is for the command."""

_VERSION = re.compile(r"v(\d+)")
S = TypeVar("S")


class Column(msgspec.Struct, frozen=True):
    """A column of the table: its name, and the first texts that stand in it."""

    name: str
    texts: tuple[str, ...] = ()


class Guessed(msgspec.Struct, frozen=True):
    """What was drafted for one field: the columns, how sure that is (0 to 1), and why."""

    columns: tuple[str, ...]
    confidence: float
    why: str


class Upload(msgspec.Struct, frozen=True, kw_only=True):
    """What was brought: by whom, for whom, and what it is.

    A `package` says itself what its columns are. `own` means that all of it becomes listings of the organization.
    """

    id: UUID
    organization_id: UUID
    organization_name: str
    user_id: UUID
    source: str
    own: bool
    at: datetime
    called: str
    """What the person calls the file."""
    file: str
    """What it is called here, by what it holds."""
    kind: Literal["table", "package"]
    columns: tuple[Column, ...] = ()
    guesses: dict[str, Guessed] = {}
    ignored: tuple[str, ...] = ()
    """Columns that name organizations, where only the person's own one counts."""
    correctable: bool = False
    """Whether it is small enough for its rows to be put right here."""


class Version(msgspec.Struct, frozen=True):
    """One way to read it: by field the columns that hold it, by line the cells that were put right."""

    number: int
    fields: dict[str, list[str]] = {}
    cells: dict[int, dict[str, str]] = {}


class Progress(msgspec.Struct, frozen=True):
    """How far a job is: what it does, and how much of it, from 0 to 100."""

    doing: str = ""
    percent: int = 0


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a trial or an import: rows of the file by outcome, rows of the directory by table and change.

    `refused` says why the file as a whole could not be read. `services` are ids of listings that are new or changed.
    """

    rows: dict[str, int] = {}
    changes: dict[str, dict[str, int]] = {}
    remarks: tuple[str, ...] = ()
    refused: str = ""
    noticed: int = 0
    services: tuple[str, ...] = ()


class Desk:
    """One upload and its folder."""

    def __init__(self, folder: Path, upload: Upload) -> None:
        self.folder = folder
        self.upload = upload

    @property
    def path(self) -> Path:
        """The file as it was uploaded."""
        return self.folder / self.upload.file

    def version(self) -> Version | None:
        """Return the newest version, or None while nobody has said which column holds what."""
        numbers = [int(found[1]) for one in self.folder.iterdir() if (found := _VERSION.fullmatch(one.name))]
        return self.read(max(numbers), "version.json", Version) if numbers else None

    def add_version(
        self, after: int, fields: dict[str, list[str]], cells: dict[int, dict[str, str]]
    ) -> Version:
        """Make the version that follows number `after`; raises `Stale` when somebody else has made it."""
        made = Version(after + 1, fields, cells)
        # Made aside and renamed: there is no version that is not whole, and a second one of this number cannot be.
        aside = self.folder / f".{new_id()}"
        aside.mkdir(mode=0o700)
        write(aside / "version.json", made)
        try:
            aside.rename(self.folder / f"v{made.number}")
        except OSError:
            shutil.rmtree(aside)
            raise Stale(_("Somebody else has changed this import meanwhile. Look at it again.")) from None
        return made

    def read(self, number: int, name: str, kind: type[S]) -> S | None:
        """Return what a job or a person has left with a version, or None when it is not there."""
        return read(self.folder / f"v{number}" / name, kind)

    def write(self, number: int, name: str, value: Any) -> None:
        """Leave something with a version."""
        write(self.folder / f"v{number}" / name, value)

    def result(self) -> Outcome | None:
        """Return what the import has left, or None before that."""
        return read(self.folder / "result.json", Outcome)

    def forget_file(self) -> None:
        """Delete what was uploaded, and every row that was looked at: it is in the directory now."""
        self.path.unlink(missing_ok=True)
        for one in self.folder.glob("v*/rows.json"):
            one.unlink(missing_ok=True)

    def drop(self) -> None:
        """Throw the whole away."""
        shutil.rmtree(self.folder, ignore_errors=True)


def folder_of(settings: Settings) -> Path:
    """Return the folder of all uploads; nobody but the program reads it."""
    folder = settings.data_dir / "imports"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def new_folder(settings: Settings, upload_id: UUID) -> Path:
    """Make the folder of a new upload."""
    folder = folder_of(settings) / str(upload_id)
    folder.mkdir(mode=0o700)
    return folder


def desk(settings: Settings, actor: Actor, upload_id: UUID) -> Desk:
    """Return an upload of the actor's organization; raises `NotVisible` for any other, and for one that is gone."""
    found = desk_of(settings, upload_id)
    if found is None or found.upload.organization_id != actor.organization_id:
        raise NotVisible("import", upload_id)
    # Who was an administrator when they brought it may have another role now.
    if actor.role == "provider" and not found.upload.own:
        raise NotVisible("import", upload_id)
    return found


def desk_of(settings: Settings, upload_id: UUID) -> Desk | None:
    """Return an upload for a job, or None when it is gone."""
    folder = folder_of(settings) / str(upload_id)
    upload = read(folder / "upload.json", Upload)
    return Desk(folder, upload) if upload and upload.at > clock.now() - KEPT_FOR else None


def desks(settings: Settings, actor: Actor) -> list[Desk]:
    """Return what the actor's organization has under way, the newest first."""
    found = [desk_of(settings, upload_id) for upload_id in _ids(settings)]
    mine = [one for one in found if one and one.upload.organization_id == actor.organization_id]
    mine = [one for one in mine if one.upload.own or actor.role != "provider"]
    return sorted(mine, key=lambda one: one.upload.at, reverse=True)


def forget_old(settings: Settings) -> int:
    """Delete uploads that are a day old, whole or not, and return how many there were."""
    before, gone = clock.now() - KEPT_FOR, 0
    for one in list(folder_of(settings).iterdir()):
        upload = read(one / "upload.json", Upload)
        if upload.at < before if upload else one.stat().st_mtime < before.timestamp():
            shutil.rmtree(one, ignore_errors=True)
            gone += 1
    return gone


def _ids(settings: Settings) -> Iterator[UUID]:
    for one in folder_of(settings).iterdir():
        try:
            yield UUID(one.name)
        except ValueError:
            continue


def read(path: Path, kind: type[S]) -> S | None:
    """Return what a JSON file holds, or None when it is not there."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except FileNotFoundError:
        return None


def write(path: Path, value: Any) -> None:
    """Write a JSON file for the program alone; whoever reads it sees the old one or the new one, never a part."""
    aside = path.with_name(f".{new_id()}")
    with open(aside, "xb", opener=lambda name, flags: os.open(name, flags, 0o600)) as stream:
        stream.write(msgspec.json.encode(value))
    aside.replace(path)
