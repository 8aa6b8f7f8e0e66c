"""What the readers hand on: one record for each row of a file, with the rows of our tables that it becomes."""

from typing import Any, NamedTuple

import msgspec


class Note(NamedTuple):
    """What was noticed on a row: `reason` is the same sentence for all rows alike, `detail` is about this one."""

    reason: str
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.reason}: {self.detail}" if self.detail else self.reason


class Draft(msgspec.Struct):
    """A row to be: `key` is its id in its source, `values` are clean, `refs` name rows of the source by their key."""

    table: str
    key: str
    values: dict[str, Any]
    refs: dict[str, str] = {}
    extra: dict[str, Any] = {}


class Record(msgspec.Struct):
    """One row of a file and what became of it. The first draft is the row itself; without it the others fall too."""

    file: str
    line: int
    table: str
    drafts: list[Draft] = []
    repairs: list[Note] = []
    refused: Note | None = None
    merged: Note | None = None
    also: list[int] = []
    """Lines of further rows that were merged into this one."""
