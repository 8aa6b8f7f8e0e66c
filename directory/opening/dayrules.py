"""Hours of a place as numbers alone, from which its state on any date follows: what an index holds.

An engine keeps the usual week and a few `DayRule`s of each distinct schedule, and asks them about two dates, today and
yesterday (whose night may not be over). Nothing is written out for dates ahead, so no date is too far away.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import NamedTuple

from directory.opening.calendars import CLOSED, UNSURE, effect_on
from directory.spans import DAY, Span

#: `kind` of a rule.
OPEN, SHUT, ASK = 1, 0, -1
#: `rank` of a rule: hours of an ordinary day; a closing that takes the day out; hours or a closing of given dates, which
#: stand alone on their days.
USUAL, CLOSING, DATED = 0, 1, 2
#: `unit` of a rule's interval.
DAYS, WEEKS, MONTHS = 1, 7, 30
WEEK = 7 * DAY
#: Ordinals of dates that stand for "without beginning" and "without end".
FIRST, LAST = date.min.toordinal(), date.max.toordinal()


class DayRule(NamedTuple):
    """On which dates something holds, and what: from `opens` to `closes` (minutes after midnight) `kind` is so.

    `start` and `end` are ordinals of dates. It holds in each `interval`-th day, week or month (`unit`) counted from
    `phase`: an ordinal of a date, that of the first day of a week, or year * 12 + month. `nth` has bit (n - 1) * 7 +
    weekday set for the n-th such weekday of a month, `nth_last` counts from its end, and `days`, `days_last` are bits of
    days of the month (bit 0 the first, or the last); a pair of zeroes restricts nothing. `season` is a pair of
    month * 100 + day, both included, and may run over the new year.
    """

    kind: int = OPEN
    opens: int = 0
    closes: int = DAY
    rank: int = USUAL
    start: int = FIRST
    end: int = LAST
    unit: int = DAYS
    interval: int = 1
    phase: int = 0
    nth: int = 0
    nth_last: int = 0
    days: int = 0
    days_last: int = 0
    season_from: int = 101
    season_to: int = 1231


class Timetable(NamedTuple):
    """All hours of a place: open spans of every week, the rules beside them, and what happens on public holidays.

    A span of `weekly` is in minutes since Monday 00:00 and belongs to the day on which it begins. `known` tells whether
    any opening hours are known. `calendar` and `on_holidays` are explained in `directory.opening.calendars`.
    """

    weekly: tuple[Span, ...] = ()
    rules: tuple[DayRule, ...] = ()
    known: bool = False
    calendar: str = ""
    on_holidays: str = ""


class Figures(NamedTuple):
    """What a date is to a rule."""

    ordinal: int
    months: int
    nth: int
    nth_last: int
    day: int
    day_last: int
    in_year: int


def figures(day: date) -> Figures:
    """Return the numbers of a date that rules are compared with; those of bits are numbers of bits."""
    following = date(day.year + day.month // 12, day.month % 12 + 1, 1) if day < date(9999, 12, 1) else None
    left = (following.toordinal() - day.toordinal() - 1) if following else 31 - day.day
    return Figures(
        day.toordinal(),
        day.year * 12 + day.month,
        (day.day - 1) // 7 * 7 + day.weekday(),
        left // 7 * 7 + day.weekday(),
        day.day - 1,
        left,
        day.month * 100 + day.day,
    )


def holds(rule: DayRule, on: Figures) -> bool:
    """Say whether a rule is about a date."""
    if not rule.start <= on.ordinal <= rule.end:
        return False
    if rule.interval > 1:
        passed = (on.months if rule.unit == MONTHS else on.ordinal) - rule.phase
        if (passed // 7 if rule.unit == WEEKS else passed) % rule.interval:
            return False
    if (rule.nth or rule.nth_last) and not (rule.nth >> on.nth & 1 or rule.nth_last >> on.nth_last & 1):
        return False
    if (rule.days or rule.days_last) and not (rule.days >> on.day & 1 or rule.days_last >> on.day_last & 1):
        return False
    if rule.season_from <= rule.season_to:
        return rule.season_from <= on.in_year <= rule.season_to
    return on.in_year >= rule.season_from or on.in_year <= rule.season_to


def is_open(table: Timetable, local: datetime) -> bool | None:
    """Say whether it is open when the clocks at the place show `local`; None when nobody knows.

    Exactly what `Opening.is_open` answers for the rows that the timetable was made from.
    """
    minute = local.hour * 60 + local.minute
    since_monday = local.weekday() * DAY + minute
    begun = {
        (since_monday + turn) // DAY - start // DAY
        for start, end in table.weekly
        for turn in (0, WEEK)
        if start <= since_monday + turn < end
    }
    # What began two days ago or more never closes, whatever the date.
    if any(back > 1 for back in begun):
        return True
    unknown, told = False, table.known
    for back in (0, 1):
        day, now = date.fromordinal(local.toordinal() - back), minute + back * DAY
        said, special = _said(table, day, now, usual=back in begun)
        if OPEN in said:
            return True
        unknown |= ASK in said
        told |= special and not back
    return None if unknown or not told else False


def _said(table: Timetable, day: date, now: int, usual: bool) -> tuple[set[int], bool]:
    """Return what hours that begin on a date say of its minute `now`, and whether the date is unlike others.

    `usual` tells that the weekly hours of the day are open then.
    """
    on = figures(day) if table.rules else None
    holding = [rule for rule in table.rules if on and holds(rule, on)]
    if any(rule.rank > USUAL for rule in holding):
        return {rule.kind for rule in holding if rule.rank == DATED and rule.opens <= now < rule.closes}, True
    spans = [(rule.kind, rule.opens, rule.closes) for rule in holding if rule.opens <= now < rule.closes]
    if usual:
        spans += [
            (OPEN, *span) for span in _of_weekday(table.weekly, day.weekday()) if span[0] <= now < span[1]
        ]
    effect = effect_on(table.calendar, table.on_holidays, day)
    if effect and effect.state == CLOSED:
        return set(), True
    special = any(rule.kind == SHUT for rule in holding)
    return {_on_holiday(span, effect.state if effect else "") for span in spans}, special


def _on_holiday(span: tuple[int, int, int], state: str) -> int:
    """Return what (kind, opens, closes) says on a holiday of which nothing is said: what never closes stays open."""
    kind, opens, closes = span
    return ASK if state == UNSURE and closes - opens < DAY else kind


def bits(numbers: Iterable[int]) -> int:
    """Return a number with these bits set."""
    result = 0
    for number in numbers:
        result |= 1 << number
    return result


def _of_weekday(weekly: Sequence[Span], weekday: int) -> list[Span]:
    base = weekday * DAY
    return [(start - base, end - base) for start, end in weekly if start // DAY == weekday]
