"""What an import tells: for every row what became of it, and the sums at the end."""

import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Any

import msgspec

from directory.importing.errors import ImportRefused
from directory.importing.records import Note, Record

OUTCOMES = ("taken", "repaired", "merged", "refused")
_DISTINCT_LIMIT = 100_000

Hear = Callable[[Record, str, list[Note]], None]
"""Told of each row, what became of it, and why."""


class Tally(msgspec.Struct):
    """How often a reason was given, and for how many different values."""

    rows: int = 0
    details: set[str] = set()


class Report:
    """Collects what became of each row. With a path it writes every row there: JSON if it ends in .json, else text.

    Rows go to the file as they come, so that the size of an import does not matter; the file appears under its name
    only when the import is over, whether it was carried out or refused. `hear` is told of each row too.
    """

    def __init__(self, path: Path | None = None, hear: Hear | None = None) -> None:
        self.path = path
        self._hear = hear
        self.rows: dict[str, Counter[str]] = defaultdict(Counter)
        self.reasons: dict[tuple[str, str, str], Tally] = {}
        self.changes: dict[str, Counter[str]] = defaultdict(Counter)
        self.remarks: list[str] = []
        self.services_to_index = 0
        self._stream: IO[bytes] | None = None
        self._first = True

    def __enter__(self) -> "Report":
        if self.path:
            try:
                self._stream = tempfile.NamedTemporaryFile(  # closed in __exit__
                    dir=self.path.parent, prefix=".report-", delete=False
                )
            except OSError as error:
                raise ImportRefused(
                    f"The report cannot be written to {self.path.parent}: {error.strerror}."
                ) from error
            if self._as_json:
                self._stream.write(b'{"rows": [')
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self._stream or not self.path:
            return
        if kind is not None:
            self.remarks.append(
                f"Nothing was changed: {error}" if kind is ImportRefused else "Nothing was changed."
            )
        if self._as_json:
            self._stream.write(
                b"\n], " + msgspec.json.format(msgspec.json.encode(self.summary()), indent=2)[1:]
            )
        else:
            self._stream.write(("\n" + "\n".join(self.lines()) + "\n").encode())
        self._stream.close()
        with suppress(FileNotFoundError):
            Path(self._stream.name).chmod(0o644)
            Path(self._stream.name).replace(self.path)

    @property
    def _as_json(self) -> bool:
        return self.path is not None and self.path.suffix.lower() == ".json"

    def tell(self, record: Record) -> None:
        """Record what became of one row of a file."""
        if record.refused:
            outcome, notes = "refused", [record.refused]
        elif record.merged:
            outcome, notes = "merged", [record.merged, *record.repairs]
        else:
            outcome, notes = ("repaired" if record.repairs else "taken"), record.repairs
        self.rows[record.table][outcome] += 1
        for note in notes:
            tally = self.reasons.setdefault((record.table, outcome, note.reason), Tally(0, set()))
            tally.rows += 1
            if note.detail and len(tally.details) < _DISTINCT_LIMIT:
                tally.details.add(note.detail)
        if self._hear:
            self._hear(record, outcome, notes)
        if self._stream:
            self._write(record, outcome, [str(note) for note in notes])

    def _write(self, record: Record, outcome: str, notes: list[str]) -> None:
        assert self._stream
        if self._as_json:
            row: dict[str, Any] = {
                "file": record.file,
                "line": record.line,
                "table": record.table,
                "outcome": outcome,
            }
            row |= {"why": notes} if notes else {}
            self._stream.write((b"\n" if self._first else b",\n") + msgspec.json.encode(row))
            self._first = False
        else:
            why = "; ".join(notes)
            text = f"{record.file}:{record.line}: {record.table} {outcome}" + (f" ({why})" if why else "")
            self._stream.write(" ".join(text.split()).encode() + b"\n")

    def total(self, outcome: str) -> int:
        """Return how many rows of all files had this outcome."""
        return sum(counter[outcome] for counter in self.rows.values())

    def summary(self) -> dict[str, Any]:
        """Return the sums as plain values."""
        return {
            "totals": {outcome: self.total(outcome) for outcome in OUTCOMES},
            "tables": {table: dict(counter) for table, counter in self.rows.items()},
            "reasons": [
                {
                    "table": table,
                    "outcome": outcome,
                    "reason": reason,
                    "rows": tally.rows,
                    "different": len(tally.details),
                }
                for (table, outcome, reason), tally in sorted(
                    self.reasons.items(), key=lambda item: -item[1].rows
                )
            ],
            "database": {table: dict(counter) for table, counter in self.changes.items() if counter},
            "services_to_index": self.services_to_index,
            "remarks": self.remarks,
        }

    def lines(self) -> list[str]:
        """Return the sums as lines of text."""
        lines = ["Rows of the files:"]
        for table, counter in self.rows.items():
            sums = ", ".join(f"{counter[outcome]:,} {outcome}" for outcome in OUTCOMES if counter[outcome])
            lines.append(f"  {table}: {sums}")
        if self.reasons:
            lines.append("Why rows were repaired, merged or refused:")
        for (table, outcome, reason), tally in sorted(
            self.reasons.items(), key=lambda item: (item[0][1], -item[1].rows)
        ):
            different = f" ({len(tally.details):,} different)" if 1 < len(tally.details) < tally.rows else ""
            lines.append(f"  {outcome}: {table}: {reason}: {tally.rows:,} rows{different}")
        lines.append("Rows of the database:")
        for table, counter in self.changes.items():
            if counter:
                lines.append(
                    f"  {table}: " + ", ".join(f"{number:,} {what}" for what, number in counter.items())
                )
        return lines + self.remarks
