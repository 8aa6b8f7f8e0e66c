"""Single rows of a small table, to be put right: what stands in their cells, and what was noticed there."""

import asyncio
import re
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from core import form_fields
from core.forms import FormErrors
from directory.importing.files import open_package
from directory.importing.rows import Lines, read_rows
from directory.intake.desk import Desk, Version
from directory.intake.telling import noticed
from directory.intake.words import field_name, field_of, reason_words

MOST_AT_ONCE = 20
"""Rows that one form holds."""

_CELL = re.compile(r"cell-(\d{1,9})-(\d{1,4})")
_LONG = 70


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """One cell: the id of its field in the form, what it holds for us, its column, its text, what is wrong with it."""

    id: str
    label: str
    column: str
    text: str
    wrong: str = ""

    @property
    def is_long(self) -> bool:
        """Whether the text needs several lines."""
        return len(self.text) > _LONG or "\n" in self.text


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One row: its line, what was noticed that is of no single cell, and the cells that are read."""

    number: int
    reasons: tuple[str, ...]
    cells: tuple[Cell, ...]


async def rows_at(desk: Desk, version: Version, lines: Iterable[int]) -> list[Line]:
    """Return the rows at these lines as they are read now; lines without a row are left out."""
    wanted = set(lines)
    texts = await asyncio.to_thread(_texts, desk)
    told = {row.line: row.notes for row in noticed(desk, version) or [] if row.line in wanted}
    return [
        _line(desk, version, number, texts[number] | version.cells.get(number, {}), told.get(number, ()))
        for number in sorted(wanted & texts.keys())
    ]


def _texts(desk: Desk) -> dict[int, dict[str, str]]:
    """Return the rows of the table as it was uploaded, by line; such a table holds nothing but texts."""
    with open_package(desk.path) as package:
        return {
            row.line: {name: value if isinstance(value, str) else "" for name, value in row.values.items()}
            for row in read_rows(Lines(package.files[0]))
            if not row.problem
        }


def _line(
    desk: Desk, version: Version, number: int, texts: Mapping[str, str], notes: tuple[tuple[str, str], ...]
) -> Line:
    at = {column.name: index for index, column in enumerate(desk.upload.columns)}
    wrong: dict[str, str] = {}
    general = []
    for reason, detail in notes:
        words = f"{reason_words(reason)} ({detail})" if detail else reason_words(reason)
        columns = version.fields.get(field_of(reason), [])
        if columns:
            wrong.setdefault(columns[0], words)
        else:
            general.append(words)
    holds = {column: field for field, columns in version.fields.items() for column in columns}
    cells = [
        Cell(
            id=f"cell-{number}-{at[column]}",
            label=field_name(field),
            column=column,
            text=texts.get(column, ""),
            wrong=wrong.get(column, ""),
        )
        for column, field in holds.items()
        if column in at
    ]
    cells.sort(key=lambda cell: not cell.wrong)
    return Line(number=number, reasons=tuple(general), cells=tuple(cells))


async def corrected(desk: Desk, version: Version, form: Mapping[str, Any]) -> dict[int, dict[str, str]]:
    """Return all cells that differ from the upload, after a form was filled in; raises `FormErrors`."""
    texts = await asyncio.to_thread(_texts, desk)
    cells = {line: dict(row) for line, row in version.cells.items()}
    errors: dict[str, str] = {}
    for name, value in form.items():
        found = _CELL.fullmatch(name)
        if not found or not isinstance(value, str):
            continue
        line, number = int(found[1]), int(found[2])
        if line not in texts or number >= len(desk.upload.columns):
            continue
        column = desk.upload.columns[number].name
        try:
            text = form_fields.clean(value)
            if len(text) > form_fields.LONGEST:
                raise form_fields.Wrong("")
        except form_fields.Wrong as wrong:
            errors[name] = str(wrong)
            continue
        row = cells.setdefault(line, {})
        if text == texts[line].get(column, "").replace("\r\n", "\n").strip():
            row.pop(column, None)
        else:
            row[column] = text
    if errors:
        raise FormErrors(errors)
    return {line: row for line, row in cells.items() if row}
