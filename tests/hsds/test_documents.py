"""The documents of these tests are what they promise: valid, of every kind, and told apart by the least difference."""

import copy
import json
from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.hsds.documents import (
    document,
    filled,
    rows_of,
    tabular_package,
    written,
    written_in_full,
)
from tests.hsds.official import complaints, properties, schemas, validator
from tests.hsds.sameness import same

pytestmark = pytest.mark.shared_data

TABLES = ("service", "organization", "service_at_location", "taxonomy", "taxonomy_term")
MODEST: dict[str, Any] = {"max_examples": 25, "deadline": None, "derandomize": True, "database": None}


@settings(**MODEST)
@given(st.data(), st.sampled_from(TABLES), st.booleans(), st.booleans())
def test_documents_are_valid(data: st.DataObject, table: str, shared: bool, extended: bool) -> None:
    made = data.draw(document(table, shared=shared, extended=extended))
    assert complaints(validator(table, strict=not extended), made) == []
    assert same(made, json.loads(json.dumps(made))) == []
    ids = [row["id"] for _table, row in rows_of(made, table)]
    assert shared or len(ids) == len(set(ids))


def test_many_documents_hold_everything_there_is() -> None:
    """Each optional field is there and is not, arrays are absent, empty and of one and two, rows repeat themselves."""
    seen: Counter[tuple[str, str, str]] = Counter()
    repeated = 0
    for seed in range(300):
        for table in TABLES:
            made = written(table, seed, shared=seed % 2 == 1)
            if seed % 10 == 0:
                assert complaints(validator(table), made) == []
            rows = list(rows_of(made, table))
            repeated += len(rows) - len({row["id"] for _table, row in rows})
            for kind, row in rows:
                for name in properties(kind):
                    value = row.get(name)
                    seen[kind, name, "there" if name in row else "absent"] += 1
                    if isinstance(value, list):
                        seen[kind, name, str(len(value))] += 1
                for name in set(row) - set(properties(kind)):
                    seen["extension", type(row[name]).__name__, ""] += 1
    assert repeated > 100
    assert {"str", "int", "float", "NoneType", "bool", "list", "dict"} == {
        name for table, name, _how in seen if table == "extension"
    }
    for table in set(schemas()) - {"meta_table_description"}:
        for name, field in properties(table).items():
            ways = {"there"} if name == "id" else {"there"} | ({"0", "1", "2"} if "items" in field else set())
            assert ways <= {how for way in ways if seen[table, name, (how := way)]}, (table, name)
            assert name in schemas()[table]["required"] or seen[table, name, "absent"], (table, name)


@settings(**MODEST | {"max_examples": 3})
@given(st.data())
def test_filled_documents_lack_nothing(data: st.DataObject) -> None:
    for table in TABLES:
        made = data.draw(filled(table))
        assert complaints(validator(table, strict=True), made) == []
        lacking = {
            (kind, name)
            for kind, row in rows_of(made, table)
            for name in properties(kind)
            if name not in row and name not in {"services", "service", "organization", "service_at_locations"}
        }
        assert lacking == set()
        assert all(value != [] for _kind, row in rows_of(made, table) for value in row.values())


@settings(**MODEST | {"max_examples": 5})
@given(tabular_package())
def test_packages_are_flat(package: dict[str, list[dict]]) -> None:
    assert package.keys() == schemas().keys()
    for table, rows in package.items():
        assert rows
        for row in rows:
            assert all(not isinstance(value, list | dict) for value in row.values())
            # The unit of a capacity is a column in this form, and a row in the other.
            nested = {"unit": {"id": row["id"], "name": ""}} if table == "service_capacity" else {}
            assert complaints(validator(table, strict=True), row | nested) == []
            assert set(schemas()[table].get("tabular_required", [])) <= row.keys()


def test_any_difference_is_told() -> None:
    made = written_in_full("service")
    assert same(made, copy.deepcopy(made)) == []
    turned = json.loads(json.dumps(made), object_pairs_hook=lambda pairs: dict(reversed(pairs)))
    assert same(made, turned) == []
    here, there = made["service_at_locations"][0]["location"], turned["service_at_locations"][0]["location"]
    for name, value in list(here.items()):
        others: list[Any] = [None, [], {}, 0, f"{value} "]
        for other in [one for one in others if one != value]:
            here[name] = other
            assert any(f".location.{name}" in one for one in same(made, turned)), (name, other)
        del here[name]
        assert len(same(made, turned)) == len(same(there, here)) == 1, name
        here[name] = value
    assert same(made, turned) == []


@pytest.mark.parametrize(
    ("a", "b", "equal"),
    [
        (1, 1.0, True), (0, -0.0, True), (1, True, False), (0, False, False), (1, "1", False), (None, "", False),
        ([], None, False), ([1, 2], [2, 1], False), ([{"id": "a"}, {"id": "b"}], [{"id": "b"}, {"id": "a"}], True),
        ([{"id": "a"}, {"id": "a"}], [{"id": "a"}], False), ({"a": None}, {}, False),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}, True),
        ([{"id": "a", "n": 1}], [{"id": "a", "n": 1.0}], True), ("é", "e\u0301", False), (2**53, 2**53 - 1, False),
    ],
)  # fmt: skip
def test_what_is_the_same(a: object, b: object, equal: bool) -> None:
    assert (same({"x": a}, {"x": b}) == []) is equal
    assert (same({"x": b}, {"x": a}) == []) is equal
