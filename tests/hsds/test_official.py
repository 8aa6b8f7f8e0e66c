"""The validators themselves: they let the right through, and nothing else."""

from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tests.hsds.official import complaints, page_validator, properties, schemas, table_of, validator

pytestmark = pytest.mark.shared_data

ID = "ac148810-d857-441c-9679-408f346de14b"
SERVICE = {"id": ID, "name": "Hot supper", "status": "active"}
PAGE = {
    "total_items": 1, "total_pages": 1, "page_number": 1, "size": 1, "first_page": True, "last_page": True,
    "empty": False, "contents": [SERVICE],
}  # fmt: skip


def test_every_schema_is_one_and_refers_to_others_that_are_there() -> None:
    assert len(schemas()) == 24
    for table, schema in schemas().items():
        Draft202012Validator.check_schema(schema)
        assert {table_of(field) for field in properties(table).values()} <= {*schemas(), None}


@pytest.mark.parametrize(
    ("table", "row", "field", "wrong"),
    [
        ("service", SERVICE, "id", "ac148810d857441c9679408f346de14b"),
        ("service", SERVICE, "id", "not an id"),
        ("service", SERVICE, "url", "www.harbor.example"),
        ("service", SERVICE, "url", "https://harbor.example/a b"),
        ("service", SERVICE, "email", "harbor"),
        ("service", SERVICE, "last_modified", "2026-03-01"),
        ("service", SERVICE, "last_modified", "2026-02-30T10:00:00Z"),
        ("service", SERVICE, "last_modified", "2026-03-01T10:00:00"),
        ("service", SERVICE, "status", "Active"),
        ("service", SERVICE, "minimum_age", "18"),
        ("service", SERVICE, "minimum_age", True),
        ("service", SERVICE, "description", None),
        ("service", SERVICE, "phones", None),
        ("service", SERVICE, "phones", [{"id": ID}]),
        ("service", SERVICE, "organization", {"id": ID, "name": "Harbor Table"}),
        ("service", SERVICE, "service_at_locations", [{"id": ID, "location": {"id": ID}}]),
        ("service_at_location", {"id": ID}, "service", {"id": ID}),
        ("organization", {"id": ID, "name": "", "description": ""}, "services", [{"id": ID}]),
    ],
)
def test_what_is_wrong_is_told(table: str, row: dict, field: str, wrong: object) -> None:
    assert complaints(validator(table), row) == []
    found = complaints(validator(table), row | {field: wrong})
    assert found and all(one.startswith(f"$.{field}") for one in found)


def test_only_the_strict_refuse_unknown_fields() -> None:
    deep: dict[str, Any] = SERVICE | {
        "organization": {"id": ID, "name": "", "description": "", "phones": [{"id": ID, "number": "1"}]}
    }
    assert complaints(validator("service", strict=True), deep) == []
    deep["organization"]["phones"][0]["color"] = "green"
    assert complaints(validator("service"), deep) == []
    assert complaints(validator("service", strict=True), deep)


def test_lists_hold_one_to_one_fields_only() -> None:
    organization = {"id": ID, "name": "", "description": ""}
    program = {"id": ID, "name": "", "description": ""}
    service = SERVICE | {"organization": organization, "program": program}
    linked = {"id": ID, "service": service, "location": {"id": ID, "location_type": "physical"}}
    lists = validator("service_at_location", shape="list")
    assert complaints(lists, linked) == []
    assert complaints(lists, linked | {"phones": []})
    assert complaints(lists, linked | {"service": service | {"languages": []}})
    assert complaints(
        lists, linked | {"service": service | {"organization": organization | {"services": []}}}
    )


def test_a_page_has_its_whole_envelope() -> None:
    pages = page_validator("service", strict=True)
    assert complaints(pages, PAGE) == []
    for field in PAGE:
        assert complaints(pages, {name: value for name, value in PAGE.items() if name != field}), field
    assert complaints(pages, PAGE | {"contents": [SERVICE | {"phones": []}]})
    assert (
        complaints(page_validator("service", shape="full"), PAGE | {"contents": [SERVICE | {"phones": []}]})
        == []
    )
    term = {"id": ID, "name": "Food", "description": "", "metadata": []}
    assert complaints(page_validator("taxonomy_term"), PAGE | {"contents": [term]}) == []
