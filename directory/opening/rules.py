"""Schedule rows read as rules: on which dates a row holds, and from which to which minute of these days."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache
from typing import Literal

from directory.hours.remarks import YEAR, Season
from directory.opening import dayrules
from directory.opening.dayrules import CLOSING, DATED, FIRST, LAST, USUAL, DayRule, bits
from directory.spans import Span

Kind = Literal["open", "closed", "unknown"]
Unit = Literal["day", "week", "month"]

_KINDS = {"open": dayrules.OPEN, "closed": dayrules.SHUT, "unknown": dayrules.ASK}
_UNITS = {"day": dayrules.DAYS, "week": dayrules.WEEKS, "month": dayrules.MONTHS}
#: How far ahead rules are told day by day that hold in weeks or on days of the year by number.
_TOLD_DAYS = 400


@dataclass(frozen=True, slots=True)
class Rule:
    """One row, read. `dated` rules hold for single dates and win over all others; `kind` is what they say of `span`.

    A set that is empty restricts nothing. `weekdays` are pairs of (which one of the month, weekday), None for every
    one; negative numbers count from the end of the month or year. `seasons` are the parts of the year it holds in.
    """

    kind: Kind
    span: Span
    dated: bool = False
    weekdays: frozenset[tuple[int | None, int]] = frozenset()
    month_days: frozenset[int] = frozenset()
    weeks: frozenset[int] = frozenset()
    year_days: frozenset[int] = frozenset()
    unit: Unit = "week"
    interval: int = 1
    anchor: date | None = None
    week_start: int = 0
    start: date | None = None
    end: date | None = None
    seasons: tuple[Season, ...] = ()
    text: str = ""
    notes: str = ""

    @property
    def said(self) -> str:
        """What the row says in words, if anything."""
        return self.text or self.notes

    @property
    def every_day(self) -> bool:
        """Whether it names no days, and so holds on each."""
        return not (self.dated or self.weekdays or self.month_days or self.weeks or self.year_days)

    @property
    def unbounded(self) -> bool:
        """Whether the rule says the same of every week, without beginning or end."""
        numbered = any(nth for nth, _ in self.weekdays) or self.month_days or self.weeks or self.year_days
        return not (self.dated or self.start or self.end or self.seasons or numbered or self.interval > 1)

    @property
    def closes_day(self) -> bool:
        """Whether it takes its days out of all others' usual hours; "closed on Sunday", every Sunday, does not."""
        return self.kind == "closed" and not self.unbounded

    def holds_on(self, day: date) -> bool:
        """Say whether the rule is about this date."""
        if (self.start and day < self.start) or (self.end and day > self.end):
            return False
        if self.dated:
            return True
        return (
            self._in_interval(day)
            and self._on_weekday(day)
            and self._on_month_day(day)
            and (not self.weeks or not self.weeks.isdisjoint(_weeks(day, self.week_start)))
            and (not self.year_days or not self.year_days.isdisjoint(_year_days(day)))
            and self._in_season(day)
        )

    def numbers(self, today: date) -> Iterator[DayRule]:
        """Yield the rule as numbers, one for each part of the year it holds in.

        What goes by numbered weeks or days of the year is told day by day, from yesterday on, for 400 days.
        """
        rank = DATED if self.dated else CLOSING if self.closes_day else USUAL
        if (self.weeks or self.year_days) and not self.dated:
            for ahead in range(-1, _TOLD_DAYS):
                day = today + timedelta(days=ahead)
                if self.holds_on(day):
                    yield DayRule(_KINDS[self.kind], *self.span, rank, day.toordinal(), day.toordinal())
            return
        nth = bits(
            (n - 1) * 7 + day
            for which, day in self.weekdays
            for n in ([which] if which else range(1, 6))
            if 0 < n <= 5
        )
        for season in self.seasons or (YEAR,):
            yield DayRule(
                _KINDS[self.kind],
                *self.span,
                rank,
                self.start.toordinal() if self.start else FIRST,
                self.end.toordinal() if self.end else LAST,
                _UNITS[self.unit],
                self.interval if self.anchor else 1,
                self._phase(),
                nth,
                bits((-n - 1) * 7 + day for n, day in self.weekdays if n and -5 <= n < 0),
                bits(n - 1 for n in self.month_days if n > 0),
                bits(-n - 1 for n in self.month_days if n < 0),
                *season,
            )

    def _phase(self) -> int:
        """The number from which intervals are counted; see `DayRule`."""
        if self.anchor is None:
            return 0
        if self.unit == "month":
            return self.anchor.year * 12 + self.anchor.month
        return self._first(self.anchor).toordinal()

    def _first(self, day: date) -> date:
        """The day itself, or the first of its week."""
        return day - timedelta(days=(day.weekday() - self.week_start) % 7) if self.unit == "week" else day

    def _in_interval(self, day: date) -> bool:
        if self.interval == 1 or self.anchor is None:
            return True
        if self.unit == "month":
            months = (day.year - self.anchor.year) * 12 + day.month - self.anchor.month
            return months % self.interval == 0
        passed = (day - self._first(self.anchor)).days
        return (passed // 7 if self.unit == "week" else passed) % self.interval == 0

    def _on_weekday(self, day: date) -> bool:
        if not self.weekdays:
            return True
        weekday = day.weekday()
        if (None, weekday) in self.weekdays:
            return True
        left = days_in_month(day) - day.day
        return ((day.day - 1) // 7 + 1, weekday) in self.weekdays or (
            -(left // 7) - 1,
            weekday,
        ) in self.weekdays

    def _on_month_day(self, day: date) -> bool:
        if not self.month_days:
            return True
        return day.day in self.month_days or day.day - days_in_month(day) - 1 in self.month_days

    def _in_season(self, day: date) -> bool:
        if not self.seasons:
            return True
        number = day.month * 100 + day.day
        return any(
            first <= number <= last if first <= last else number >= first or number <= last
            for first, last in self.seasons
        )


def days_in_month(day: date) -> int:
    """Return how many days the month of `day` has."""
    following = date(day.year + day.month // 12, day.month % 12 + 1, 1)
    return (following - timedelta(days=1)).day


def ended_by_count(rule: Rule, count: int | None) -> Rule:
    """Return the rule with the last date that a number of times, counted from its anchor, leaves it."""
    if not count or not rule.anchor:
        return rule
    counted = replace(rule, start=rule.anchor, end=None)
    day = rule.anchor
    for _ in range(_LONGEST_DAYS):
        if counted.holds_on(day):
            count -= 1
            if not count:
                break
        day += timedelta(days=1)
    return replace(rule, end=min(day, rule.end) if rule.end else day)


#: A `count` is turned into a last date; beyond ten years it stands for "without end".
_LONGEST_DAYS = 3660


@lru_cache(maxsize=5_000)
def _weeks(day: date, week_start: int) -> tuple[int, int]:
    """The number of the week of the year, from its start and from its end; week 1 is the first with four days of it."""
    first = day - timedelta(days=(day.weekday() - week_start) % 7)
    year = (first + timedelta(days=3)).year
    begin = _first_week(year, week_start)
    number = (first - begin).days // 7 + 1
    return number, number - 1 - (_first_week(year + 1, week_start) - begin).days // 7


def _first_week(year: int, week_start: int) -> date:
    fourth = date(year, 1, 4)
    return fourth - timedelta(days=(fourth.weekday() - week_start) % 7)


def _year_days(day: date) -> tuple[int, int]:
    number = day.timetuple().tm_yday
    return number, number - 1 - date(day.year, 12, 31).timetuple().tm_yday
