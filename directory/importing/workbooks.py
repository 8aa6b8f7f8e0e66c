"""Reads workbooks (.xlsx): the rows of each sheet as text, as its cells show it.

What a formula came to is read, never the formula. Numbers are written plainly, days and times the ISO way. Rows wait in
a temporary file, because a table is read twice and a workbook takes long to read.
"""

import warnings
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree.ElementTree import ParseError

import openpyxl
from defusedxml import DefusedXmlException
from openpyxl.utils.exceptions import InvalidFileException

from directory.importing.archives import open_entry
from directory.importing.errors import ImportRefused
from directory.importing.spool import Spool
from directory.importing.workbook_guard import Formulas, Guard

WORKBOOK = "xl/workbook.xml"
"""The entry by which an archive is known as a workbook."""

_BATCH = 500
_TITLES = 20
"""How many rows at the top are looked at to find the one that names the columns."""


class Cells(NamedTuple):
    """One row of a sheet: its number, the texts of its cells, and formulas that came to nothing, by position."""

    line: int
    texts: list[str]
    formulas: dict[int, str]


Sheet = tuple[str, int, Callable[[], Iterator[Cells]]]
"""The title of a sheet, its length in characters, and what gives its rows, the one that names the columns first."""


@contextmanager
def opened_sheets(path: Path, archive: zipfile.ZipFile) -> Iterator[tuple[list[Sheet], list[str]]]:
    """Give the sheets of a workbook that hold something, and what was left out; entries were checked before."""
    guard = Guard(path.name)
    formulas: dict[str, Formulas] = {}
    for entry in archive.infolist():
        with open_entry(path.name, archive, entry) as stream:
            if found := guard.look(entry.filename, stream):
                formulas[entry.filename] = found
    with ExitStack() as stack:
        try:
            sheets, remarks = _read(path, formulas, stack)
        except (
            ArithmeticError, AttributeError, DefusedXmlException, InvalidFileException, LookupError, OSError, ParseError,
            RecursionError, TypeError, ValueError, zipfile.BadZipFile,
        ) as error:  # fmt: skip
            raise ImportRefused(
                f"{path.name} is not a workbook that can be read; save its sheets as CSV."
            ) from error
        if not sheets:
            raise ImportRefused(f"{path.name} holds no sheet with rows.")
        yield sheets, remarks


def _read(path: Path, formulas: dict[str, Formulas], stack: ExitStack) -> tuple[list[Sheet], list[str]]:
    sheets: list[Sheet] = []
    remarks: list[str] = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about styles and rules, which nobody here looks at
        book = openpyxl.load_workbook(path, read_only=True, data_only=True, keep_links=False)
        stack.callback(book.close)
        for sheet in book.worksheets:
            spool = Spool()
            stack.callback(spool.close)
            lacking = formulas.get(getattr(sheet, "_worksheet_path", ""), {})
            length, above = _fill(spool, _rows(sheet, lacking))
            title = str(sheet.title)
            if not spool.count:
                continue
            if sheet.sheet_state != "visible":
                remarks.append(f"The sheet {ascii(title)[1:-1]} is hidden and was left out.")
                continue
            if above:
                remarks.append(f"{title}: left out what stands above the header: {above[:300]}")
            sheets.append((title, length, lambda spool=spool: _rows_of(spool)))  # type: ignore[misc]
    return sheets, remarks


def _rows(sheet: Any, lacking: Formulas) -> Iterator[Cells]:
    """Yield the rows of a sheet that say something; the size it declares is not believed."""
    sheet.reset_dimensions()
    lines = {line for line, _ in lacking}
    for line, values in enumerate(sheet.iter_rows(values_only=True), start=1):
        texts = ["" if value is None else text_of(value) for value in values]
        formulas = {}
        if line in lines:
            formulas = {at - 1: text for (row, at), text in lacking.items() if row == line}
        while texts and not texts[-1] and len(texts) - 1 not in formulas:
            texts.pop()
        if texts:
            yield Cells(line, texts, formulas)


def _fill(spool: Spool, rows: Iterator[Cells]) -> tuple[int, str]:
    """Put rows aside from the header on; return their length and what stood above it."""
    top: list[Cells] = []
    for cells in rows:
        top.append(cells)
        if len(top) == _TITLES:
            break
    widths = [sum(1 for text in cells.texts if text.strip()) for cells in top]
    start = next((at for at, width in enumerate(widths) if width and 2 * width >= max(widths)), len(top))
    above = " / ".join(text for cells in top[:start] for text in cells.texts if text.strip())
    batch, length = [tuple(cells) for cells in top[start:]], 0
    for cells in rows:
        batch.append(tuple(cells))
        if len(batch) >= _BATCH:
            length += _put(spool, batch)
            batch = []
    return length + _put(spool, batch), above


def _put(spool: Spool, batch: list[Any]) -> int:
    spool.add(batch)
    return sum(len(text) for _, texts, _ in batch for text in texts)


def _rows_of(spool: Spool) -> Iterator[Cells]:
    for batch in spool.batches():
        for row in batch:
            yield Cells(*row)


def text_of(value: object) -> str:
    """Return the value of a cell as text: 69812 for 69812.0, days as 2024-05-01, times as 09:30, yes and no as words."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time(0) else value.isoformat(" ", "minutes")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, time):
        return f"{value:%H:%M}"
    if isinstance(value, timedelta):
        minutes = round(value.total_seconds() / 60)
        return f"{minutes // 60:02}:{minutes % 60:02}"
    return str(value)
