"""Looks at what was uploaded: what it is, by what it holds and never by its name, and which column may hold what."""

import json
import zipfile
from itertools import islice
from pathlib import Path
from typing import Any, Literal

import msgspec

from directory.importing import hsds_json
from directory.importing.drafting import draft_mapping
from directory.importing.errors import ImportRefused
from directory.importing.files import File, open_package
from directory.importing.hsds_csv import recognised
from directory.importing.rows import Lines, read_rows
from directory.intake.desk import Column, Guessed

MAX_COLUMNS = 200
"""Columns that a page can offer for choice; a table with more is for the command."""

CORRECTABLE = 200
"""Rows of a table of which single ones can be put right on the page."""

OWNERS = ("organization", "organization_description")
"""Fields that say whose a listing is."""

_SAMPLED = 200
_SHOWN = 3
_LONGEST = 80


class Looked(msgspec.Struct, frozen=True, kw_only=True):
    """What a file is found to be; the fields as those of `desk.Upload`."""

    kind: Literal["table", "package"]
    columns: tuple[Column, ...] = ()
    guesses: dict[str, Guessed] = {}
    ignored: tuple[str, ...] = ()
    correctable: bool = False


def ending_for(path: Path) -> str:
    """Return the ending that tells our readers what a file holds; raises `ImportRefused` for what is no table at all."""
    with path.open("rb") as stream:
        beginning = stream.read(64 * 1024)
    if not beginning:
        raise ImportRefused("The file is empty.")
    if beginning.startswith(b"PK"):
        return ".xlsx" if _is_workbook(path) else ".zip"
    if beginning.startswith(b"\xd0\xcf\x11\xe0"):
        return ".xls"
    text = beginning.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text.startswith((b"{", b"[")):
        return ".ndjson" if _is_json_lines(text) else ".json"
    if beginning.startswith(
        (b"%PDF", b"\x89PNG", b"GIF8", b"\xff\xd8\xff", b"{\\rtf", b"<!", b"<html", b"<?xml")
    ):
        raise ImportRefused("The file is a document or a picture, not a table.")
    return ".csv"


def _is_workbook(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            return "[Content_Types].xml" in archive.NameToInfo
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, RuntimeError):
        return False  # the importer says what is wrong with it


def _is_json_lines(text: bytes) -> bool:
    """Tell whether the first line is an object by itself and something follows it, or it is a flat row."""
    first, _newline, rest = text.partition(b"\n")
    try:
        row = msgspec.json.decode(first)
    except (msgspec.DecodeError, RecursionError):
        return False
    if not isinstance(row, dict):
        return False
    return bool(rest.strip()) or not any(isinstance(value, dict | list) for value in row.values())


def look(path: Path, *, own: bool) -> Looked:
    """Return what the file is, with a draft of which column holds what; raises `ImportRefused` where it is of no use.

    With `own` what names organizations is left out of the draft.
    """
    with open_package(path) as package:
        several = len(package.files) > 1
        if hsds_json.recognised(package) or ((several or not package.single) and recognised(package)):
            return Looked(kind="package")
        if several:
            raise ImportRefused(
                f"It holds {len(package.files)} tables and is no HSDS package; upload one table at a time."
            )
        return _look_at_table(package.files[0], own)


def _look_at_table(file: File, own: bool) -> Looked:
    rows, more = _sample(file)
    if not rows:
        raise ImportRefused("There is no row below the names of the columns.")
    names = list(dict.fromkeys(name for row in rows for name in row))
    if len(names) > MAX_COLUMNS:
        raise ImportRefused(f"It has {len(names)} columns; more than {MAX_COLUMNS} cannot be offered here.")
    draft = draft_mapping(names, rows)
    guesses = {
        guess.field: Guessed(guess.columns, guess.confidence, guess.why)
        for guess in draft.guesses
        if not (own and guess.field in OWNERS)
    }
    return Looked(
        kind="table",
        columns=tuple(Column(name, _texts(row.get(name) for row in rows)) for name in names),
        guesses=guesses,
        ignored=tuple(
            name for guess in draft.guesses if own and guess.field in OWNERS for name in guess.columns
        ),
        correctable=not more and all(isinstance(cell, str) for row in rows for cell in row.values()),
    )


def _sample(file: File) -> tuple[list[dict[str, Any]], bool]:
    """Return the first rows that can be read, and whether more follow than can be put right."""
    rows = list(islice(read_rows(Lines(file)), max(_SAMPLED, CORRECTABLE) + 1))
    return [row.values for row in rows[:_SAMPLED] if not row.problem], len(rows) > CORRECTABLE


def _texts(cells: Any) -> tuple[str, ...]:
    """Return the first few texts of a column, short ones as they are."""
    texts = (
        cell if isinstance(cell, str) else json.dumps(cell, ensure_ascii=False) for cell in cells if cell
    )
    shown = (" ".join(text.split()) for text in texts)
    return tuple(
        text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
        for text in islice((text for text in shown if text), _SHOWN)
    )
