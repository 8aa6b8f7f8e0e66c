"""Reads table files row by row, with line numbers: CSV in its usual dialects, and JSON objects one to a line."""

import csv
import io
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from directory.importing.errors import ImportRefused
from directory.importing.files import File

MAX_CELL = 1024**2
_STEP = 64 * 1024
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


class Row(msgspec.Struct):
    """One row of a file: its line, its values by column, and what is wrong with it, if it cannot be read."""

    line: int
    values: dict[str, Any]
    problem: str | None = None


class Lines:
    """The lines of one file as text; `step` is told now and then how many more bytes were read.

    Raises `ImportRefused` for what is not UTF-8 text, naming the line.
    """

    def __init__(self, file: File, step: Callable[[int], None] = lambda _bytes: None) -> None:
        self.file = file
        self.line = 0
        self._step = step

    def __iter__(self) -> Iterator[str]:
        more = 0
        with self.file.open() as raw, io.BufferedReader(_Raw(raw), 1024**2) as stream:
            for data in iter(lambda: stream.readline(MAX_CELL * 8), b""):
                if self.line == 0:
                    data = data.removeprefix(b"\xef\xbb\xbf")
                self.line += 1
                more += len(data)
                if more > _STEP:
                    self._step(more)
                    more = 0
                yield self._decoded(data)
        self._step(more)

    def _decoded(self, data: bytes) -> str:
        where = f"{self.file.name}, line {self.line}"
        if self.line == 1 and data.startswith(_UTF16):
            raise ImportRefused(
                f"{self.file.name} is UTF-16 text; save it as UTF-8 (CSV UTF-8) and import that."
            )
        if b"\0" in data:
            raise ImportRefused(
                f"{where}: NUL bytes, so this is not plain text (or it is UTF-16 without its mark)."
            )
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError as error:
            wrong = data[error.start : error.start + 1].hex()
            raise ImportRefused(
                f"{where}: byte 0x{wrong} is not UTF-8; the file may be Latin-1 or Windows-1252, save it as UTF-8."
            ) from error


class _Raw(io.RawIOBase):
    """Lets a BufferedReader find long lines quickly in streams (of zip entries) that have no buffer of use."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._stream.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)


def read_rows(lines: Lines) -> Iterator[Row]:
    """Yield the rows of a CSV or NDJSON file in order; a file without any row yields nothing."""
    if lines.file.suffix in {".ndjson", ".jsonl"}:
        yield from _json_rows(lines)
    else:
        yield from _csv_rows(lines)


def _json_rows(lines: Lines) -> Iterator[Row]:
    decode = msgspec.json.Decoder(dict[str, Any]).decode
    for text in lines:
        if not text.strip():
            continue
        try:
            yield Row(lines.line, decode(text))
        except (msgspec.MsgspecError, RecursionError):
            yield Row(lines.line, {}, "this line is not a JSON object")


def _csv_rows(lines: Lines) -> Iterator[Row]:
    source = iter(lines)
    first = next(source, "")
    if not first.strip():
        if first:
            raise ImportRefused(
                f"{lines.file.name}: the first line has to name the columns, and it is blank."
            )
        return
    delimiter = max(",;\t|", key=lambda character: (first.count(character), character == ","))
    csv.field_size_limit(MAX_CELL)
    reader = csv.reader(_chain(first, source), delimiter=delimiter, strict=False)
    header: list[str] | None = None
    line = 1  # a row may go on over several lines: its first one is told
    try:
        for cells in reader:
            if header is None:
                header = _header(cells)
            elif any(cell and not cell.isspace() for cell in cells):
                yield _csv_row(line, header, cells)
            line = lines.line + 1
    except csv.Error as error:
        raise ImportRefused(f"{lines.file.name}, line {lines.line}: {_reason(error)}.") from error


def _chain(first: str, rest: Iterator[str]) -> Iterator[str]:
    yield first
    yield from rest


def _reason(error: csv.Error) -> str:
    if "field larger" in str(error):
        return "a cell of more than a million characters; a quotation mark may be missing"
    return f"this is no CSV ({error})"


def _header(cells: list[str]) -> list[str]:
    names: list[str] = []
    for number, cell in enumerate(cells, start=1):
        name = cell.strip() or f"column {number}"
        names.append(name if name not in names else f"{name} ({number})")
    return names


def _csv_row(line: int, header: list[str], cells: list[str]) -> Row:
    values: dict[str, Any] = dict(zip(header, cells, strict=False))
    for number in range(len(header), len(cells)):
        if cells[number].strip():
            values[f"column {number + 1}"] = cells[number]
    return Row(line, values)
