"""HSDS documents as anybody may publish them, made from the official schemas.

`document` is a strategy of hypothesis; `written` makes the same documents from a number, thousands in seconds. Their ids
are small and the same each time: `renewed` gives a document ids of its own, before it meets others in a database.
"""

import copy
import random
import re
import uuid
from collections.abc import Collection, Iterator
from typing import Any

from hypothesis import strategies as st

from tests.hsds.official import properties, schemas, table_of
from tests.hsds.values import DAYS, EXTENSIONS, Pick, anything, formatted, number, one_of, text

Row = dict[str, Any]

PUBLIC = ("active", "temporarily closed")

LEFT_OUT = {
    ("service", "organization"): {"services"},
    ("service", "service_at_locations"): {"service"},
    ("organization", "services"): {"organization"},
    ("service_at_location", "service"): {"service_at_locations"},
}
"""By table and field, fields of the row below that would lead back up."""

NESTED_IDS = {
    "organization_id": "organization", "program_id": "program", "location_id": "location", "service_id": "service",
    "unit_id": "unit", "taxonomy_id": "taxonomy_detail", "taxonomy_term_id": "taxonomy_term",
}  # fmt: skip
"""Foreign keys, and the field that holds the row itself."""

LINKS = {"link_id": "link_entity", "resource_id": "resource_type"}
"""Foreign keys into any table, and the field that names the table."""

SHARED = {
    "phone",
    "contact",
    "language",
    "schedule",
    "location",
    "taxonomy_term",
    "taxonomy",
    "unit",
    "attribute",
}
"""Tables whose rows stand in several places where documents repeat themselves."""

_TAIL = "-0000-4000-8000-00000000abcd"
_MADE = re.compile(rf"[0-9a-f]{{8}}{_TAIL}", re.IGNORECASE)


def document(
    table: str, *, statuses: Collection[str] = PUBLIC, shared: bool = False, extended: bool = True
) -> st.SearchStrategy[Row]:
    """Any document of `table`: fields there or not, with values of every kind the standard allows.

    With `shared` the same row (same id, same content) may stand in several places; without `extended` there are only
    fields of the standard.
    """

    @st.composite
    def drawn(draw: st.DrawFn) -> Row:
        def pick(below: int) -> int:
            return draw(st.integers(0, below - 1))

        return Writer(pick, statuses=statuses, shared=shared, extended=extended).top(table)

    return drawn()


def filled(table: str) -> st.SearchStrategy[Row]:
    """A document with every field of every table filled in, and one row in each array, all the way down."""
    return st.integers(0, 2**32).map(lambda seed: written_in_full(table, seed))


def tabular_package() -> st.SearchStrategy[dict[str, list[Row]]]:
    """A package in its flat form: rows by table, their foreign keys those of other rows or of none."""
    return st.integers(0, 2**32).map(lambda seed: Writer(random.Random(seed).randrange).package())


def written(
    table: str,
    seed: int,
    *,
    statuses: Collection[str] = PUBLIC,
    shared: bool = False,
    extended: bool = True,
) -> Row:
    """Return the document that `seed` stands for, with ids of its own."""
    pick = random.Random(f"{table} {seed}").randrange
    made = Writer(pick, statuses=statuses, shared=shared, extended=extended).top(table)
    return renewed(made, f"{table} {seed} {shared} {extended}")


def written_in_full(table: str, seed: int = 0) -> Row:
    """Return a document with every field filled in, with ids of its own."""
    made = Writer(random.Random(f"{table} {seed}").randrange, full=True).top(table)
    return renewed(made, f"{table} {seed} full")


def renewed(made: Any, salt: str) -> Any:
    """Return a document with other ids, which belong to `salt` alone; what was equal stays so, letter case included."""
    if isinstance(made, dict):
        return {name: renewed(value, salt) for name, value in made.items()}
    if isinstance(made, list):
        return [renewed(value, salt) for value in made]
    if isinstance(made, str) and _MADE.fullmatch(made):
        fresh = str(uuid.uuid5(uuid.NAMESPACE_OID, f"{salt} {made.lower()}"))
        return fresh.upper() if "ABCD" in made else fresh
    return made


def rows_of(document: Row, table: str) -> Iterator[tuple[str, Row]]:
    """Yield a document and all rows nested in it with their tables."""
    yield table, document
    for name, field in properties(table).items():
        below = table_of(field)
        if below and name in document:
            value = document[name]
            for row in value if isinstance(value, list) else [value]:
                yield from rows_of(row, below)


class Writer:
    """Writes one document, picking as it goes along."""

    def __init__(
        self,
        pick: Pick,
        *,
        statuses: Collection[str] = PUBLIC,
        shared: bool = False,
        extended: bool = True,
        full: bool = False,
    ) -> None:
        self.pick = pick
        self.statuses = tuple(statuses)
        self.shared = shared
        self.extended = extended and not full
        self.full = full
        self.count = 0
        self.upper = False
        self.known: dict[str, list[Row]] = {}
        self.above: list[tuple[str, str]] = []

    def top(self, table: str) -> Row:
        """Return a document."""
        self.upper = self.pick(16) == 15
        return self.row(table, 0, None, frozenset())

    def new_id(self) -> str:
        """Return an id that this document has not used."""
        self.count += 1
        made = f"{self.count:08x}{_TAIL}"
        return made.upper() if self.upper else made

    def row(self, table: str, depth: int, parent: tuple[str, str] | None, left_out: Collection[str]) -> Row:
        """Return a row; `parent` is the table and id of the row it stands in."""
        row: Row = {"id": self.new_id()}
        required = set(schemas()[table]["required"])
        self.above.append((table, row["id"]))
        fields = {
            name: field for name, field in properties(table).items() if name not in left_out and name != "id"
        }
        for name, field in fields.items():
            below = table_of(field)
            if below:
                under = (table, row["id"])
                without = LEFT_OUT.get((table, name), set())
                if field.get("type") == "array":
                    many = 1 if self.full else self._how_many(depth)
                    if many is not None:
                        row[name] = self._rows(below, depth, under, without, many)
                elif name in required or self._present(depth + 1):
                    row[name] = self._one(below, depth, under, without, ())
            elif not _is_key(name, field) and (name in required or self._present(depth)):
                row[name] = self._value(table, name, field)
        for name, field in fields.items():
            if _is_key(name, field) and (name in required or self._present(depth)):
                self._link(table, row, name, parent)
        self.above.pop()
        if self.extended and self.pick(8 + 8 * depth) == 7:
            for _ in range(1 + self.pick(2)):
                name = one_of(self.pick, EXTENSIONS)
                if name not in properties(table):
                    row[name] = anything(self.pick)
        return row

    def package(self) -> dict[str, list[Row]]:
        """Return up to three rows of every table."""
        rows: dict[str, list[Row]] = {table: [] for table in schemas()}
        for table in rows:
            for _ in range(1 + self.pick(3)):
                rows[table].append(self._flat(table))
        ids = {table: [row["id"] for row in found] for table, found in rows.items()}
        for table, found in rows.items():
            needed = schemas()[table].get("tabular_required", [])
            for row in found:
                for name, field in properties(table).items():
                    if _is_key(name, field) and (name in needed or self.pick(2)):
                        self._refer(row, name, table, ids)
        return rows

    def _flat(self, table: str) -> Row:
        row: Row = {"id": self.new_id()}
        for name, field in properties(table).items():
            wanted = name in schemas()[table]["required"] or self.pick(2)
            if name != "id" and wanted and not table_of(field) and not _is_key(name, field):
                row[name] = self._value(table, name, field)
        return row

    def _refer(self, row: Row, name: str, table: str, ids: dict[str, list[str]]) -> None:
        if name in LINKS:
            other = one_of(self.pick, ("service", "organization", "location", "phone"))
            row[LINKS[name]] = other
        elif name in {"parent_id", "parent_organization_id"}:
            other = table
        else:
            other = name.removesuffix("_id")
        row[name] = self.new_id() if self.pick(8) == 7 else one_of(self.pick, tuple(ids[other]))

    def _present(self, depth: int) -> bool:
        return self.full or self.pick(2 + depth) == 1

    def _how_many(self, depth: int) -> int | None:
        """None for an array that is not there; one may be there and empty."""
        choices = (
            (None, 1, 0, 2, 1),
            (None, None, 1, None, 0, 2),
            (None, None, None, None, None, 1, None, 0, None, 2),
        )
        found: int | None = one_of(self.pick, choices[min(depth, 2)])
        return found

    def _rows(
        self, table: str, depth: int, parent: tuple[str, str], without: Collection[str], many: int
    ) -> list[Row]:
        rows: list[Row] = []
        for _ in range(many):
            rows.append(self._one(table, depth, parent, without, [row["id"] for row in rows]))
        return rows

    def _one(
        self, table: str, depth: int, parent: tuple[str, str], without: Collection[str], here: Collection[str]
    ) -> Row:
        known = [row for row in self.known.get(table, []) if row["id"] not in here]
        if self.shared and table in SHARED and known and self.pick(2):
            return copy.deepcopy(known[self.pick(len(known))])
        row = self.row(table, depth + 1, parent, without)
        self.known.setdefault(table, []).append(row)
        return row

    def _value(self, table: str, name: str, field: Row) -> Any:
        if (table, name) == ("service", "status"):
            return one_of(self.pick, self.statuses)
        if "enum" in field:
            return one_of(self.pick, tuple(field["enum"]))
        if field["type"] == "number":
            return number(self.pick)
        form = field.get("format") or field.get("datapackage_type")
        if form:
            return formatted(self.pick, form)
        if name.startswith("by") and self.pick(2) == 0:
            return one_of(self.pick, DAYS)
        return text(self.pick)

    def _link(self, table: str, row: Row, name: str, parent: tuple[str, str] | None) -> None:
        """Set a foreign key: to the row above or below that it names, and now and then to nothing.

        It may also name one further up, but not for what that one would hold itself, then.
        """
        further = {} if table in {"location", "program"} else dict(self.above[:-1])
        nested = row.get(NESTED_IDS.get(name, ""))
        lost = self.pick(8) == 7 and not self.full
        if isinstance(nested, dict) and not lost:
            row[name] = nested["id"]
        elif parent and name in LINKS and not lost:
            row[LINKS[name]], row[name] = parent
        elif parent and name == f"{parent[0]}_id" and not lost:
            row[name] = parent[1]
        elif name.removesuffix("_id") in further and self.pick(2):
            row[name] = further[name.removesuffix("_id")]
        else:
            row[name] = self.new_id()


def _is_key(name: str, field: Row) -> bool:
    return name != "id" and field.get("format") == "uuid"
