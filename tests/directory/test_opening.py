"""When a place is open: overnight spans, months, clocks that change, closed dates, and the same answer as numbers."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from dateutil.rrule import MONTHLY, WEEKLY, rrule, weekday
from hypothesis import given, settings
from hypothesis import strategies as st

from directory.hours import read_hours
from directory.hours.rows import ScheduleFields
from directory.opening import Opening

CHICAGO = ZoneInfo("America/Chicago")
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


def row(
    freq: str | None, byday: str | None, opens: str | None = None, closes: str | None = None, **more: Any
):
    return _Row(freq=freq, byday=byday, opens_at=opens, closes_at=closes, **more)


@dataclass
class _Row:
    """A schedule row as a table row has it: texts for times, dates or nothing for the rest."""

    freq: str | None = None
    byday: str | None = None
    opens_at: str | None = None
    closes_at: str | None = None
    bymonthday: str | None = None
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
    assert opening.spans(date(2026, 11, 23)) == ([], [])
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
    assert opening.spans(date(2026, 11, 23))[0] == [(6 * 1440 + 19 * 60, 7 * 1440 + 7 * 60)]


def test_closing_long_before_opening_is_not_believed():
    opening = Opening([*WEEKDAY_ROWS, row("WEEKLY", "SA", "21:00", "17:00")], "America/Chicago")
    assert opening.is_open(at("2026-11-28T22:00")) is None


def test_round_the_clock_has_no_end():
    opening = Opening([row("WEEKLY", "MO,TU,WE,TH,FR,SA,SU", "00:00", "23:59")], "America/Chicago")
    assert opening.is_open(at("2026-11-23T23:59")) is True
    assert opening.state(at("2026-11-23T12:00")).until is None
    assert opening.spans(date(2026, 11, 23)) == ([(0, 7 * 1440)], [])


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
    assert loose.spans(date(2026, 11, 3)) == ([], [])


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
    weekly, dated = opening.spans(date(2026, 11, 23))
    minute = int(at("2026-11-26T09:00").timestamp() // 60)
    assert dated == [(minute, minute + 480, False)]
    assert (3 * 1440 + 540, 3 * 1440 + 1020) in weekly


def test_closed_through_given_dates_and_by_a_list_of_closures():
    week_off = row(None, None, valid_from=date(2026, 12, 24), valid_to=date(2026, 12, 31))
    opening = Opening([*WEEKDAY_ROWS, week_off], "America/Chicago", {date(2026, 11, 26): "Thanksgiving"})
    assert opening.is_open(at("2026-12-28T12:00")) is False
    assert opening.is_open(at("2026-11-26T12:00")) is False
    assert opening.is_open(at("2027-01-04T12:00")) is True


def test_special_hours_replace_those_of_the_day():
    special = row(None, None, "12:00", "13:00", valid_from=date(2026, 11, 26), valid_to=date(2026, 11, 26))
    opening = Opening([*WEEKDAY_ROWS, special], "America/Chicago", [date(2026, 11, 26)])
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
    assert opening.spans(date(2026, 11, 23))[1] == []


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
        assert Opening([one], "America/Chicago").spans(date(2026, 11, 23))[0] == [(540, 1020)]


# Properties

minutes = st.integers(0, 95).map(lambda quarter: f"{quarter // 4:02}:{quarter % 4 * 15:02}")
dates = st.dates(date(2026, 1, 1), date(2026, 12, 31))
zones = st.sampled_from(["America/Chicago", "America/New_York", "America/Phoenix", "Pacific/Honolulu", "UTC"])
weekly_days = st.lists(st.sampled_from(WEEKDAYS), min_size=1, max_size=4, unique=True).map(",".join)
monthly_days = st.lists(
    st.tuples(st.sampled_from([1, 2, 3, 4, 5, -1, -2]), st.sampled_from(WEEKDAYS)),
    min_size=1,
    max_size=3,
    unique=True,
).map(lambda pairs: ",".join(f"{nth}{day}" for nth, day in pairs))


@st.composite
def rules(draw: st.DrawFn) -> _Row:
    kind = draw(
        st.sampled_from(
            ["weekly", "weekly", "monthly", "month days", "fortnight", "period", "since", "dated", "asked"]
        )
    )
    opens, closes = draw(minutes), draw(minutes)
    first = draw(dates)
    match kind:
        case "weekly":
            return row("WEEKLY", draw(weekly_days), opens, closes)
        case "monthly":
            return row("MONTHLY", draw(monthly_days), opens, closes)
        case "month days":
            return row("MONTHLY", None, opens, closes, bymonthday=str(draw(st.sampled_from([1, 15, 31, -1]))))
        case "fortnight":
            return row("WEEKLY", draw(weekly_days), opens, closes, interval=2, dtstart=first)
        case "period":
            last = first + timedelta(days=draw(st.integers(0, 60)))
            return row("WEEKLY", draw(weekly_days), opens, closes, valid_from=first, valid_to=last)
        case "since":
            return row("WEEKLY", draw(weekly_days), opens, closes, valid_from=first)
        case "dated":
            times = draw(st.booleans())
            return row(
                None,
                None,
                opens if times else None,
                closes if times else None,
                valid_from=first,
                valid_to=first,
            )
    return row("WEEKLY", draw(weekly_days), description="By appointment")


def said_by_numbers(opening: Opening, weekly: list, dated: list, moment: datetime) -> bool:
    """What an index answers from the numbers of `Opening.spans`."""
    epoch = int(moment.timestamp() // 60)
    for start, end, is_open in dated:
        if start <= epoch < end:
            return is_open
    local = moment.astimezone(opening.zone)
    minute = local.weekday() * 1440 + local.hour * 60 + local.minute
    return any(start <= now < end for start, end in weekly for now in (minute, minute + 7 * 1440))


@settings(max_examples=150, deadline=None)
@given(
    st.lists(rules(), max_size=5),
    zones,
    dates,
    st.lists(dates, max_size=3),
    st.lists(st.integers(0, 62 * 1440 - 1), min_size=1, max_size=40),
)
def test_numbers_say_the_same(listed, zone, start, closed, asked):
    since = next((one.valid_from for one in listed if one.valid_from and not one.valid_to), None)
    start = since or start
    opening = Opening(listed, zone, closed)
    weekly, dated = opening.spans(start)
    midnight = datetime(start.year, start.month, start.day, tzinfo=opening.zone).astimezone(UTC)
    assert all(one[1] <= other[0] for one, other in zip(dated, dated[1:], strict=False))
    edges = [start * 60 for start, _, _ in dated[:10]] + [end * 60 for _, end, _ in dated[:10]]
    for moment in [midnight + timedelta(minutes=minute) for minute in asked] + [
        datetime.fromtimestamp(edge + shift, UTC) for edge in edges for shift in (-60, 0)
    ]:
        if midnight <= moment < midnight + timedelta(days=62):
            assert said_by_numbers(opening, weekly, dated, moment) is (opening.is_open(moment) is True), (
                moment
            )


@settings(max_examples=150, deadline=None)
@given(
    st.one_of(
        st.tuples(st.just("WEEKLY"), weekly_days, st.sampled_from([1, 2, 3])),
        st.tuples(st.just("MONTHLY"), monthly_days, st.sampled_from([1, 2])),
    ),
    dates,
    st.sampled_from(["MO", "SU"]),
    st.one_of(st.none(), st.integers(1, 9)),
)
def test_dates_are_those_of_dateutil(rule, first, week_start, count):
    freq, byday, interval = rule
    one = row(freq, byday, "10:00", "11:00", interval=interval, dtstart=first, wkst=week_start, count=count)
    opening = Opening([one], "UTC")
    days = [
        weekday(WEEKDAYS.index(part[-2:]), int(part[:-2]) if part[:-2] else None) for part in byday.split(",")
    ]
    oracle = rrule(
        WEEKLY if freq == "WEEKLY" else MONTHLY,
        dtstart=datetime(first.year, first.month, first.day),  # noqa: DTZ001 - dateutil counts dates here
        interval=interval,
        byweekday=days,
        wkst=WEEKDAYS.index(week_start),
        **({"count": count} if count else {"until": datetime(2027, 6, 30)}),  # noqa: DTZ001
    )
    expected = {moment.date() for moment in oracle if moment.date() < date(2027, 6, 1)}
    every_day = [first - timedelta(days=30) + timedelta(days=number) for number in range(400)]
    found = {day for day in every_day if opening.day(day).spans and day < date(2027, 6, 1)}
    assert found == {day for day in expected if day in set(every_day)}


@settings(max_examples=100, deadline=None)
@given(st.lists(rules(), max_size=4), zones, dates, st.integers(0, 1439))
def test_the_state_changes_when_it_says(listed, zone, day, minute):
    opening = Opening(listed, zone)
    moment = datetime(day.year, day.month, day.day, tzinfo=opening.zone) + timedelta(minutes=minute)
    moment = moment.astimezone(UTC).astimezone(opening.zone)
    state = opening.state(moment)
    assert state.open == opening.is_open(moment)
    change = state.until if state.open else state.opens
    if change is not None:
        assert change > moment
        assert (opening.is_open(change) is True) is not state.open or state.open is None
        just_before = (change.astimezone(UTC) - timedelta(minutes=1)).astimezone(opening.zone)
        assert (opening.is_open(just_before) is True) is (state.open is True)


@pytest.mark.parametrize("bound", [{"valid_from": date(2026, 11, 23)}, {"valid_to": date(2026, 11, 22)}])
def test_the_first_and_the_last_night_of_a_rule_as_numbers(bound):
    opening = Opening([row("WEEKLY", "SU,MO", "22:00", "02:00", **bound)], "America/Chicago")
    weekly, dated = opening.spans(date(2026, 11, 23))
    for hour in range(48):
        moment = at("2026-11-23T00:00") + timedelta(hours=hour)
        assert said_by_numbers(opening, weekly, dated, moment) is (opening.is_open(moment) is True), moment


def test_from_text_to_answer():
    rows = read_hours("Every 3rd Tuesday 12-3pm")
    assert rows
    opening = Opening(rows, "America/New_York")
    assert opening.is_open(at("2026-11-17T13:00", ZoneInfo("America/New_York"))) is True
    assert opening.is_open(at("2026-11-24T13:00", ZoneInfo("America/New_York"))) is False
