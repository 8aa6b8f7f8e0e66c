"""The rows of HSDS documents while an import reads them: put together on disk, so that memory does not grow.

One organization stands in the documents of all its services, one telephone in several places of one document: what
says the same under one id becomes one row, and what says something else under the same id another one, so that nothing
is lost. A shelf that has a path survives a killed process: reading goes on after the last document that is on it.
"""

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from directory.hsds.standard import OWNED, TABLES, implied, nested_keys
from directory.importing.ids import row_id

_LIST_TABLES = {"attributes": "attribute", "metadata": "metadata"}
_LINKS = {"attribute": ("link_id", "link_entity"), "metadata": ("resource_id", "resource_type")}


class Shelved(msgspec.Struct, array_like=True):
    """One row: its key in the source, its own fields, the rows it refers to by column, and what stood below it."""

    key: str
    fields: dict[str, Any]
    refs: dict[str, str]
    entity: str = ""
    """For attributes and metadata, the table of the row they are about."""
    lists: dict[str, bool] = {}
    """By key of a nested list that was there, whether anything stood in it."""
    holds: list[str] = []
    document: int = 0


class Shelf:
    """Rows on disk, in the file at `path` or in a temporary one. Used by one process at a time."""

    def __init__(self, source: str, path: Path | None = None) -> None:
        self.source = source
        self.differing = 0
        """How many rows that others refer to were said differently in two documents; the later one holds."""
        self._path = path
        self._nests = False
        if path:
            path.parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(str(path or ""), isolation_level=None, check_same_thread=False)
        for pragma in ("journal_mode=WAL" if path else "journal_mode=OFF", "cache_size=-32000"):
            self._db.execute(f"PRAGMA {pragma}")
        self._db.execute(
            "CREATE TABLE IF NOT EXISTS shelved (place INTEGER PRIMARY KEY, name TEXT, id BLOB, body BLOB, "
            "UNIQUE (name, id))"
        )
        self._db.execute("CREATE TABLE IF NOT EXISTS mark (name TEXT PRIMARY KEY, value TEXT)")
        self._db.execute("BEGIN")
        self._encode = msgspec.msgpack.Encoder().encode
        self._decode = msgspec.msgpack.Decoder(Shelved).decode

    def mark(self, name: str, default: str = "") -> str:
        """Return what was noted under a name with the last `keep`."""
        row = self._db.execute("SELECT value FROM mark WHERE name = ?", (name,)).fetchone()
        return default if row is None else str(row[0])

    def keep(self, **marks: str) -> None:
        """Make what was put here so far durable, together with notes of how far that is."""
        if self._nests:
            marks["nests"] = "yes"
        for name, value in marks.items():
            self._db.execute("INSERT OR REPLACE INTO mark VALUES (?, ?)", (name, value))
        self._db.execute("COMMIT")
        self._db.execute("BEGIN")

    def close(self, *, drop: bool = True) -> None:
        """Close it; with `drop` its file goes too, for everything on it was carried over."""
        self._db.close()
        if drop and self._path:
            for suffix in ("", "-wal", "-shm"):
                Path(f"{self._path}{suffix}").unlink(missing_ok=True)

    def tables(self) -> set[str]:
        """Return the tables that the documents are about: with nested rows, all that belongs to others is among them."""
        found = {str(name) for (name,) in self._db.execute("SELECT DISTINCT name FROM shelved")}
        return found | OWNED if self.mark("nests") else found

    def count(self) -> int:
        """Return how many rows are here."""
        return int(self._db.execute("SELECT count(*) FROM shelved").fetchone()[0])

    def rows(self, table: str) -> Iterator[Shelved]:
        """Yield the rows of a table in the order they came."""
        for (body,) in self._db.execute("SELECT body FROM shelved WHERE name = ? ORDER BY place", (table,)):
            yield self._decode(body)

    def put(self, table: str, document: dict[str, Any], number: int = 0) -> None:
        """Put a document of a table here, with all that is nested in it.

        Raises `RecursionError` for one that is nested beyond reason.
        """
        self._put(table, document, {}, f"document {number}", number=number)

    def _put(
        self,
        table: str,
        node: dict[str, Any],
        refs: dict[str, str],
        stands: str,
        *,
        number: int,
        entity: str = "",
        within: str = "",
    ) -> str:
        """Put a row and all that stands below it; return its key. `stands` says where the row stands."""
        nested = nested_keys(table)
        row = Shelved(
            key=_key(node.get("id"), table, stands),
            fields={name: value for name, value in node.items() if not _is_below(table, name, value, nested)},
            refs=refs,
            entity=entity,
            document=number,
        )
        self._nests = self._nests or bool(nested.intersection(node))
        below = {name: node[name] for name in node if name not in row.fields}
        row.lists = {name: bool(value) for name, value in below.items() if isinstance(value, list)}
        if table == "organization" and within == "service":
            row.holds = [name for name in ("locations", "programs") if row.lists.get(name)]
        standard = TABLES[table]
        for name, (other, column) in standard.one.items():
            if name in below:
                stand = f"{name} of {row.key}"
                row.refs[column] = self._put(other, below[name], {}, stand, number=number, within=table)
        key = self._add(table, row)
        for name, (other, column) in standard.many.items():
            for place, child in enumerate(below.get(name, ())):
                stand = f"{name} {place} of {key}"
                self._put(other, child, {column: key}, stand, number=number, within=table)
        for name, other in _LIST_TABLES.items():
            link = {_LINKS[other][0]: key}
            for place, child in enumerate(below.get(name, ())):
                self._put(other, child, dict(link), f"{name} {place} of {key}", number=number, entity=table)
        return key

    def _add(self, table: str, row: Shelved) -> str:
        """Write a row, as one with what is here of it already; return its key."""
        identity = row_id(self.source, table, row.key)
        added = self._db.execute(
            "INSERT INTO shelved (name, id, body) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
            (table, identity, self._encode(row)),
        )
        if added.rowcount:
            return row.key
        (body,) = self._db.execute(
            "SELECT body FROM shelved WHERE name = ? AND id = ?", (table, identity)
        ).fetchone()
        there = self._decode(body)
        if table in OWNED and not _one_and_the_same(table, there, row):
            owner = ",".join(f"{column}={key}" for column, key in sorted(row.refs.items()))
            if row.key != (key := f"{row.fields.get('id')} of {row.entity}{owner}"):
                row.key = key
                return self._add(table, row)
        self._db.execute(
            "UPDATE shelved SET body = ? WHERE name = ? AND id = ?",
            (self._encode(self._joined(table, there, row)), table, identity),
        )
        return row.key

    def _joined(self, table: str, there: Shelved, row: Shelved) -> Shelved:
        if table not in OWNED and any(
            name in there.fields and there.fields[name] != value for name, value in row.fields.items()
        ):
            self.differing += 1
        there.fields |= row.fields
        there.refs |= row.refs
        there.lists = {
            name: there.lists.get(name, False) or row.lists.get(name, False)
            for name in (*there.lists, *row.lists)
        }
        there.holds = sorted({*there.holds, *row.holds})
        return there


def _one_and_the_same(table: str, one: Shelved, other: Shelved) -> bool:
    """Tell whether two rows under one id are one: they say the same, and one row can belong to both their owners."""
    apart = set(implied(table))
    said = {name: value for name, value in one.fields.items() if name not in apart}
    also = {name: value for name, value in other.fields.items() if name not in apart}
    named = all(one.fields.get(name) == other.fields.get(name) for name in apart)
    fits = all(one.refs.get(column, key) == key for column, key in other.refs.items())
    return said == also and named and fits and one.lists == other.lists and one.entity == other.entity


def _is_below(table: str, name: str, value: Any, nested: frozenset[str]) -> bool:
    """Tell whether a value holds further rows: an object or a list of objects, where the standard has just that."""
    if name not in nested:
        return False
    if name in TABLES[table].one:
        return isinstance(value, dict)
    return isinstance(value, list) and all(isinstance(child, dict) for child in value)


def _key(given: Any, table: str, stands: str) -> str:
    """Return the key of a row in its source; one without an id is known by where it stands."""
    if isinstance(given, str | int) and not isinstance(given, bool) and str(given).strip("\0 "):
        return str(given).replace("\0", "").strip()
    return f"{table} without an id: {stands}"
