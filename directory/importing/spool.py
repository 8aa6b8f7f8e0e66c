"""What an import puts aside in temporary files, so that memory does not grow with it: rows, and sets of ids."""

import pickle
import sqlite3
import tempfile
from collections.abc import Iterable, Iterator
from typing import IO, Any

from directory.importing.ids import Id

_IN_MEMORY = 20_000
"""So many ids of one set are held in memory; what is more goes to disk."""


class Spool:
    """Rows of one table, waiting in a temporary file to be written."""

    def __init__(self) -> None:
        self.count = 0
        self._file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the stage

    def add(self, rows: list[Any]) -> None:
        """Put rows aside."""
        if rows:
            self.count += len(rows)
            pickle.dump(rows, self._file, protocol=pickle.HIGHEST_PROTOCOL)

    def batches(self) -> Iterator[list[Any]]:
        """Give the rows back in the order and the lists they came in."""
        self._file.seek(0)
        while True:
            try:
                # Only this process wrote the file, which has no name.
                yield pickle.load(self._file)
            except EOFError:
                return

    def close(self) -> None:
        """Drop the rows."""
        self._file.close()


class IdSets:
    """Sets of ids by name; those that grow large live in a temporary file."""

    def __init__(self) -> None:
        self._db: sqlite3.Connection | None = None
        self._sets: dict[str, IdSet] = {}

    def __getitem__(self, name: str) -> "IdSet":
        if name not in self._sets:
            self._sets[name] = IdSet(self, name)
        return self._sets[name]

    def items(self) -> Iterator[tuple[str, "IdSet"]]:
        """Yield each set that was asked for, with its name."""
        yield from list(self._sets.items())

    def file(self) -> sqlite3.Connection:
        """Return the file that large sets share."""
        if self._db is None:
            self._db = sqlite3.connect("", isolation_level=None, check_same_thread=False)
            for statement in ("PRAGMA journal_mode=OFF", "PRAGMA cache_size=-16000", "BEGIN"):
                self._db.execute(statement)
        return self._db

    def close(self) -> None:
        """Drop the sets."""
        self._sets.clear()
        if self._db is not None:
            self._db.close()
            self._db = None


class IdSet:
    """A set of ids, used like one: `in`, `add`, `update`, `discard`, and whether it has any."""

    def __init__(self, sets: IdSets, name: str) -> None:
        self._sets, self._table = sets, f'"{name}"'
        self._few: set[Id] | None = set()

    def __contains__(self, identity: Id) -> bool:
        if self._few is not None:
            return identity in self._few
        return self._ask("SELECT 1 FROM {} WHERE id = ?", identity) is not None

    def __bool__(self) -> bool:
        return bool(self._few) if self._few is not None else self._ask("SELECT 1 FROM {} LIMIT 1") is not None

    def after(self, identity: Id, most: int) -> list[Id]:
        """Return the next ids after one, in order, at most so many."""
        if self._few is not None:
            return sorted(one for one in self._few if one > identity)[:most]
        question = f"SELECT id FROM {self._table} WHERE id > ? ORDER BY id LIMIT ?"
        return [one for (one,) in self._sets.file().execute(question, (identity, most))]

    def add(self, identity: Id) -> None:
        """Add an id."""
        if self._few is None:
            self._ask("INSERT OR IGNORE INTO {} VALUES (?)", identity)
            return
        self._few.add(identity)
        if len(self._few) > _IN_MEMORY:
            some, self._few = self._few, None
            self._sets.file().execute(f"CREATE TABLE {self._table} (id BLOB PRIMARY KEY) WITHOUT ROWID")
            self.update(some)

    def update(self, identities: Iterable[Id]) -> None:
        """Add many ids."""
        if self._few is None:
            self._sets.file().executemany(
                f"INSERT OR IGNORE INTO {self._table} VALUES (?)", ((one,) for one in sorted(identities))
            )
            return
        for identity in identities:
            self.add(identity)

    def discard(self, identity: Id) -> None:
        """Take an id out, if it is there."""
        if self._few is None:
            self._ask("DELETE FROM {} WHERE id = ?", identity)
        else:
            self._few.discard(identity)

    def _ask(self, statement: str, *values: Any) -> Any:
        return self._sets.file().execute(statement.format(self._table), values).fetchone()
