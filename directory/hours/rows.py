"""Schedule rows in the terms of HSDS, and spans on days turned into as few of them as say the same."""

from collections.abc import Iterable, Mapping
from datetime import date, time
from typing import Literal

import msgspec

from directory.hours.words import WEEKDAYS
from directory.spans import DAY, Span

#: One kind of day: weekday 0-6 from Monday on, and which one of the month (1-5, -1 the last), None for every week.
Day = tuple[int | None, int]


class ScheduleFields(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The fields of one HSDS schedule row, as far as a text can fill them.

    Times are local. A row with times but without `freq`, or with an `interval` above 1 and no `dtstart`, says that it is
    open on some of these days, not on which; a row without times says in `description` how it is on these days ("By
    appointment"). `opens_at` alone is a start with no end told.
    """

    freq: Literal["WEEKLY", "MONTHLY"] | None = None
    interval: int = 1
    byday: str | None = None
    bymonthday: str | None = None
    opens_at: time | None = None
    closes_at: time | None = None
    dtstart: date | None = None
    until: date | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    description: str | None = None
    notes: str | None = None


def clock_time(minute: int) -> time:
    """Return a minute of the day as a time; 24:00 is 00:00 of the next day."""
    return time(minute % DAY // 60, minute % 60)


def times(span: tuple[int, int | None]) -> tuple[time, time | None]:
    """Return opens_at and closes_at of a span; the whole day is written 00:00 to 23:59, as HSDS has no 24:00."""
    start, end = span
    if end is None:
        return clock_time(start), None
    return clock_time(start), time(23, 59) if end - start == DAY and start == 0 else clock_time(end)


def span(opens_at: time, closes_at: time) -> Span:
    """Return the minutes of a row's times, the end on the next day where it is not after the start."""
    start, end = (moment.hour * 60 + moment.minute for moment in (opens_at, closes_at))
    if (start, end) == (0, DAY - 1):
        return 0, DAY
    return start, end if end > start else end + DAY


def byday(days: Iterable[Day]) -> tuple[Literal["WEEKLY", "MONTHLY"], str]:
    """Return `freq` and `byday` of days that are all weekly or all of the month."""
    listed = sorted(set(days), key=lambda day: ((day[0] or 0) % 8, day[1]))
    return (
        "MONTHLY" if listed[0][0] else "WEEKLY",
        ",".join(f"{nth or ''}{WEEKDAYS[weekday]}" for nth, weekday in listed),
    )


def grouped(spans: Mapping[Day, Iterable[tuple[int, int | None, str | None]]]) -> list[ScheduleFields]:
    """Return rows for spans (start, end, notes) by day: days with the same span and notes share a row."""
    days: dict[tuple[bool, int, int | None, str | None], list[Day]] = {}
    for day, listed in spans.items():
        for start, end, notes in listed:
            days.setdefault((bool(day[0]), start, end, notes), []).append(day)
    rows = []
    for (_, start, end, notes), same in days.items():
        freq, names = byday(same)
        opens_at, closes_at = times((start, end))
        rows.append(
            ScheduleFields(freq=freq, byday=names, opens_at=opens_at, closes_at=closes_at, notes=notes)
        )
    return sorted(rows, key=row_order)


def row_order(row: ScheduleFields) -> tuple[object, ...]:
    """Sort key of rows for reading: weekly before monthly, Monday first, morning first."""
    first = (row.byday or "").split(",")[0]
    weekday = WEEKDAYS.index(first[-2:]) if first else 7
    return (row.freq is None, row.freq == "MONTHLY", first[:-2], weekday, row.opens_at or time.max)
