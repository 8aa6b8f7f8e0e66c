"""The opening hours of one service as a calendar file (RFC 5545), to be kept in a telephone or subscribed to."""

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple

from icalendar import Calendar, Event, vRecur

from core import clock
from core.display import phone
from core.i18n import current_language
from core.i18n import gettext as _
from directory.models import Location, Schedule, Service, ServiceAtLocation
from directory.opening import Opening, Recurring, read_rule, recurring
from directory.opening.rules import Rule
from directory.showing.facts import address_lines, hours_at, telephones

#: Gives the time zone and the calendar of holidays of a place, "" where they are not known.
Clocks = Callable[[Location | None], tuple[str, str]]

_CONTROLS = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029]")


class _Place(NamedTuple):
    """Where some hours hold, and the words that stand on each of their events."""

    opening: Opening
    known_zone: bool
    location: Location | None
    summary: str
    about: str
    url: str


def keeps_hours(service: Service) -> bool:
    """Tell whether there are hours for a calendar: known ones, of a service that is not closed for now."""
    return service.status == "active" and any(Opening(rows).known for rows, _ in _timetables(service))


def hours_file(service: Service, url: str, clocks: Clocks) -> bytes:
    """Return the hours of a service loaded by `directory.queries.listing`, one event for each row of them.

    `url` is the address of its page. Times are those of the place; where its time zone is not known they are those of
    whatever clock there is ("floating"). Of hours that nobody knows for certain on a date, such as a holiday, there is a
    tentative event for that date alone.
    """
    calendar = Calendar()
    for name, value in (
        ("prodid", f"-//Handrail//Hours//{current_language().upper()}"),
        ("version", "2.0"),
        ("method", "PUBLISH"),
        ("name", _line(service.name)),
        ("x-wr-calname", _line(service.name)),
        ("url", url),
    ):
        calendar.add(name, value)
    for rows, stands in _timetables(service):
        # Hours that hold in several places name none of them.
        location = stands[0].location if len(stands) == 1 else None
        zone, holidays = clocks(stands[0].location if stands else None)
        opening = Opening(rows, zone or "UTC", holidays)
        known = bool(zone) or str(opening.zone) != "UTC"
        place = _Place(opening, known, location, _line(service.name), _about(service, stands, url), url)
        for event in _events(service, place, rows):
            calendar.add_component(event)
    today = clock.now().date()
    calendar.add_missing_timezones(today - timedelta(days=400), today + timedelta(days=800))
    return calendar.to_ical()


def _timetables(service: Service) -> list[tuple[Sequence[Schedule], list[ServiceAtLocation]]]:
    """The hours of a service, each once, with the places where they hold."""
    stands = sorted(service.service_at_locations, key=lambda at: at.location.name or "")
    found: dict[tuple[Any, ...], tuple[Sequence[Schedule], list[ServiceAtLocation]]] = {}
    choices: list[ServiceAtLocation | None] = [*stands] or [None]
    for at in choices:
        rows = hours_at(service, at)
        if rows:
            told = found.setdefault(tuple(row.id for row in rows), (rows, []))
            if at:
                told[1].append(at)
    return list(found.values())


def _events(service: Service, place: _Place, rows: Sequence[Schedule]) -> Iterator[Event]:
    today = clock.now().astimezone(place.opening.zone).date()
    for row in rows:
        rule = read_rule(row)
        repeats = recurring(place.opening, rule, today) if rule and rule.kind == "open" else None
        if rule is None or repeats is None:
            continue
        name = f"{service.id}.{row.id}"
        yield _event(place, rule, repeats, name)
        for day in repeats.unsure:
            once = Recurring(day, day, {}, (), (), ())
            event = _event(place, rule, once, f"{name}.{day.isoformat()}")
            event["status"] = "TENTATIVE"
            holiday = _(place.opening.day(day).holiday)
            words = _("May be closed then: %(holiday)s") % {"holiday": holiday}
            event.pop("summary")
            event.add("summary", f"{place.summary}: {words}")
            yield event


def _event(place: _Place, rule: Rule, repeats: Recurring, name: str) -> Event:
    event = Event()
    event.add("uid", f"{name}@handrail")
    event.add("dtstamp", clock.now())
    event.add("summary", place.summary)
    event.add("dtstart", _moment(place, repeats.first, rule.span[0]))
    event.add("dtend", _moment(place, repeats.first, rule.span[1]))
    if repeats.rule:
        until = _moment(place, repeats.last, rule.span[0])
        # RFC 5545 wants the end in UTC wherever the beginning has a time zone.
        end = until.astimezone(UTC) if place.known_zone else until
        event.add("rrule", vRecur({**repeats.rule, "UNTIL": end}))
    for kind, days in (("rdate", repeats.further), ("exdate", repeats.left_out)):
        if days:
            event.add(kind, [_moment(place, day, rule.span[0]) for day in days])
    event.add("status", "CONFIRMED")
    # Nobody is busy because a door is open.
    event.add("transp", "TRANSPARENT")
    event.add("url", place.url)
    notes = _plain(rule.notes or ("" if rule.dated else rule.text))
    event.add("description", "\n".join(filter(None, [notes, place.about])))
    _add_place(event, place.location)
    return event


def _add_place(event: Event, location: Location | None) -> None:
    """Tell where it is, unless that is nobody's business; a point that is only the centre of a ZIP code is no place."""
    if location is None or location.confidential:
        return
    lines = [location.name or "", *address_lines(location.addresses)]
    if any(lines):
        event.add("location", _line(", ".join(filter(None, lines))))
    if location.latitude is not None and location.longitude is not None and not location.centre_of:
        event.add("geo", (location.latitude, location.longitude))


def _moment(place: _Place, day: date, minute: int) -> datetime:
    """What the clock at the place shows `minute` minutes after midnight of a date."""
    wall = datetime.combine(day, time()) + timedelta(minutes=minute)
    return wall.replace(tzinfo=place.opening.zone) if place.known_zone else wall


def _about(service: Service, stands: Sequence[ServiceAtLocation], url: str) -> str:
    owners: list[Any] = [service, *stands, *(at.location for at in stands)]
    if service.organization:
        owners.append(service.organization)
    numbers = telephones(line for owner in owners for line in owner.phones)
    said = [
        service.alert,
        *(phone(number.number) for number in numbers[:1]),
        _("Hours change: call before you go."),
        url,
    ]
    return "\n".join(_plain(text) for text in said if text)


def _line(text: str) -> str:
    return " ".join(_plain(text).split())


def _plain(text: str) -> str:
    """Return a text without characters that have no place in a calendar file; its lines stay."""
    return _CONTROLS.sub(" ", text).strip()
