"""The page of one service: when, where, for whom, at what price, and how to get it."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from core import clock
from core.display import long_day
from core.i18n import gettext as _
from directory.models import Schedule, Service, ServiceAtLocation
from directory.opening import DayRow, Opening, OpenState, row_words, unusual_days
from directory.schematic import Point, Sketch, sketch
from directory.showing import wording
from directory.showing.areas import area_words
from directory.showing.facts import (
    Telephone,
    address_lines,
    cost_of,
    hours_at,
    is_stale,
    languages_of,
    site_name,
    state_of,
    telephones,
    unique,
)
from directory.showing.hours_file import keeps_hours

MOST_SPECIAL = 4


class Step(NamedTuple):
    """One step of getting help; `call` puts the number under it."""

    title: str
    text: str = ""
    call: bool = False


class Week(NamedTuple):
    """Opening hours of one place: a week, rarer openings in words, and hours told in a text that stays one."""

    place: str
    days: list[DayRow]
    texts: list[str]


class Spot(NamedTuple):
    """Where to go. A confidential place has no address: it is not hidden here, it never came."""

    name: str
    address: list[str]
    confidential: bool
    notes: list[str]
    phones: list[Telephone]
    pin: str


class ServicePage(msgspec.Struct, frozen=True, kw_only=True):
    """Everything the page of one service shows, beside what its `service` says itself."""

    service: Service
    location_id: UUID | None
    lead: str
    paragraphs: list[str]
    steps: list[Step]
    eligibility: list[str]
    ages: str
    areas: list[str]
    open: OpenState | None
    zone: str
    weeks: list[Week]
    keeps_hours: bool
    special: list[tuple[str, str]]
    free: bool
    cost: str
    languages: list[str]
    access: list[str]
    contacts: list[str]
    phones: list[Telephone]
    email: str
    url: str
    site: str
    places: list[Spot]
    sketch: Sketch | None
    today: date
    stale: bool


def service_page(
    service: Service,
    *,
    location_id: UUID | None = None,
    zone: str = "",
    calendar: str = "",
    towns: Sequence[Point] = (),
) -> ServicePage:
    """Return what the page of a service, loaded by `directory.queries.listing`, shows.

    `location_id` is the place the reader came for, if any; `zone` the time zone there where the hours do not say it, and
    `calendar` names the holidays there.
    """
    stands = sorted(service.service_at_locations, key=lambda at: _order(at, location_id))
    places = [at.location for at in stands]
    opening = Opening(hours_at(service, stands[0] if stands else None), zone or "UTC", calendar)
    today = clock.now().astimezone(opening.zone).date()
    stale = is_stale(service.verified_on, today)
    organization = service.organization
    owners: list[Any] = [
        service,
        *stands,
        *places,
        *service.contacts,
        *([organization] if organization else []),
    ]
    phones = telephones(phone for owner in owners for phone in owner.phones)
    areas = [*service.service_areas, *(area for at in stands for area in at.service_areas)]
    spots, pins = _spots(stands)
    lead, paragraphs = wording.lead(service.description)
    cost, free = cost_of(service)
    url = service.url or (organization.website if organization else "") or ""
    return ServicePage(
        service=service,
        location_id=stands[0].location_id if stands else None,
        lead=lead,
        paragraphs=paragraphs,
        steps=_steps(service, bool(phones), stale, spots),
        eligibility=wording.paragraphs(service.eligibility_description),
        ages=wording.ages(service.minimum_age, service.maximum_age),
        areas=unique(map(area_words, areas)),
        open=state_of(opening, zone),
        zone=str(opening.zone),
        weeks=_weeks(service, stands, today, calendar),
        keeps_hours=keeps_hours(service),
        special=_special(opening, today),
        free=free,
        cost=cost,
        languages=languages_of(
            [*service.languages, *(spoken for place in places for spoken in place.languages)]
        ),
        access=unique(row.description or row.details for place in places for row in place.accessibility),
        contacts=unique(person.name or person.department or person.title for person in service.contacts),
        phones=phones,
        email=service.email or (organization.email if organization else "") or "",
        url=url,
        site=site_name(url),
        places=spots,
        sketch=_sketch(pins, towns),
        today=today,
        stale=stale,
    )


def _order(at: ServiceAtLocation, wanted: UUID | None) -> tuple[bool, int, str]:
    """The place somebody came for stands first, then those that are open on most days."""
    return at.location_id != wanted, -len(at.schedules), at.location.name or ""


def _weeks(service: Service, stands: Sequence[ServiceAtLocation], today: date, calendar: str) -> list[Week]:
    """The hours of each place, Monday first; where all have the same they are told once."""
    found: dict[tuple[UUID, ...], Week] = {}
    choices: list[ServiceAtLocation | None] = [*stands] or [None]
    for at in choices:
        rows = hours_at(service, at)
        key = tuple(row.id for row in rows)
        if not rows or key in found:
            continue
        opening = Opening(rows, calendar=calendar)
        rare = [row_words(row) for row in rows if row.freq == "MONTHLY" or (row.interval or 1) > 1]
        texts = [row.description for row in rows if _only_text(row)]
        name = (at.location.name or "") if at else ""
        found[key] = Week(name, opening.week(today) if opening.known else [], unique([*rare, *texts]))
    weeks = list(found.values())
    return [weeks[0]._replace(place="")] if len(weeks) == 1 else weeks


def _only_text(row: Schedule) -> bool:
    """Whether a row keeps hours that nobody could read with certainty."""
    return not (row.freq or row.byday or row.opens_at or row.valid_from)


def _special(opening: Opening, today: date) -> list[tuple[str, str]]:
    """Days soon that differ from the usual week, in words; a run of days with the same is told once."""
    runs: list[list[DayRow]] = []
    for row in unusual_days(opening, today):
        if runs and runs[-1][-1].date == row.date - timedelta(days=1) and runs[-1][-1].words == row.words:
            runs[-1].append(row)
        else:
            runs.append([row])
    return [_run_words(run) for run in runs[:MOST_SPECIAL]]


def _run_words(run: Sequence[DayRow]) -> tuple[str, str]:
    first, last = long_day(run[0].date), long_day(run[-1].date)
    days = first if first == last else _("%(first)s to %(last)s") % {"first": first, "last": last}
    return days[:1].upper() + days[1:], run[0].words


def _steps(service: Service, calls: bool, stale: bool, spots: Sequence[Spot]) -> list[Step]:
    """How to get help, as steps; where nobody wrote it down, the steps that are always right."""
    written = [Step(*step) for step in wording.steps(service.application_process)]
    first: list[Step] = []
    if calls and (stale or service.capacity == "full" or not written):
        why = ""
        if service.capacity == "full":
            why = _("They are full now. Ask about the waiting list.")
        elif stale:
            why = _("Nobody has checked this page for a while. Ask if all of it is still right.")
        first = [Step(_("Call first"), why, call=True)]
    if written:
        return first + written
    said = _(
        "You can say: “Hello, I am looking for help: %(name)s. What must I do, and what should I bring?”"
    )
    first.append(Step(_("Say what you need"), said % {"name": service.name}))
    where = next((spot for spot in spots if spot.address), None)
    if where is not None:
        first.append(Step(_("Go there"), ", ".join(part for part in (where.name, *where.address) if part)))
    return first


def _spots(stands: Sequence[ServiceAtLocation]) -> tuple[list[Spot], list[Point]]:
    """The places for reading, and a pin for each that may stand on a map."""
    pins: list[Point] = []
    spots: list[Spot] = []
    for at in stands:
        place, pin = at.location, ""
        if not place.confidential and place.latitude is not None and place.longitude is not None:
            pin = str(len(pins) + 1)
            pins.append(Point(place.latitude, place.longitude, pin))
        numbers = telephones([*at.phones, *place.phones])
        if place.confidential:
            spots.append(Spot("", [], True, [], numbers, ""))
            continue
        notes = unique([at.description, place.description, place.transportation])
        if place.centre_of:
            notes.append(
                _("Where it is on the map is approximate: the centre of %(place)s.")
                % {"place": place.centre_of}
            )
        spots.append(Spot(place.name or "", address_lines(place.addresses), False, notes, numbers, pin))
    return spots, pins


def _sketch(pins: Sequence[Point], towns: Sequence[Point]) -> Sketch | None:
    """A sketch map, where it would show more than a pin on a plain surface."""
    if not pins or (len(pins) == 1 and not towns):
        return None
    north, south = max(pin.latitude for pin in pins), min(pin.latitude for pin in pins)
    east, west = max(pin.longitude for pin in pins), min(pin.longitude for pin in pins)
    return sketch(((north + south) / 2, (east + west) / 2), pins, towns, height=240, least_miles=4)
