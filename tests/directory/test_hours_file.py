"""The hours of a listing as a calendar file: what calendars make of it is what its page says."""

import uuid
from collections import defaultdict
from datetime import UTC, date, datetime, time, timedelta
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from dateutil.rrule import rrulestr
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar

from core.database import Database
from directory.models import Address, Location, Schedule, Service, ServiceAtLocation
from directory.opening import Opening
from directory.showing import hours_file, keeps_hours
from directory.spans import Span, united
from tests.directory.schedule_rows import Row, any_rows, row, zones
from tests.support.http import Http

NOW = datetime(2026, 11, 25, 18, tzinfo=UTC)
"""The Wednesday before Thanksgiving."""
URL = "https://help.example/services/1"
ZONE = "America/Chicago"


@pytest.fixture(autouse=True)
def _wednesday():
    with time_machine.travel(NOW, tick=False):
        yield


def listing(rows: list[Any], location: Any = None) -> Any:
    """Return what a calendar file reads of a service, with rows of any kind."""
    for one in rows:
        one.id = uuid.uuid4()
    place = location or Location(name="Hall", addresses=[], phones=[])
    at = SimpleNamespace(location=place, location_id=None, schedules=rows, phones=[])
    return SimpleNamespace(
        id=uuid.uuid4(),
        name="Pantry",
        alert=None,
        status="active",
        organization=None,
        phones=[],
        schedules=[],
        service_at_locations=[at],
    )


def events(content: bytes) -> list[Any]:
    return list(Calendar.from_ical(content).walk("VEVENT"))


def wall(moment: datetime) -> datetime:
    return moment.replace(tzinfo=None)


def times(event: Any, name: str) -> set[datetime]:
    """Return the moments of RDATE or EXDATE as a clock on the wall shows them."""
    found = event.get(name, [])
    lists = found if isinstance(found, list) else [found]
    return {wall(one.dt) for many in lists for one in many.dts}


def begins(event: Any) -> set[datetime]:
    """Return when an event begins, expanded by dateutil."""
    first = event["dtstart"].dt
    found = {wall(first)}
    if "rrule" in event:
        rule = event["rrule"].to_ical().decode()
        found |= {wall(moment) for moment in rrulestr(rule, dtstart=first)}
    return (found | times(event, "rdate")) - times(event, "exdate")


def told(content: bytes, status: str = "CONFIRMED") -> dict[date, list[Span]]:
    """Return the hours of each date, as spans of minutes, that a calendar file tells."""
    days: dict[date, list[Span]] = defaultdict(list)
    for event in events(content):
        length = int((wall(event["dtend"].dt) - wall(event["dtstart"].dt)).total_seconds() // 60)
        for begin in begins(event) if event["status"] == status else ():
            minute = begin.hour * 60 + begin.minute
            days[begin.date()].append((minute, minute + length))
    return {day: united(spans) for day, spans in days.items()}


def ahead(zone: str) -> list[date]:
    today = NOW.astimezone(ZoneInfo(zone)).date()
    return [today + timedelta(days=number) for number in range(360)]


@settings(max_examples=200, deadline=None)
@given(st.lists(any_rows(), min_size=1, max_size=4), zones, st.sampled_from(["", "US", "US-CA"]))
def test_calendars_say_what_the_page_says(rows: list[Row], zone: str, holidays: str) -> None:
    with time_machine.travel(NOW, tick=False):
        content = hours_file(listing(rows), URL, lambda _place: (zone, holidays))
        opening = Opening(rows, zone, holidays)
        sure, unsure = told(content), told(content, "TENTATIVE")
        for day in ahead(zone):
            assert sure.get(day, []) == list(opening.day(day).spans), day
            assert unsure.get(day, []) == list(opening.day(day).unsure), day


def test_a_week_is_one_repeating_event_that_stays_the_same() -> None:
    service = listing([row("WEEKLY", "MO,WE,FR", "09:00", "17:00", notes="Ring the bell")])
    content = hours_file(service, URL, lambda _place: (ZONE, ""))
    (event,) = events(content)
    rule = event["rrule"]
    assert (rule["FREQ"], rule["BYDAY"]) == (["WEEKLY"], ["MO", "WE", "FR"])
    assert event["dtstart"].params["TZID"] == ZONE
    assert [zone["tzid"] for zone in Calendar.from_ical(content).walk("VTIMEZONE")] == [ZONE]
    assert event["url"] == URL
    assert event["description"].startswith("Ring the bell")
    with time_machine.travel(NOW + timedelta(days=40), tick=False):
        later = hours_file(service, URL, lambda _place: (ZONE, ""))
    assert [one["uid"] for one in events(later)] == [event["uid"]]


def test_without_a_time_zone_times_float() -> None:
    content = hours_file(
        listing([row("WEEKLY", "MO", "09:00", "17:00", timezone="-5")]), URL, lambda _place: ("", "")
    )
    assert b"VTIMEZONE" not in content
    (event,) = events(content)
    assert event["dtstart"].dt == datetime(2026, 11, 23, 9)  # noqa: DTZ001 - no zone is the point
    assert event["rrule"]["UNTIL"][0].tzinfo is None


def test_past_midnight_ends_on_the_next_day_and_the_clock_may_change_meanwhile() -> None:
    content = hours_file(listing([row("WEEKLY", "SA", "22:00", "02:00")]), URL, lambda _place: (ZONE, ""))
    (event,) = events(content)
    assert event["dtstart"].dt.date() == date(2026, 11, 28)
    assert event["dtend"].dt.date() == date(2026, 11, 29)
    assert told(content)[date(2027, 3, 13)] == [(1320, 1560)]


def test_closed_days_are_left_out_and_holidays_are_asked_about() -> None:
    rows = [
        row("WEEKLY", "TH,FR", "09:00", "17:00"),
        row("MONTHLY", "1FR"),
        row(None, None, valid_from=date(2026, 12, 10), valid_to=date(2026, 12, 10), description="Party"),
        row(None, None, "12:00", "13:00", valid_from=date(2026, 12, 17), valid_to=date(2026, 12, 17)),
    ]
    content = hours_file(listing(rows), URL, lambda _place: (ZONE, "US"))
    days = told(content)
    assert date(2026, 11, 26) not in days
    assert told(content, "TENTATIVE")[date(2026, 11, 26)] == [(540, 1020)]
    assert b"May be closed then: Thanksgiving" in content.replace(b"\r\n ", b"")
    assert date(2026, 12, 4) not in days
    assert date(2026, 12, 10) not in days
    assert days[date(2026, 12, 17)] == [(720, 780)]


def test_words_end_no_line() -> None:
    service = listing([row("WEEKLY", "MO", "09:00", "17:00", notes="a\r\nBEGIN:VALARM\u2028b; c, d\\n")])
    service.name = "Pantry\r\nATTACH:http://evil.example\x00\x85"
    content = hours_file(service, URL, lambda _place: (ZONE, ""))
    calendar = Calendar.from_ical(content)
    assert {part.name for part in calendar.walk()} == {
        "VCALENDAR", "VEVENT", "VTIMEZONE", "STANDARD", "DAYLIGHT",
    }  # fmt: skip
    (event,) = events(content)
    assert "attach" not in event
    assert event["summary"].startswith("Pantry")
    assert all(len(line) <= 75 for line in content.split(b"\r\n"))


def test_only_hours_that_are_known_are_kept() -> None:
    assert keeps_hours(listing([row("WEEKLY", "MO", "09:00", "17:00")]))
    assert not keeps_hours(listing([row(None, None, description="Call for hours")]))
    assert not keeps_hours(listing([row("WEEKLY", "MO", description="By appointment")]))
    closed = listing([row("WEEKLY", "MO", "09:00", "17:00")])
    closed.status = "temporarily closed"
    assert not keeps_hours(closed)


def offer(*, confidential: bool = False) -> Service:
    place = Location(
        name="Mill hall",
        latitude=41.8,
        longitude=-87.6,
        confidential=confidential,
        addresses=[
            Address(address_1="40 Mill Lane", city="Chicago", state_province="IL", postal_code="60601")
        ],
    )
    hours = Schedule(freq="WEEKLY", byday="MO", opens_at=time(9), closes_at=time(17))
    return Service(
        id=uuid.uuid4(),
        name="Pantry",
        service_at_locations=[ServiceAtLocation(location=place, schedules=[hours])],
    )


async def test_the_page_leads_to_the_file(http: Http, database: Database) -> None:
    service, shelter, unknown = offer(), offer(confidential=True), Service(id=uuid.uuid4(), name="Line")
    async with database.transaction() as db:
        db.add_all([service, shelter, unknown])
    page = await http.get(f"/services/{service.id}")
    assert f'href="/services/{service.id}/hours.ics"' in page.text
    answer = await http.get(f"/services/{service.id}/hours.ics")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    event = events(answer.content)[0]
    assert event["location"] == "Mill hall, 40 Mill Lane, Chicago, IL 60601"
    assert event["geo"].to_ical() == "41.8;-87.6"
    assert event["dtstart"].params["TZID"] == ZONE

    hidden = await http.get(f"/services/{shelter.id}/hours.ics")
    assert hidden.status_code == 200
    assert b"Mill" not in hidden.content
    assert b"GEO" not in hidden.content

    assert (await http.get(f"/services/{unknown.id}/hours.ics")).status_code == 404
    assert "hours.ics" not in (await http.get(f"/services/{unknown.id}")).text
    assert (await http.get(f"/services/{uuid.uuid4()}/hours.ics")).status_code == 404


async def test_in_spanish(http: Http, database: Database) -> None:
    service = offer()
    async with database.transaction() as db:
        db.add(service)
    answer = await http.get(f"/services/{service.id}/hours.ics", headers={"accept-language": "es"})
    assert "llame antes de ir" in answer.content.replace(b"\r\n ", b"").decode()
