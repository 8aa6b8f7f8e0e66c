"""Looks at the first rows of a table: to draft a mapping for it, and to see whether the usual mapping fits."""

from itertools import islice
from pathlib import Path
from typing import Any

from directory.importing.drafting import Draft, draft_mapping
from directory.importing.errors import ImportRefused
from directory.importing.files import File, open_package
from directory.importing.mapping import Mapping, column_key
from directory.importing.rows import Lines, read_rows

_ROWS = 200


def sample_of(file: File) -> tuple[list[str], list[dict[str, Any]]]:
    """Return the columns of a table in their order, and its first rows by column."""
    rows = [row.values for row in islice(read_rows(Lines(file)), _ROWS) if not row.problem]
    return list(dict.fromkeys(name for row in rows for name in row)), rows


def draft_for(path: Path) -> Draft:
    """Return a draft of a mapping for the one table at `path`; raise `ImportRefused` where there are none or several."""
    with open_package(path) as package:
        if len(package.files) > 1:
            raise ImportRefused(
                f"{package.name} holds {len(package.files)} tables; a mapping is about one, so give that alone."
            )
        header, rows = sample_of(package.files[0])
    if not rows:
        raise ImportRefused(f"{path.name} holds no row to look at.")
    return draft_mapping(header, rows)


def check_fit(file: File, mapping: Mapping) -> list[str]:
    """Return a remark if the usual mapping knows less than half of the columns; refuse a table without a name."""
    header, rows = sample_of(file)
    keys = {column_key(name) for name in header}
    if not rows:
        return []
    names = {way.column for group in mapping.fields["name"] for way in group}
    known = {way.column for ways in mapping.fields.values() for group in ways for way in group}
    advice = "`litestar directory draft-mapping FILE` drafts a mapping for it"
    if not names & keys:
        raise ImportRefused(f"{file.name}: no column is known to hold the name of a service; {advice}.")
    if 2 * len(keys & known) < len(keys):
        return [
            f"The usual mapping knows {len(keys & known)} of {len(keys)} columns of {file.name}; {advice}."
        ]
    return []
