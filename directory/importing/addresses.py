"""Takes addresses of the United States apart that stand in one column, and checks ZIP codes."""

import re
from functools import lru_cache

import msgspec
import zipcodes

from directory.importing.records import Note

STATES = frozenset(
    (
        "AL", "AK", "AZ", "AR", "CA", "CO", "CT", "DE", "DC", "FL", "GA", "HI", "ID", "IL", "IN", "IA", "KS", "KY", "LA",
        "ME", "MD", "MA", "MI", "MN", "MS", "MO", "MT", "NE", "NV", "NH", "NJ", "NM", "NY", "NC", "ND", "OH", "OK", "OR",
        "PA", "RI", "SC", "SD", "TN", "TX", "UT", "VT", "VA", "WA", "WV", "WI", "WY", "PR", "VI", "GU", "AS", "MP",
    )
)  # fmt: skip

STATE_NAMES = {
    "alabama": "AL", "alaska": "AK", "arizona": "AZ", "arkansas": "AR", "california": "CA", "colorado": "CO",
    "connecticut": "CT", "delaware": "DE", "district of columbia": "DC", "florida": "FL", "georgia": "GA",
    "hawaii": "HI", "idaho": "ID", "illinois": "IL", "indiana": "IN", "iowa": "IA", "kansas": "KS",
    "kentucky": "KY", "louisiana": "LA", "maine": "ME", "maryland": "MD", "massachusetts": "MA",
    "michigan": "MI", "minnesota": "MN", "mississippi": "MS", "missouri": "MO", "montana": "MT",
    "nebraska": "NE", "nevada": "NV", "new hampshire": "NH", "new jersey": "NJ", "new mexico": "NM",
    "new york": "NY", "north carolina": "NC", "north dakota": "ND", "ohio": "OH", "oklahoma": "OK",
    "oregon": "OR", "pennsylvania": "PA", "rhode island": "RI", "south carolina": "SC", "south dakota": "SD",
    "tennessee": "TN", "texas": "TX", "utah": "UT", "vermont": "VT", "virginia": "VA", "washington": "WA",
    "west virginia": "WV", "wisconsin": "WI", "wyoming": "WY", "puerto rico": "PR",
}  # fmt: skip
"""The codes of states by their names in lower case."""

_LONGEST = 300
_TAIL = re.compile(
    r"(?P<rest>.+?)[,\s]+(?P<state>[A-Z]{2})\.?,?(?:\s+(?P<zip>\d{5})(?:-\d{4})?)?\s*(?:\([^)]*\))?\s*"
)
_ZIP = re.compile(r"(\d{5})(?:-?\d{4})?")


class Parts(msgspec.Struct):
    """The parts of an address, and what was done to get them; `not_a_zip` is what stood where the ZIP code should."""

    address_1: str
    city: str
    state_province: str
    postal_code: str
    not_a_zip: str = ""
    notes: list[Note] = []


def take_apart(street: str, city: str, state: str, zip_code: str) -> Parts:
    """Fill town, state and ZIP code from a street address that holds them all, or the town from the ZIP code."""
    parts = Parts(street, city, state.upper() if state.upper() in STATES else state, "", notes=[])
    _check_zip(parts, zip_code)
    tail = _TAIL.fullmatch(street) if len(street) <= _LONGEST else None
    if tail and tail["state"] in STATES and parts.state_province in ("", tail["state"]):
        parts.state_province = tail["state"]
        parts.postal_code = parts.postal_code or tail["zip"] or ""
        _take_city_off(parts, tail["rest"].rstrip(" ,"))
        parts.notes.append(Note("address: taken apart"))
    towns = _towns(parts.postal_code)
    if not parts.city and towns and parts.state_province in ("", towns[0]):
        parts.state_province, parts.city = towns[:2]
        parts.notes.append(Note("city: taken from the ZIP code"))
    return parts


def _check_zip(parts: Parts, text: str) -> None:
    if re.fullmatch(r"\d{3,4}", text) and _towns(text.zfill(5)):
        parts.postal_code = text.zfill(5)
        parts.notes.append(Note("postal_code: its leading zero was put back", text))
    elif text and parts.state_province in STATES and not _ZIP.fullmatch(text):
        parts.not_a_zip = text
        parts.notes.append(Note("postal_code: not a ZIP code, kept aside", text[:80]))
    else:
        parts.postal_code = text


def _take_city_off(parts: Parts, rest: str) -> None:
    """Split street and town: by the town that is known, by those of the ZIP code, or at the last comma."""
    parts.address_1 = rest
    for town in (parts.city, *_towns(parts.postal_code)[1:]):
        if town and rest.lower().endswith(town.lower()) and len(rest) > len(town):
            parts.address_1, parts.city = rest[: -len(town)].rstrip(" ,"), parts.city or town
            return
    street, comma, last = rest.rpartition(",")
    if comma and not parts.city and not any(character.isdigit() for character in last):
        parts.address_1, parts.city = street.strip(" ,"), last.strip()


@lru_cache(maxsize=4096)
def _towns(zip_code: str) -> tuple[str, ...]:
    """Return the state and the towns of a ZIP code, the main one first; nothing for one that does not exist."""
    if not _ZIP.fullmatch(zip_code):
        return ()
    found = zipcodes.matching(zip_code[:5])
    if not found:
        return ()
    return (found[0]["state"], found[0]["city"], *found[0].get("acceptable_cities", ()))
