"""Opens what is to be imported: a folder, a zip archive or one file, and trusts none of it.

Nothing is unpacked to disk: entries of an archive are read as streams, after their names, number, sizes and
compression have been looked at.
"""

import stat
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO

import msgspec

from directory.importing.errors import ImportRefused

MAX_ENTRIES = 1_000
MAX_BYTES = 4 * 1024**3
MAX_RATIO = 250
_SMALL = 1024**2
_TABLES = (".csv", ".tsv", ".txt", ".ndjson", ".jsonl")


class File(msgspec.Struct, frozen=True):
    """One file to read: `name` as people know it, `size` in bytes, `open` gives a new stream of its bytes.

    `changed` differs when the file does, as far as one can tell without reading it.
    """

    name: str
    size: int
    open: Callable[[], IO[bytes]]
    changed: str = ""

    @property
    def stem(self) -> str:
        """The name without folder and ending, in lower case."""
        return PurePosixPath(self.name).stem.lower()

    @property
    def suffix(self) -> str:
        """The ending of the name with its dot, in lower case."""
        return PurePosixPath(self.name).suffix.lower()


class Package(msgspec.Struct, frozen=True):
    """What a path holds: its name, its table files, and its datapackage.json when it has one.

    `single` tells that the path was one file, not a folder or an archive.
    """

    name: str
    files: tuple[File, ...]
    descriptor: File | None = None
    single: bool = False


@contextmanager
def open_package(path: Path) -> Iterator[Package]:
    """Open a folder, a zip archive or one file; raise `ImportRefused` with the reason if it cannot be trusted."""
    if path.is_dir():
        yield _package(path.resolve().name, list(_in_folder(path)))
        return
    if not path.is_file():
        raise ImportRefused(f"{path} does not exist.")
    if path.stat().st_size == 0:
        raise ImportRefused(f"{path.name} is empty.")
    with path.open("rb") as stream:
        beginning = stream.read(4)
    if beginning.startswith(b"PK") or path.suffix.lower() == ".zip":
        with _opened_zip(path) as archive:
            yield _package(path.stem, list(_in_archive(path.name, archive)))
    else:
        yield Package(path.stem, (_on_disk(path.name, path),), single=True)


def _package(name: str, files: list[File]) -> Package:
    descriptors = [file for file in files if PurePosixPath(file.name).name == "datapackage.json"]
    if len(descriptors) > 1:
        raise ImportRefused(f"{name} holds {len(descriptors)} data packages; import them one by one.")
    tables = tuple(file for file in files if file.suffix in _TABLES)
    if not tables:  # packages of tables hold JSON files that describe them
        tables = tuple(file for file in files if file.suffix == ".json" and file not in descriptors)
    if not tables:
        raise ImportRefused(f"{name} holds no CSV, JSON or NDJSON file.")
    return Package(name, tables, descriptors[0] if descriptors else None)


def _in_folder(folder: Path) -> Iterator[File]:
    for path in sorted(folder.iterdir()) + sorted(folder.glob("data/*")):
        if path.is_file() and not path.name.startswith("."):
            yield _on_disk(path.relative_to(folder).as_posix(), path)


def _on_disk(name: str, path: Path) -> File:
    found = path.stat()
    return File(name, found.st_size, lambda: path.open("rb"), f"{path.resolve()} {found.st_mtime_ns}")


@contextmanager
def _opened_zip(path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise ImportRefused(
            f"{path.name} is not a whole zip archive: it may have been cut off or damaged."
        ) from error
    except (NotImplementedError, RuntimeError) as error:
        if "encrypted" not in str(error) and "compression" not in str(error):
            raise
        raise ImportRefused(f"{path.name} is encrypted or packed in a way that cannot be read.") from error


def _in_archive(archive_name: str, archive: zipfile.ZipFile) -> Iterator[File]:
    entries = archive.infolist()
    if len(entries) > MAX_ENTRIES:
        raise ImportRefused(
            f"{archive_name} holds {len(entries)} entries; more than {MAX_ENTRIES} are not read."
        )
    for entry in entries:
        _check_entry(archive_name, entry)
    if sum(entry.file_size for entry in entries) > MAX_BYTES:
        raise ImportRefused(f"{archive_name} would unpack to more than {MAX_BYTES // 1024**3} GB.")
    for entry in entries:
        path = PurePosixPath(entry.filename)
        if entry.is_dir() or path.name.startswith(".") or "__MACOSX" in path.parts:
            continue
        opened = partial(archive.open, entry)
        yield File(entry.filename, entry.file_size, opened, f"{entry.date_time} {entry.CRC}")


def _check_entry(archive_name: str, entry: zipfile.ZipInfo) -> None:
    """Refuse entries that point out of the archive, are links, or grow beyond reason when unpacked."""
    name = entry.orig_filename.replace("\\", "/")
    parts = name.split("/")
    shown = ascii(name[:80])
    if name.startswith("/") or ".." in parts or ":" in parts[0] or "\0" in name:
        raise ImportRefused(f"{archive_name} holds an entry that points outside the archive: {shown}.")
    if stat.S_ISLNK(entry.external_attr >> 16):
        raise ImportRefused(f"{archive_name} holds a link, which is not followed: {shown}.")
    if entry.flag_bits & 1:
        raise ImportRefused(f"{archive_name} is encrypted: {shown}.")
    if entry.file_size > _SMALL and entry.file_size > MAX_RATIO * max(entry.compress_size, 1):
        raise ImportRefused(f"{archive_name} holds an entry that unpacks to far more than it says: {shown}.")
