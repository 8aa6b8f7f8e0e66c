"""datapackage.json of an HSDS package: what each column of its files holds, and what refers to what."""

import re
from datetime import date, time
from typing import Any

from directory.hsds.standard import CHOICES, TABLES, VERSION
from directory.hsds.values import is_valid
from directory.importing.fields import REFERENCES

DESCRIPTOR = "datapackage.json"

#: Fields that are texts in documents and have a type of their own in tables.
_DATES = frozenset(("valid_from", "valid_to", "dtstart", "until", "assured_date", "last_action_date"))
_TIMES = frozenset(("opens_at", "closes_at"))

_TYPES: dict[str, dict[str, Any]] = {
    "uuid": {"type": "string", "format": "uuid"},
    "uri": {"type": "string", "format": "uri"},
    "email": {"type": "string", "format": "email"},
    "number": {"type": "number"},
    "moment": {"type": "datetime", "format": "%Y-%m-%dT%H:%M:%S.%fZ"},
    "date": {"type": "date"},
    "time": {"type": "time", "format": "%H:%M"},
}
_EMAIL = re.compile(r"[\w.+'%-]{1,64}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+", re.ASCII)
_WEB = re.compile(r"(?:https?|ftp)://[A-Za-z0-9]", re.IGNORECASE)
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", re.ASCII)
_CLOCK = re.compile(r"\d\d:\d\d", re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def kind_of(table: str, name: str) -> str:
    """Return what a column of the standard holds."""
    if name in _DATES:
        return "date"
    return "time" if name in _TIMES else TABLES[table].fields[name]


def fits(table: str, name: str, value: Any) -> bool:
    """Tell whether a value, as documents have it, may stand in a column of the standard."""
    if not is_valid(TABLES[table].fields[name], value):
        return False
    match kind_of(table, name):
        case "date":
            return bool(_DAY.fullmatch(value)) and _reads(date.fromisoformat, value)
        case "time":
            return bool(_CLOCK.fullmatch(value)) and _reads(time.fromisoformat, value)
        case "email":
            return bool(_EMAIL.fullmatch(value))
        case "uri":
            return bool(_WEB.match(value))
        case "moment":
            return bool(_MOMENT.fullmatch(value))
    return True


def _reads(read: Any, value: str) -> bool:
    try:
        return read(value) is not None
    except ValueError:
        return False


def descriptor(name: str, files: dict[str, tuple[str, ...]]) -> dict[str, Any]:
    """Return the descriptor of a package called `name`, whose `files` have these columns by table.

    `origins` tells importers that columns begin with `given_` where a source wrote a value differently, and that the last
    two columns name that source and its id of the row.
    """
    return {
        "name": name,
        "profile": "tabular-data-package",
        "hsds_version": VERSION,
        "origins": True,
        "resources": [_resource(table, columns, files) for table, columns in files.items()],
    }


def _resource(table: str, columns: tuple[str, ...], files: dict[str, tuple[str, ...]]) -> dict[str, Any]:
    fields = [{"name": str(name), **_type(table, name)} for name in columns]
    keys = [
        {
            "fields": str(column),
            "reference": {"resource": "" if other == table else str(other), "fields": "id"},
        }
        for column, other in REFERENCES[table].items()
        if column in columns and other in files
    ]
    schema: dict[str, Any] = {"fields": fields, "primaryKey": "id", "missingValues": [""]}
    if keys:
        schema["foreignKeys"] = keys
    return {
        "name": table,
        "path": TABLES[table].path,
        "profile": "tabular-data-resource",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "dialect": {"delimiter": ",", "lineTerminator": "\r\n", "quoteChar": '"', "doubleQuote": True},
        "schema": schema,
    }


def _type(table: str, name: str) -> dict[str, Any]:
    if name not in TABLES[table].fields:
        return {"type": "string"}
    kind = kind_of(table, name)
    if kind in CHOICES:
        return {"type": "string", "constraints": {"enum": list(CHOICES[kind])}}
    told = _TYPES.get(kind, {"type": "string"})
    return told | {"constraints": {"required": True, "unique": True}} if name == "id" else told
