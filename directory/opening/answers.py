"""What `Opening` answers: the hours of one date, and whether it is open at a moment."""

from dataclasses import dataclass
from datetime import datetime

from directory.spans import Span


@dataclass(frozen=True, slots=True)
class DayHours:
    """The hours of one date: open spans and spans of which nobody knows, with what is said about each.

    `special` tells that the date differs from the usual week, `reason` why.
    """

    spans: tuple[Span, ...] = ()
    unknown: tuple[Span, ...] = ()
    reason: str = ""
    notes: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    special: bool = False


@dataclass(frozen=True, slots=True)
class OpenState:
    """Whether it is open (None: nobody knows), until when, or when it opens next; aware, in the place's own time.

    `until` is None while it stays open as far as can be seen; `opens` is None when no opening is known.
    """

    open: bool | None
    until: datetime | None = None
    opens: datetime | None = None
