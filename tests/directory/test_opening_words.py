"""Opening hours in sentences, English and Spanish."""

from datetime import date, datetime
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
import time_machine

from core.i18n import in_language
from directory.hours import read_hours
from directory.opening import Opening, row_words, state_words

CHICAGO = ZoneInfo("America/Chicago")
MONDAY = "2026-11-23T12:00"


@pytest.fixture(autouse=True)
def monday():
    with time_machine.travel(datetime(2026, 11, 23, 12, 0, tzinfo=CHICAGO), tick=False):
        yield


def opening(text: str, *more: SimpleNamespace, calendar: str = "US-IL") -> Opening:
    read: list[object] = list(read_hours(text) or [])
    read = read or [SimpleNamespace(description=text)]
    return Opening([*read, *more], CHICAGO, calendar)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=CHICAGO)


@pytest.mark.parametrize(
    ("text", "now", "words"),
    [
        ("Mon-Fri 9am-7pm", MONDAY, "Open now, until 7 pm"),
        ("Mon-Fri 9am-7pm", "2026-11-23T18:20", "Closes in 40 minutes"),
        ("Mon-Fri 9am-7pm", "2026-11-23T18:59", "Closes in 1 minute"),
        ("Mon-Fri 9am-7:30pm", "2026-11-23T18:20", "Open now, until 7:30 pm"),
        ("Mon-Fri 9am-7pm", "2026-11-23T08:00", "Opens at 9 am"),
        ("Mon-Fri 9am-7pm", "2026-11-23T20:00", "Opens at 9 am tomorrow"),
        ("Mon-Fri 9am-7pm", "2026-11-25T20:00", "Opens Friday at 9 am"),
        ("3rd Tuesday 9-11am", MONDAY, "Opens on the 3rd Tuesday of the month: Dec 15 at 9 am"),
        ("last Sat 9-11am", "2026-11-29T12:00", "Opens on the last Saturday of the month: Dec 26 at 9 am"),
        ("1st and 15th of the month 9am-11am", MONDAY, "Opens Dec 1 at 9 am"),
        ("24/7", "2026-11-27T12:00", "Open 24 hours"),
        ("24/7", "2026-11-26T12:00", "Open 24 hours"),
        ("24/7; closed holidays", MONDAY, "Open now, until Thursday, midnight"),
        ("Fri 10pm-2am", "2026-11-28T00:30", "Open now, until 2 am"),
        ("Call us", MONDAY, "Hours not known: call"),
        ("By appointment only", MONDAY, "By appointment"),
        ("Tue 9-5, Mon by appointment", MONDAY, "By appointment"),
        ("Mon-Fri 9-5", "2026-11-26T12:00", "May be closed today: Thanksgiving"),
        ("Mon-Fri 9-5; closed holidays", "2026-11-26T12:00", "Closed today: Thanksgiving. Opens at 9 am tomorrow"),
        ("Mon-Fri 9-5; open holidays", "2026-11-26T12:00", "Open now, until 5 pm"),
        ("Mon-Fri 9-5; closed major holidays", "2026-11-11T12:00", "May be closed today: Veterans Day"),
        ("Tue 9-5", "2026-11-26T12:00", "Opens Tuesday at 9 am"),
    ],
)  # fmt: skip
def test_state(text: str, now: str, words: str):
    assert state_words(opening(text).state(at(now)), at(now)) == words


@pytest.mark.parametrize(
    ("text", "then", "words"),
    [
        ("Mon-Fri 9am-7pm", "2026-12-01T10:00", "Open then, until 7 pm"),
        ("Mon-Fri 9am-7pm", "2026-12-01T18:50", "Open then, until 7 pm"),
        ("Mon-Fri 9am-7pm", "2026-12-05T10:00", "Closed then. Opens Monday, Dec 7 at 9 am"),
        ("Mon-Fri 9am-7pm", "2027-07-05T10:00", "May be closed then: Independence Day"),
        ("Mon-Fri 9am-7pm; closed holidays", "2026-12-25T10:00", "Closed then: Christmas. Opens Monday, Dec 28 at 9 am"),
        ("Mon 9-5, Tue by appointment", "2026-12-01T10:00", "By appointment"),
    ],
)  # fmt: skip
def test_at_a_chosen_time_it_says_what_is_true_then(text: str, then: str, words: str):
    assert state_words(opening(text).state(at(then)), at(then), chosen=True) == words


def test_a_holiday_of_the_state_alone_leaves_the_hours_and_warns():
    then = at("2026-11-03T12:00")
    state = opening("Mon-Fri 9-5").state(then)
    assert (state.open, state.words(then), state.doubt()) == (
        True,
        "Open now, until 5 pm",
        "Hours may differ today: Election Day",
    )
    assert opening("Mon-Fri 9-5", calendar="US-TX").state(then).doubt() == ""
    assert opening("24/7").state(then).doubt() == ""


def test_before_opening_on_a_holiday_it_warns():
    then = at("2026-11-26T07:00")
    state = opening("Mon-Fri 9-5").state(then)
    assert (state.words(then), state.doubt()) == (
        "Opens at 9 am tomorrow",
        "Hours may differ today: Thanksgiving",
    )


def test_an_editors_dated_hours_win_over_the_holiday():
    day = date(2026, 11, 26)
    dinner = SimpleNamespace(valid_from=day, valid_to=day, opens_at="12:00", closes_at="15:00")
    state = opening("Mon-Fri 9-5; closed holidays", dinner).state(at("2026-11-26T13:00"))
    assert (state.open, state.doubt(), state.holiday) == (True, "", "")


def test_the_zone_is_named_where_the_readers_clock_shows_another_time():
    now = at(MONDAY)
    state = opening("Mon-Fri 9am-7pm").state(now)
    assert state.words(now, reader="America/New_York") == "Open now, until 7 pm (Central Time)"
    assert state.words(now, reader="America/Winnipeg") == "Open now, until 7 pm"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Mon-Fri 9-5", "Monday to Friday, 9 am to 5 pm"),
        ("Sat & Sun 9am-noon", "Saturday and Sunday, 9 am to noon"),
        ("Every 3rd Tuesday 9am-11am", "Every 3rd Tuesday, 9 am to 11 am"),
        ("1st & 3rd Sat 9-11", "Every 1st and 3rd Saturday, 9 am to 11 am"),
        ("last Wed of the month 4-6pm", "Every last Wednesday, 4 pm to 6 pm"),
        ("Fri 9-5 except the last Friday", "Every Friday but the last of the month, 9 am to 5 pm"),
        ("1st and 15th of the month 9am-11am", "On day 1 and 15 of the month, 9 am to 11 am"),
        ("24/7", "Every day, 24 hours"),
        ("Thursdays at 6pm", "Thursday, from 6 pm"),
        ("Every other Tuesday 10am-12pm starting January 5, 2027", "Every other Tuesday, 10 am to noon"),
    ],
)
def test_row(text: str, words: str):
    rows = read_hours(text)
    assert rows
    assert row_words(rows[0]) == words


def test_a_row_of_text_says_its_text():
    assert row_words(SimpleNamespace(description="Call for hours")) == "Call for hours"


def test_the_week():
    day = date(2026, 11, 26)
    shut = SimpleNamespace(valid_from=day, valid_to=day, description="Thanksgiving")
    rows = opening(
        "Mon 9-12 and 1-5, Tue 9-5 (by appointment), Thu-Fri 9-5, Sat by appointment", shut, calendar=""
    ).week(date(2026, 11, 23))
    assert [(row.name, row.words) for row in rows] == [
        ("Monday", "9 am to noon, 1 pm to 5 pm"),
        ("Tuesday", "9 am to 5 pm, by appointment"),
        ("Wednesday", "Closed"),
        ("Thursday", "Closed: Thanksgiving"),
        ("Friday", "9 am to 5 pm"),
        ("Saturday", "By appointment"),
        ("Sunday", "Closed"),
    ]
    assert [row.today for row in rows] == [True] + [False] * 6


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Thu 9-5", "May be closed: Thanksgiving (usually 9 am to 5 pm)"),
        ("Thu 9-5; closed on holidays", "Closed: Thanksgiving"),
        ("24/7", "24 hours"),
        ("Fri 9-5", "Closed"),
    ],
)
def test_a_holiday_in_the_week(text: str, words: str):
    assert opening(text).week(date(2026, 11, 23))[3].words == words


def test_uncertain_hours_are_not_told_as_certain():
    rows = opening("Thursday 12-2pm \n Twice per month Monday 12:30-2pm").week(date(2026, 11, 23))
    assert rows[0].words == "12:30 pm to 2 pm (Twice per month)"
    assert not rows[0].spans


def test_names_and_times_follow_the_language():
    with in_language("es"):
        row = opening("Mon 9am-7pm").week(date(2026, 11, 23))[0]
        assert row.name == "lunes"
        assert row.words == "9 a.m. a 7 p.m."
