"""Opens zip archives without trusting them: what they say about themselves is checked, and what they give is counted.

Nothing is unpacked to disk. Entries are read as streams, and a stream that gives more than its entry said ends the
import: sizes in an archive are only what its maker wrote there.
"""

import io
import stat
import struct
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, Any

from directory.importing.errors import ImportRefused

MAX_ENTRIES = 1_000
MAX_BYTES = 4 * 1024**3
MAX_RATIO = 250
_SMALL = 1024**2
_MAX_INDEX = 1024**2
"""In bytes: the list of entries, with room for names of a thousand of them."""

_END = b"PK\x05\x06"
_END_LOCATOR_64 = b"PK\x06\x07"
_END_64 = b"PK\x06\x06"
_LOCAL_HEADER = 30

ARCHIVES = (".zip", ".gz", ".bz2", ".xz", ".7z", ".rar", ".tar", ".tgz")


@contextmanager
def opened_archive(path: Path) -> Iterator[zipfile.ZipFile]:
    """Open a zip archive after a look at how long its list of entries is; refuse one that is damaged or encrypted."""
    _check_index(path)
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except (zipfile.BadZipFile, zlib.error, EOFError, struct.error) as error:
        raise ImportRefused(
            f"{path.name} is not a whole zip archive: it may have been cut off or damaged."
        ) from error
    except (NotImplementedError, RuntimeError) as error:
        if "encrypted" not in str(error) and "compression" not in str(error):
            raise
        raise ImportRefused(f"{path.name} is encrypted or packed in a way that cannot be read.") from error


def entries_of(archive_name: str, archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    """Return the files in an archive, all of it checked; folders and what systems add of their own are left out."""
    entries = archive.infolist()
    if len(entries) > MAX_ENTRIES:
        raise ImportRefused(
            f"{archive_name} holds {len(entries)} entries; more than {MAX_ENTRIES} are not read."
        )
    for entry in entries:
        _check_entry(archive_name, entry)
    _check_together(archive_name, entries)
    return [
        entry
        for entry in entries
        if not (
            entry.is_dir()
            or PurePosixPath(entry.filename).name.startswith(".")
            or "__MACOSX" in PurePosixPath(entry.filename).parts
        )
    ]


def open_entry(archive_name: str, archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> IO[bytes]:
    """Return a stream of an entry that refuses to give more than the entry says it holds."""
    return io.BufferedReader(_Counted(archive_name, entry, archive.open(entry)), 1024**2)


class _Counted(io.RawIOBase):
    def __init__(self, archive_name: str, entry: zipfile.ZipInfo, stream: IO[bytes]) -> None:
        self._archive_name = archive_name
        self._entry = entry
        self._stream = stream
        self._left = min(entry.file_size, MAX_BYTES)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._stream.read(len(buffer))
        self._left -= len(data)
        if self._left < 0:
            raise _grows(self._archive_name, self._entry)
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self._stream.close()
        super().close()


def _check_index(path: Path) -> None:
    """Refuse an archive whose list of entries is too long to be read at all.

    The list is read in one piece when the archive is opened, so its length has to be known before.
    """
    with path.open("rb") as stream:
        length = stream.seek(0, io.SEEK_END)
        start = max(0, length - 66_000)
        stream.seek(start)
        tail = stream.read(66_000)
        at = tail.rfind(_END)
        if at < 0 or len(tail) < at + 22:
            return  # no archive, which opening it tells
        number, size = struct.unpack_from("<HL", tail, at + 10)
        if at >= 20 and tail[at - 20 : at - 16] == _END_LOCATOR_64:
            (where,) = struct.unpack_from("<Q", tail, at - 12)
            # Readers look for the long form where it must stand, whatever its locator says.
            for place in {where, start + at - 20 - 56}:
                if not 0 <= place <= length - 56:
                    continue
                stream.seek(place)
                end = stream.read(56)
                if end.startswith(_END_64):
                    number, size = (
                        max(number, *struct.unpack_from("<Q", end, 32)),
                        max(size, *struct.unpack_from("<Q", end, 40)),
                    )
    if number > MAX_ENTRIES or size > _MAX_INDEX:
        raise ImportRefused(f"{path.name} holds {number} entries; more than {MAX_ENTRIES} are not read.")


def _check_entry(archive_name: str, entry: zipfile.ZipInfo) -> None:
    """Refuse entries that point out of the archive, are links, or grow beyond reason when unpacked."""
    name = entry.orig_filename.replace("\\", "/")
    parts = name.split("/")
    shown = _shown(entry)
    if name.startswith("/") or ".." in parts or ":" in parts[0] or "\0" in name:
        raise ImportRefused(f"{archive_name} holds an entry that points outside the archive: {shown}.")
    if stat.S_ISLNK(entry.external_attr >> 16):
        raise ImportRefused(f"{archive_name} holds a link, which is not followed: {shown}.")
    if entry.flag_bits & 1:
        raise ImportRefused(f"{archive_name} is encrypted: {shown}.")
    if entry.file_size > _SMALL and entry.file_size > MAX_RATIO * max(entry.compress_size, 1):
        raise _grows(archive_name, entry)


def _check_together(archive_name: str, entries: list[zipfile.ZipInfo]) -> None:
    """Refuse archives that are too large in all, name an entry twice, or pack the same bytes into several."""
    if sum(entry.file_size for entry in entries) > MAX_BYTES:
        raise ImportRefused(f"{archive_name} would unpack to more than {MAX_BYTES // 1024**3} GB.")
    names = Counter(entry.filename.replace("\\", "/").lower() for entry in entries)
    for entry in entries:
        if names[entry.filename.replace("\\", "/").lower()] > 1:
            raise ImportRefused(f"{archive_name} holds two entries of one name: {_shown(entry)}.")
    end = 0
    for entry in sorted(entries, key=lambda entry: entry.header_offset):
        if entry.header_offset < end:
            raise ImportRefused(f"{archive_name} holds entries that lie over each other: {_shown(entry)}.")
        end = entry.header_offset + _LOCAL_HEADER + entry.compress_size


def _grows(archive_name: str, entry: zipfile.ZipInfo) -> ImportRefused:
    return ImportRefused(
        f"{archive_name} holds an entry that unpacks to far more than it says: {_shown(entry)}."
    )


def _shown(entry: zipfile.ZipInfo) -> str:
    return ascii(entry.orig_filename[:80])
