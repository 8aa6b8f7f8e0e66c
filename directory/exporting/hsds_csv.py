"""Writes the directory as an HSDS package: one CSV file for each table, and datapackage.json that tells their columns.

Columns of the standard hold values that are valid there. What a source wrote differently stands beside them, under
`given_` and the name of the column; what it said in columns that nobody knows, under their own names.
"""

import csv
import io
import json
import zipfile
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import msgspec

from directory.exporting.descriptor import DESCRIPTOR, descriptor, fits
from directory.exporting.rows import Reading, own_columns
from directory.exporting.target import new_file, new_folder
from directory.hsds.render import canonical, columns_of
from directory.hsds.standard import TABLES
from directory.importing.fields import provenance
from directory.importing.hsds_names import GIVEN
from directory.models import HSDS_TABLES

Step = Callable[[int], None]


class Columns(msgspec.Struct, frozen=True):
    """The columns of one file: those of the standard, ours, what sources said besides, and where rows came from."""

    table: str
    further: tuple[str, ...] = ()

    @property
    def known(self) -> tuple[str, ...]:
        """The columns whose meaning is known, in their order; those of `further` come after them."""
        return (*TABLES[self.table].fields, *own_columns(self.table))

    @property
    def origin(self) -> tuple[str, str]:
        """The columns that tell where a row came from."""
        return provenance(self.table), "source_id"

    @property
    def all(self) -> tuple[str, ...]:
        """All columns, in the order of the file."""
        return (*self.known, *self.further, *self.origin)

    def cells(self, row: Mapping[str, Any]) -> dict[str, str]:
        """Return the cells of a row by column, empty ones left out."""
        table = self.table
        content = canonical(table, [row[name] for name in columns_of(table)], flat=True)
        kinds = TABLES[table].fields
        cells = {name: _text(value) for name, value in content.items() if fits(table, name, value)}
        for name in own_columns(table):
            if row[name] is not None:
                cells[name] = _text(row[name])
        if table == "metadata" and row["source"] is None:
            cells.pop("updated_by", None)  # who works here is nobody's business outside
        for name, value in _said(row).items():
            if name in kinds and not cells.get(name) and fits(table, name, value):
                cells[name] = _text(value)
            elif (text := _text(value)) and text != cells.get(self._column(name)):
                cells[self._column(name)] = text
        for name, kept in zip(self.origin, (row[provenance(table)], row["source_id"]), strict=True):
            if kept is not None:
                cells[name] = kept
        return {name: text for name, text in cells.items() if text}

    def _column(self, name: str) -> str:
        """The column that holds what a source said under a name."""
        taken = {*self.known, *self.origin, ""}
        beside = name.strip().lower() in taken or name.startswith(GIVEN)
        return f"{GIVEN if beside else ''}{name}".replace("\0", "")


async def write_package(reading: Reading, path: Path, name: str, step: Step) -> None:
    """Write what leaves to `path`: a zip archive if it ends in .zip, else a folder."""
    if path.suffix.lower() == ".zip":
        with new_file(path) as part, zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as archive:
            await _write(reading, name, step, lambda file: _entry(archive, file))
    else:
        with new_folder(path) as folder:
            await _write(reading, name, step, lambda file: (folder / file).open("wb"))


def _entry(archive: zipfile.ZipFile, name: str) -> Any:
    # The same rows make the same archive, whenever it is made.
    entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    return archive.open(entry, "w", force_zip64=True)


async def _write(reading: Reading, name: str, step: Step, create: Callable[[str], Any]) -> None:
    written: dict[str, Columns] = {}
    for table in HSDS_TABLES:
        if not await reading.count(table):
            continue
        columns = Columns(table, await _further(reading, table))
        written[table] = columns
        with create(TABLES[table].path) as file, _as_text(file) as text:
            writer = csv.writer(text)
            writer.writerow(columns.all)
            async for rows in reading.rows(table):
                for row in rows:
                    cells = columns.cells(row)
                    writer.writerow([cells.get(column, "") for column in columns.all])
                step(len(rows))
    content = descriptor(name, {table: columns.all for table, columns in written.items()})
    with create(DESCRIPTOR) as file:
        file.write(msgspec.json.format(msgspec.json.encode(content), indent=2) + b"\n")


async def _further(reading: Reading, table: str) -> tuple[str, ...]:
    """Find out which further columns a table needs."""
    columns, found = Columns(table), set[str]()
    known = {*columns.known, *columns.origin}
    async for row in _each(reading.rows(table, further=True)):
        found.update(columns.cells(row).keys() - known)
    return tuple(sorted(found))


async def _each(chunks: AsyncIterator[list[dict[str, Any]]]) -> AsyncIterator[dict[str, Any]]:
    async for rows in chunks:
        for row in rows:
            yield row


def _said(row: Mapping[str, Any]) -> dict[str, Any]:
    """What the source of a row said that our columns say otherwise or not at all."""
    given = row["given"] or {}
    return {**given.get("says", {}), **given.get("odd", {}), **(row["extra"] or {})}


def _text(value: Any) -> str:
    """Write a value into a cell: texts as they are but for NUL, which no table may hold, all else as JSON has it."""
    if value is None:
        return ""
    if isinstance(value, bool | int | float | list | dict):
        value = json.dumps(value, ensure_ascii=False)
    return str(value).replace("\0", "")


@contextmanager
def _as_text(file: IO[bytes]) -> Iterator[IO[str]]:
    """Let text be written to a file of bytes, which stays open; halves of letters, as JSON may have them, become "?"."""
    text = io.TextIOWrapper(file, encoding="utf-8", errors="replace", newline="")
    try:
        yield text
    finally:
        text.flush()
        text.detach()
