"""Reads HSDS documents: one, a list of them, one to a line, answers of an API, or a folder of such files."""

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from directory.hsds.standard import CHOICES, TABLES, implied, nested_keys
from directory.hsds.values import utc_of
from directory.importing import hsds_rows
from directory.importing.fields import LINK_COLUMNS, READERS, REFERENCES, read_cell
from directory.importing.files import File, Package
from directory.importing.hsds_names import SHEETS, singular
from directory.importing.json_text import split
from directory.importing.records import Draft, Note, Record, Said
from directory.importing.rows import Lines
from directory.importing.shelf import Shelf, Shelved
from directory.models import HSDS_TABLES

SUFFIXES = (".json", ".ndjson", ".jsonl")

_KEEP_EVERY = 500
_ROOTS = ("service", "organization", "service_at_location", "location", "taxonomy_term", "taxonomy")
_UNNAMED = ("organization", "program", "service", "taxonomy", "taxonomy_term", "unit")


class HsdsJson:
    """A package of HSDS documents, to be read once.

    They are put together on a `Shelf` first, then handed on table by table, owners before what belongs to them. With a
    folder `work` the shelf stands there, and an import that was killed goes on where it was.
    """

    def __init__(self, package: Package, source: str | None = None, work: Path | None = None) -> None:
        self.source = source or package.name
        self.files = [file for file in package.files if file.suffix in SUFFIXES]
        self.tables: set[str] = set()
        self.size = sum(file.size for file in self.files)
        self.remarks: list[str] = []
        self._shelf = Shelf(self.source, _place(work, self.source, self.files))

    def records(self, step: Callable[[int], None]) -> Iterator[Record | str]:
        """Yield a record for each row of the documents, and the name of each table when it is done."""
        yield from self._refused(step)
        if self._shelf.differing:
            self.remarks.append(
                f"{self._shelf.differing:,} organizations, places or terms are said differently in several documents: "
                "the last one holds."
            )
        self.tables = self._shelf.tables()
        yield from shelved_records(self._shelf, self.files[0].name if len(self.files) == 1 else "documents")

    def close(self, *, done: bool) -> None:
        """Let go of the shelf; it stays for the next attempt unless the import is `done`."""
        self._shelf.close(drop=done)

    def _refused(self, step: Callable[[int], None]) -> Iterator[Record]:
        """Put all documents on the shelf, and yield those that are none."""
        for file in self.files:
            done = int(self._shelf.mark(file.name, "0"))
            hint = SHEETS.get(singular(file.stem), ("", ""))[0]
            number = 0
            for number, text in enumerate(_documents(file, step), start=1):
                if number <= done:
                    continue
                try:
                    put_document(self._shelf, text, number, hint)
                except NotADocument as error:
                    yield Record(file.name, number, "document", refused=Note(str(error)))
                if number % _KEEP_EVERY == 0:
                    self._shelf.keep(**{file.name: str(number)})
            self._shelf.keep(**{file.name: str(number)})


class NotADocument(Exception):
    """A text is no HSDS document; the message says why."""


def put_document(shelf: Shelf, text: bytes, number: int, hint: str = "") -> None:
    """Put the document, or the documents of a page or of a package of tables, that a JSON text holds on a shelf.

    `hint` is the table it is of where that is known. Raises `NotADocument`.
    """
    try:
        content = msgspec.json.decode(text)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise NotADocument("this is not JSON") from error
    if not isinstance(content, dict):
        raise NotADocument("this is not a JSON object")
    try:
        for table, document in _within(content, hint):
            shelf.put(table, document, number)
    except RecursionError as error:
        raise NotADocument("it is nested beyond reason") from error


def _within(content: dict[str, Any], hint: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the documents in a JSON object with their tables."""
    pages = content.get("contents")
    tables = {key: SHEETS[singular(key)][0] for key in content if singular(key) in SHEETS}
    if isinstance(pages, list) and "id" not in content:
        for one in pages:
            if not isinstance(one, dict):
                raise NotADocument("a page holds something that is no document")
            yield from _within(one, hint)
    elif tables and len(tables) == len(content) and all(_is_rows(rows) for rows in content.values()):
        for key, rows in content.items():
            for row in rows:
                yield tables[key], row
    else:
        table = hint or table_of(content)
        if not content.keys() & (TABLES[table].fields.keys() | nested_keys(table)):
            raise NotADocument("it says nothing that HSDS knows")
        yield table, content


def table_of(document: dict[str, Any]) -> str:
    """Return the table that a document is of, by what it says; raises `NotADocument` for one that fits none."""
    keys = set(document)

    def fit(table: str) -> tuple[bool, int]:
        standard = TABLES[table]
        return keys.issuperset(standard.required), len(keys & (standard.fields.keys() | nested_keys(table)))

    best = max(_ROOTS, key=fit)
    if fit(best)[1] < 2 and keys != {"id"}:
        raise NotADocument("it says nothing that HSDS knows")
    return best


def _is_rows(rows: Any) -> bool:
    return isinstance(rows, list) and all(isinstance(row, dict) for row in rows)


def _documents(file: File, step: Callable[[int], None]) -> Iterator[bytes]:
    if file.suffix != ".json":
        for line in Lines(file, step):
            if line.strip():
                yield line.encode()
        return
    with file.open() as stream:
        for text in split(stream, file.name):
            step(len(text))
            yield text


def shelved_records(shelf: Shelf, name: str) -> Iterator[Record | str]:
    """Yield a record for each row on a shelf, and the name of each table when it is done."""
    for table in HSDS_TABLES:
        for shelved in shelf.rows(table):
            yield _record(table, shelved, name)
        yield table


def _record(table: str, shelved: Shelved, name: str) -> Record:
    record = Record(name, shelved.document, table)
    draft = Draft(table, shelved.key, {}, dict(shelved.refs), {})
    # Where a row stands says whose it is; that it names others too is told again, but does not make it stand there.
    apart = implied(table) if shelved.refs else ()
    for column, value in shelved.fields.items():
        if column not in apart:
            _read(record, draft, column, value)
    if shelved.entity:
        draft.values["link_entity" if table == "attribute" else "resource_type"] = shelved.entity
    if table in _UNNAMED and not draft.values.get("name"):
        draft.values["name"] = f"Unnamed {table.replace('_', ' ')}"
    record.drafts = [draft]
    hsds_rows.finish(table, record, draft)
    if table == "service" and shelved.fields.get("status") in CHOICES["status"]:
        draft.values["status"] = shelved.fields["status"]
    if table == "schedule" and not record.refused:
        hsds_rows.expand_schedule(record)
    for number, one in enumerate(record.drafts):
        one.made = number > 0
    if record.drafts:
        empty = [key for key, filled in shelved.lists.items() if not filled]
        record.drafts[0].said = Said(shelved.fields, empty, shelved.holds)
    return record


def _read(record: Record, draft: Draft, column: str, value: Any) -> None:
    """Take one field of a document as a value of ours, where we have a column for it."""
    table = draft.table
    if isinstance(value, bool):
        text = "yes" if value else "no"
    elif isinstance(value, str | int | float):
        text = str(value)
    else:
        return
    if column == "id" or not text or text.isspace():
        return
    if column in REFERENCES[table] or column in LINK_COLUMNS:
        draft.refs.setdefault(column, text.replace("\0", "").strip())
    elif column in READERS[table]:
        # A date of change is asked for as it is told, however unlikely it is.
        moment = utc_of(text) if (table, column) == ("service", "last_modified") else None
        found, note = (moment, None) if moment else read_cell(table, column, text)
        if note:
            record.repairs.append(note)
        if found is None:
            draft.extra[column] = text.replace("\0", "").strip()
        else:
            draft.values[column] = found


def _place(work: Path | None, source: str, files: list[File]) -> Path | None:
    """Return where the shelf of an import stands: the same place for the same files."""
    if work is None:
        return None
    named = repr((source, [(file.name, file.size, file.changed) for file in files]))
    return work / f"{hashlib.sha256(named.encode()).hexdigest()[:32]}.shelf"


def recognised(package: Package) -> bool:
    """Tell whether a package is one of HSDS documents: JSON files, and lines of JSON that HSDS tables would be."""
    if any(file.suffix == ".json" for file in package.files):
        return True
    first = package.files[0]
    if first.suffix not in SUFFIXES:
        return False
    line = next((line for line in Lines(first) if line.strip()), "")
    try:
        content = msgspec.json.decode(line)
        return isinstance(content, dict) and _looks_like_hsds(content)
    except (msgspec.MsgspecError, RecursionError, NotADocument):
        return False


def _looks_like_hsds(content: dict[str, Any]) -> bool:
    table = table_of(content)
    return isinstance(content.get("id"), str) and (
        len(content.keys() & nested_keys(table)) > 0
        or content.keys() <= TABLES[table].fields.keys() | nested_keys(table)
    )
