"""A rule of opening hours as calendars repeat it: a first date, an RRULE of RFC 5545, the dates left out."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple

from dateutil.rrule import rrulestr

from directory.opening.opening import Opening
from directory.opening.rules import Rule
from directory.spans import Span

#: For how long hours are told ahead. Holidays and closings are taken out one by one, and hours that nobody has looked
#: at for more than a year are none to keep in a calendar.
WEEKS_AHEAD = 53
_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_UNITS = {"day": "DAILY", "week": "WEEKLY", "month": "MONTHLY"}


class Recurring(NamedTuple):
    """On which dates the hours of one rule begin.

    They do on `first`, and then by `rule` (the parts of an RRULE, without its UNTIL) up to `last`, or else on `further`
    dates; but not on those in `left_out`. Of those that are also in `unsure`, nobody knows.
    """

    first: date
    last: date
    rule: dict[str, Any]
    further: tuple[date, ...]
    left_out: tuple[date, ...]
    unsure: tuple[date, ...]


def recurring(opening: Opening, rule: Rule, today: date) -> Recurring | None:
    """Return when a rule of `opening` repeats, from Monday of this week on for a year; None where it does not.

    What holds on a date is what `opening` says of it: holidays, closings and special hours are left out.
    """
    begin = today - timedelta(days=today.weekday())
    days = [day for day in (begin + timedelta(days=n) for n in range(WEEKS_AHEAD * 7)) if rule.holds_on(day)]
    if not days:
        return None
    repeated = next((parts for parts in _candidates(rule, days) if _expanded(parts, days) == days), {})
    left_out = [day for day in days if not _holds(opening, rule, day)]
    return Recurring(
        days[0],
        days[-1],
        repeated,
        () if repeated else tuple(days[1:]),
        tuple(left_out),
        tuple(day for day in left_out if _within(rule.span, opening.day(day).unsure)),
    )


def _holds(opening: Opening, rule: Rule, day: date) -> bool:
    if not rule.dated and any(other.dated and other.holds_on(day) for other in opening.rules):
        return False
    return _within(rule.span, opening.day(day).spans)


def _within(span: Span, spans: Sequence[Span]) -> bool:
    return any(start <= span[0] and span[1] <= end for start, end in spans)


def _candidates(rule: Rule, days: Sequence[date]) -> list[dict[str, Any]]:
    """What an RRULE could say; whether it says it is for the caller to try."""
    if len(days) == 1:
        return []
    if rule.dated:
        return [{"FREQ": "DAILY"}]
    parts: dict[str, Any] = {"FREQ": "YEARLY" if rule.weeks or rule.year_days else _UNITS[rule.unit]}
    if rule.interval > 1:
        parts["INTERVAL"] = rule.interval
    if rule.weekdays:
        pairs = sorted(rule.weekdays, key=lambda pair: (pair[1], pair[0] or 0))
        parts["BYDAY"] = [f"{nth or ''}{_DAYS[day]}" for nth, day in pairs]
    for name, numbers in (
        ("BYMONTHDAY", rule.month_days),
        ("BYWEEKNO", rule.weeks),
        ("BYYEARDAY", rule.year_days),
    ):
        if numbers:
            parts[name] = sorted(numbers)
    if rule.week_start:
        parts["WKST"] = _DAYS[rule.week_start]
    if rule.seasons:
        return [parts | {"BYMONTH": sorted({day.month for day in days})}]
    return [parts]


def _expanded(parts: dict[str, Any], days: Sequence[date]) -> list[date]:
    """The dates of an RRULE between the first and the last of `days`, as dateutil reads it."""
    told = ";".join(
        f"{name}={','.join(map(str, value)) if isinstance(value, list) else value}"
        for name, value in parts.items()
    )
    if parts["FREQ"] == "YEARLY" and any(len(day) > 2 for day in parts.get("BYDAY", ())):
        return []  # RFC 5545 has no second Tuesday of a numbered week
    rule = rrulestr(told, dtstart=datetime.combine(days[0], time()))
    return [moment.date() for moment in rule.between(*_bounds(days), inc=True)]


def _bounds(days: Sequence[date]) -> tuple[datetime, datetime]:
    return datetime.combine(days[0], time()), datetime.combine(days[-1], time())
