"""Rows against a straightforward reading by dateutil, at moments in many time zones; and what a state says of itself."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from dateutil.rrule import MONTHLY, WEEKLY, rrule, weekday
from hypothesis import given, settings
from hypothesis import strategies as st

from directory.opening import Opening
from directory.opening.dayrules import is_open
from tests.directory.schedule_rows import LAST, WEEKDAYS, Row, any_rows, dates, moments, open_rows, row, zones

ONE_DAY = timedelta(days=1)


def numbers(text: str | None) -> list[int] | None:
    return [int(part) for part in text.split(",")] if text else None


def days_of(one: Row) -> set[date]:
    """The dates on which a row begins to be open, as dateutil reads it."""
    begin = one.dtstart or (one.valid_from if one.interval or one.count else None) or date(2025, 1, 1)
    weekdays = [
        weekday(WEEKDAYS.index(part[-2:]), int(part[:-2]) if part[:-2] else None)
        for part in (one.byday.split(",") if one.byday else [])
    ]
    rule = rrule(
        MONTHLY if one.freq == "MONTHLY" else WEEKLY,
        dtstart=datetime.combine(begin, time()),
        interval=one.interval or 1,
        wkst=WEEKDAYS.index(one.wkst) if one.wkst else None,
        byweekday=weekdays or None,
        bymonthday=numbers(one.bymonthday),
        byyearday=numbers(one.byyearday),
        byweekno=numbers(one.byweekno),
        **({"count": one.count} if one.count else {"until": datetime.combine(LAST + 9 * ONE_DAY, time())}),
    )
    within = (one.valid_from or date.min, min(one.valid_to or date.max, one.until or date.max))
    last = datetime.combine(LAST + 9 * ONE_DAY, time())
    found = set()
    for moment in rule:
        if moment > last:
            break
        if within[0] <= moment.date() <= within[1]:
            found.add(moment.date())
    return found


def is_open_by_dateutil(rows: list[tuple[Row, set[date]]], zone: str, at: datetime) -> bool:
    """Whether the clock on the wall shows a time between an opening and its closing."""
    wall = at.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    for one, days in rows:
        opens, closes = time.fromisoformat(one.opens_at or ""), time.fromisoformat(one.closes_at or "")
        for day in (wall.date(), wall.date() - ONE_DAY):
            begin = datetime.combine(day, opens)
            end = datetime.combine(day + ONE_DAY if closes <= opens else day, closes)
            if (one.opens_at, one.closes_at) == ("00:00", "23:59"):
                end = begin + ONE_DAY
            if day in days and begin <= wall < end:
                return True
    return False


@settings(max_examples=400, deadline=None)
@given(st.data(), st.lists(open_rows(), min_size=1, max_size=3), zones)
def test_open_is_what_dateutil_says(data: st.DataObject, rows: list[Row], zone: str) -> None:
    opening = Opening(rows, zone)
    expected = [(one, days_of(one)) for one in rows]
    table = opening.timetable(date(2026, 1, 1))
    for _ in range(8):
        at = data.draw(moments(zone))
        assert opening.is_open(at) is is_open_by_dateutil(expected, zone, at), at
        # What goes by days of the year by number is told for 400 days only.
        if at < datetime(2027, 2, 1, tzinfo=UTC) or not any(one.byyearday or one.byweekno for one in rows):
            assert is_open(table, at.astimezone(ZoneInfo(zone))) is opening.is_open(at), at


@settings(max_examples=300, deadline=None)
@given(open_rows())
def test_the_days_are_those_of_dateutil(one: Row) -> None:
    opening, expected = Opening([one], "UTC"), days_of(one)
    every_day = (date(2026, 1, 1) + number * ONE_DAY for number in range(3 * 365))
    assert {day for day in every_day if opening.day(day).spans} == {
        day for day in expected if date(2026, 1, 1) <= day < date(2026, 1, 1) + 3 * 365 * ONE_DAY
    }


@settings(max_examples=400, deadline=None)
@given(st.data(), st.lists(any_rows(), max_size=5), zones, st.sampled_from(["", "US", "US-CA", "MX"]))
def test_numbers_say_the_same(data: st.DataObject, rows: list[Row], zone: str, calendar: str) -> None:
    opening = Opening(rows, zone, calendar)
    told = date(2026, 1, 1)
    table = opening.timetable(told)
    exotic = any(one.byyearday or one.byweekno for one in rows)
    for _ in range(20):
        at = data.draw(moments(zone))
        if not exotic or at < datetime(2027, 2, 1, tzinfo=UTC):
            assert is_open(table, at.astimezone(ZoneInfo(zone))) is opening.is_open(at), at


@settings(max_examples=200, deadline=None)
@given(st.data(), st.lists(any_rows(), max_size=4), zones, st.sampled_from(["", "US-IL"]))
def test_the_state_changes_when_it_says(
    data: st.DataObject, rows: list[Row], zone: str, calendar: str
) -> None:
    opening = Opening(rows, zone, calendar)
    at = data.draw(moments(zone)).astimezone(opening.zone)
    state = opening.state(at)
    assert state.open == opening.is_open(at)
    change = state.until if state.open else state.opens
    if change is None:
        return
    assert change > at
    assert (opening.is_open(change) is True) is not state.open or state.open is None
    begin, end = at.astimezone(UTC), change.astimezone(UTC)
    between = [begin + (end - begin) * part / 7 for part in range(7)] + [end - timedelta(minutes=1)]
    for moment in between:
        assert (opening.is_open(moment) is True) is (state.open is True), moment
        later = opening.state(moment)
        assert (later.until, later.opens) == (state.until, state.opens) or later.open is not state.open


@settings(max_examples=200, deadline=None)
@given(st.data(), st.lists(any_rows(), max_size=4), zones)
def test_a_state_that_is_remembered_is_the_one_worked_out_anew(
    data: st.DataObject, rows: list[Row], zone: str
) -> None:
    opening = Opening(rows, zone, "US")
    at = data.draw(moments(zone))
    for minutes in data.draw(st.lists(st.integers(0, 600), min_size=2, max_size=8)):
        at += timedelta(minutes=minutes)
        assert opening.state(at) == Opening(rows, zone, "US").state(at)


@settings(max_examples=60, deadline=None)
@given(dates, st.sampled_from(["closed holidays", "", "open on holidays"]))
def test_dated_rows_win_over_holidays(day: date, said: str) -> None:
    usual = row("WEEKLY", "MO,TU,WE,TH,FR,SA,SU", "09:00", "17:00", notes=said)
    dated = row(None, None, "12:00", "13:00", valid_from=day, valid_to=day)
    opening = Opening([usual, dated], "America/Chicago", "US-IL")
    assert opening.day(day).spans == ((720, 780),)
    assert opening.day(day).certain


@pytest.mark.parametrize("field", ["byday", "bymonthday", "byyearday", "byweekno"])
@pytest.mark.parametrize("text", ["9" * 5_000, "9" * 40_000 + "MO", " " * 20_000, "-" * 20_000])
def test_numbers_that_nobody_counts_to_are_read_without_trouble(field: str, text: str) -> None:
    """Whatever a feed holds: one row must neither break the page of its listing nor hold up the index."""
    one = row("MONTHLY", None, "09:00", "17:00")
    setattr(one, field, text)
    opening = Opening([one], "America/Chicago")
    assert opening.is_open(datetime(2026, 11, 23, 18, tzinfo=UTC)) in {None, False, True}


@pytest.mark.parametrize("freq", ["DAILY", "WEEKLY", "MONTHLY", "YEARLY", None])
@pytest.mark.parametrize("field", ["dtstart", "until", "valid_from", "valid_to"])
@pytest.mark.parametrize("day", [date.min, date.max])
def test_dates_at_the_ends_of_the_calendar_stand_for_ever(freq: str | None, field: str, day: date) -> None:
    one = row(freq, "-1MO,3SU", "09:00", "17:00", count=3, interval=2, byweekno="53", **{field: day})
    opening = Opening([one], "America/Chicago")
    today = date(2026, 11, 23)
    assert len(opening.week(today)) == 7
    assert opening.timetable(today) is not None
    assert opening.state(datetime(2026, 11, 23, 18, tzinfo=UTC)).open in {None, False, True}


def test_a_year_9999_is_no_end() -> None:
    always = row("WEEKLY", "MO", "09:00", "17:00", valid_to=date.max, until=date.max)
    monday = datetime(2026, 11, 23, 18, tzinfo=UTC)
    assert Opening([always], "America/Chicago").is_open(monday) is True
    later = row("WEEKLY", "MO", "09:00", "17:00", valid_from=date.max)
    assert Opening([later], "America/Chicago").is_open(monday) is not True
