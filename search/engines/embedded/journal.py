"""The edits since the last rebuild, in order, beside the index that they went into.

Why not keep the columns in tantivy itself: reading every stored document at each opening is ten times slower than
one file of columns. So the columns are written once, by a rebuild, and each later batch is appended here *before*
it is committed to tantivy; the commit carries a cursor document with the length of the journal. After a kill at
any instant the cursor tells how much of the journal is true. What lies behind it never happened, and the next
writer cuts it off.
"""

from __future__ import annotations

import os
import struct
import zlib
from pathlib import Path

import msgspec

from search.engines import Document

_HEADER = struct.Struct("<QI")


class Edit(msgspec.Struct, frozen=True):
    """One batch: every document of these services goes, these documents come."""

    service_ids: list[str]
    documents: list[Document]


class JournalDamaged(Exception):
    """The journal cannot be read as far as the index says it reaches."""


def append_edit(path: Path, size: int, edit: Edit) -> int:
    """Cut the journal to `size` bytes, add an edit, wait until it is on the disk; returns the new size."""
    payload = msgspec.msgpack.encode(edit)
    with path.open("r+b") as file:
        file.truncate(size)
        file.seek(size)
        file.write(_HEADER.pack(len(payload), zlib.crc32(payload)))
        file.write(payload)
        file.flush()
        os.fsync(file.fileno())
        return file.tell()


def read_edits(path: Path, start: int, end: int) -> list[Edit]:
    """The edits between two sizes of the journal. Raises `JournalDamaged`."""
    with path.open("rb") as file:
        file.seek(start)
        content = file.read(end - start)
    if len(content) != end - start:
        raise JournalDamaged(f"{path} is shorter than its index says")
    edits = []
    at = 0
    while at < len(content):
        if at + _HEADER.size > len(content):
            raise JournalDamaged(f"{path} breaks off at {start + at}")
        length, checksum = _HEADER.unpack_from(content, at)
        payload = content[at + _HEADER.size : at + _HEADER.size + length]
        if zlib.crc32(payload) != checksum:
            raise JournalDamaged(f"{path} is damaged at {start + at}")
        edits.append(msgspec.msgpack.decode(payload, type=Edit))
        at += _HEADER.size + length
    return edits
