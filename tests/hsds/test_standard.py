"""What the product knows of the standard is what the standard says: tables, fields, nesting, and valid values."""

import random

import pytest
from jsonschema import Draft202012Validator

from directory.hsds.standard import CHOICES, TABLES, nested_keys
from directory.hsds.values import is_valid
from tests.hsds.official import properties, schemas, table_of
from tests.hsds.values import EMAILS, MOMENTS, URIS

pytestmark = pytest.mark.shared_data


def letters_of(kind: str) -> str:
    """What is put into a value to change it. The checker takes what Python reads: blanks, a dash too many."""
    return "aFgZ09:é" if kind == "uuid" else "aZ09:/?#[]@%. {}|^`\"\\<>é-_~tTzZ+&'"


def test_tables_are_those_of_the_standard() -> None:
    assert TABLES.keys() == schemas().keys()
    for table, ours in TABLES.items():
        official = properties(table)
        assert list(ours.fields) == [name for name, field in official.items() if not table_of(field)], table
        assert set(nested_keys(table)) == {name for name, field in official.items() if table_of(field)}, table
        assert set(ours.required) == set(schemas()[table]["required"]), table
        assert ours.path == schemas()[table]["path"], table
        for name, (other, _column) in {**ours.one, **ours.many}.items():
            assert table_of(official[name]) == other, (table, name)
        for name, kind in ours.fields.items():
            field = official[name]
            expected = {"date-time": "moment"}.get(field.get("format", ""), field.get("format"))
            if field["type"] == "number":
                assert kind == "number", (table, name)
            elif "enum" in field:
                assert CHOICES[kind] == tuple(field["enum"]), (table, name)
            else:
                assert kind == (expected or "text"), (table, name)


@pytest.mark.parametrize(
    ("kind", "form", "pool"),
    [
        ("uri", "uri", URIS), ("moment", "date-time", MOMENTS), ("email", "email", EMAILS),
        ("uuid", "uuid", ("ac148810-d857-441c-9679-408f346de14b", "AC148810-D857-441C-9679-408F346DE14B")),
    ],
)  # fmt: skip
def test_values_are_valid_where_the_official_checker_says_so(
    kind: str, form: str, pool: tuple[str, ...]
) -> None:
    """Thousands of values with a few letters changed. The checker alone lets a line feed at the end pass."""
    chance = random.Random(kind)
    checker = Draft202012Validator.FORMAT_CHECKER
    valid = 0
    for at in range(20_000):
        letters = list(chance.choice(pool)[:80])
        for _ in range(chance.randrange(4) if at >= len(pool) else 0):
            where = chance.randrange(len(letters) + 1)
            instead = [] if chance.random() < 0.4 else [chance.choice(letters_of(kind))]
            letters[where : where + chance.randrange(2)] = instead
        text = "".join(letters)
        valid += checker.conforms(text, form)
        assert is_valid(kind, text) == checker.conforms(text, form), text
    assert 1_000 < valid < 20_000


@pytest.mark.parametrize("value", [None, True, "1", [], {}, float("nan"), float("inf"), -float("inf")])
def test_numbers_are_numbers(value: object) -> None:
    assert not is_valid("number", value)
    assert is_valid("number", 1) and is_valid("number", -0.5)
