"""Works out what an import would change, before anything is written.

Rows get their ids, references are looked up, and each row is compared with what the database has by checksum. What is
new or different waits in temporary files, so that memory does not grow with the import and the database is locked only
while rows are written, all of them or none.
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Select, Uuid, select
from sqlalchemy.ext.asyncio import AsyncSession

from directory.hsds.render import difference
from directory.hsds.standard import OWNED, implied
from directory.importing.fields import LINK_COLUMNS, REFERENCES, provenance
from directory.importing.ids import Id, as_uuid, row_id
from directory.importing.records import Draft, Note, Record
from directory.importing.report import Report
from directory.importing.spool import IdSets, Spool
from directory.models import HSDS_TABLES

LOOK_UP = 400
"""How many ids one question to the database asks about, well below what SQLite takes as parameters."""

_REQUIRED = {
    # tables whose rows say nothing without one of these (True: without all of these)
    "service_at_location": (("service_id", "location_id"), True),
    "phone": (
        ("location_id", "service_id", "organization_id", "contact_id", "service_at_location_id"),
        False,
    ),
    "address": (("location_id", "organization_id"), False),
    "schedule": (("service_id", "location_id", "service_at_location_id"), False),
    "contact": (("organization_id", "service_id", "service_at_location_id", "location_id"), False),
    "language": (("service_id", "location_id", "phone_id"), False),
    "accessibility": (("location_id",), False),
    "service_area": (("service_id", "service_at_location_id"), False),
    "cost_option": (("service_id",), False),
    "required_document": (("service_id",), False),
    "service_capacity": (("service_id",), False),
    "url": (("organization_id", "service_id"), False),
    "funding": (("organization_id", "service_id"), False),
    "organization_identifier": (("organization_id",), False),
    "attribute": (("link_id",), False),
    "metadata": (("resource_id",), False),
}


_FOR_ALL = ("organization", "taxonomy", "taxonomy_term", "unit")
"""Tables whose rows anybody's listing may refer to."""


class Stage:
    """The state of an import that is being worked out: known ids, rows to write, what they touch."""

    def __init__(self, source: str, report: Report, *, closed: bool = False) -> None:
        self.source = source
        self.closed = closed
        """Whether rows of other sources are out of reach, save organizations and terms."""
        self.report = report
        self.ids, self.new, self.changed, self.touched = IdSets(), IdSets(), IdSets(), IdSets()
        """By table: ids of the files, those of them that the database does not have, those that are written, and those
        because of which listings are no longer what they were."""
        self.spools: dict[str, Spool] = {table: Spool() for table in HSDS_TABLES}
        self.parents: list[tuple[str, str, Id, Id]] = []
        """References within one table (column, row, what it refers to), made when both rows are there."""
        self.existing: set[str] = set()
        """Tables that have rows."""
        self.existing_here: set[str] = set()
        """Tables that have rows of this source."""
        self._found, self._foreign = IdSets(), IdSets()
        self.foreign: Counter[str] = Counter()
        """How many rows were left alone because they belong to another source, by its name."""
        self._held: list[Record] = []
        self._encode = msgspec.msgpack.Encoder(enc_hook=str).encode

    async def begin(self, db: AsyncSession) -> None:
        """Look at what the database holds already."""
        for table, model in HSDS_TABLES.items():
            if await db.scalar(select(model.id).limit(1)):
                self.existing.add(table)
                from_here = getattr(model, provenance(table)) == self.source
                if await db.scalar(select(model.id).where(from_here).limit(1)):
                    self.existing_here.add(table)

    def close(self) -> None:
        """Drop what waits."""
        sets = (self.ids, self.new, self.changed, self.touched, self._found, self._foreign)
        for spool in self.spools.values():
            spool.close()
        for ids in sets:
            ids.close()

    async def take(self, db: AsyncSession, records: Sequence[Record]) -> None:
        """Work out the rows of some records; rows that refer to their own table wait for `end_of_table`."""
        ready = []
        for record in records:
            draft = record.drafts[0] if record.drafts else None
            if draft and any(REFERENCES[draft.table].get(column) == draft.table for column in draft.refs):
                self._register(record)
                self._held.append(record)
            else:
                self._register(record)
                ready.append(record)
        await self._settle(db, ready)

    async def end_of_table(self, db: AsyncSession) -> None:
        """Work out the rows that referred to rows further down in their own table."""
        held, self._held = self._held, []
        for start in range(0, len(held), LOOK_UP):
            await self._settle(db, held[start : start + LOOK_UP])

    def _register(self, record: Record) -> None:
        """Refuse what has no place or stands there twice, and remember the ids of the rest."""
        if record.refused or not record.drafts:
            return
        for draft in record.drafts:
            draft.values["id"] = row_id(self.source, draft.table, draft.key)
        first = record.drafts[0]
        if first.values["id"] in self.ids[first.table]:
            record.refused = Note(f"the same {first.table} stands further up", first.key[:80])
            return
        fresh = []
        for draft in record.drafts:  # an organization or term that several rows name comes with each of them
            known = self.ids[draft.table]
            if draft.values["id"] not in known:
                known.add(draft.values["id"])
                fresh.append(draft)
        record.drafts = fresh

    async def _settle(self, db: AsyncSession, records: Sequence[Record]) -> None:
        await self._look_up(db, records)
        rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for record in records:
            if not record.refused:
                self._add_place(record)
                for number, draft in enumerate(record.drafts):
                    row = self._row(record, draft)
                    if row is None and number == 0:
                        break
                    if row is not None:
                        rows[draft.table].append(row)
            self.report.tell(record)
        for table in HSDS_TABLES:
            if table in rows:
                await self._compare(db, table, rows[table])

    async def _look_up(self, db: AsyncSession, records: Sequence[Record]) -> None:
        """Find out which of the referred rows that are not in the files are in the database."""
        missing: dict[str, set[Id]] = defaultdict(set)
        for record in records:
            for draft in () if record.refused else record.drafts:
                for column, key in draft.refs.items():
                    table = target(draft, column)
                    if table in self.existing:
                        identity = row_id(self.source, table, key)
                        if identity not in self.ids[table] and identity not in self._found[table]:
                            missing[table].add(identity)
        for table, identities in missing.items():
            model, wanted = HSDS_TABLES[table], [as_uuid(identity) for identity in identities]
            for start in range(0, len(wanted), LOOK_UP):
                some = wanted[start : start + LOOK_UP]
                for identity, source in await db.execute(_identity(table).where(model.id.in_(some))):
                    if self.closed and source != self.source and table not in _FOR_ALL:
                        continue
                    self._found[table].add(identity.bytes)
                    if source != self.source:
                        self._foreign[table].add(identity.bytes)

    def _add_place(self, record: Record) -> None:
        """Give a service at a location that a document does not tell a place of ours, so that nothing of it is lost."""
        draft = record.drafts[0] if record.drafts else None
        if draft is None or draft.said is None or draft.table != "service_at_location":
            return
        named = draft.refs.get("location_id")
        if named and self._is_known("location", row_id(self.source, "location", named)):
            return
        if named:
            record.repairs.append(Note("names a location that is nowhere, its id is kept", named[:80]))
        place = Draft("location", f"where {draft.key} is", {"location_type": "physical"}, made=True)
        place.values["id"] = row_id(self.source, place.table, place.key)
        self.ids[place.table].add(place.values["id"])
        draft.refs["location_id"] = place.key
        record.drafts.append(place)

    def _is_known(self, table: str, identity: Id) -> bool:
        return identity in self.ids[table] or identity in self._found[table]

    def _row(self, record: Record, draft: Draft) -> dict[str, Any] | None:
        """Return the row to be written, or None after having refused the record it stands for."""
        values = draft.values
        for column, key in draft.refs.items():
            table = target(draft, column)
            identity = row_id(self.source, table, key) if table else None
            if table and identity and self._is_known(table, identity):
                values[column] = identity
            else:
                draft.extra[column] = key.replace("\0", "")
                record.repairs.append(
                    Note(f"names {_a(table or 'row')} that is nowhere, its id is kept", key[:80])
                )
        columns, every = _REQUIRED.get(draft.table, ((), False))
        present = [column for column in columns if values.get(column) is not None]
        if columns and not (len(present) == len(columns) if every else present):
            self.ids[draft.table].discard(values["id"])
            if draft is record.drafts[0]:
                owners = (
                    ", ".join(f"{c} {draft.extra[c]}" for c in columns if c in draft.extra) or "none named"
                )
                record.refused = Note(
                    f"belongs to no {' or '.join(c.removesuffix('_id') for c in columns)}", owners
                )
            return None
        row: dict[str, Any] = dict.fromkeys(COLUMNS[draft.table]) | values
        row["given"] = _given(draft, row)
        if draft.said:  # what the document said is in `given` already
            draft.extra = {
                name: value for name, value in draft.extra.items() if name not in draft.said.fields
            }
        row["extra"] = draft.extra or None
        source, source_id = draft.origin or (self.source, draft.key)
        row["source_id"] = source_id[:500] if source_id else None
        row[provenance(draft.table)] = source[:120] if source else None
        row["checksum"] = self._checksum(row)
        return row

    def _checksum(self, row: dict[str, Any]) -> str:
        return hashlib.blake2b(self._encode(list(row.values())), digest_size=16).hexdigest()

    async def _compare(self, db: AsyncSession, table: str, rows: list[dict[str, Any]]) -> None:
        """Put aside for writing what the database does not have like this, and is not another source's to say."""
        stored: dict[Id, tuple[str | None, str | None]] = {}
        if table in self.existing:
            model = HSDS_TABLES[table]
            for start in range(0, len(rows), LOOK_UP):
                wanted = [as_uuid(row["id"]) for row in rows[start : start + LOOK_UP]]
                question = _identity(table).add_columns(model.checksum).where(model.id.in_(wanted))
                stored |= {
                    one.bytes: (source, checksum) for one, source, checksum in await db.execute(question)
                }
        changes, waiting = self.report.changes[table], []
        for row in rows:
            identity = row["id"]
            source, checksum = stored.get(identity, (self.source, None))
            if source != self.source or self._is_part_of_foreign(table, row):
                self._foreign[table].add(identity)
                self.foreign[source or "made here"] += 1
                continue
            if identity not in stored:
                changes["added"] += 1
                self.new[table].add(identity)
            elif checksum == row["checksum"]:
                changes["unchanged"] += 1
                continue
            else:
                changes["updated"] += 1
            if table == "service":
                self.changed[table].add(identity)
            self.touch(table, row)
            for column in SELF_REFERENCES.get(table, ()):
                if row[column]:
                    self.parents.append((table, column, identity, row[column]))
                    row[column] = None
            for column in ID_COLUMNS[table]:
                if row[column]:
                    row[column] = row[column].hex()
            waiting.append(row)
        self.spools[table].add(waiting)

    def _is_part_of_foreign(self, table: str, row: dict[str, Any]) -> bool:
        """Tell whether a row would become part of one that belongs to another source."""
        if table not in OWNED and not self.closed:
            return False
        for column, other in REFERENCES[table].items():
            part = column in implied(table) or (self.closed and other not in _FOR_ALL)
            if part and row[column] and row[column] in self._foreign[other]:
                return True
        for column, named in LINK_COLUMNS.items():
            other = str(row.get(named) or "").lower()
            if row.get(column) and other in HSDS_TABLES and row[column] in self._foreign[other]:
                return True
        return False

    def touch(self, table: str, row: dict[str, Any]) -> None:
        """Remember whose listings have to be indexed anew because of this row."""
        if table in {"service", "location", "organization", "program"}:
            self.touched[table].add(row["id"])
        if table == "attribute":
            owner, link = row.get("link_entity"), row.get("link_id")
            if owner in HSDS_TABLES and link and link not in self.new[owner]:
                self.touched[owner].add(link)
            return
        for column in ("service_id", "service_at_location_id", "location_id"):
            owner = row.get(column)
            if owner and owner not in self.new[column.removesuffix("_id")]:
                self.touched[column.removesuffix("_id")].add(owner)


def _identity(table: str) -> Select[Any]:
    """Return the question for the ids of rows and the sources they belong to."""
    model = HSDS_TABLES[table]
    return select(model.id, getattr(model, provenance(table)))


def _given(draft: Draft, row: dict[str, Any]) -> dict[str, Any] | None:
    """Return what `given` of a row keeps of the document it comes from."""
    if draft.made:
        return {"made": True}
    if draft.said is None:
        return None
    return difference(draft.table, row, draft.said.fields, empty=draft.said.empty, holds=draft.said.holds)


def target(draft: Draft, column: str) -> str | None:
    """Return the table that a reference of a draft points into, or None when the file does not say."""
    if column in LINK_COLUMNS:
        named = str(draft.values.get(LINK_COLUMNS[column]) or "").strip().lower()
        return named if named in HSDS_TABLES else None
    return REFERENCES[draft.table][column]


COLUMNS = {
    table: tuple(
        column.name for column in model.__table__.columns if column.name not in {"checksum", "corrected"}
    )
    for table, model in HSDS_TABLES.items()
}
"""By table, the columns of a row as it is written and compared."""

ID_COLUMNS = {
    table: tuple(column.name for column in model.__table__.columns if isinstance(column.type, Uuid))
    for table, model in HSDS_TABLES.items()
}
"""By table, the columns that hold ids; in waiting rows these are written as 32 hexadecimal digits."""

SELF_REFERENCES = {
    table: tuple(column for column, other in references.items() if other == table)
    for table, references in REFERENCES.items()
    if table in references.values()
}


def _a(noun: str) -> str:
    noun = noun.replace("_", " ")
    return f"an {noun}" if noun[0] in "aeou" else f"a {noun}"
