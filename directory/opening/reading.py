"""From a schedule row in the terms of HSDS to the rule it states; what cannot be placed states that nobody knows."""

import re
from datetime import date, time

from directory.hours.remarks import read_season
from directory.opening.rules import Kind, Rule, Unit, ended_by_count
from directory.spans import DAY, Span

_WEEKDAYS = {"MO": 0, "TU": 1, "WE": 2, "TH": 3, "FR": 4, "SA": 5, "SU": 6}
_BYDAY = re.compile(r"([+-]?\d{1,3})?\s{0,3}(MO|TU|WE|TH|FR|SA|SU)\b", re.IGNORECASE)
_CLOSED = re.compile(r"\s*(?:closed|cerrad[oa])\b", re.IGNORECASE)
_TIME = re.compile(r"(\d{1,2}):(\d\d)")
LONGEST_NIGHT = 16 * 60
"""Minutes; hours that close before they open and would last longer are a slip of the pen."""
_FIRST_DAY, _LAST_DAY = date(1000, 1, 1), date(9000, 12, 31)
_UNITS: dict[str, Unit] = {"DAILY": "day", "WEEKLY": "week", "MONTHLY": "month"}

#: What is read from a row, by attribute; any other attributes do not matter, and missing ones count as empty.
ScheduleRow = object


def read_rule(row: ScheduleRow) -> Rule | None:
    """Return what a schedule row says, or None when it only holds text.

    A row without `freq` but with `valid_from` is about these dates alone: special hours, or closed when it has none. A
    row that names days and no times says closed, or, where it carries a description, that nobody knows without asking.
    What cannot be placed (no `freq`, an `interval` without `dtstart`, weeks of the year without weekdays, "the second
    Tuesday of every week") makes its days unknown.
    """
    text, notes = _text(row, "description"), _text(row, "notes")
    opens, closes = _minute(row, "opens_at"), _minute(row, "closes_at")
    weekdays, month_days = _weekdays(row), _numbers(row, "bymonthday", 31)
    weeks, year_days = _numbers(row, "byweekno", 53), _numbers(row, "byyearday", 366)
    start, end = _latest(row, "valid_from", "dtstart"), _earliest(row, "valid_to", "until")
    freq = _text(row, "freq").upper()
    timed = opens is not None or closes is not None
    kind, span = _span(opens, closes, text)
    single = bool(_date(row, "valid_from")) and _date(row, "valid_from") == _date(row, "valid_to")
    named = bool(weekdays or month_days or weeks or year_days)
    if single or start and not (freq or named):
        said = "closed" if not timed else kind
        return Rule(said, span, dated=True, start=start, end=end or start, text=text, notes=notes)
    if not (named or freq and (timed or start)):
        return None
    interval, anchor = _number(row, "interval") or 1, _date(row, "dtstart") or _date(row, "valid_from")
    if not named and freq in ("WEEKLY", "MONTHLY") and (first := _date(row, "dtstart")):
        # iCal repeats the first date's weekday, or day of the month, when the rule names none.
        weekdays = frozenset({(None, first.weekday())}) if freq == "WEEKLY" else frozenset()
        month_days = frozenset({first.day}) if freq == "MONTHLY" else frozenset()
        named = True
    ordinal = any(nth for nth, _ in weekdays)
    placed = (
        freq in _UNITS
        and (named or freq == "DAILY")
        and (freq == "MONTHLY" or not ordinal)
        and not (weeks and not weekdays)
        and not (interval > 1 and anchor is None)
    )
    if not placed:
        kind = "unknown" if kind == "open" else kind
        if freq and freq != "MONTHLY":
            weekdays = frozenset((None, day) for _, day in weekdays)
    rule = Rule(
        kind,
        span,
        weekdays=weekdays,
        month_days=month_days,
        weeks=weeks if placed else frozenset(),
        year_days=year_days if placed else frozenset(),
        unit=_UNITS.get(freq, "week"),
        interval=interval if placed else 1,
        anchor=anchor,
        week_start=_WEEKDAYS.get(_text(row, "wkst").upper()[:2], 0),
        start=start,
        end=end,
        seasons=read_season(notes) or read_season(_CLOSED.sub("only", text) if kind == "closed" else text),
        text=text,
        notes=notes,
    )
    return ended_by_count(rule, _number(row, "count"))


def _span(opens: int | None, closes: int | None, text: str) -> tuple[Kind, Span]:
    if opens is None and closes is None:
        return ("unknown" if text and not _CLOSED.match(text) else "closed"), (0, DAY)
    if opens is None or closes is None:
        return "unknown", (opens or 0, DAY if closes is None else closes)
    if closes == DAY - 1:
        # 23:59 is how a clock without 24:00 writes the end of a day.
        closes = DAY
    if closes < opens and closes + DAY - opens > LONGEST_NIGHT:
        # 21:00 to 17:00 is a slip of the pen, not a night.
        return "unknown", (0, DAY)
    if opens == closes:
        return ("open" if opens == 0 else "unknown"), (0, DAY)
    return "open", (opens, closes if closes > opens else closes + DAY)


def _text(row: ScheduleRow, name: str) -> str:
    value = getattr(row, name, None)
    return str(value).strip() if value is not None else ""


def _number(row: ScheduleRow, name: str) -> int | None:
    text = _text(row, name)
    return int(float(text)) if re.fullmatch(r"\d{1,6}(?:\.0+)?", text) else None


def _date(row: ScheduleRow, name: str) -> date | None:
    """Return a date; one at the end of all calendars, which stands for "for ever", so that days after it can be told."""
    value = getattr(row, name, None)
    if value is None:
        return None
    try:
        day = date.fromisoformat(str(value)[:10])
    except ValueError:
        return None
    return min(max(day, _FIRST_DAY), _LAST_DAY)


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


def _numbers(row: ScheduleRow, name: str, most: int) -> frozenset[int]:
    numbers = (int(number) for number in re.findall(r"-?\d{1,9}", _text(row, name)))
    return frozenset(number for number in numbers if 1 <= abs(number) <= most)
