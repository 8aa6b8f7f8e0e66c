"""Phrases that name days: "Mon-Fri", "MWF", "1st and 3rd Tuesday", "Saturday (2nd)", "the 15th of the month"."""

from dataclasses import dataclass

from directory.hours.clock import Uncertain
from directory.hours.rows import Day
from directory.hours.tokens import Token

START_OF_DAYS = ("day", "days", "ordinal")


@dataclass(slots=True)
class Cursor:
    """A place in a list of tokens."""

    tokens: list[Token]
    place: int = 0

    def kind(self, ahead: int = 0) -> str:
        """Return the kind of the token here, or so many places ahead; nothing beyond the end."""
        there = self.place + ahead
        return self.tokens[there].kind if 0 <= there < len(self.tokens) else ""

    def value(self, ahead: int = 0) -> object:
        """Return the value of the token here, or so many places ahead."""
        return self.tokens[self.place + ahead].value

    def coming(self, *kinds: str) -> bool:
        """Say whether a token of one of these kinds is left before the next separator."""
        for token in self.tokens[self.place :]:
            if token.kind == "separator":
                return False
            if token.kind in kinds:
                return True
        return False


def day_phrase(at: Cursor, plain: set[int]) -> tuple[list[Day], list[int]]:
    """Read "Mon-Fri", "M/W/F", "1st and 3rd Tue", "15th of the month": days, and days of the month.

    `plain` are the weekdays named just before without an ordinal, to which ordinals that follow may belong.
    """
    nths: list[int] = []
    while at.kind() == "ordinal":
        nths.append(_number(at))
        at.place += 1
        if at.kind() == "range" and at.kind(1) == "ordinal":
            at.place += 1
            if not 0 < nths[-1] < _number(at) <= 5:
                raise Uncertain("from the first to the last")
            nths += range(nths[-1] + 1, _number(at))
        else:
            ahead = 0
            while at.kind(ahead) in ("and", "separator", "filler"):
                ahead += 1
            if at.kind(ahead) in (*START_OF_DAYS, "month"):
                at.place += ahead
            elif ahead == 0 and at.kind() in ("loose", "week_of"):
                break
    weekdays: list[int] = []
    if at.kind() in ("day", "days"):
        weekdays = _weekdays(at, bool(nths))
    if at.kind() == "month" and nths:
        at.place += 1
    if nths and not weekdays:
        return _ordinals_alone(at, nths, plain)
    if not all(n in (-2, -1) or 1 <= n <= 5 for n in nths):
        raise Uncertain("no such week of a month")
    if not nths:
        return [(None, day) for day in weekdays], []
    return [(nth, day) for nth in nths for day in weekdays], []


def _ordinals_alone(at: Cursor, nths: list[int], plain: set[int]) -> tuple[list[Day], list[int]]:
    """Read "Saturday (1st and 3rd)", and "the 1st and 15th of the month", which are dates."""
    if at.kind() in ("loose", "week_of"):
        return [], []
    if plain:
        if len(plain) == 1 and all(n == -1 or 1 <= n <= 5 for n in nths):
            return [(nth, day) for nth in nths for day in plain], []
    elif at.kind(-1) == "month" and at.kind() not in START_OF_DAYS:
        return [], nths
    raise Uncertain("which day of the week")


def _number(at: Cursor) -> int:
    value = at.value()
    assert isinstance(value, int)
    return value


def _weekdays(at: Cursor, ordinal: bool) -> list[int]:
    """Read weekdays with ranges; after an ordinal the list ends where the next ordinal begins."""
    found: list[int] = []
    while at.kind() in ("day", "days"):
        value = at.value()
        assert isinstance(value, tuple)
        at.place += 1
        while at.kind() == "filler" and at.kind(1) in ("range", "and"):
            at.place += 1
        if at.kind() == "range" and at.kind(1) == "day":
            if ordinal or len(value) != 1:
                raise Uncertain("a range of ordinal days")
            last = at.value(1)
            assert isinstance(last, tuple)
            found += [day % 7 for day in range(value[0], last[0] + (7 if last[0] < value[0] else 0) + 1)]
            at.place += 2
            if at.kind() == "range" and at.kind(1) == "day":
                raise Uncertain("three days in a range")
        elif len(value) == 7 and _weekday_ahead(at):
            # "Daily Tuesday 1-4": the day that follows is the one meant.
            continue
        else:
            found += value
        ahead = 0
        while at.kind(ahead) in ("and", "filler"):
            ahead += 1
        if at.kind(ahead) in ("day", "days") and not (ordinal and ahead):
            at.place += ahead
            if ordinal and at.value() != (found[-1],):
                raise Uncertain("two days after an ordinal")
    return list(dict.fromkeys(found))


def _weekday_ahead(at: Cursor) -> bool:
    ahead = 0
    while at.kind(ahead) in ("filler", "mark", "range"):
        ahead += 1
    if at.kind(ahead) == "day":
        at.place += ahead
        return True
    return False
