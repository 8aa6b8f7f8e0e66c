"""When a place is open: overnight spans, months, clocks that change, closed dates, seasons, holidays."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from directory.hours import read_hours
from directory.hours.rows import ScheduleFields
from directory.opening import Opening
from directory.opening.dayrules import DATED, SHUT, DayRule, Timetable
from tests.directory.schedule_rows import row

CHICAGO = ZoneInfo("America/Chicago")


def at(text: str, zone: ZoneInfo = CHICAGO) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


WEEKDAY_ROWS = [row("WEEKLY", "MO,TU,WE,TH,FR", "09:00", "17:00")]


def test_it_works():
    opening = Opening(WEEKDAY_ROWS, "America/Chicago")
    assert opening.is_open(at("2026-11-23T09:00")) is True
    assert opening.is_open(at("2026-11-23T17:00")) is False
    assert opening.is_open(at("2026-11-22T12:00")) is False
    state = opening.state(at("2026-11-23T12:00"))
    assert (state.open, state.until, state.opens) == (True, at("2026-11-23T17:00"), None)
    state = opening.state(at("2026-11-27T18:00"))
    assert (state.open, state.until, state.opens) == (False, None, at("2026-11-30T09:00"))


def test_without_rows_nobody_knows():
    opening = Opening([], "America/Chicago")
    assert opening.is_open(at("2026-11-23T12:00")) is None
    assert opening.state(at("2026-11-23T12:00")).open is None
    assert opening.timetable() == Timetable()
    assert not opening.known


def test_text_alone_says_nothing():
    assert (
        Opening([row(None, None, description="Call for hours")], "UTC").is_open(at("2026-11-23T12:00"))
        is None
    )


def test_the_same_moment_is_asked_in_any_time_zone():
    opening = Opening(WEEKDAY_ROWS, "America/Chicago")
    assert opening.is_open(datetime(2026, 11, 23, 15, 0, tzinfo=UTC)) is True
    assert opening.is_open(datetime(2026, 11, 23, 14, 59, tzinfo=UTC)) is False


def test_a_night_belongs_to_the_day_it_begins():
    opening = Opening([row("WEEKLY", "SU", "19:00", "07:00")], "America/Chicago")
    assert opening.is_open(at("2026-11-22T23:00")) is True
    assert opening.is_open(at("2026-11-23T06:59")) is True
    assert opening.is_open(at("2026-11-23T07:00")) is False
    assert opening.is_open(at("2026-11-22T06:00")) is False
    assert opening.state(at("2026-11-22T23:00")).until == at("2026-11-23T07:00")
    assert opening.timetable().weekly == ((6 * 1440 + 19 * 60, 7 * 1440 + 7 * 60),)


def test_closing_long_before_opening_is_not_believed():
    opening = Opening([*WEEKDAY_ROWS, row("WEEKLY", "SA", "21:00", "17:00")], "America/Chicago")
    assert opening.is_open(at("2026-11-28T22:00")) is None


def test_round_the_clock_has_no_end():
    opening = Opening([row("WEEKLY", "MO,TU,WE,TH,FR,SA,SU", "00:00", "23:59")], "America/Chicago")
    assert opening.is_open(at("2026-11-23T23:59")) is True
    assert opening.state(at("2026-11-23T12:00")).until is None
    assert opening.timetable().weekly == tuple((day * 1440, day * 1440 + 1440) for day in range(7))


def test_clocks_go_back_and_the_night_shelter_stays_open_an_hour_longer():
    opening = Opening([row("WEEKLY", "SA", "22:00", "06:00")], "America/Chicago")
    start = at("2026-10-31T22:00")
    state = opening.state(start)
    assert state.until is not None
    assert state.until.astimezone(UTC) - start.astimezone(UTC) == timedelta(hours=9)


def test_clocks_go_forward_and_nine_stays_nine():
    opening = Opening([row("WEEKLY", "SU", "09:00", "11:00")], "America/Chicago")
    state = opening.state(at("2026-03-07T20:00"))
    assert state.opens == at("2026-03-08T09:00")
    assert state.opens.utcoffset() == timedelta(hours=-5)


@pytest.mark.parametrize(
    ("byday", "yes", "no"),
    [
        ("3TU", "2026-11-17", "2026-11-10"),
        ("1SA,3SA", "2026-11-07", "2026-11-14"),
        ("-1FR", "2026-11-27", "2026-11-20"),
        ("-1MO", "2026-08-31", "2026-08-24"),
        ("5MO", "2026-08-31", "2026-11-23"),
        ("SA", "2026-11-28", "2026-11-27"),
    ],
)
def test_weeks_of_the_month(byday: str, yes: str, no: str):
    opening = Opening([row("MONTHLY", byday, "10:00", "12:00")], "America/Chicago")
    assert opening.is_open(at(f"{yes}T11:00")) is True
    assert opening.is_open(at(f"{no}T11:00")) is False


def test_days_of_the_month():
    opening = Opening([row("MONTHLY", None, "10:00", "12:00", bymonthday="1,-1")], "America/Chicago")
    assert opening.is_open(at("2026-11-01T11:00")) is True
    assert opening.is_open(at("2026-11-30T11:00")) is True
    assert opening.is_open(at("2026-11-15T11:00")) is False


def test_every_other_week_needs_a_first_one():
    anchored = row("WEEKLY", "TU", "10:00", "12:00", interval=2, dtstart=date(2026, 11, 3))
    opening = Opening([anchored], "America/Chicago")
    assert [opening.is_open(at(f"2026-11-{day:02}T11:00")) for day in (3, 10, 17, 24)] == [
        True,
        False,
        True,
        False,
    ]
    loose = Opening([row("WEEKLY", "TU", "10:00", "12:00", interval=2)], "America/Chicago")
    assert loose.is_open(at("2026-11-10T11:00")) is None
    assert loose.timetable().weekly == ()


def test_a_number_of_times_ends_the_rule():
    three = row("WEEKLY", "TU", "10:00", "12:00", dtstart=date(2026, 11, 3), count=3)
    opening = Opening([three], "America/Chicago")
    assert [opening.is_open(at(f"2026-11-{day:02}T11:00")) for day in (3, 10, 17, 24)] == [
        True,
        True,
        True,
        False,
    ]


def test_a_rule_holds_between_its_dates():
    summer = row("WEEKLY", "MO", "09:00", "12:00", valid_from=date(2026, 6, 1), valid_to=date(2026, 8, 31))
    opening = Opening([summer], "America/Chicago")
    assert opening.is_open(at("2026-06-01T10:00")) is True
    assert opening.is_open(at("2026-05-25T10:00")) is False
    assert opening.is_open(at("2026-09-07T10:00")) is False


def test_closed_on_a_date():
    shut = row(
        None, None, valid_from=date(2026, 11, 26), valid_to=date(2026, 11, 26), description="Thanksgiving"
    )
    opening = Opening([*WEEKDAY_ROWS, shut], "America/Chicago")
    assert opening.is_open(at("2026-11-26T12:00")) is False
    assert opening.is_open(at("2026-11-27T12:00")) is True
    assert opening.day(date(2026, 11, 26)).reason == "Thanksgiving"
    table = opening.timetable()
    number = date(2026, 11, 26).toordinal()
    assert table.rules == (DayRule(SHUT, rank=DATED, start=number, end=number, unit=7),)
    assert (3 * 1440 + 540, 3 * 1440 + 1020) in table.weekly


def test_closed_through_given_dates():
    week_off = row(None, None, valid_from=date(2026, 12, 24), valid_to=date(2026, 12, 31))
    opening = Opening([*WEEKDAY_ROWS, week_off], "America/Chicago")
    assert opening.is_open(at("2026-12-28T12:00")) is False
    assert opening.is_open(at("2027-01-04T12:00")) is True


def test_special_hours_replace_those_of_the_day():
    special = row(None, None, "12:00", "13:00", valid_from=date(2026, 11, 26), valid_to=date(2026, 11, 26))
    opening = Opening([*WEEKDAY_ROWS, special], "America/Chicago", "US")
    assert opening.is_open(at("2026-11-26T09:30")) is False
    assert opening.is_open(at("2026-11-26T12:30")) is True


def test_a_monthly_closing_takes_its_day_out():
    shut = row("MONTHLY", "1SA", description="Closed for cleaning")
    opening = Opening([row("WEEKLY", "SA", "10:00", "12:00"), shut], "America/Chicago")
    assert opening.is_open(at("2026-11-07T11:00")) is False
    assert opening.is_open(at("2026-11-14T11:00")) is True


def test_days_without_times_are_closed_and_by_appointment_is_not_known():
    closed, asked = row("WEEKLY", "SU"), row("WEEKLY", "SA", description="By appointment")
    opening = Opening([*WEEKDAY_ROWS, closed, asked], "America/Chicago")
    assert opening.is_open(at("2026-11-22T12:00")) is False
    assert opening.is_open(at("2026-11-21T12:00")) is None


def test_a_start_without_an_end_leaves_the_rest_of_the_day_open_to_question():
    opening = Opening([*WEEKDAY_ROWS, row("WEEKLY", "SA", "18:00")], "America/Chicago")
    assert opening.is_open(at("2026-11-28T17:00")) is False
    assert opening.is_open(at("2026-11-28T19:00")) is None


def test_the_time_zone_of_a_row_wins_over_the_default():
    opening = Opening([row("WEEKLY", "MO", "09:00", "10:00", timezone="America/Denver")], "America/Chicago")
    assert opening.is_open(at("2026-11-23T10:30")) is True
    offset = Opening([row("WEEKLY", "MO", "09:00", "10:00", timezone="-5")], "America/Chicago")
    assert offset.is_open(at("2026-11-23T09:30")) is True


def test_the_week_starts_today_and_is_told_from_monday_on():
    rows = Opening(WEEKDAY_ROWS, "America/Chicago").week(date(2026, 11, 25))
    assert [line.date.day for line in rows] == [30, 1, 25, 26, 27, 28, 29]
    assert [line.today for line in rows] == [False, False, True, False, False, False, False]


def test_times_may_be_texts_times_or_carry_an_offset():
    written = [
        row("WEEKLY", "MO", "09:00", "17:00"),
        row("WEEKLY", "MO", "9:00:00", "17:00:00"),
        row("WEEKLY", "MO", "09:00-06:00", "17:00Z"),
        ScheduleFields(freq="WEEKLY", byday="MO", opens_at=time(9), closes_at=time(17)),
    ]
    for one in written:
        assert Opening([one], "America/Chicago").timetable().weekly == ((540, 1020),)


def test_from_text_to_answer():
    rows = read_hours("Every 3rd Tuesday 12-3pm")
    assert rows
    opening = Opening(rows, "America/New_York")
    assert opening.is_open(at("2026-11-17T13:00", ZoneInfo("America/New_York"))) is True
    assert opening.is_open(at("2026-11-24T13:00", ZoneInfo("America/New_York"))) is False


@pytest.mark.parametrize(
    ("remark", "inside", "outside"),
    [
        ("Nov-Mar only", ["2026-11-02", "2027-03-01"], ["2026-10-05", "2027-04-05"]),
        ("except July", ["2026-08-03", "2026-06-29"], ["2026-07-06"]),
        ("Closed in July and August", ["2026-09-07"], ["2026-07-06", "2026-08-31"]),
        ("June 15 through August 20", ["2026-06-15", "2026-08-17"], ["2026-06-08", "2026-08-24"]),
        ("excepto diciembre", ["2026-11-30"], ["2026-12-07"]),
        ("call first", ["2026-07-06", "2026-12-07"], []),
        ("may be busy in July", ["2026-07-06", "2026-12-07"], []),
    ],
)
def test_a_season_in_a_remark(remark: str, inside: list[str], outside: list[str]):
    opening = Opening([row("WEEKLY", "MO", "09:00", "12:00", notes=remark)], "America/Chicago")
    assert [opening.is_open(at(f"{day}T10:00")) for day in inside] == [True] * len(inside)
    assert [opening.is_open(at(f"{day}T10:00")) for day in outside] == [False] * len(outside)


def test_a_closing_in_a_season_is_of_that_season():
    shut = row("WEEKLY", "MO", description="Closed in July")
    opening = Opening([row("WEEKLY", "MO", "09:00", "12:00"), shut], "America/Chicago")
    assert opening.is_open(at("2026-07-06T10:00")) is False
    assert opening.is_open(at("2026-08-03T10:00")) is True


def test_an_opening_months_away_is_found():
    opening = Opening([row("WEEKLY", "MO", "09:00", "12:00", notes="Nov-Mar only")], "America/Chicago")
    assert opening.state(at("2026-04-06T10:00")).opens == at("2026-11-02T09:00")
    over = Opening([row("WEEKLY", "MO", "09:00", "12:00", valid_to=date(2026, 3, 1))], "America/Chicago")
    assert over.state(at("2026-04-06T10:00")).opens is None


THANKSGIVING = "2026-11-26T12:00"


@pytest.mark.parametrize(
    ("remark", "calendar", "then", "expected"),
    [
        (None, "US", THANKSGIVING, None),
        (None, "", THANKSGIVING, True),
        ("closed holidays", "US", THANKSGIVING, False),
        ("closed on all major holidays", "US", "2026-11-11T12:00", None),
        ("closed on all major holidays", "US", THANKSGIVING, False),
        ("closed some holidays", "US", THANKSGIVING, None),
        ("open 365 days a year", "US", THANKSGIVING, True),
        ("closed holidays", "US-MA", "2027-04-19T12:00", True),
        ("closed state and federal holidays", "US-MA", "2027-04-19T12:00", False),
        (None, "US-MA", "2027-04-19T12:00", True),
        (None, "US-CA", "2026-11-08T12:00", True),
        ("closed holidays", "US", "2026-07-03T12:00", False),
        (None, "XX", THANKSGIVING, True),
    ],
)
def test_holidays(remark: str | None, calendar: str, then: str, expected: bool | None):
    every_day = row("WEEKLY", "MO,TU,WE,TH,FR,SA,SU", "09:00", "17:00", notes=remark)
    assert Opening([every_day], "America/Chicago", calendar).is_open(at(then)) is expected


def test_a_night_that_began_before_the_holiday_ends_in_it():
    opening = Opening(
        [row("WEEKLY", "WE,TH", "22:00", "06:00", notes="closed holidays")], "America/Chicago", "US"
    )
    assert opening.is_open(at("2026-11-26T05:00")) is True
    assert opening.is_open(at("2026-11-26T23:00")) is False
    assert opening.is_open(at("2026-11-27T05:00")) is False


def test_remarks_that_contradict_each_other_say_nothing_of_holidays():
    rows = [
        row("WEEKLY", "TH", "09:00", "17:00", notes="closed holidays"),
        row("WEEKLY", "FR", "09:00", "17:00", notes="open on holidays"),
    ]
    assert Opening(rows, "America/Chicago", "US").is_open(at(THANKSGIVING)) is None


def test_who_lists_holidays_keeps_the_others_as_usual_within_the_list():
    told = [date(2026, 9, 7), date(2026, 11, 26), date(2026, 12, 25)]
    rows = [
        row("WEEKLY", "MO,TU,WE,TH,FR", "09:00", "17:00"),
        *(row(None, None, valid_from=day, valid_to=day, description="Closed") for day in told),
    ]
    opening = Opening(rows, "America/Chicago", "US")
    assert opening.is_open(at(THANKSGIVING)) is False
    assert opening.is_open(at("2026-11-11T12:00")) is True
    assert opening.state(at("2026-11-11T12:00")).doubt() == "Hours may differ today: Veterans Day"
    assert opening.is_open(at("2027-05-31T12:00")) is None
    assert Opening(rows[:3], "America/Chicago", "US").is_open(at("2026-11-11T12:00")) is None
