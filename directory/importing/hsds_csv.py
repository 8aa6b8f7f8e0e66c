"""Reads an HSDS package of CSV files, version 1, 2 or 3, into records."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from pathlib import PurePosixPath
from typing import Any

import msgspec

from directory.importing import hsds_rows
from directory.importing.errors import ImportRefused
from directory.importing.fields import LINK_COLUMNS, READERS, REFERENCES, provenance, read_cell
from directory.importing.files import File, Package
from directory.importing.hsds_names import GIVEN, RENAMED, SHEETS, singular
from directory.importing.one_place import OnePlace
from directory.importing.records import Draft, Note, Record
from directory.importing.rows import Lines, Row, header_of, read_rows
from directory.importing.same_places import Places
from directory.importing.verbatim import is_verbatim
from directory.models import HSDS_TABLES
from directory.text import normal

Step = Callable[[int], None]


class Sheet(msgspec.Struct):
    """One file of a package, the table it belongs to and what kind of sheet it is."""

    file: File
    table: str
    kind: str


class _Resource(msgspec.Struct):
    path: str
    name: str = ""


class _Descriptor(msgspec.Struct):
    name: str = ""
    resources: list[_Resource] = []
    origins: bool = False
    """Whether it was exported here: rows tell where they came from, and what was written differently there."""


def recognised(package: Package) -> bool:
    """Tell whether a folder or archive holds the tables of HSDS; one file alone is somebody's spreadsheet."""
    if package.single:
        return False
    stems = {singular(file.stem) for file in package.files}
    return package.descriptor is not None or len(stems & set(SHEETS)) > 1 or "service" in stems


class HsdsCsv:
    """A package to be read once: `source` names it, `records` gives all rows, owners before what belongs to them."""

    def __init__(self, package: Package, source: str | None = None) -> None:
        descriptor = _descriptor(package)
        self.source = source or descriptor.name or package.name
        self.remarks: list[str] = []
        self.sheets = self._sheets(package, descriptor)
        self.tables = {sheet.table for sheet in self.sheets}
        self.size = sum(sheet.file.size for sheet in self.sheets)
        self._eligibility: dict[str, list[str]] = defaultdict(list)
        self._counts: Counter[tuple[str, str]] = Counter()
        self._only_location: dict[str, str | None] = {}
        self._origins = descriptor.origins
        self._links_services = "service_at_location" not in self.tables and not self._origins

    def _sheets(self, package: Package, descriptor: _Descriptor) -> list[Sheet]:
        names = {
            _inside(package, resource.path): resource.name
            for resource in descriptor.resources
            if resource.name
        }
        sheets = []
        for file in package.files:
            stem = singular(file.stem)
            if stem not in SHEETS:
                stem = singular(names.get(PurePosixPath(file.name).name, ""))
            if stem not in SHEETS:
                self.remarks.append(f"{file.name} is no table of HSDS and was left out.")
                continue
            table, kind = SHEETS[stem]
            if kind == "taxonomy" and _is_terms(file):
                table, kind = "taxonomy_term", "taxonomy_term"
            sheets.append(Sheet(file, table, kind))
        if not sheets:
            raise ImportRefused(f"{package.name} holds no table of HSDS.")
        order = list(HSDS_TABLES)
        return sorted(sheets, key=lambda sheet: (sheet.kind != "eligibility", order.index(sheet.table)))

    def records(self, step: Step) -> Iterator[Record | str]:
        """Yield a record for each row, and after each sheet the name of its table; tells `step` the bytes read."""
        rows = 0
        self._places = Places(() if self._origins else self.sheets)
        one_place = OnePlace(self._places)
        for sheet in self.sheets:
            reader: _SheetReader | None = None
            for row in read_rows(Lines(sheet.file, step)):
                reader = reader or _SheetReader(sheet, list(row.values), self._origins)
                record = reader.record(row)
                self._finish(sheet, record)
                reader.keep_texts(row, record)
                rows += 1
                yield from one_place.take(record)
            yield from one_place.end_of_sheet()
            yield sheet.table
        if not rows:
            raise ImportRefused("All tables of the package are empty.")

    def close(self, *, done: bool) -> None:
        """Nothing is put aside while reading tables."""

    def _finish(self, sheet: Sheet, record: Record) -> None:
        """Give the row its key and what depends on other rows."""
        if record.refused or not record.drafts:
            return
        draft = record.drafts[0]
        if sheet.kind == "eligibility":
            self._keep_eligibility(record, draft)
            return
        if not draft.key:
            draft.key = self._own_key(sheet, draft)
        if draft.table == "service":
            self._finish_service(record, draft)
        elif draft.table == "location" and self._links_services and "organization_id" in draft.refs:
            if draft.key in self._places.stays:
                return
            organization = draft.refs["organization_id"]
            self._only_location[organization] = None if organization in self._only_location else draft.key
        elif draft.table == "schedule" and not self._origins:
            hsds_rows.expand_schedule(record)

    def _own_key(self, sheet: Sheet, draft: Draft) -> str:
        """Make a key for a row without an id: what it belongs to, what it is called, and a number among its like.

        The number makes a row that changes in place the same row at the next import.
        """
        owner = ",".join(f"{column}={key}" for column, key in sorted(draft.refs.items()))
        named = normal(draft.values.get("name") or "") if draft.table in hsds_rows.NAMED else ""
        like = f"{sheet.kind} {owner} {named}".strip()
        self._counts[sheet.kind, like] += 1
        return f"{like} #{self._counts[sheet.kind, like]}"

    def _keep_eligibility(self, record: Record, draft: Draft) -> None:
        service = draft.extra.get("service_id", "")
        text = draft.values.get("eligibility_description")
        record.drafts = []
        if service and text:
            self._eligibility[service].append(text)
        else:
            record.refused = Note("names no service or no eligibility")

    def _finish_service(self, record: Record, draft: Draft) -> None:
        texts = self._eligibility.get(draft.key, [])
        if texts and "eligibility_description" not in draft.values:
            draft.values["eligibility_description"] = "\n".join(texts)
        if not self._links_services:
            return
        location = self._only_location.get(draft.refs.get("organization_id", ""))
        if location:
            link = Draft("service_at_location", f"{draft.key} at {location}", {})
            link.refs = {"service_id": draft.key, "location_id": location}
            record.drafts.append(link)
            record.repairs.append(Note("linked to the only location of its organization"))


class _SheetReader:
    """Turns the rows of one sheet into drafts; what to do with each column is decided once, from the header.

    Nothing of a row is lost: `extra` keeps, under the name of its column, each text that our value does not give back.
    """

    def __init__(self, sheet: Sheet, header: list[str], origins: bool = False) -> None:
        self.sheet = sheet
        self.origins = (provenance(sheet.table), "source_id") if origins else ()
        renamed = RENAMED.get(sheet.kind, {})
        lowered = {name.strip().lower() for name in header}
        self.columns: dict[str, str] = {}
        for name in header:
            column = name.strip().lower()
            new = renamed.get(column, column)
            self.columns[name] = new if new == column or new not in lowered else column
        self._read: dict[str, Any] = {}
        self._renamed = {column: name for name, column in self.columns.items() if name != column}

    def record(self, row: Row) -> Record:
        table = self.sheet.table
        record = Record(self.sheet.file.name, row.line, self.sheet.kind, repairs=list(row.notes))
        if row.problem:
            record.refused = Note(row.problem)
            return record
        draft, changed = Draft(table, "", {}, {}, {}), {}
        given = self._take_origin(row, draft)
        readers, references, columns = READERS[table], REFERENCES[table], self.columns
        for name, cell in row.values.items():
            if not cell or cell.isspace():
                continue
            column = columns.get(name, name)
            if column == "id":
                draft.key = cell.strip()
            elif column in references or column in LINK_COLUMNS:
                draft.refs[column] = cell.strip()
            elif column in readers:
                value, note = read_cell(table, column, cell)
                if note:
                    record.repairs.append(note)
                if value is None:
                    draft.extra[name if self.origins else column] = cell.strip()
                else:
                    draft.values[column] = value
                    if value != cell and not is_verbatim(value, text := cell.strip()):
                        changed[column] = text
            else:
                draft.extra[name if self.origins else column] = cell.strip()
        record.drafts = [draft]
        self._read_beside(draft, given)
        self._read = draft.values.copy()
        if not (self.origins and table == "schedule"):
            # Hours that were exported here are read already; what was left open there is not guessed at now.
            hsds_rows.finish(self.sheet.kind, record, draft)
        draft.extra |= given if self.origins else changed
        return record

    def keep_texts(self, row: Row, record: Record) -> None:
        """Put into `extra` what was given up or changed after it had been read."""
        if not record.drafts or self.origins:
            return  # what was exported here brings its texts with it
        draft = record.drafts[0]
        for column, value in self._read.items():
            now = draft.values.get(column)
            if now is not value and column not in draft.extra:
                text = row.values[self._renamed.get(column, column)].strip()
                if not is_verbatim(now, text):
                    draft.extra[column] = text
        if self._renamed and draft.extra:
            draft.extra = {self._renamed.get(column, column): text for column, text in draft.extra.items()}
        if row.original:
            draft.extra |= row.original

    def _take_origin(self, row: Row, draft: Draft) -> dict[str, str]:
        """Take from a row of a package that was exported here where it came from, and return what was written there."""
        if not self.origins:
            return {}
        source, source_id = (str(row.values.pop(name, "") or "").strip() or None for name in self.origins)
        draft.origin = (source, source_id)
        beside = [name for name in row.values if name.startswith(GIVEN)]
        given = {name.removeprefix(GIVEN): row.values.pop(name) for name in beside}
        return {name: cell for name, cell in given.items() if cell and not cell.isspace()}

    def _read_beside(self, draft: Draft, given: dict[str, str]) -> None:
        """Take texts back that our columns hold and those of the standard cannot, such as an extension of two numbers."""
        readers = READERS[self.sheet.table]
        for name in [name for name in given if name in readers and name not in draft.values]:
            value, note = read_cell(self.sheet.table, name, given[name])
            if isinstance(value, str) and note is None:
                draft.values[name] = value
                del given[name]


def _descriptor(package: Package) -> _Descriptor:
    if package.descriptor is None:
        return _Descriptor()
    with package.descriptor.open() as stream:
        data: Any = stream.read(16 * 1024**2)
    try:
        return msgspec.json.decode(data.removeprefix(b"\xef\xbb\xbf"), type=_Descriptor)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise ImportRefused("datapackage.json is not a data package descriptor.") from error


def _inside(package: Package, path: str) -> str:
    """Return the file name of a resource of the package, whose files are looked up by their own names only."""
    if path.startswith("/") or ".." in path.replace("\\", "/").split("/"):
        raise ImportRefused(f"datapackage.json names a file outside the package: {ascii(path[:80])}.")
    return PurePosixPath(path).name


def _is_terms(file: File) -> bool:
    """Tell whether taxonomy.csv holds terms, as before version 3, and not taxonomies."""
    header = {name.lower() for name in header_of(file)}
    return bool(header & {"vocabulary", "parent_id", "parent_name"})
