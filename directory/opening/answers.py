"""What `Opening` answers: the hours of one date, and whether it is open at a moment."""

from dataclasses import dataclass
from datetime import datetime

from directory.spans import Span


@dataclass(frozen=True, slots=True)
class DayHours:
    """The hours of one date: open spans and spans of which nobody knows, with what is said about each.

    `special` tells that the date differs from the usual week, `reason` why, in the words of the listing. `holiday` is
    the name (a key of the message catalog) of a public holiday that has a say: with `special` it is closed for it,
    with `unsure` spans the usual ones may not hold, and with neither they do as far as anybody knows.
    """

    spans: tuple[Span, ...] = ()
    unknown: tuple[Span, ...] = ()
    unsure: tuple[Span, ...] = ()
    reason: str = ""
    notes: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    special: bool = False
    holiday: str = ""

    @property
    def certain(self) -> bool:
        """Whether all of the date is known."""
        return not (self.unknown or self.unsure)


@dataclass(frozen=True, slots=True)
class OpenState:
    """Whether it is open (None: nobody knows), until when, or when it opens next; aware, in the place's own time.

    `until` is None while it stays open as far as can be seen; `opens` is None when no opening is known, and `nth` is
    (which one of the month, weekday) when that opening is the second Tuesday of the month or the like. `holiday` names
    the public holiday (a key of the message catalog) for which the hours of the date may differ or, with
    `closed_for_it`, do. `by_appointment` tells that an unknown state is one to be agreed on.
    """

    open: bool | None
    until: datetime | None = None
    opens: datetime | None = None
    nth: tuple[int, int] | None = None
    holiday: str = ""
    closed_for_it: bool = False
    by_appointment: bool = False

    def words(self, at: datetime, chosen: bool = False, reader: str = "") -> str:
        """Say it as `directory.opening.state_words` does; for templates, which import nothing."""
        from directory.opening.state_words import state_words

        return state_words(self, at, chosen=chosen, reader=reader)

    def doubt(self, chosen: bool = False) -> str:
        """Say what to ask about these hours, as `directory.opening.doubt_words` does."""
        from directory.opening.state_words import doubt_words

        return doubt_words(self, chosen)
