"""Public holidays: which dates are some where a place is, and what becomes of its hours then.

A calendar is named by an ISO 3166 country, with a state where one is known: "US", "US-CA". What a listing says about
holidays is one of the words below. Where it says nothing, its hours on a national holiday are not known (most agencies
close, many pantries do not); a holiday of the state alone leaves them as they are, with a word of warning.
"""

from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from typing import Literal, NamedTuple

import holidays

from core.i18n import N_

#: What a listing may say: nothing, open as usual, closed on the six that nearly everybody keeps, on national ones, all.
#: Beside these words stands "listed FROM TO": between the two dates it tells its holidays one by one.
OnHolidays = Literal["", "open", "major", "national", "all"]
_LISTED = "listed"
#: So many holidays told one by one are a list, of which the others are missing on purpose.
_A_LIST = 3

CLOSED, UNSURE, WARNED = "closed", "unsure", "warned"

#: Names of `holidays` that people know by a shorter or another one.
_SHORTER = {
    "Thanksgiving Day": N_("Thanksgiving"),
    "Christmas Day": N_("Christmas"),
    "Washington's Birthday": N_("Presidents’ Day"),
    "Presidents' Day": N_("Presidents’ Day"),
    "Juneteenth National Independence Day": N_("Juneteenth"),
    "New Year's Day": N_("New Year’s Day"),
    "Martin Luther King Jr. Day": N_("Martin Luther King Jr. Day"),
    "Memorial Day": N_("Memorial Day"),
    "Independence Day": N_("Independence Day"),
    "Labor Day": N_("Labor Day"),
    "Columbus Day": N_("Columbus Day"),
    "Veterans Day": N_("Veterans Day"),
    "Day After Thanksgiving": N_("the day after Thanksgiving"),
    "Election Day": N_("Election Day"),
}
_MAJOR = {
    "New Year's Day",
    "Memorial Day",
    "Independence Day",
    "Labor Day",
    "Thanksgiving Day",
    "Christmas Day",
}
#: Days that a state's law names and on which nearly nothing closes.
_WORKED = {"Susan B. Anthony Day", "Diwali"}


class Holiday(NamedTuple):
    """A holiday: its name in English (a key of the message catalog), and who keeps it."""

    name: str
    national: bool
    major: bool


class Effect(NamedTuple):
    """What a holiday does to the hours of a place: CLOSED, UNSURE (nobody knows) or WARNED (as usual, but ask)."""

    state: str
    name: str


def effect_on(calendar: str, said: str, day: date) -> Effect | None:
    """Return what a date does to the usual hours of a place; None on ordinary days and where no calendar is known."""
    holiday = holiday_on(calendar, day) if calendar else None
    if holiday is None or said == "open":
        return None
    if said.startswith(_LISTED) and said[7:17] <= day.isoformat() <= said[18:]:
        return Effect(WARNED, holiday.name)
    closed = said == "all" or said == "national" and holiday.national or said == "major" and holiday.major
    state = CLOSED if closed else UNSURE if holiday.national else WARNED
    return Effect(state, holiday.name)


def listed(calendar: str, dates: Iterable[date]) -> str:
    """Return what a listing says of holidays that tells hours or closings for these dates; "" unless it lists them."""
    told = sorted({day for day in dates if (holiday := holiday_on(calendar, day)) and holiday.national})
    return f"{_LISTED} {told[0]} {told[-1]}" if len(told) >= _A_LIST else ""


def holiday_on(calendar: str, day: date) -> Holiday | None:
    """Return the public holiday of a calendar on a date."""
    return _of_year(calendar, day.year).get(day)


@lru_cache(maxsize=200)
def calendar_of(country: str, state: str = "") -> str:
    """Return the calendar of a country and state (ISO codes), of the country alone, or "" where none is known."""
    known = _supported()
    if country not in known:
        return ""
    return f"{country}-{state}" if state in known[country] else country


@lru_cache(maxsize=1)
def _supported() -> dict[str, list[str]]:
    return holidays.list_supported_countries(include_aliases=False)


@lru_cache(maxsize=400)
def _of_year(calendar: str, year: int) -> dict[date, Holiday]:
    country, _, state = calendar.partition("-")
    try:
        national = holidays.country_holidays(country, years=year)
        every = holidays.country_holidays(country, subdiv=state, years=year) if state else national
    except NotImplementedError:
        return {}
    found: dict[date, Holiday] = {}
    for day in sorted({*national, *every}):
        # Where a state has another name for the day, or does not keep it, the nation's counts all the same.
        name = (national.get(day) or every.get(day) or "").partition(";")[0].strip()
        plain = name.removesuffix(" (observed)")
        if day.year == year and name and plain not in _WORKED:
            major = plain in _MAJOR if country == "US" else day in national
            found[day] = Holiday(_SHORTER.get(plain, plain), day in national, major)
    return found
