"""What the grammar finds: clauses (these days, these spans) and the whole reading of a text."""

from dataclasses import dataclass, field
from datetime import date

from directory.hours.clock import Uncertain
from directory.hours.rows import Day
from directory.spans import Span


@dataclass(slots=True)
class Clause:
    """What one phrase says about some days.

    `loose` holds words that leave open on which of the days ("twice a month"); `partly` tells that a remark may belong
    to some of the spans only. `season` holds words for the part of the year that was named right after the hours.
    """

    days: list[Day] = field(default_factory=list)
    month_days: list[int] = field(default_factory=list)
    spans: list[Span] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    breaks: list[Span] = field(default_factory=list)
    excepted: list[Day] = field(default_factory=list)
    closed: bool = False
    loose: str | None = None
    every: int = 1
    labels: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    partly: bool = False
    season: str = ""

    @property
    def settled(self) -> bool:
        """Whether something has been said about the days, so that the next day begins another clause."""
        return bool(self.spans or self.starts or self.labels or self.closed)


@dataclass(slots=True)
class Reading:
    """All clauses of a text, the notes that belong to none, and the dates or the season between which it holds."""

    clauses: list[Clause] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    valid_from: date | None = None
    valid_to: date | None = None
    season: str = ""

    def hold(self, start: object = None, to: object = None) -> None:
        """Note the dates between which the hours hold; two periods leave open which hours are whose."""
        if isinstance(start, date):
            if self.valid_from:
                raise Uncertain("two periods")
            self.valid_from = start
        if isinstance(to, date):
            if self.valid_to:
                raise Uncertain("two periods")
            self.valid_to = to
