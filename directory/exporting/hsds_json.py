"""Writes the directory as HSDS documents: services with everything about them, in one list or one to a line."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from directory.exporting.rows import Reading, service_ids
from directory.exporting.target import new_file
from directory.hsds.nested import documents

LINES = (".ndjson", ".jsonl")
"""Endings of files that hold one document to a line."""


AT_ONCE = 200
"""How many documents are put together at a time."""


async def write_documents(reading: Reading, path: Path, step: Callable[[int], None]) -> None:
    """Write the services that leave to `path`: a JSON list, or one document to a line if its ending says so."""
    first, between, last = ("", "\n", "\n") if path.suffix.lower() in LINES else ("[\n", ",\n", "\n]\n")
    with new_file(path) as part, part.open("w", encoding="utf-8", newline="") as file:
        before = first
        async for ids in service_ids(reading.db, reading.public, AT_ONCE):
            found = await documents(reading.db, "service", ids)
            for document in found:
                file.write(before + _encoded(document))
                before = between
            step(len(found))
        file.write(last if before == between else (first + last).replace("\n", ""))


def _encoded(document: dict[str, Any]) -> str:
    try:
        return msgspec.json.encode(document).decode()
    except UnicodeEncodeError:  # half a letter, which JSON can tell by its number only
        return json.dumps(document)
