"""Writes the directory as an HSDS package: one CSV file for each table, and datapackage.json that tells their columns.

Columns of the standard hold values that are valid there. What a source wrote differently stands beside them, under
`given_` and the name of the column; what it said in columns that nobody knows, under their own names.
"""

import csv
import io
import json
import zipfile
from collections.abc import Callable, Iterator, Mapping
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
from directory.importing.spool import Spool
from directory.models import HSDS_TABLES

Step = Callable[[int], None]


class Columns(msgspec.Struct, frozen=True):
    """The columns of one file: those of the standard, ours, and where rows came from; others stand between them."""

    table: str

    @property
    def known(self) -> tuple[str, ...]:
        """The columns whose meaning is known, in their order."""
        return (*TABLES[self.table].fields, *own_columns(self.table))

    @property
    def origin(self) -> tuple[str, str]:
        """The columns that tell where a row came from."""
        return provenance(self.table), "source_id"

    def cells(self, row: Mapping[str, Any]) -> dict[str, str]:
        """Return the cells of a row by column, empty ones left out."""
        table = self.table
        content = canonical(table, [row[name] for name in columns_of(table)], flat=True)
        kinds = TABLES[table].fields
        cells = {name: _text(value) for name, value in content.items() if fits(table, name, value)}
        for name in own_columns(table):
            if row[name] is not None:
                cells[name] = _text(row[name])
        # What our columns hold and the standard does not allow, such as an extension that is no number.
        ours = {name: row[name] for name in kinds if name not in cells and isinstance(row[name], str)}
        for name, value in {**ours, **_said(row)}.items():
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
        name = name.replace("\0", "").strip()
        beside = name.lower() in {*self.known, *self.origin, ""} or name.startswith(GIVEN)
        return f"{GIVEN}{name}" if beside else name


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
    files: dict[str, tuple[str, ...]] = {}
    for table in HSDS_TABLES:
        spool = Spool()
        try:
            columns = await _put_aside(reading, table, spool, step)
            if spool.count:
                files[table] = columns
                with create(TABLES[table].path) as file, _as_text(file) as text:
                    writer = csv.writer(text)
                    writer.writerow(columns)
                    for rows in spool.batches():
                        writer.writerows([row.get(column, "") for column in columns] for row in rows)
        finally:
            spool.close()
    with create(DESCRIPTOR) as file:
        content = msgspec.json.encode(descriptor(name, files))
        file.write(msgspec.json.format(content, indent=2) + b"\n")


async def _put_aside(reading: Reading, table: str, spool: Spool, step: Step) -> tuple[str, ...]:
    """Put the rows of a table aside and return the columns that they need: the header stands first in a file."""
    columns, found = Columns(table), set[str]()
    async for rows in reading.rows(table):
        told = [columns.cells(row) for row in rows]
        spool.add(told)
        found.update(*told)
        step(len(rows))
    known = (*columns.known, *columns.origin)
    return (*columns.known, *sorted(found.difference(known)), *columns.origin)


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
