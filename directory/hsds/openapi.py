"""Describes `/hsds/` in the terms of OpenAPI 3.1, from the same tables and parameters that answer there."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import msgspec

from core.i18n import N_
from directory.hsds import parameters
from directory.hsds.nested import SHAPES
from directory.hsds.standard import CHOICES, TABLES, VERSION

Json = dict[str, Any]

_FORMATS = {"uuid": "uuid", "uri": "uri", "email": "email", "moment": "date-time"}

PARAMETERS: dict[str, str] = {
    "search": N_(
        "Words that have to stand somewhere in the name, the description or the name of the organization."
    ),
    "page": N_(
        "Which page, from 1. Whoever reads page after page is given no row twice, whatever changes meanwhile."
    ),
    "per_page": N_("How many on a page, at most 1000; 50 unless said."),
    "format": N_("`json` for a page, `ndjson` for everything, one document to a line."),
    "taxonomy_term_id": N_("Only what has this term."),
    "taxonomy_id": N_("Only what has a term of this taxonomy."),
    "organization_id": N_("Only what this organization offers."),
    "modified_after": N_(
        "Only what was modified at this moment or later (RFC 3339; without a zone it is UTC)."
    ),
    "minimal": N_("Only ids and moments of change; without `per_page`, of all services in one answer."),
    "full": N_("Documents with everything that is nested in them."),
    "full_service": N_("Organizations in full, with their services in full."),
    "postcode": N_("A ZIP code: only what states no area served, or one that holds it."),
    "proximity": N_("In metres: only what is within this distance of the middle of the postcode."),
    "parent_id": N_("Only terms directly below this one."),
    "top_only": N_("Only terms that are below no other."),
}
"""What each parameter asks for."""

_SUMMARIES = {
    "services": ("Services, page by page or all", "One service with everything nested in it"),
    "organizations": ("Organizations, page by page or all", "One organization with everything nested in it"),
    "service_at_locations": ("Services at locations, page by page or all", "One service at one location"),
    "taxonomies": ("Taxonomies", "One taxonomy"),
    "taxonomy_terms": ("Terms of taxonomies", "One term"),
}


def document(base_url: str, publisher: str, kinds: tuple[Any, ...]) -> Json:
    """Return the document: `kinds` are those of `directory.hsds.api`."""
    paths: Json = {
        "/": {"get": _read("about", "This API, and who publishes it", _ROOT)},
        "/openapi.json": {"get": _read("description", "This document", {"type": "object"})},
    }
    for kind in kinds:
        summary, single = _SUMMARIES[kind.path]
        asked = [_parameter(name, schema) for name, schema in _parameters(kind.query)]
        paths[f"/{kind.path}"] = {
            "get": _read(f"list_{kind.path}", summary, _list(kind), parameters=asked, lines=True),
            "post": _read(
                f"ask_{kind.path}", f"{summary}: what is asked stands in the body", _list(kind), lines=True
            )
            | {"parameters": asked, "requestBody": _body(kind.query)},
        }
        one = [{"name": "id", "in": "path", "required": True, "schema": {"type": "string", "format": "uuid"}}]
        if kind.table == "organization":
            one += [
                _parameter(name, schema) for name, schema in _parameters(parameters.OrganizationItemQuery)
            ]
        shapes = [_ref(kind.alone)]
        if kind.table == "organization":
            shapes.append(_ref("organization with services"))
        answer = shapes[0] if len(shapes) == 1 else {"anyOf": shapes}
        paths[f"/{kind.path}/{{id}}"] = {
            "get": _read(f"one_of_{kind.path}", single, answer, parameters=one, missing=True)
        }
    return {
        "openapi": "3.1.0",
        "jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
        "info": {
            "title": f"Open data of {publisher}",
            "version": VERSION,
            "summary": f"Human services by the API of HSDS {VERSION}",
            "license": {"name": "As the publisher says", "url": base_url},
        },
        "servers": [{"url": f"{base_url}/hsds"}],
        "security": [{}, {"key": []}, {"bearer": []}],
        "paths": paths,
        "components": {
            "schemas": _schemas(),
            "securitySchemes": {
                "key": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
                "bearer": {"type": "http", "scheme": "bearer"},
            },
        },
    }


def _read(
    name: str,
    summary: str,
    schema: Json,
    *,
    parameters: list[Json] | None = None,
    lines: bool = False,
    missing: bool = False,
) -> Json:
    """Return an operation that only reads."""
    content: Json = {"application/json": {"schema": schema}}
    if lines:
        content["application/x-ndjson"] = {"schema": {"type": "string"}}
    answers: Json = {
        "200": {"description": "What was asked for.", "content": content},
        "304": {"description": "Unchanged since the answer with the ETag that was named."},
        "400": _problem("A parameter makes no sense; the problem names it."),
        "401": _problem("The key is not known, or no longer."),
        "429": _problem("Asked too often; Retry-After says when to come back."),
        "503": _problem("The database is away for a moment."),
    }
    if missing:
        answers["404"] = _problem("There is none such, or none that is published.")
    operation: Json = {"operationId": name, "summary": summary, "responses": answers}
    return operation | ({"parameters": parameters} if parameters else {})


def _problem(description: str) -> Json:
    schema = {"$ref": "#/components/schemas/Problem"}
    return {"description": description, "content": {"application/problem+json": {"schema": schema}}}


def _parameters(struct: type[msgspec.Struct]) -> list[tuple[str, Json]]:
    """Return what a query takes, by name with its schema."""
    (_reference,), components = msgspec.json.schema_components([struct])
    properties: Json = components[struct.__name__]["properties"]
    return [(name, _plain(schema)) for name, schema in properties.items()]


def _plain(schema: Json) -> Json:
    """Return a schema without what only our own defaults say: nothing is a value that could be sent."""
    if "anyOf" in schema:
        schema = next(one for one in schema["anyOf"] if one.get("type") != "null")
    schema = {key: value for key, value in schema.items() if key != "default"}
    if schema.get("enum"):
        schema["type"] = "string"
    return schema


def _parameter(name: str, schema: Json) -> Json:
    return {"name": name, "in": "query", "required": False, "description": PARAMETERS[name], "schema": schema}


def _body(struct: type[msgspec.Struct]) -> Json:
    schema = {"type": "object", "properties": dict(_parameters(struct))}
    content = {kind: {"schema": schema} for kind in ("application/x-www-form-urlencoded", "application/json")}
    return {"required": False, "description": "The parameters, as a form or as JSON.", "content": content}


def _list(kind: Any) -> Json:
    shapes = dict.fromkeys((kind.listed, kind.full))
    if kind.table == "organization":
        shapes["organization with services"] = None
    choices = [_ref(shape) for shape in shapes]
    if kind.table == "service":
        choices.append({"$ref": "#/components/schemas/Minimal"})
    items = choices[0] if len(choices) == 1 else {"anyOf": choices}
    contents = {"type": "array", "items": items}
    return {
        "allOf": [{"$ref": "#/components/schemas/Page"}],
        "type": "object",
        "required": ["contents"],
        "properties": {"contents": contents},
    }


def _ref(shape: str) -> Json:
    return {"$ref": f"#/components/schemas/{_name(shape)}"}


def _name(shape: str) -> str:
    return "".join(word.capitalize() for word in shape.replace("_", " ").split())


@lru_cache(maxsize=1)
def _schemas() -> Json:
    return {_name(shape): _shape(shape) for shape in SHAPES} | {
        "Page": _PAGE,
        "Minimal": _MINIMAL,
        "Problem": _PROBLEM,
    }


def _shape(shape: str) -> Json:
    """Return the schema of documents of a shape; fields that the standard does not know may come besides."""
    below, standard = SHAPES[shape], TABLES[SHAPES[shape].table]
    properties: Json = {name: _field(kind) for name, kind in standard.fields.items()}
    properties |= {key: _ref(inner) for key, inner in below.one.items()}
    properties |= {key: {"type": "array", "items": _ref(inner)} for key, inner in below.many.items()}
    if below.whole and standard.attributes:
        properties["attributes"] = {"type": "array", "items": _ref("attribute")}
    if below.whole and standard.metadata:
        properties["metadata"] = {"type": "array", "items": _ref("metadata")}
    required = [name for name in standard.required if name in standard.fields or name in below.one]
    return {"type": "object", "properties": properties, "required": required}


def _field(kind: str) -> Json:
    if kind == "number":
        return {"type": "number"}
    if kind in CHOICES:
        return {"type": "string", "enum": list(CHOICES[kind])}
    return {"type": "string"} | ({"format": _FORMATS[kind]} if kind in _FORMATS else {})


_ROOT: Json = {
    "type": "object",
    "required": ["version", "profile", "openapi_url"],
    "properties": {
        "version": {"type": "string"},
        "profile": {"type": "string", "format": "uri"},
        "openapi_url": {"type": "string", "format": "uri"},
        "description": {"type": "string"},
        "data_guide": {"type": "string", "format": "uri"},
        "publisher": {
            "type": "object",
            "properties": {"name": {"type": "string"}, "website": {"type": "string", "format": "uri"}},
        },
    },
}

_PAGE: Json = {
    "type": "object",
    "required": [
        "total_items", "total_pages", "page_number", "size", "first_page", "last_page", "empty", "contents",
    ],
    "properties": {
        "total_items": {"type": "integer", "minimum": 0},
        "total_pages": {"type": "integer", "minimum": 0},
        "page_number": {"type": "integer", "minimum": 1},
        "size": {"type": "integer", "minimum": 0},
        "first_page": {"type": "boolean"},
        "last_page": {"type": "boolean"},
        "empty": {"type": "boolean"},
        "contents": {"type": "array"},
    },
}  # fmt: skip

_MINIMAL: Json = {
    "type": "object",
    "required": ["id"],
    "properties": {
        "id": {"type": "string", "format": "uuid"},
        "modified_date": {"type": "string", "format": "date-time"},
    },
}

_PROBLEM: Json = {
    "type": "object",
    "required": ["type", "title", "status"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {"type": "object", "additionalProperties": {"type": "string"}},
    },
}
