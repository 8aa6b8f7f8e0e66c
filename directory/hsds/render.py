"""What a row of ours is called in HSDS, and what its source said otherwise.

Columns hold cleaned values, for people and for the search. What a source's document said stays the truth for whoever
reads the directory as data: `given` of a row keeps the difference, so that a document that was imported is told as it
came, to the letter, until somebody here says better. It holds

- `says`: values by field that our columns say otherwise, and fields the standard does not know;
- `lacks`: fields that the document left out though our columns would fill them;
- `empty`: lists that it gave without anything in them;
- `holds`: lists of an organization that it nested within its services too;
- `made`: that the row is one of ours, read out of the words of another one: documents do not have it.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import String

from directory.hsds.standard import TABLES, implied, nested_keys
from directory.hsds.values import WRITERS, is_valid
from directory.models import HSDS_TABLES

Cells = Sequence[Any]
"""The values of a row in the order of `columns_of` its table."""

_FILLED = {"text", "status", "place"}
_LEADS_THERE = frozenset(
    (
        "latitude", "longitude", "description", "transportation", "name", "alternate_name", "url",
        "external_identifier", "external_identifier_type",
    )
)  # fmt: skip
"""Fields of a location that lead there, or say what it is."""


_VITAL = {("phone", "number"), ("service", "name"), ("organization", "name")}
"""Texts whose row says nothing without them."""


class _Shape(msgspec.Struct, frozen=True):
    """How rows of a table are written: each field with where its value stands and what turns it into the standard's."""

    columns: tuple[str, ...]
    nested: tuple[tuple[str, int, Callable[[Any], Any] | None], ...]
    flat: tuple[tuple[str, int, Callable[[Any], Any] | None], ...]
    filled: tuple[str, ...]
    """Required texts, which are blank where we know nothing."""
    needed: tuple[str, ...]
    """Required fields without which a row cannot be told at all."""
    given: int
    source: int


def _shape(table: str) -> _Shape:
    standard, model = TABLES[table], HSDS_TABLES[table]
    provenance = "imported_from" if table == "funding" else "source"
    columns = (*standard.fields, *(name for name in (provenance, "given") if name not in standard.fields))
    if table == "location":
        columns = (*columns, "confidential")
    missing = [name for name in columns if name not in model.__table__.columns]
    assert not missing, f"{table} has no {missing}"
    types = model.__table__.columns
    flat = tuple(
        # A text of ours is one of the standard as it is, and most of what is told are texts.
        (name, at, None if kind == "text" and isinstance(types[name].type, String) else WRITERS[kind])
        for at, (name, kind) in enumerate(standard.fields.items())
    )
    without = implied(table)
    required = [name for name in standard.required if name in standard.fields]
    return _Shape(
        columns,
        tuple(one for one in flat if one[0] not in without),
        flat,
        tuple(name for name in required if standard.fields[name] in _FILLED and (table, name) not in _VITAL),
        tuple(name for name in required if standard.fields[name] not in _FILLED or (table, name) in _VITAL),
        columns.index("given"),
        columns.index(provenance),
    )


_SHAPES = {table: _shape(table) for table in TABLES}


def columns_of(table: str) -> tuple[str, ...]:
    """Return the columns of a table that `hsds_row` needs, in its order."""
    return _SHAPES[table].columns


def canonical(table: str, cells: Cells, *, flat: bool = False) -> dict[str, Any]:
    """Return what our columns say, by the standard's fields; what is empty is left out.

    `flat` rows, of tables, name what they belong to; those within a document do not, see `standard.implied`.
    """
    shape = _SHAPES[table]
    content: dict[str, Any] = {}
    for name, at, write in shape.flat if flat else shape.nested:
        value = cells[at]
        if value is not None and write is not None:
            value = write(value)
        if value is not None:
            content[name] = value
    for name in shape.filled:
        if name not in content:
            content[name] = ""
    if table == "metadata" and cells[shape.source] is None:
        # Who works here is nobody's business outside, nor is what was taken out of a listing, for safety perhaps.
        content |= dict.fromkeys(("updated_by", "previous_value", "replacement_value"), "")
    return content


def hsds_row(table: str, cells: Cells, *, flat: bool = False, plain: bool = False) -> dict[str, Any] | None:
    """Return a row as the standard has it, without what is nested below it; None for one that cannot be told.

    What its source said otherwise than our columns is told as the source said it, unless it is to be told `plain`. Of a
    confidential location nothing is there that leads to it.
    """
    shape = _SHAPES[table]
    given = cells[shape.given]
    content = canonical(table, cells, flat=flat)
    if given:
        if given.get("made"):
            return None
        for name in () if plain else given.get("lacks", ()):
            if name not in TABLES[table].required:
                content.pop(name, None)
        content |= {} if plain else given.get("says", {})
    if table == "location" and cells[-1]:
        kept = TABLES["location"].fields.keys() - _LEADS_THERE
        content = {name: value for name, value in content.items() if name in kept}
    for name in shape.needed:
        if name not in content:
            return None
    return content


def difference(
    table: str,
    row: Mapping[str, Any],
    said: Mapping[str, Any],
    *,
    empty: Sequence[str] = (),
    holds: Sequence[str] = (),
) -> dict[str, Any] | None:
    """Return what `given` of a row has to keep so that it is told as its document `said`: None when nothing is.

    `said` are the fields of the document that are no nested rows. Values that the standard does not allow are kept apart,
    under `odd`: they are never told.
    """
    shape, fields = _SHAPES[table], TABLES[table].fields
    cells = [row.get(name) for name in shape.columns]
    cells[shape.source] = "a document"
    ours = canonical(table, cells)
    says: dict[str, Any] = {}
    odd: dict[str, Any] = {}
    for name, value in said.items():
        kind = fields.get(name)
        if (kind and not is_valid(kind, value)) or name in nested_keys(table):
            odd[name] = value
        elif name == "last_modified" or name not in ours or ours[name] != value:
            # When it was last modified is kept in any case: it tells whether the source keeps count of that.
            says[name] = value
    lacks = [name for name in ours if name not in said and name not in TABLES[table].required]
    if table == "service" and not {"last_modified"} & {*said, *lacks}:
        lacks.append("last_modified")  # which we fill in when it is written
    given = {
        "says": says,
        "lacks": lacks,
        "empty": list(empty),
        "holds": list(holds),
        "odd": odd,
    }
    return {name: value for name, value in given.items() if value} or None


def without(given: Mapping[str, Any] | None, field: str) -> dict[str, Any] | None:
    """Return `given` of a row whose `field` is now said by us, since somebody here has changed it."""
    if not given:
        return None
    kept = dict(given)
    kept["says"] = {name: value for name, value in given.get("says", {}).items() if name != field}
    kept["lacks"] = [name for name in given.get("lacks", ()) if name != field]
    return {name: value for name, value in kept.items() if value} or None
