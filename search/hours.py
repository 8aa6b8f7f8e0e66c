"""Opening hours asked many times over: services share few patterns, so each pattern is worked out once."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from functools import lru_cache
from typing import Any, NamedTuple
from zoneinfo import available_timezones

from directory.opening import Opening, OpenState
from directory.opening.calendars import calendar_of
from directory.opening.dayrules import Timetable
from directory.spans import DAY
from search.places.gazetteer import gazetteer
from search.places.states import STATE_CODES, STATES
from search.rows import Terms

_AT_HOME = ("", "US", "USA", "UNITED STATES", "UNITED STATES OF AMERICA")
#: Zones of which the country is known without asking.
_AMERICAN = {
    "America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles", "America/Phoenix",
    "America/Anchorage", "America/Boise", "America/Detroit", "Pacific/Honolulu",
}  # fmt: skip


class Clocks(NamedTuple):
    """By whose clock and by whose holidays a place lives; "" where that is not known."""

    zone: str
    calendar: str


_NOWHERE = Clocks("", "")


def clocks(
    schedules: Iterable[Any], place: Any = None, *, code: str = "", state: str = "", country: str = ""
) -> Clocks:
    """The time zone that hours are told in (their own, else that of the ZIP code, else of the point), and the holidays.

    `place` is anything with `latitude` and `longitude`, `state` a name or code; blank ones do not matter.
    """
    zone = next((one.timezone for one in schedules if one.timezone and one.timezone in _zones()), "")
    # ZIP codes and points are known of the United States alone.
    found = _of_code(code[:5]) if country.strip().upper() in _AT_HOME else _NOWHERE
    if not found.zone and country.strip().upper() in _AT_HOME and _is_mapped(place):
        found = _of_point(place.latitude, place.longitude)
    if not found.zone:
        found = Clocks("", _calendar(state, country, zone))
    return Clocks(zone or found.zone, found.calendar)


def numbers(known: Clocks, terms: tuple[Terms, ...], today: date) -> Timetable:
    """Hours as engines hold them. In no known time zone only what never closes is known to be open."""
    table = _numbers(known, terms, today)
    always = len(table.weekly) == 7 and all(end - start == DAY for start, end in table.weekly)
    return table if known.zone or always and not table.rules else Timetable()


def state(known: Clocks, terms: tuple[Terms, ...], at: datetime) -> OpenState:
    """Whether it is open at an aware moment, and when that changes; not known in no known time zone."""
    if not terms:
        return OpenState(None)
    found = opening(known, terms).state(at)
    return found if known.zone or found.open and found.until is None else OpenState(None)


def until(known: Clocks, terms: tuple[Terms, ...], at: datetime) -> OpenState:
    """As `state`, but of what is closed nothing more: to find out when it opens takes four times as long."""
    if terms and known.zone and not (is_open := opening(known, terms).is_open(at)):
        return OpenState(is_open)
    return state(known, terms, at)


@lru_cache(maxsize=4_000)
def opening(known: Clocks, terms: tuple[Terms, ...]) -> Opening:
    """The opening of these terms by these clocks; those who share both share it."""
    return Opening(terms, known.zone or "UTC", known.calendar)


@lru_cache(maxsize=10_000)
def _numbers(known: Clocks, terms: tuple[Terms, ...], today: date) -> Timetable:
    return Opening(terms, known.zone or "UTC", known.calendar).timetable(today)


def _is_mapped(place: Any) -> bool:
    return place is not None and place.latitude is not None and place.longitude is not None


@lru_cache(maxsize=1)
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


@lru_cache(maxsize=50_000)
def _of_code(code: str) -> Clocks:
    if not (len(code) == 5 and code.isascii() and code.isdigit()):
        return _NOWHERE
    known = gazetteer().by_zip(code)
    return Clocks(known.time_zone, _calendar(gazetteer().state_of_zip(code), "US")) if known else _NOWHERE


@lru_cache(maxsize=50_000)
def _of_point(latitude: float, longitude: float) -> Clocks:
    zone, state = gazetteer().zone_and_state(latitude, longitude)
    return Clocks(zone, _calendar(state, "US"))


def _calendar(state: str, country: str, zone: str = "") -> str:
    """The holidays of a state, of its country where it is not known, of none where the country is not known either."""
    short = state.strip().upper()
    short = short if short in STATES else STATE_CODES.get(state.strip().lower(), "")
    asked = country.strip().upper()
    code = "US" if asked in _AT_HOME else asked
    if not asked and not short and zone not in _AMERICAN:
        return ""
    return calendar_of(code, short)
