"""The documents that a pull has read so far: in a file, so that a killed one goes on where it was.

A document that is read again, because it changed meanwhile or pages shifted, takes the place of what it said before.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Literal

Kind = Literal["service", "organization", "taxonomy", "taxonomy_term"]

_SUFFIXES = ("", "-wal", "-shm", "-journal")


class InUse(Exception):
    """Another process is at this pull."""


class Taken:
    """Documents by kind and id, ids that were named, and notes of how far reading is. For one process at a time."""

    def __init__(self, path: Path) -> None:
        """Open the file at `path`, made when there is none; raises `InUse`."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(str(path), isolation_level=None, check_same_thread=False, timeout=0)
        try:
            for statement in (
                "PRAGMA locking_mode=EXCLUSIVE",
                "PRAGMA journal_mode=WAL",
                "BEGIN IMMEDIATE",
                "CREATE TABLE IF NOT EXISTS document (place INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT, id TEXT, "
                "body BLOB, UNIQUE (kind, id))",
                "CREATE TABLE IF NOT EXISTS named (kind TEXT, id TEXT, PRIMARY KEY (kind, id)) WITHOUT ROWID",
                "CREATE TABLE IF NOT EXISTS mark (name TEXT PRIMARY KEY, value TEXT)",
            ):
                self._db.execute(statement)
        except sqlite3.OperationalError as error:
            self._db.close()
            if "locked" not in str(error):
                raise
            raise InUse("Another process is reading from this source just now.") from None

    def close(self) -> None:
        """Let go of the file; what was not kept is dropped."""
        self._db.close()

    def mark(self, name: str, default: str = "") -> str:
        """Return what was noted under a name."""
        row = self._db.execute("SELECT value FROM mark WHERE name = ?", (name,)).fetchone()
        return default if row is None else str(row[0])

    def note(self, **marks: str) -> None:
        """Note something, to be kept with the next `keep`."""
        for name, value in marks.items():
            self._db.execute("INSERT OR REPLACE INTO mark VALUES (?, ?)", (name, value))

    def keep(self, **marks: str) -> None:
        """Make what came so far durable, together with notes of how far that is."""
        self.note(**marks)
        self._db.execute("COMMIT")
        self._db.execute("BEGIN IMMEDIATE")

    def put(self, kind: Kind, key: str, body: bytes) -> None:
        """Take a document in, in place of the one of that id."""
        self._db.execute(
            "INSERT OR REPLACE INTO document (kind, id, body) VALUES (?, ?, ?)", (kind, key, body)
        )

    def drop(self, kind: Kind, key: str) -> None:
        """Forget the document of an id."""
        self._db.execute("DELETE FROM document WHERE kind = ? AND id = ?", (kind, key))

    def has(self, kind: Kind, key: str) -> bool:
        """Tell whether a document is here."""
        found = self._db.execute("SELECT 1 FROM document WHERE kind = ? AND id = ?", (kind, key))
        return found.fetchone() is not None

    def count(self, kind: Kind | None = None) -> int:
        """Return how many documents are here."""
        question, values = "SELECT count(*) FROM document", () if kind is None else (kind,)
        return int(self._db.execute(question + (" WHERE kind = ?" if kind else ""), values).fetchone()[0])

    def documents(self, after: int = 0, most: int = 200) -> list[tuple[int, Kind, bytes]]:
        """Return the next documents in the order they came, each with its place and kind."""
        question = "SELECT place, kind, body FROM document WHERE place > ? ORDER BY place LIMIT ?"
        return self._db.execute(question, (after, most)).fetchall()

    def keys(self, kind: Kind) -> Iterator[str]:
        """Yield the ids of the documents that are here, in order."""
        after = ""
        question = "SELECT id FROM document WHERE kind = ? AND id > ? ORDER BY id LIMIT 500"
        while some := [str(key) for (key,) in self._db.execute(question, (kind, after)).fetchall()]:
            yield from some
            after = some[-1]

    def name(self, kind: str, keys: Iterable[str]) -> None:
        """Remember ids."""
        self._db.executemany("INSERT OR IGNORE INTO named VALUES (?, ?)", ((kind, key) for key in keys))

    def unname(self, kind: str, key: str) -> None:
        """Forget an id."""
        self._db.execute("DELETE FROM named WHERE kind = ? AND id = ?", (kind, key))

    def is_named(self, kind: str, key: str) -> bool:
        """Tell whether an id is remembered."""
        found = self._db.execute("SELECT 1 FROM named WHERE kind = ? AND id = ?", (kind, key))
        return found.fetchone() is not None

    def named(self, kind: str) -> int:
        """Return how many ids are remembered."""
        return int(self._db.execute("SELECT count(*) FROM named WHERE kind = ?", (kind,)).fetchone()[0])

    def names(self, kind: str) -> Iterator[str]:
        """Yield the ids that are remembered, in order."""
        after = ""
        question = "SELECT id FROM named WHERE kind = ? AND id > ? ORDER BY id LIMIT 500"
        while some := [str(key) for (key,) in self._db.execute(question, (kind, after)).fetchall()]:
            yield from some
            after = some[-1]


def remove(path: Path) -> None:
    """Remove the file, if it is there."""
    for suffix in _SUFFIXES:
        Path(f"{path}{suffix}").unlink(missing_ok=True)
