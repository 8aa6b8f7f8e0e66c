"""Schedule rows of every kind, generated, and moments at which calendars and clocks do something odd."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
#: Whole hours, half and quarter hours from UTC; clocks that change by an hour, by half an hour, not at all, at midnight.
ZONES = (
    "America/Chicago",
    "America/New_York",
    "America/Phoenix",
    "America/St_Johns",
    "America/Havana",
    "Pacific/Honolulu",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "Australia/Adelaide",
    "Australia/Lord_Howe",
    "Pacific/Chatham",
    "UTC",
)
FIRST, LAST = date(2026, 1, 1), date(2028, 12, 31)


@dataclass
class Row:
    """A schedule row as a table row has it: texts for times, dates or nothing for the rest."""

    freq: str | None = None
    byday: str | None = None
    opens_at: str | None = None
    closes_at: str | None = None
    bymonthday: str | None = None
    byyearday: str | None = None
    byweekno: str | None = None
    interval: int | None = None
    dtstart: date | None = None
    until: date | None = None
    count: int | None = None
    wkst: str | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    timezone: str | None = None
    description: str | None = None
    notes: str | None = None


def row(
    freq: str | None, byday: str | None, opens: str | None = None, closes: str | None = None, **more: Any
) -> Row:
    """Return a row by its most common fields."""
    return Row(freq=freq, byday=byday, opens_at=opens, closes_at=closes, **more)


dates = st.dates(FIRST, LAST)
zones = st.sampled_from(ZONES)
some_days = st.lists(st.sampled_from(WEEKDAYS), min_size=1, max_size=4, unique=True).map(",".join)
some_nths = st.lists(
    st.tuples(st.sampled_from([1, 2, 3, 4, 5, -1, -2, -5]), st.sampled_from(WEEKDAYS)),
    min_size=1,
    max_size=3,
    unique=True,
).map(lambda pairs: ",".join(f"{nth}{day}" for nth, day in pairs))


def listed(numbers: list[int], most: int = 3) -> st.SearchStrategy[str]:
    """Return some of these numbers, as a row has them."""
    return st.lists(st.sampled_from(numbers), min_size=1, max_size=most, unique=True).map(
        lambda some: ",".join(map(str, some))
    )


@st.composite
def hours(draw: st.DrawFn) -> tuple[str, str]:
    """Return when it opens and closes: within a day, past midnight for up to 16 hours, or round the clock."""
    opens = draw(st.integers(0, 287)) * 5
    length = draw(st.integers(1, 191)) * 5
    if draw(st.integers(0, 9)) == 0:
        return "00:00", "23:59"
    closes = (opens + length) % 1440
    return f"{opens // 60:02}:{opens % 60:02}", f"{closes // 60:02}:{closes % 60:02}"


@st.composite
def open_rows(draw: st.DrawFn) -> Row:
    """Return a row that says for certain on which days it is open."""
    one = Row(
        freq=draw(st.sampled_from(["WEEKLY", "MONTHLY"])),
        wkst=draw(st.sampled_from([None, "MO", "SU", "TH"])),
    )
    one.opens_at, one.closes_at = draw(hours())
    if one.freq == "WEEKLY":
        one.byday = draw(some_days)
    else:
        one.byday = draw(st.one_of(st.none(), some_days, some_nths))
        if one.byday is None or draw(st.integers(0, 4)) == 0:
            one.bymonthday = draw(listed([1, 2, 13, 15, 28, 29, 30, 31, -1, -2, -31]))
    odd = draw(st.integers(0, 9))
    if odd == 0 and one.byday:
        one.byweekno = draw(listed([1, 2, 9, 26, 52, 53, -1]))
    elif odd == 1:
        one.byyearday = draw(listed([1, 59, 60, 61, 100, 365, 366, -1, -366, -306], 6))
    _bound(draw, one)
    return one


def _bound(draw: st.DrawFn, one: Row) -> None:
    """Give the row an interval, a beginning and an end, or some of these."""
    if draw(st.booleans()):
        one.dtstart = draw(dates)
        one.interval = draw(st.sampled_from([None, 1, 2, 3, 5]))
        one.count = draw(st.one_of(st.none(), st.none(), st.integers(1, 30)))
    if draw(st.integers(0, 3)) == 0:
        one.valid_from = draw(dates)
    if draw(st.integers(0, 3)) == 0:
        one.until = draw(dates)
    if draw(st.integers(0, 3)) == 0:
        # One day alone would make a dated row of it.
        begin = one.valid_from or draw(dates)
        one.valid_to = begin + timedelta(days=draw(st.integers(1, 500)))


@st.composite
def any_rows(draw: st.DrawFn) -> Row:
    """Return any row: certain, dated, closing, by appointment, without an end, half understood."""
    kind = draw(
        st.sampled_from(
            ["open", "open", "open", "dated", "dated", "closing", "sunday", "asked", "start", "loose", "text"]
        )
    )
    first = draw(dates)
    match kind:
        case "open":
            one = draw(open_rows())
            one.notes = draw(
                st.sampled_from([None, None, "closed holidays", "Nov-Mar only", "except July", "closed major holidays",
                                 "open on holidays", "closed state and federal holidays", "call first"])
            )  # fmt: skip
            return one
        case "dated":
            opens, closes = draw(st.sampled_from([(None, None), draw(hours()), ("12:00", None)]))
            last = first + timedelta(days=draw(st.sampled_from([0, 0, 0, 3, 40])))
            return row(None, None, opens, closes, valid_from=first, valid_to=last, description=draw(TEXTS))
        case "closing":
            return row(
                "MONTHLY", draw(some_nths), description=draw(st.sampled_from([None, "Closed for cleaning"]))
            )
        case "sunday":
            return row("WEEKLY", draw(some_days))
        case "asked":
            return row("WEEKLY", draw(some_days), description="By appointment")
        case "start":
            return row("WEEKLY", draw(some_days), "18:00")
        case "loose":
            return row("WEEKLY", draw(some_days), "10:00", "12:00", interval=2)
    return row(None, None, description="Call for hours")


TEXTS = st.sampled_from([None, "Thanksgiving", "By appointment"])


@st.composite
def moments(draw: st.DrawFn, zone: str) -> datetime:
    """Return an aware moment, often one near a change of the clock, the end of a year or a leap day."""
    kind = draw(st.integers(0, 3))
    if kind == 0:
        changes = _changes(zone)
        middle = draw(st.sampled_from(changes)) if changes else datetime(2027, 3, 1, tzinfo=UTC)
        return middle + timedelta(minutes=draw(st.integers(-1500, 1500)))
    if kind == 1:
        day = draw(
            st.sampled_from([date(2026, 12, 31), date(2028, 2, 28), date(2028, 2, 29), date(2027, 3, 1)])
        )
        at = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).astimezone(UTC)
        return at + timedelta(minutes=draw(st.integers(-1440, 2880)))
    return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=draw(st.integers(0, 3 * 365 * 1440)))


def _changes(zone: str) -> list[datetime]:
    """Return the hours in which clocks change in these years."""
    if zone not in _FOUND:
        hours = [datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=number) for number in range(3 * 365 * 24)]
        offsets = [hour.astimezone(ZoneInfo(zone)).utcoffset() for hour in hours]
        _FOUND[zone] = [b for b, x, y in zip(hours[1:], offsets, offsets[1:], strict=False) if x != y]
    return _FOUND[zone]


_FOUND: dict[str, list[datetime]] = {}
