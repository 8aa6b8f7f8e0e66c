"""What the readers hand on: one record for each row of a file, with the rows of our tables that it becomes."""

from typing import Any, NamedTuple

import msgspec


class Note(NamedTuple):
    """What was noticed on a row: `reason` is the same sentence for all rows alike, `detail` is about this one."""

    reason: str
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.reason}: {self.detail}" if self.detail else self.reason


class Said(msgspec.Struct):
    """What an HSDS document says of a row: its own fields as they came, and what stands below it.

    `empty` are lists without anything in them, `holds` the lists of an organization that a service repeats.
    """

    fields: dict[str, Any]
    empty: list[str] = []
    holds: list[str] = []


class Draft(msgspec.Struct):
    """A row to be: `key` is its id in its source, `values` are clean, `refs` name rows of the source by their key.

    A row that comes from an HSDS document has what that `said`; one that is `made` is not in the document, but was read
    out of the words of another. `origin` is told by packages that were exported here: the source from which the row came
    there, and its id in that.
    """

    table: str
    key: str
    values: dict[str, Any]
    refs: dict[str, str] = {}
    extra: dict[str, Any] = {}
    said: Said | None = None
    made: bool = False
    origin: tuple[str | None, str | None] | None = None


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
