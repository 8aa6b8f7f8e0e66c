"""Reads tables row by row, with line numbers: CSV in its usual dialects, JSON objects one to a line, sheets."""

import csv
import io
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from directory.importing.encodings import UTF16, FromUtf16, decoded, is_garbled, mended
from directory.importing.errors import ImportRefused
from directory.importing.files import File
from directory.importing.limits import MAX_CELL, MAX_COLUMNS, MAX_LINE
from directory.importing.records import Note

_STEP = 64 * 1024
_RECODED = "from here on read as Windows-1252 where it is not UTF-8"
_MENDED = "UTF-8 that was read as Windows-1252 put right"
_NO_VALUE = "a formula without its value: kept aside"


class Row(msgspec.Struct):
    """One row of a file: its line, its values by column, and what is wrong with it, if it cannot be read.

    `notes` tell what was mended in reading it, and `original` what stood in a cell that was, by column.
    """

    line: int
    values: dict[str, Any]
    problem: str | None = None
    notes: list[Note] = []
    original: dict[str, str] = {}


class Lines:
    """The lines of one file as text; `step` is told now and then how many more bytes were read.

    Raises `ImportRefused` for what is no text, naming the line. `recoded` is the first line that is Windows-1252 until
    somebody takes it, `garbled` tells of lines with UTF-8 that was once read as that.
    """

    def __init__(self, file: File, step: Callable[[int], None] = lambda _bytes: None) -> None:
        self.file = file
        self.line = 0
        self.recoded: int | None = None
        self.garbled = False
        self._told = False
        self.step = step

    def __iter__(self) -> Iterator[str]:
        more = 0
        with self.file.open() as raw, io.BufferedReader(_Raw(self.file.name, raw), 1024**2) as stream:
            for data in iter(lambda: stream.readline(MAX_LINE), b""):
                if self.line == 0:
                    data = data.removeprefix(b"\xef\xbb\xbf")
                self.line += 1
                if len(data) >= MAX_LINE:
                    raise ImportRefused(
                        f"{self.file.name}, line {self.line}: a line of more than {MAX_LINE // 1024**2} MB, "
                        "so there is a cell of more than a million characters or no table."
                    )
                more += len(data)
                if more > _STEP:
                    self.step(more)
                    more = 0
                text, recoded = decoded(self.file.name, self.line, data)
                if not text.isascii():
                    if recoded and not self._told:
                        self.recoded, self._told = self.line, True
                    self.garbled = self.garbled or is_garbled(text)
                yield text
        self.step(more)

    def finish(self, row: Row) -> Row:
        """Have a row tell what happened to its lines, and put right what was garbled in it."""
        if self.recoded:
            row.notes = [Note(_RECODED, f"{self.file.name}, line {self.recoded}")]
            self.recoded = None
        if self.garbled:
            _mend(row)
            self.garbled = False
        return row


class _Raw(io.RawIOBase):
    """Lets a BufferedReader find long lines quickly in streams (of zip entries) that have no buffer of use.

    UTF-16 with its mark comes out of it as UTF-8.
    """

    def __init__(self, name: str, stream: Any) -> None:
        self._name = name
        self._stream = stream
        self._begun = False
        self._utf16: FromUtf16 | None = None
        self._waiting = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if not self._begun:
            self._begun = True
            self._waiting = self._stream.read(4)
            if self._waiting.startswith(UTF16):
                self._utf16 = FromUtf16(self._name)
                self._waiting = self._utf16.turned(self._waiting)
        while not self._waiting:
            data = self._stream.read(len(buffer))
            self._waiting = self._utf16.turned(data) if self._utf16 else data
            if not data:
                break
        data, self._waiting = self._waiting[: len(buffer)], self._waiting[len(buffer) :]
        buffer[: len(data)] = data
        return len(data)


def read_rows(lines: Lines) -> Iterator[Row]:
    """Yield the rows of a table in order; a file without any row yields nothing."""
    if lines.file.cells:
        yield from _sheet_rows(lines)
    elif lines.file.suffix in {".ndjson", ".jsonl"}:
        yield from _json_rows(lines)
    else:
        yield from _csv_rows(lines)


def header_of(file: File) -> list[str]:
    """Return the names of the columns of a table that names them in its first row."""
    if file.cells:
        return next((_header(file.name, cells.texts) for cells in file.cells()), [])
    source = iter(Lines(file))
    first = next(source, "")
    return _header(file.name, next(_reader(first, source), []))


def _json_rows(lines: Lines) -> Iterator[Row]:
    decode = msgspec.json.Decoder(dict[str, Any]).decode
    for text in lines:
        if not text.strip():
            continue
        try:
            row = Row(lines.line, decode(text))
        except (msgspec.MsgspecError, RecursionError):
            row = Row(lines.line, {}, "this line is not a JSON object")
        yield lines.finish(row) if lines.recoded or lines.garbled else row


def _sheet_rows(lines: Lines) -> Iterator[Row]:
    header: list[str] | None = None
    more = 0
    for cells in lines.file.cells() if lines.file.cells else ():
        if header is None:
            header = _header(lines.file.name, cells.texts)
            continue
        row = _csv_row(cells.line, header, cells.texts)
        for at, formula in cells.formulas.items():
            name = header[at] if at < len(header) else f"column {at + 1}"
            # The apostrophe keeps it text wherever it is opened again.
            row.original = row.original | {name: f"'{formula}"}
            row.notes = [*row.notes, Note(_NO_VALUE, f"{name}: {formula[:80]}")]
        lines.garbled = any(is_garbled(text) for text in cells.texts)
        more += sum(map(len, cells.texts))
        if more > _STEP:
            lines.step(more)
            more = 0
        yield lines.finish(row)
    lines.step(more)


def _csv_rows(lines: Lines) -> Iterator[Row]:
    source = iter(lines)
    first = next(source, "")
    if not first.strip():
        if first:
            raise ImportRefused(
                f"{lines.file.name}: the first line has to name the columns, and it is blank."
            )
        return
    reader = _reader(first, source)
    header: list[str] | None = None
    line = 1  # a row may go on over several lines: its first one is told
    try:
        for cells in reader:
            if header is None:
                header = _header(lines.file.name, cells)
            elif any(cell and not cell.isspace() for cell in cells):
                row = _csv_row(line, header, cells)
                yield lines.finish(row) if lines.recoded or lines.garbled else row
            line = lines.line + 1
    except csv.Error as error:
        raise ImportRefused(f"{lines.file.name}, line {lines.line}: {_reason(error)}.") from error


def _reader(first: str, rest: Iterator[str]) -> Iterator[list[str]]:
    delimiter = max(",;\t|", key=lambda character: (first.count(character), character == ","))
    csv.field_size_limit(MAX_CELL)
    return csv.reader(_chain(first, rest), delimiter=delimiter, strict=False)


def _chain(first: str, rest: Iterator[str]) -> Iterator[str]:
    yield first
    yield from rest


def _reason(error: csv.Error) -> str:
    if "field larger" in str(error):
        return "a cell of more than a million characters; a quotation mark may be missing"
    return f"this is no CSV ({error})"


def _header(name: str, cells: list[str]) -> list[str]:
    if len(cells) > MAX_COLUMNS:
        raise ImportRefused(f"{name} names {len(cells)} columns; more than {MAX_COLUMNS} are not read.")
    names: list[str] = []
    for number, cell in enumerate(cells, start=1):
        column = mended(cell.strip()) or f"column {number}"
        names.append(column if column not in names else f"{column} ({number})")
    return names


def _csv_row(line: int, header: list[str], cells: list[str]) -> Row:
    values: dict[str, Any] = dict(zip(header, cells, strict=False))
    if len(cells) > len(header):
        if len(cells) > MAX_COLUMNS:
            return Row(line, {}, f"a row of more than {MAX_COLUMNS} cells")
        for number in range(len(header), len(cells)):
            if cells[number].strip():
                values[f"column {number + 1}"] = cells[number]
    return Row(line, values)


def _mend(row: Row) -> None:
    given = {
        name: value.strip()
        for name, value in row.values.items()
        if isinstance(value, str) and mended(value) != value
    }
    if given:
        row.values |= {name: mended(text) for name, text in given.items()}
        row.original = row.original | given
        told = "; ".join(f"{name}: {text[:80]}" for name, text in given.items())
        row.notes = [*row.notes, Note(_MENDED, told[:300])]
