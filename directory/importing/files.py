"""Opens what is to be imported: a folder, a zip archive, a workbook or one file, and trusts none of it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO
from zipfile import ZipFile

import msgspec

from directory.importing.archives import ARCHIVES, entries_of, open_entry, opened_archive
from directory.importing.errors import ImportRefused
from directory.importing.workbooks import WORKBOOK, Cells, opened_sheets

_TABLES = (".csv", ".tsv", ".txt", ".ndjson", ".jsonl")
_WORKBOOKS = (".xlsx", ".xlsm")
_OTHER_WORKBOOKS = (".xls", ".xlsb", ".ods", ".numbers")
_OLD_OFFICE = b"\xd0\xcf\x11\xe0"
"""How old workbooks begin, and new ones under a password."""


class File(msgspec.Struct, frozen=True):
    """One file to read: `name` as people know it, `size` in bytes, `open` gives a new stream of its bytes.

    `changed` differs when the file does, as far as one can tell without reading it. A sheet of a workbook has a
    `title` of its own, and `cells` that give its rows instead of bytes.
    """

    name: str
    size: int
    open: Callable[[], IO[bytes]]
    changed: str = ""
    title: str = ""
    cells: Callable[[], Iterator[Cells]] | None = None

    @property
    def stem(self) -> str:
        """The name without folder and ending, or the title of a sheet, in lower case."""
        return (self.title or PurePosixPath(self.name).stem).lower()

    @property
    def suffix(self) -> str:
        """The ending of the name with its dot, in lower case; a sheet has none."""
        return "" if self.cells else PurePosixPath(self.name).suffix.lower()


class Package(msgspec.Struct, frozen=True):
    """What a path holds: its name, its table files, and its datapackage.json when it has one.

    `single` tells that the path was one table, not a folder, an archive or a workbook of several sheets; `remarks` what
    was left out.
    """

    name: str
    files: tuple[File, ...]
    descriptor: File | None = None
    single: bool = False
    remarks: tuple[str, ...] = ()


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
        beginning = stream.read(8)
    if path.suffix.lower() in _OTHER_WORKBOOKS or beginning.startswith(_OLD_OFFICE):
        raise ImportRefused(
            f"{path.name} is a workbook of an old, locked or other kind; save it as .xlsx, or its sheet as CSV."
        )
    if beginning.startswith(b"PK") or path.suffix.lower() == ".zip":
        with opened_archive(path) as archive:
            if WORKBOOK in archive.NameToInfo:
                entries_of(path.name, archive)
                with opened_sheets(path, archive) as (sheets, remarks):
                    yield _workbook(path, sheets, remarks)
            else:
                yield _package(path.stem, list(_in_archive(path.name, archive)))
    elif path.suffix.lower() in _WORKBOOKS:
        raise ImportRefused(f"{path.name} is no workbook, or not a whole one.")
    else:
        yield Package(path.stem, (_on_disk(path.name, path),), single=True)


def _package(name: str, files: list[File]) -> Package:
    descriptors = [file for file in files if PurePosixPath(file.name).name == "datapackage.json"]
    if len(descriptors) > 1:
        raise ImportRefused(f"{name} holds {len(descriptors)} data packages; import them one by one.")
    tables = tuple(file for file in files if file.suffix in _TABLES)
    if not tables:  # packages of tables hold JSON files that describe them
        tables = tuple(file for file in files if file.suffix == ".json" and file not in descriptors)
    inner = [file.name for file in files if file.suffix in ARCHIVES]
    workbooks = [file.name for file in files if file.suffix in _WORKBOOKS + _OTHER_WORKBOOKS]
    if not tables and inner:
        raise ImportRefused(
            f"{name} holds an archive in an archive, which is not opened: {ascii(inner[0][:80])}."
        )
    if not tables and workbooks:
        raise ImportRefused(f"{name} holds a workbook, to be imported by itself: {ascii(workbooks[0][:80])}.")
    if not tables:
        raise ImportRefused(f"{name} holds no CSV, JSON or NDJSON file.")
    remarks = tuple(f"{ascii(other)[1:-1]} was left out: it is no table." for other in inner + workbooks)
    return Package(name, tables, descriptors[0] if descriptors else None, remarks=remarks)


def _workbook(
    path: Path, sheets: list[tuple[str, int, Callable[[], Iterator[Cells]]]], remarks: list[str]
) -> Package:
    files = tuple(
        File(f"{path.name} [{title}]", size, lambda: path.open("rb"), "", title, cells)
        for title, size, cells in sheets
    )
    return Package(path.stem, files, single=len(files) == 1, remarks=tuple(remarks))


def _in_folder(folder: Path) -> Iterator[File]:
    for path in sorted(folder.iterdir()) + sorted(folder.glob("data/*")):
        if path.name.startswith("."):
            continue
        name = path.relative_to(folder).as_posix()
        if path.is_symlink():
            raise ImportRefused(f"{folder.name} holds a link, which is not followed: {ascii(name[:80])}.")
        if path.is_file():
            yield _on_disk(name, path)


def _on_disk(name: str, path: Path) -> File:
    found = path.stat()
    return File(name, found.st_size, lambda: path.open("rb"), f"{path.resolve()} {found.st_mtime_ns}")


def _in_archive(archive_name: str, archive: ZipFile) -> Iterator[File]:
    for entry in entries_of(archive_name, archive):
        opened = partial(open_entry, archive_name, archive, entry)
        yield File(entry.filename, entry.file_size, opened, f"{entry.date_time} {entry.CRC}")
