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
THANKSGIVING = {date(2026, 11, 26): "Thanksgiving"}


@pytest.fixture(autouse=True)
def monday():
    with time_machine.travel(datetime(2026, 11, 23, 12, 0, tzinfo=CHICAGO), tick=False):
        yield


def opening(text: str) -> Opening:
    return Opening(read_hours(text) or [], CHICAGO, THANKSGIVING)


@pytest.mark.parametrize(
    ("text", "now", "words"),
    [
        ("Mon-Fri 9am-7pm", "2026-11-23T12:00", "Open until 7 pm"),
        ("Mon-Fri 9am-7pm", "2026-11-23T18:20", "Closes in 40 min"),
        ("Mon-Fri 9am-7pm", "2026-11-23T18:59", "Closes in 1 min"),
        ("Mon-Fri 9am-7:30pm", "2026-11-23T18:20", "Open until 7:30 pm"),
        ("Mon-Fri 9am-7pm", "2026-11-23T08:00", "Opens at 9 am"),
        ("Mon-Fri 9am-7pm", "2026-11-23T20:00", "Opens at 9 am tomorrow"),
        ("Mon-Fri 9am-7pm", "2026-11-25T20:00", "Opens Friday at 9 am"),
        ("3rd Tuesday 9-11am", "2026-11-23T12:00", "Opens Dec 15 at 9 am"),
        ("24/7", "2026-11-27T12:00", "Open 24 hours"),
        ("24/7", "2026-11-23T12:00", "Open until Thursday, midnight"),
        ("Fri 10pm-2am", "2026-11-28T00:30", "Open until 2 am"),
        ("Call us", "2026-11-23T12:00", ""),
    ],
)
def test_state(text: str, now: str, words: str):
    moment = datetime.fromisoformat(now).replace(tzinfo=CHICAGO)
    assert state_words(opening(text).state(moment), moment) == words


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
    rows = opening("Mon 9-12 and 1-5, Tue 9-5 (by appointment), Thu-Fri 9-5, Sat by appointment").week(
        date(2026, 11, 23)
    )
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


def test_uncertain_hours_are_not_told_as_certain():
    rows = opening("Thursday 12-2pm \n Twice per month Monday 12:30-2pm").week(date(2026, 11, 23))
    assert rows[0].words == "12:30 pm to 2 pm (Twice per month)"
    assert not rows[0].spans


def test_names_and_times_follow_the_language():
    with in_language("es"):
        row = opening("Mon 9am-7pm").week(date(2026, 11, 23))[0]
        assert row.name == "lunes"
        assert row.words == "9 a.m. a 7 p.m."
