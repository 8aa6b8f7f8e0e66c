"""The official HSDS schemas as validators, compiled from the flat files of the standard without a network.

The files refer to each other by file name and have no `$id`. The standard's own compiled schemas say two things that the
flat ones do not: an organization may hold its `services`, and a service at a location its `service`.
"""

import copy
import json
from functools import cache
from typing import Any, Literal

from jsonschema import Draft202012Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from tests.support.tools import shared_data

Shape = Literal["full", "list"]

ADDED: dict[str, dict[str, Any]] = {
    "organization": {"services": {"type": "array", "items": {"$ref": "service.json"}}},
    "service_at_location": {"service": {"$ref": "service.json"}},
}
"""By table, what only the compiled schemas have."""

LISTED_WHOLE = {"taxonomy", "taxonomy_term"}
"""Tables whose lists hold the same objects as their single answers; other lists are without arrays."""

ENVELOPE = {
    "total_items": {"type": "integer", "minimum": 0},
    "total_pages": {"type": "integer", "minimum": 0},
    "page_number": {"type": "integer", "minimum": 1},
    "size": {"type": "integer", "minimum": 0},
    "first_page": {"type": "boolean"},
    "last_page": {"type": "boolean"},
    "empty": {"type": "boolean"},
}


@cache
def schemas() -> dict[str, dict[str, Any]]:
    """Return the schema of every table as published, or skip the test where the standard is not on this machine."""
    folder = shared_data("hsds") / "schema"
    return {
        path.stem: json.loads(path.read_text(encoding="utf-8"))
        for path in sorted(folder.glob("*.json"))
        if path.stem != "openapi"
    }


@cache
def official_openapi() -> dict[str, Any]:
    """Return the standard's description of its API."""
    found: dict[str, Any] = json.loads(
        (shared_data("hsds") / "schema" / "openapi.json").read_text(encoding="utf-8")
    )
    return found


def properties(table: str) -> dict[str, dict[str, Any]]:
    """Return the fields of a table, those of the compiled schemas included."""
    found: dict[str, dict[str, Any]] = schemas()[table]["properties"]
    return found | ADDED.get(table, {})


@cache
def validator(table: str, *, shape: Shape = "full", strict: bool = False) -> Draft202012Validator:
    """Return what validates one `table`, formats included.

    The shape "list" has no arrays: one-to-one fields only. A strict one knows no field beyond the standard's.
    """
    return _compiled({"$ref": f"{table}.json"}, shape, strict)


@cache
def page_validator(table: str, *, shape: Shape = "list", strict: bool = False) -> Draft202012Validator:
    """Return what validates a page of a list of `table`: every field of the envelope, and each of its contents."""
    if table in LISTED_WHOLE:
        shape = "full"
    page = {
        "type": "object",
        "properties": ENVELOPE | {"contents": {"type": "array", "items": {"$ref": f"{table}.json"}}},
        "required": [*ENVELOPE, "contents"],
        "additionalProperties": False,
    }
    return _compiled(page, shape, strict)


def complaints(validator: Draft202012Validator, answer: Any) -> list[str]:
    """Return what is wrong with an answer, as "path: reason"."""
    return [f"{error.json_path}: {error.message[:300]}" for error in validator.iter_errors(answer)]


def table_of(field: dict[str, Any]) -> str | None:
    """Return the table that a field holds rows of, or None for a field that holds a value."""
    reference: str | None = field.get("items", field).get("$ref")
    return reference.removesuffix(".json") if reference else None


def _compiled(schema: dict[str, Any], shape: Shape, strict: bool) -> Draft202012Validator:
    resources = [
        (f"{table}.json", DRAFT202012.create_resource(_changed(table, shape, strict))) for table in schemas()
    ]
    registry: Registry[Any] = Registry().with_resources(resources)
    return Draft202012Validator(schema, registry=registry, format_checker=Draft202012Validator.FORMAT_CHECKER)


def _changed(table: str, shape: Shape, strict: bool) -> dict[str, Any]:
    schema = copy.deepcopy(schemas()[table])
    schema["properties"] |= copy.deepcopy(ADDED.get(table, {}))
    if shape == "list":
        for name, field in schema["properties"].items():
            if field.get("type") == "array":
                schema["properties"][name] = False
    if strict:
        schema["additionalProperties"] = False
    return schema
