"""Opening hours in text become schedule rows where they are certain, and nothing where they are not."""

import json
import re
from datetime import date, time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from directory.hours import ScheduleFields, read_described, read_hours, read_weekday, read_weekdays
from directory.hours.remarks import read_holidays, read_season
from directory.hours.rows import byday, times

PANTRIES = Path(__file__).parents[2] / "../shared/data/pantries/input_records.ndjson"
WEEK = "MO,TU,WE,TH,FR"
EVERY_DAY = "MO,TU,WE,TH,FR,SA,SU"


def brief(rows: list[ScheduleFields] | None) -> str | None:
    """Rows in short: "MO,TU 09:00-12:00; 3SA 10:00-"; a ? stands before what is not certain."""
    if rows is None:
        return None
    return "; ".join(map(_brief, rows))


def _brief(row: ScheduleFields) -> str:
    days = row.byday or f"day {row.bymonthday}"
    if row.freq:
        assert (row.freq == "MONTHLY") == bool(re.search(r"\d", days)), row
    hours = ""
    if row.opens_at:
        hours = f" {row.opens_at:%H:%M}-" + (f"{row.closes_at:%H:%M}" if row.closes_at else "")
    doubt = "" if row.freq and row.closes_at and (row.interval == 1 or row.dtstart) else "?"
    return doubt + days + (f"/{row.interval}" if row.interval > 1 else "") + hours


# Every text and its reading by hand; all invented.
READ = [
    # days and ranges of days
    ("Mon-Fri 9-5", f"{WEEK} 09:00-17:00"),
    ("Mon. - Fri. 9 a.m.-4 p.m.", f"{WEEK} 09:00-16:00"),
    ("Monday through Friday 9 a.m. to 5 p.m., closed Sunday", f"{WEEK} 09:00-17:00"),
    ("M-F 8:30a-4:30", f"{WEEK} 08:30-16:30"),
    ("M-Th 9-5, F 9-3", "MO,TU,WE,TH 09:00-17:00; FR 09:00-15:00"),
    ("MWF 10-12pm", "MO,WE,FR 10:00-12:00"),
    ("M/W/F 9am - noon", "MO,WE,FR 09:00-12:00"),
    ("TTh 1-3pm", "TU,TH 13:00-15:00"),
    ("Mo, We, Fr 09:00-17:00", "MO,WE,FR 09:00-17:00"),
    ("Tue Wed Thu Sat 10:00am - 2:00pm", "TU,WE,TH,SA 10:00-14:00"),
    ("Fri-Mon 10am-2pm", "MO,FR,SA,SU 10:00-14:00"),
    ("Weekdays 9-5, weekends 10-2", f"{WEEK} 09:00-17:00; SA,SU 10:00-14:00"),
    ("Daily 9am-5pm", f"{EVERY_DAY} 09:00-17:00"),
    ("7 days a week, 8am-9pm, by appointment only", f"{EVERY_DAY} 08:00-21:00"),
    ("We are open Monday and Friday from 9 to 12.", "MO,FR 09:00-12:00"),
    ("8:00 AM - 4:30 PM, Monday through Friday", f"{WEEK} 08:00-16:30"),
    ("9am-5pm Mon-Fri, 10am-2pm Sat", f"{WEEK} 09:00-17:00; SA 10:00-14:00"),
    ("Daily Tuesday 1pm 4pm", "TU 13:00-16:00"),
    # times
    ("Tuesday 930am 10:15am", "TU 09:30-10:15"),
    ("Mon 9.30am-4pm", "MO 09:30-16:00"),
    ("Wed 12 noon to 4 pm", "WE 12:00-16:00"),
    ("Sat 9am-midnight", "SA 09:00-00:00"),
    ("Fri 10pm-2am", "FR 22:00-02:00"),
    ("Nightly 7pm-7am", f"{EVERY_DAY} 19:00-07:00"),
    ("Hours: Monday 0900-1700", "MO 09:00-17:00"),
    ("Monday 13:00 - 15:00", "MO 13:00-15:00"),
    ("Open 24/7", f"{EVERY_DAY} 00:00-23:59"),
    ("Open 24 hours", f"{EVERY_DAY} 00:00-23:59"),
    ("Sat-Sun 24 hours", "SA,SU 00:00-23:59"),
    ("Mon 0:00-24:00", "MO 00:00-23:59"),
    ("Thursdays at 6pm", "?TH 18:00-"),
    ("Wed 5:30 - 7 pm", "WE 17:30-19:00"),
    ("Tue 9 to noon and 1 to 4", "TU 09:00-12:00; TU 13:00-16:00"),
    ("Mon & Wed 9:30-11:30 AM & 1-3 PM; Fri 9:30-11:30 AM", "MO,WE,FR 09:30-11:30; MO,WE 13:00-15:00"),
    ("Friday: 9:00:00-12:00:00, 9:00:00-12:00:00, 13:30:00-15:00:00", "FR 09:00-12:00; FR 13:30-15:00"),
    ("Saturday: 8:30:00-10:30:00, 10:00:00-11:00:00", "SA 08:30-11:00"),
    # weeks and days of the month
    ("Every 3rd Tuesday 12-3pm", "3TU 12:00-15:00"),
    ("every 2nd Saturday 8-10am", "2SA 08:00-10:00"),
    ("1st & 3rd Sat 9-11", "1SA,3SA 09:00-11:00"),
    ("1st, 2nd, and 3rd Tues. of each month, 10 am -12pm", "1TU,2TU,3TU 10:00-12:00"),
    ("1st-3rd Saturday 10am-1pm", "1SA,2SA,3SA 10:00-13:00"),
    ("last Wednesday of the month, 4 to 6 pm", "-1WE 16:00-18:00"),
    ("2nd and 4th Thursdays of the month 9am-12pm", "2TH,4TH 09:00-12:00"),
    ("Second + Fourth Thursday Thursday 5:30 PM 7:00 PM", "2TH,4TH 17:30-19:00"),
    ("Monday: 3rd Monday of the Month, 10am-noon (except holidays)", "3MO 10:00-12:00"),
    ("Monthly; 2nd; 4th Saturday 8:30 AM 10:30AM", "2SA,4SA 08:30-10:30"),
    ("Saturday (1st and 3rd) 9-11am", "1SA,3SA 09:00-11:00"),
    ("1PM-3pm Last Saturday of Month", "-1SA 13:00-15:00"),
    ("Mon-Thu 10-12pm, 1st Monday of month 4-6pm", "MO,TU,WE,TH 10:00-12:00; 1MO 16:00-18:00"),
    ("Mon-Fri & last Saturday of the month 10am-12:30pm", f"{WEEK} 10:00-12:30; -1SA 10:00-12:30"),
    ("1st and 15th of the month 9am-11am", "day 1,15 09:00-11:00"),
    # closed, breaks, exceptions
    ("Monday: Closed Tuesday: 09:00 AM - 01:00 PM Sunday: Closed", "TU 09:00-13:00"),
    ("Closed Sunday. Mon-Sat 9-5", "MO,TU,WE,TH,FR,SA 09:00-17:00"),
    ("Mon-Fri 8-5, closed 12-1", f"{WEEK} 08:00-12:00; {WEEK} 13:00-17:00"),
    ("Mon-Tue 9am-4pm (break for lunch 12:30pm-1pm). Closed Tuesdays 10:30am-1pm",
     "MO 09:00-12:30; MO,TU 13:00-16:00; TU 09:00-10:30"),
    ("Daily except Sunday 9-5", "MO,TU,WE,TH,FR,SA 09:00-17:00"),
    ("Saturday, 10:00am-12:00pm, (closed 1st Saturday of each month)", "2SA,3SA,4SA,5SA 10:00-12:00"),
    ("Fri 9-5 except the last Friday of the month", "-5FR,-4FR,-3FR,-2FR 09:00-17:00"),
    # what is not certain beside what is
    ("Mon-Fri 9-5, Sat by appointment", f"{WEEK} 09:00-17:00; ?SA"),
    ("Thursday 12-2pm \\n Twice per Month Monday 12:30-2pm", "TH 12:00-14:00; ?MO 12:30-14:00"),
    ("Fri 9-11am; every other Mon 1-3pm", "FR 09:00-11:00; ?MO/2 13:00-15:00"),
    ("Every other Tuesday 10am-12pm starting January 5, 2027", "TU/2 10:00-12:00"),
    ("Thu & Fri 11am-1pm; Emergency Mon-Wed 9am-5pm", "TH,FR 11:00-13:00; ?MO,TU,WE 09:00-17:00"),
    ("Tuesday 10:00 AM 12:00 PM \n Thursday", "TU 10:00-12:00; ?TH"),
    ("second-to-last Wednesday of every month from 8 a.m. - 12 p.m.", "-2WE 08:00-12:00"),
    # Spanish
    ("Lunes a viernes de 9am a 5pm", f"{WEEK} 09:00-17:00"),
    ("Lunes, miércoles y viernes 10 a 12", "MO,WE,FR 10:00-12:00"),
    ("Martes y jueves de 9 de la mañana a 1 de la tarde", "TU,TH 09:00-13:00"),
    ("Sábados 9:00 a.m. - mediodía, domingo cerrado", "SA 09:00-12:00"),
    ("miércoles 5 p. m. a 7 p. m.", "WE 17:00-19:00"),
    ("Primer y tercer martes del mes 10am-12pm", "1TU,3TU 10:00-12:00"),
    ("Último sábado del mes de 9 a 11", "-1SA 09:00-11:00"),
    ("Todos los días 8am - 8pm", f"{EVERY_DAY} 08:00-20:00"),
    # markup and headings
    ("<table><tr><td>Monday</td><td>Closed</td></tr>"
     "<tr><td>Tuesday</td><td><time>1:00 PM - 3:00 PM</time></td></tr></table>", "TU 13:00-15:00"),
    ("2nd &amp; 4th Monday 1:00pm &#8211; 4:00pm", "2MO,4MO 13:00-16:00"),
    ("Food pantry: Tuesdays 5-7pm", "TU 17:00-19:00"),
]  # fmt: skip

# Texts that leave more than one reading, or give the hours of something else.
LEFT = [
    "",
    "Call for hours",
    "By appointment only",
    "closed",
    "9am-5pm",
    "Monday",
    "Monday\nWednesday, Friday 9-11am",
    "Mon 7-9",
    "Mon 6-8",
    "Monday 8-8",
    "Tue 9-12am",
    "Mon 9am, 5pm",
    "Mon 9pm-1:30pm",
    "Wed 10:00 PM - 02:00 PM",
    "Thursday 12:00 AM - 03:00 PM",
    "Mon-Fri 10:00 - 02:00",
    "M-S 9-12pm",
    "MF 9-5",
    "Mon-Wed-Fri 9-12",
    "1st Monday and Thursday 9-11am",
    "2nd OR 3rd Tuesday 9-11am",
    "Tuesday or Wednesday 9-11am",
    "Twice a month Saturday 9-11am",
    "Tuesdays 9-11 once a month",
    "Tuesday 9-11am. Twice a month.",
    "monthly Thursday 10am 11am",
    "Thursday of each month 10am-11am",
    "Every other Tuesday 10am-12pm",
    "Every other week on Monday 9-12",
    "Every other 1st Saturday 9-11am",
    "biweekly Tuesday 4-6pm",
    "First week of month Tuesday 9-11am",
    "Last two weeks each month\nTuesday 12:30 pm - 1:30 pm",
    "Summer: Mon 9-5",
    "Mon 9-5; Sat 9-12 (May-Sept)",
    "Mon 9-12 and 1-4 (May-Sept)",
    "June-Aug: Mon 9-12; Sept-May: Mon 9-5",
    "Mon 9-5 except July 4",
    "Thursday 9-11am May 5",
    "Mon-Fri 9-5 temporarily closed",
    "Mon 9-5, hours may vary",
    "Office: Mon-Fri 9-5",
    "Deliveries only Tues-Friday, calls are taken Monday-Friday 9am-4pm",
    "Food pantry: Tue 5-7pm; Clothing: Wed 1-3pm",
    "Mondays 9am-4pm. Walk-ins 8:30am-11:45am",
    "Wednesdays open 3pm and serve from 4pm-5:30pm",
    "Monday 9-5 (not Labor Day)",
    "Sat 9-11 (first one in June",
    "December 24, 2026 9am-12pm",
]


@pytest.mark.parametrize(("text", "expected"), READ, ids=[text[:40] for text, _ in READ])
def test_read(text: str, expected: str):
    assert brief(read_hours(text)) == expected


@pytest.mark.parametrize("text", LEFT)
def test_left_as_text(text: str):
    assert read_hours(text) is None


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("Tuesdays 4-6pm, call first", "call first"),
        ("Tuesdays 4-6pm. Call (698) 555-0101 first.", "Call (698) 555-0101 first"),
        ("By Appointment, Monday - Friday 10am - 5pm", "By Appointment"),
        ("Sat 10-11:45 or by appoint", "or by appoint"),
        ("Thursday 10 AM to 2 PM while supplies last", "while supplies last"),
        ("Wednesday 10am - 1pm (must be in line by 12:30 pm)", "must be in line by 12:30 pm"),
        ("Monday & Friday 9am-12pm except holidays and school closures.", "except holidays and school closures"),
        ("Tuesday and Thursday 4-6pm No appointment necessary", "No appointment necessary"),
        ("Tuesday 9am-3pm. May be able to serve emergency food on Mondays",
         "May be able to serve emergency food on Mondays"),
        ("Tuesday 10-11:30 am (English), 1-2:30 pm (Spanish)", "Tuesday 10-11:30 am (English), 1-2:30 pm (Spanish)"),
    ],
)  # fmt: skip
def test_remarks_are_kept(text: str, note: str):
    rows = read_hours(text)
    assert rows
    assert {row.notes for row in rows} == {note}


def test_a_day_by_appointment_says_so_and_claims_no_hours():
    rows = read_hours("Mon 9-5, Sat by appointment")
    assert rows
    assert rows[-1] == ScheduleFields(freq="WEEKLY", byday="SA", description="by appointment")


def test_a_period_bounds_all_rows():
    for text in (
        "June 1, 2026 to August 31, 2026: Mon 11am-1pm",
        "Mon 11am-1pm from 2026-06-01 to 8/31/2026",
    ):
        rows = read_hours(text)
        assert rows
        assert (rows[0].valid_from, rows[0].valid_to) == (date(2026, 6, 1), date(2026, 8, 31))


@pytest.mark.parametrize(
    ("text", "season"),
    [
        ("Nov-Mar only: Mon-Fri 9-5", "Nov-Mar only"),
        ("Mon 9-5 (Nov-Mar)", "Nov-Mar"),
        ("First Saturday of the month except July, 9am-11am", "except July"),
        ("First Saturday of the month 10-noon, except July and August", "except July and August"),
        ("Mon 9-5; Sat 9-12; November through March only", "November through March only"),
        ("Mon-Fri 9-5, closed in August", "closed in August"),
        ("May - September\nWednesday 4pm - 6pm", "May - September"),
        ("Martes y jueves 9am a 5pm, excepto diciembre", "excepto diciembre"),
        ("Lunes de 9 a 12, de noviembre a marzo", "de noviembre a marzo"),
    ],
)
def test_a_season_bounds_all_rows(text: str, season: str):
    rows = read_hours(text)
    assert rows and {row.notes for row in rows} == {season}
    assert read_season(season)


def test_days_seasons_and_holidays_in_one_text():
    rows = read_hours("M-F 9-5, 2nd & 4th Sat 10am-noon; closed holidays; Nov-Mar only; by appt")
    assert brief(rows) == f"{WEEK} 09:00-17:00; 2SA,4SA 10:00-12:00"
    assert rows
    assert (read_season(rows[0].notes or ""), read_holidays(rows[0].notes or "")) == (
        ((1101, 331),),
        "national",
    )


DESCRIBED = [
    ("Distribution Day: Friday | Distribution Time: 11:00 am - 12:00 pm | Enrollment Time: 9:00 am | Zip Codes: 69812",
     "FR 11:00-12:00"),
    ("Pantry is open on the 2nd and 4th Saturday of each month from 9:00 - 11:00 a.m. Please bring a bag.",
     "2SA,4SA 09:00-11:00"),
    ("Pickup occurs every 3rd Tuesday from  12:00 – 1:00 p.m.", "3TU 12:00-13:00"),
    ("Free meals for children, 18 and younger.\n\nMonday-Friday\n\nBreakfast: 8 AM - 9 AM\n\nLunch: 12 PM - 1 PM",
     f"{WEEK} 08:00-09:00; {WEEK} 12:00-13:00"),
    ("Neighbors come once a month. Distribution is every 2nd Wednesday of the month at 10:45 a.m.", "?2WE 10:45-"),
    ("Tuesdays: 9 AM - 11 AM\n\nServes residents of Harlow.", "TU 09:00-11:00"),
    ("Hours: Mon-Fri 9am-4pm\nLanguages: English\nParking: behind the hall", f"{WEEK} 09:00-16:00"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), DESCRIBED)
def test_hours_within_a_description(text: str, expected: str):
    assert brief(read_described(text)) == expected


@pytest.mark.parametrize(
    "text",
    [
        None,
        "A warm room and a hot soup for everybody.",
        "Pantry is also open every 3rd Saturday from 10:00 a.m. – 4:00 p.m.",
        "Walk in. Free weekly meal Saturday 4:30-5:30",
        "Guests come once a month. Feeding program: Monday and Friday 4pm-5pm",
        "Delivery is available Monday and Tuesday at 1:00 p.m.",
        "Occurs the 2nd Monday of each month from 1:00 – 2:00 p.m. Temporarily moved to 33 Oak Street.",
        "Pantry is open Tuesdays 9 AM - 1 PM. Call after 1:00 PM on Tuesdays for an appointment.",
        "Distribution Day: Friday | Distribution Time: 11 am - 12 pm | Hours of operation: Mon, Wed | Served: all",
        "Pantry is open Mondays from 9 a.m. to noon. Soup kitchen Tuesdays 11 a.m. - noon.",
        "Monday-Friday: 11 AM - 12 PM\n\nClosed June 19 and July 4",
        "We helped 12:00 families on a Monday" * 60,
    ],
)
def test_a_description_that_leaves_a_doubt_tells_no_hours(text: str | None):
    assert read_described(text) is None


def test_every_other_week_is_anchored_by_its_start():
    rows = read_hours("Every other Tuesday 10am-12pm starting January 5, 2027")
    assert rows
    assert (rows[0].interval, rows[0].dtstart) == (2, date(2027, 1, 5))


def test_tables_of_weekdays():
    table = [
        {"weekday": "Sunday", "opens_at": "", "closes_at": ""},
        {"weekday": "Monday", "opens_at": "9:00", "closes_at": "17:00"},
        {"weekday": "Tuesday", "opens_at": "9:00", "closes_at": "17:00"},
        {"weekday": "Tuesday", "opens_at": "7 p.m.", "closes_at": "9 p.m."},
    ]
    assert brief(read_weekdays(table)) == "MO,TU 09:00-17:00; TU 19:00-21:00"
    assert brief(read_hours(table)) == "MO,TU 09:00-17:00; TU 19:00-21:00"
    assert read_weekdays([{"weekday": "Someday", "opens_at": "9:00", "closes_at": "17:00"}]) is None


@pytest.mark.parametrize(
    ("opens", "closes", "expected"),
    [
        ("9:00", "17:00", "MO 09:00-17:00"),
        ("9:00", "5:00", "MO 09:00-17:00"),
        ("8:00", "10:00", "MO 08:00-10:00"),
        ("11 a.m.", "1 p.m.", "MO 11:00-13:00"),
        ("20:00", "2:00", "MO 20:00-02:00"),
        ("", None, "?MO"),
        ("23:00", "17:00", "?MO"),
        ("9:00", "", "?MO"),
        ("9:00", "late", "?MO"),
    ],
)
def test_a_weekday_in_columns(opens, closes, expected):
    row = read_weekday("Monday", opens, closes)
    assert row is not None
    assert brief([row]) == expected
    assert bool(row.description) == bool(expected == "?MO" and opens)


def test_mappings_and_lists():
    assert brief(read_hours({"Monday": "9am-5pm", "Tuesday": None, "Wed": ["9-11am", "1-3pm"]})) == (
        "MO 09:00-17:00; WE 09:00-11:00; WE 13:00-15:00"
    )
    assert brief(read_hours(["Mon 9am-5pm", "Tue 1-3pm"])) == "MO 09:00-17:00; TU 13:00-15:00"
    assert brief(read_hours({"monday": {"open": "9am", "close": "5pm"}})) == "MO 09:00-17:00"
    assert read_hours(None) is None


# Properties

NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
VOCABULARY = (
    "Mon Tue Friday SUN M W T/Th MWF 9 9-5 9am 10:30am-2pm 1-3 13:00-15:00 noon midnight 24/7 1st 3rd last of the month"
    " every weekly monthly twice per other week closed open except break lunch appointment emergency or and , ; . \n - to"
    " ( ) : holidays call from until starting 2026-07-01 pantry Office: daily weekdays summer lunes a de <td> &amp; 25 0"
    " a.m. pm all day July Nov-Mar except only May-Sept |"
)
SOUP = st.sampled_from(VOCABULARY.split(" "))


@settings(max_examples=400, deadline=None)
@given(st.one_of(st.lists(SOUP, max_size=12).map(" ".join), st.text(max_size=60)))
def test_never_raises(text):
    for rows in (read_hours(text), read_described(text)):
        assert rows is None or any(row.opens_at for row in rows)


quarters = st.integers(5 * 4, 23 * 4).map(lambda quarter: quarter * 15)
spans = st.tuples(quarters, quarters).filter(lambda pair: pair[0] < pair[1])


def written(minute: int, style: str) -> str:
    hour, rest = divmod(minute, 60)
    if style == "24":
        return f"{hour:02}:{rest:02}"
    side = "am" if hour < 12 else "pm"
    if style == "short" and not rest:
        return f"{(hour - 1) % 12 + 1}{side}"
    return f"{(hour - 1) % 12 + 1}:{rest:02} {side.upper()}"


@settings(max_examples=200, deadline=None)
@given(
    st.dictionaries(st.integers(0, 6), spans, min_size=1),
    st.sampled_from(["short", "long", "24"]),
    st.sampled_from([" - ", "-", " to ", " – "]),
    st.sampled_from(["; ", "\n", ", ", " ", " \\n "]),
    st.one_of(st.none(), st.sampled_from([1, 2, 3, 4, -1])),
)
def test_what_is_written_is_read_again(hours, style, dash, gap, nth):
    ordinal = "" if nth is None else {1: "1st ", 2: "2nd ", 3: "third ", 4: "4th ", -1: "last "}[nth]
    text = gap.join(
        f"{ordinal}{NAMES[day]} {written(start, style)}{dash}{written(end, style)}"
        for day, (start, end) in hours.items()
    )
    rows = read_hours(text)
    expected = {(byday([(nth, day)])[1], *times(span)) for day, span in hours.items()}
    assert rows is not None, text
    assert {
        (day, row.opens_at, row.closes_at) for row in rows for day in (row.byday or "").split(",")
    } == expected


@given(spans, st.lists(st.sampled_from(NAMES), min_size=1, max_size=4, unique=True))
def test_a_list_of_days_shares_its_hours(span, days):
    rows = read_hours(f"{', '.join(days)}: {written(span[0], 'short')} - {written(span[1], 'short')}")
    assert rows is not None and len(rows) == 1
    assert set((rows[0].byday or "").split(",")) == {name[:2].upper() for name in days}
    assert isinstance(rows[0].opens_at, time)


# Real files

A_DAY = re.compile(r"\b(?:mon|tue|wed|thu|fri|sat|sun)", re.IGNORECASE)
A_TIME = re.compile(r"\d\s*[ap]\.?m|\d:\d\d|\bnoon\b|\d\s*(?:-|to)\s*\d", re.IGNORECASE)


def test_nine_of_ten_real_texts_become_schedules():
    if not PANTRIES.exists():
        pytest.skip("the shared pantries file is not on this machine")
    with PANTRIES.open() as file:
        records = [json.loads(line) for line in file]
    texts = [
        record[name]
        for record in records
        for name in ("hours", "Hours_of_Operation")
        if isinstance(record.get(name), str)
    ]
    full = [text for text in texts if A_DAY.search(text) and A_TIME.search(text)]
    read = [text for text in full if read_hours(text)]
    assert len(full) >= 985
    assert len(read) / len(full) >= 0.9


def test_a_real_table_with_closed_days_means_what_its_lines_say():
    """Weekday by weekday, by a second and much simpler reading of the one export that lists all seven days."""
    if not PANTRIES.exists():
        pytest.skip("the shared pantries file is not on this machine")
    line = re.compile(r"(\w+day): (\d\d?):(\d\d) ([AP])M - (\d\d?):(\d\d) ?([AP])M")
    checked = 0
    with PANTRIES.open() as file:
        for text in (json.loads(one).get("hours") or "" for one in file):
            if not text.startswith("Monday: ") or text.count("day:") != 7 or not (rows := read_hours(text)):
                continue
            expected = {
                (
                    day[:2].upper(),
                    time(int(a) % 12 + 12 * (x == "P"), int(b)),
                    time(int(c) % 12 + 12 * (y == "P"), int(d)),
                )
                for day, a, b, x, c, d, y in line.findall(text)
            }
            found = {(day, r.opens_at, r.closes_at) for r in rows for day in (r.byday or "").split(",")}
            assert found == expected, text
            checked += 1
    assert checked > 100


def test_hours_in_real_descriptions():
    """Four of five that name days and times are read, and those of two shapes mean what a much simpler reading says."""
    if not PANTRIES.exists():
        pytest.skip("the shared pantries file is not on this machine")
    with PANTRIES.open() as file:
        records = [json.loads(line) for line in file]
    texts = [
        record[name]
        for record in records
        for name in ("notes", "description", "More_Information")
        if isinstance(record.get(name), str)
    ]
    full = [text for text in texts if A_DAY.search(text) and A_TIME.search(text)]
    read = {text: rows for text in full if (rows := read_described(text))}
    assert len(read) / len(full) >= 0.8
    labelled = re.compile(
        r"Distribution Day: (\w+) \| Distribution Time: ([\d:]+) ([ap])m - ([\d:]+) ([ap])m \|"
    )
    pickup = re.compile(r"Pickup occurs every (\d)\w\w (\w+)\s+from\s+([\d:]+)( )– ([\d:]+)\s+([ap])\.m\.")
    checked = 0
    for text, rows in read.items():
        if match := labelled.match(text):
            day, opens, first, closes, last = match.groups()
            nth = ""
        elif match := pickup.fullmatch(text):
            nth, day, opens, first, closes, last = match.groups()
        else:
            continue
        end = at_clock(closes, last)
        # "12:00 - 1:00 p.m." names no half of the day for its start: the later one that is before the end.
        start = at_clock(opens, first) if first.strip() else max(
            moment for moment in (at_clock(opens, "a"), at_clock(opens, "p")) if moment < end
        )  # fmt: skip
        assert [(row.byday, row.opens_at, row.closes_at) for row in rows] == [
            (f"{nth}{day[:2].upper()}", start, end)
        ], text
        checked += 1
    assert checked > 100


def at_clock(text: str, half: str) -> time:
    hour, minute = text.split(":")
    return time(int(hour) % 12 + 12 * (half == "p"), int(minute))
