"""Writes the directory as a workbook for people: first what they look for, then every table that has rows."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from sqlalchemy import Uuid

from core.i18n import gettext as _
from directory.exporting.cells import cell
from directory.exporting.headings import heading, sheet_name
from directory.exporting.overview import HEADINGS, overview
from directory.exporting.rows import CHUNK, Reading, own_columns, service_ids
from directory.exporting.target import new_file
from directory.hsds.standard import TABLES
from directory.models import HSDS_TABLES

MOST_ROWS = 1_048_576
"""So many rows a sheet holds, its header included."""
_WIDE = frozenset(
    (
        "description",
        "application_process",
        "eligibility_description",
        "notes",
        "transportation",
        "details",
        "extent",
    )
)
_NARROW, _USUAL, _BROAD = 13, 24, 48


class _Sheets:
    """Sheets of one kind: a further one is begun when one is full."""

    def __init__(self, book: Workbook, name: str, headings: Sequence[str], widths: Sequence[int]) -> None:
        self._book = book
        self._name = name
        self._headings = headings
        self._widths = widths
        self._number = 0
        self._rows = MOST_ROWS
        self._sheet: Any = None

    def append(self, values: Iterable[Any]) -> None:
        """Write a row."""
        if self._rows >= MOST_ROWS:
            self._begin()
        self._sheet.append([cell(value) for value in values])
        self._rows += 1

    def _begin(self) -> None:
        self._number += 1
        name = self._name if self._number == 1 else f"{self._name} {self._number}"
        sheet = self._sheet = self._book.create_sheet(name[:31])
        sheet.freeze_panes = "A2"
        for number, width in enumerate(self._widths, start=1):
            sheet.column_dimensions[get_column_letter(number)].width = width
        header = []
        for title in self._headings:
            top = WriteOnlyCell(sheet, value=title)
            top.font = Font(bold=True)
            top.alignment = Alignment(wrap_text=True, vertical="top")
            header.append(top)
        sheet.append(header)
        self._rows = 1


async def write_workbook(reading: Reading, path: Path, step: Callable[[int], None]) -> None:
    """Write what leaves to `path`, in the language of the context."""
    with new_file(path) as part:
        book = Workbook(write_only=True)
        await _write_overview(reading, book, step)
        for table in HSDS_TABLES:
            await _write_table(reading, book, table)
        book.save(part)


async def _write_overview(reading: Reading, book: Workbook, step: Callable[[int], None]) -> None:
    titles = [_(title) for title, _width in HEADINGS]
    sheets = _Sheets(book, _("Services"), titles, [width for _title, width in HEADINGS])
    sheets._begin()
    async for ids in service_ids(reading.db, reading.public, CHUNK):
        for values in await overview(reading.db, ids):
            sheets.append(values)
        step(len(ids))


async def _write_table(reading: Reading, book: Workbook, table: str) -> None:
    columns = _in_order(table)
    sheets = _Sheets(book, sheet_name(table), [heading(name) for name in columns], _widths(table, columns))
    async for rows in reading.rows(table):
        for row in rows:
            sheets.append(row[name] for name in columns)


def _in_order(table: str) -> list[str]:
    """The columns of a table as people read them, ids last."""
    told = (*TABLES[table].fields, *own_columns(table))
    return sorted(told, key=lambda name: _is_id(table, name))


def _is_id(table: str, name: str) -> bool:
    return isinstance(HSDS_TABLES[table].__table__.columns[name].type, Uuid)


def _widths(table: str, columns: Iterable[str]) -> list[int]:
    kinds = TABLES[table].fields
    return [
        _BROAD if name in _WIDE else _USUAL if kinds.get(name) in ("text", "uri", "email") else _NARROW
        for name in columns
    ]
