"""Which column holds what, as a form: the draft or what was chosen since, field by field."""

from typing import Any

import msgspec

from core.forms import Values
from core.i18n import gettext as _
from directory.intake.desk import Column, Upload
from directory.intake.words import LISTS, confidence_words, field_name, fields, why_words

_MOST = 6
"""Columns that one field can take."""


class Choice(msgspec.Struct, frozen=True):
    """One list of columns to choose from: the number of the chosen one, or an empty text."""

    id: str
    chosen: str
    texts: tuple[str, ...] = ()


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """A field of ours with the columns chosen for it, how sure the draft is (blank when a person chose), and why."""

    name: str
    label: str
    choices: tuple[Choice, ...]
    sure: str = ""
    why: str = ""


def drafted(upload: Upload) -> dict[str, list[str]]:
    """Return the columns by field as they were drafted."""
    return {field: list(guess.columns) for field, guess in upload.guesses.items()}


def offered(upload: Upload, chosen: dict[str, list[str]]) -> dict[str, Any]:
    """Return what the form shows: fields with a column, those unsure first, fields without, and columns left over."""
    found = [_field(upload, name, chosen.get(name, [])) for name in fields(own=upload.own)]
    filled = [field for field in found if field.choices[0].chosen or field.name == "name"]
    order = {"check": 0, "likely": 1}
    filled.sort(key=lambda field: (field.name != "name", order.get(field.sure, 2)))
    taken = {column for columns in chosen.values() for column in columns}
    return {
        "filled": filled,
        "others": [field for field in found if field not in filled],
        "left_over": [
            one for one in upload.columns if one.name not in taken and one.name not in upload.ignored
        ],
        "options": [(str(number), one.name) for number, one in enumerate(upload.columns)],
    }


def _field(upload: Upload, name: str, columns: list[str]) -> Field:
    by_name = {column.name: (str(number), column) for number, column in enumerate(upload.columns)}
    chosen = [by_name[column] for column in columns if column in by_name]
    choices = [_choice(name, number, *one) for number, one in enumerate(chosen, start=1)]
    if not choices or (name in LISTS and len(choices) < _MOST):
        choices.append(Choice(_id(name, len(choices) + 1), ""))
    guess = upload.guesses.get(name)
    as_drafted = guess is not None and list(guess.columns) == columns
    return Field(
        name=name,
        label=field_name(name),
        choices=tuple(choices),
        sure=confidence_words(guess.confidence) if guess and as_drafted else "",
        why=why_words(guess.why) if guess and as_drafted else "",
    )


def _choice(name: str, number: int, value: str, column: Column) -> Choice:
    return Choice(_id(name, number), value, column.texts)


def _id(name: str, number: int) -> str:
    return f"f-{name}" if number == 1 else f"f-{name}-{number}"


def chosen_fields(upload: Upload, form: Values) -> tuple[dict[str, list[str]], dict[str, str]]:
    """Return the columns that were chosen by field, and what is wrong with that by the id of a list."""
    chosen: dict[str, list[str]] = {}
    for name in fields(own=upload.own):
        numbers = [
            text for text in form.getall(f"f-{name}", []) if isinstance(text, str) and text.isdecimal()
        ]
        columns = [
            upload.columns[int(number)].name
            for number in numbers[:_MOST]
            if len(number) < 5 and int(number) < len(upload.columns)
        ]
        if columns:
            chosen[name] = list(dict.fromkeys(columns))
    errors = {} if "name" in chosen else {"f-name": _("Say which column holds the name of the service.")}
    return chosen, errors
