"""Times of day as people write them: "9", "9:30am", "10a", "noon", "14:00", and the am or pm that is left out."""

from dataclasses import dataclass
from typing import Literal

from directory.spans import DAY, Span

Meridian = Literal["am", "pm"]
NOON = 12 * 60
WHOLE_DAY: Span = (0, DAY)


class Uncertain(Exception):
    """A text that more than one reading fits, or none; `read_hours` answers None."""


@dataclass(frozen=True, slots=True)
class Time:
    """One time as written: hour and minute, am or pm where given, and whether the writing is that of a 24-hour clock."""

    hour: int
    minute: int = 0
    meridian: Meridian | None = None
    full_day: bool = False

    def at(self, meridian: Meridian) -> int:
        """Return minutes after midnight, read as am or pm."""
        if not 1 <= self.hour <= 12:
            raise Uncertain("not an hour of a 12-hour clock")
        return (self.hour % 12 + (12 if meridian == "pm" else 0)) * 60 + self.minute

    def on_full_day(self) -> int:
        """Return minutes after midnight, read on a 24-hour clock."""
        return self.hour * 60 + self.minute


def read_time(hour: str, minute: str | None, second: str | None, meridian: str | None) -> Time | None:
    """Return the time these pieces of text name, or None when there is no such time."""
    h, m = int(hour), int(minute or 0)
    if h > 24 or m > 59 or (h == 24 and m):
        return None
    if meridian:
        if h > 12:
            # "13:00 pm" says the same thing twice.
            return Time(h, m, full_day=True) if meridian == "pm" and minute else None
        return Time(h, m, "am" if meridian == "am" else "pm") if h else None
    return Time(h, m, full_day=h == 0 or h > 12 or len(hour) == 2 and hour[0] == "0" or second is not None)


def span(start: Time, end: Time, full_day: bool) -> Span:
    """Return the one span that `start` to `end` certainly means; raise `Uncertain` when there is more than one.

    `full_day` says that the text around writes on a 24-hour clock ("13:00", "09:00").
    """
    match start.meridian, end.meridian:
        case None, None:
            return _on_full_day(start, end) if full_day else _bare(start, end)
        case None, end_meridian if end_meridian:
            return _start_bare(start, end.at(end_meridian), end_meridian)
        case start_meridian, None if start_meridian:
            return _end_bare(start.at(start_meridian), end)
        case start_meridian, end_meridian if start_meridian and end_meridian:
            return _plausible(start.at(start_meridian), end.at(end_meridian))
    raise Uncertain("no such pair of times")


def moment(time: Time, full_day: bool) -> int:
    """Return the minute of the day of a time that stands alone; raise `Uncertain` when am or pm is missing."""
    if time.meridian:
        return time.at(time.meridian)
    if full_day:
        return time.on_full_day()
    raise Uncertain("am or pm is missing")


def _plausible(start: int, end: int) -> Span:
    """Return the span between two exact times; past midnight only from the afternoon on, and for 14 hours at most.

    An opening before 5 am that lasts into the afternoon is a mixed-up "12 AM", not a habit of any service.
    """
    if end == 0:
        end = DAY
    if start < end:
        if start < 5 * 60 and NOON <= end < DAY - 1:
            raise Uncertain("opens in the night and closes in the afternoon")
        return start, end
    if start == end:
        raise Uncertain("opens and closes at the same time")
    if start < NOON or end > 10 * 60 or end + DAY - start > 14 * 60:
        raise Uncertain("closes before it opens")
    return start, end + DAY


def _on_full_day(start: Time, end: Time) -> Span:
    opens, closes = start.on_full_day(), end.on_full_day()
    if closes < opens and closes != 0 and opens < 18 * 60:
        raise Uncertain("closes before it opens")
    if (opens, closes) == (0, 0):
        return WHOLE_DAY
    return _plausible(opens, closes)


def _start_bare(start: Time, end: int, end_meridian: Meridian) -> Span:
    """Return "9-12pm", "10-11:30am": the start nearest before the end, at most 12 hours earlier."""
    if start.hour > 12 or start.hour == 0:
        return _plausible(start.on_full_day(), end)
    if end < 60 or (end_meridian == "am" and start.at("am") >= end):
        raise Uncertain("9-12am is noon for some and midnight for others")
    same = start.at(end_meridian)
    return (same, end) if same < end else _plausible(start.at("am"), end)


def _end_bare(start: int, end: Time) -> Span:
    """Return "9am-3", "10:30am-12": the end nearest after the start, on the same day."""
    if end.hour > 12 or end.hour == 0:
        return _plausible(start, end.on_full_day())
    for closes in sorted((end.at("am"), end.at("pm"))):
        if start < closes:
            return start, closes
    raise Uncertain("am or pm of the end is missing")


def _bare(start: Time, end: Time) -> Span:
    """Return a span with neither am nor pm where the hours of the day leave one reading.

    Services open between 7 and noon in the morning and from noon to half past five in the afternoon; a start at 6, or
    7-9, which is breakfast for some and evening for others, stays uncertain.
    """
    if end.hour > 12 or start.hour > 12:
        raise Uncertain("half on a 24-hour clock")
    morning, opens, closes = start.at("am"), start.at("pm"), end.at("pm")
    if start.hour == 12 or start.hour <= 5:
        if opens < closes <= 21 * 60:
            return opens, closes
    elif start.hour >= 7:
        if end.hour == 12 or end.hour <= 6:
            return morning, closes
        if start.hour >= 9 and morning < end.at("am"):
            return morning, end.at("am")
    raise Uncertain("am and pm are missing")
