"""Schedule rows read as rules: on which dates a row holds, and from which to which minute of these days."""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal

from directory.spans import DAY, Span

_WEEKDAYS = {"MO": 0, "TU": 1, "WE": 2, "TH": 3, "FR": 4, "SA": 5, "SU": 6}
_BYDAY = re.compile(r"([+-]?\d+)?\s*(MO|TU|WE|TH|FR|SA|SU)\b", re.IGNORECASE)
_CLOSED = re.compile(r"\s*(?:closed|cerrad[oa])\b", re.IGNORECASE)
_TIME = re.compile(r"(\d{1,2}):(\d\d)")
#: A `count` is turned into a last date; beyond ten years it stands for "without end".
_LONGEST = timedelta(days=3660)
_LONGEST_NIGHT = 16 * 60

Kind = Literal["open", "closed", "unknown"]

#: What is read from a row, by attribute; any other attributes do not matter, and missing ones count as empty.
ScheduleRow = object


@dataclass(frozen=True, slots=True)
class Rule:
    """One row, read. `dated` rules hold for single dates and win over all others; `kind` is what they say of `span`."""

    kind: Kind
    span: Span
    dated: bool = False
    every_day: bool = False
    weekdays: frozenset[tuple[int | None, int]] = frozenset()
    month_days: frozenset[int] = frozenset()
    monthly: bool = False
    interval: int = 1
    anchor: date | None = None
    week_start: int = 0
    start: date | None = None
    end: date | None = None
    text: str = ""
    notes: str = ""

    @property
    def said(self) -> str:
        """What the row says in words, if anything."""
        return self.text or self.notes

    @property
    def weekly(self) -> bool:
        """Whether the rule says the same of every week, for ever, before and after any date it begins or ends on."""
        return not (self.dated or self.monthly or self.interval > 1)

    @property
    def unbounded(self) -> bool:
        """Whether the rule says the same of every week without beginning or end."""
        return self.weekly and not self.start and not self.end

    def holds_on(self, day: date) -> bool:
        """Say whether the rule is about this date."""
        if (self.start and day < self.start) or (self.end and day > self.end):
            return False
        return self.dated or self._in_interval(day) and self._on_weekday(day) and self._on_month_day(day)

    def _in_interval(self, day: date) -> bool:
        if self.interval == 1 or self.anchor is None:
            return True
        if self.monthly:
            months = (day.year - self.anchor.year) * 12 + day.month - self.anchor.month
            return months % self.interval == 0
        first = self.anchor - timedelta(days=(self.anchor.weekday() - self.week_start) % 7)
        return (day - first).days // 7 % self.interval == 0

    def _on_weekday(self, day: date) -> bool:
        if self.every_day or not self.weekdays:
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


def days_in_month(day: date) -> int:
    """Return how many days the month of `day` has."""
    following = date(day.year + day.month // 12, day.month % 12 + 1, 1)
    return (following - timedelta(days=1)).day


def read_rule(row: ScheduleRow) -> Rule | None:
    """Return what a schedule row says, or None when it only holds text.

    A row without `freq` but with `valid_from` is about these dates alone: special hours, or closed when it has none. A
    row that names days and no times says closed, or, where it carries a description, that nobody knows without asking.
    What cannot be placed (no `freq`, an `interval` without `dtstart`, weeks of the year) makes its days unknown.
    """
    text = _text(row, "description")
    opens, closes = _minute(row, "opens_at"), _minute(row, "closes_at")
    weekdays, month_days = _weekdays(row), _month_days(row)
    start, end = _latest(row, "valid_from", "dtstart"), _earliest(row, "valid_to", "until")
    freq = _text(row, "freq").upper()
    timed = opens is not None or closes is not None
    kind, span = _span(opens, closes, text)
    single = bool(_date(row, "valid_from")) and _date(row, "valid_from") == _date(row, "valid_to")
    if single or start and not (freq or weekdays or month_days):
        said = "closed" if not timed else kind
        return Rule(
            said, span, dated=True, start=start, end=end or start, text=text, notes=_text(row, "notes")
        )
    if not (weekdays or month_days or freq and (timed or start)):
        return None
    interval, anchor = _number(row, "interval") or 1, _date(row, "dtstart") or _date(row, "valid_from")
    monthly = freq == "MONTHLY"
    if not weekdays and not month_days and freq in ("WEEKLY", "MONTHLY") and (first := _date(row, "dtstart")):
        # iCal repeats the first date's weekday, or day of the month, when the rule names none.
        weekdays = frozenset() if monthly else frozenset({(None, first.weekday())})
        month_days = frozenset({first.day}) if monthly else frozenset()
    placed = (
        freq == "DAILY"
        and interval == 1
        or monthly
        and bool(weekdays or month_days)
        or freq == "WEEKLY"
        and bool(weekdays)
        and all(nth is None for nth, _ in weekdays)
    ) and not (interval > 1 and anchor is None or _text(row, "byweekno") or _text(row, "byyearday"))
    if not placed and kind == "open":
        kind = "unknown"
    rule = Rule(
        kind,
        span,
        every_day=freq == "DAILY",
        weekdays=weekdays
        if placed
        else frozenset((nth if monthly or not freq else None, day) for nth, day in weekdays),
        month_days=month_days,
        monthly=monthly or any(nth for nth, _ in weekdays) or bool(month_days),
        interval=interval if placed else 1,
        anchor=anchor,
        week_start=_WEEKDAYS.get(_text(row, "wkst").upper()[:2], 0),
        start=start,
        end=end,
        text=text,
        notes=_text(row, "notes"),
    )
    return _counted(rule, _number(row, "count"))


def _span(opens: int | None, closes: int | None, text: str) -> tuple[Kind, Span]:
    if opens is None and closes is None:
        return ("unknown" if text and not _CLOSED.match(text) else "closed"), (0, DAY)
    if opens is None or closes is None:
        return "unknown", (opens or 0, DAY if closes is None else closes)
    if closes == DAY - 1:
        # 23:59 is how a clock without 24:00 writes the end of a day.
        closes = DAY
    if closes < opens and closes + DAY - opens > _LONGEST_NIGHT:
        # 21:00 to 17:00 is a slip of the pen, not a night.
        return "unknown", (0, DAY)
    if opens == closes:
        return ("open" if opens == 0 else "unknown"), (0, DAY)
    return "open", (opens, closes if closes > opens else closes + DAY)


def _counted(rule: Rule, count: int | None) -> Rule:
    if not count or not rule.start or not rule.anchor:
        return rule
    day = rule.start
    for _ in range(_LONGEST.days):
        if rule.holds_on(day):
            count -= 1
            if not count:
                break
        day += timedelta(days=1)
    fields = {name: getattr(rule, name) for name in Rule.__dataclass_fields__}
    return Rule(**fields | {"end": min(day, rule.end) if rule.end else day})


def _text(row: ScheduleRow, name: str) -> str:
    value = getattr(row, name, None)
    return str(value).strip() if value is not None else ""


def _number(row: ScheduleRow, name: str) -> int | None:
    text = _text(row, name)
    return int(float(text)) if re.fullmatch(r"\d{1,6}(?:\.0+)?", text) else None


def _date(row: ScheduleRow, name: str) -> date | None:
    value = getattr(row, name, None)
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    if value is None:
        return None
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError:
        return None


def _latest(row: ScheduleRow, *names: str) -> date | None:
    return max(filter(None, (_date(row, name) for name in names)), default=None)


def _earliest(row: ScheduleRow, *names: str) -> date | None:
    return min(filter(None, (_date(row, name) for name in names)), default=None)


def _minute(row: ScheduleRow, name: str) -> int | None:
    """Return minutes after midnight of a time or a text such as "09:00" or "09:00-05:00", whose offset adds nothing."""
    value = getattr(row, name, None)
    if isinstance(value, time):
        return value.hour * 60 + value.minute
    match = _TIME.match(str(value or "").strip())
    if not match:
        return None
    minute = int(match[1]) * 60 + int(match[2])
    return minute % DAY if minute <= DAY else None


def _weekdays(row: ScheduleRow) -> frozenset[tuple[int | None, int]]:
    found = _BYDAY.findall(_text(row, "byday"))
    return frozenset((int(nth) if nth and int(nth) else None, _WEEKDAYS[day.upper()]) for nth, day in found)


def _month_days(row: ScheduleRow) -> frozenset[int]:
    numbers = (int(number) for number in re.findall(r"-?\d+", _text(row, "bymonthday")))
    return frozenset(number for number in numbers if 1 <= abs(number) <= 31)
