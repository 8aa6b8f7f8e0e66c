"""Whether a geocoder's answer is believed: it must agree with what the text itself says of ZIP code, town and state."""

from __future__ import annotations

import re
from collections.abc import Sequence
from math import isfinite

import msgspec

from directory.coordinates import in_united_states
from search.geo import distance_m
from search.places.gazetteer import Place, Precision, gazetteer
from search.places.geocoder import Ambiguous
from search.places.online import Answer
from search.places.tokens import named, state_code, state_token, zip_tokens

_ORDER: tuple[Precision, ...] = ("point", "address", "street", "zip", "town", "county")
_NEAR_ENOUGH = {"zip": 40_000.0, "town": 60_000.0, "county": 150_000.0}
"""Metres from the centre of what the text names at which an answer still can be in it."""

_NEXT_TOWN = 12_000.0
"""The same where the answer lies in a town of another name: post offices name suburbs after the city they adjoin."""

_SAME = 30_000.0
"""Answers closer together than these metres mean one place."""

_ADDRESS = re.compile(r"^\s*\d{1,6}[a-z]?(?:-\d{1,6})?\s+(?=.*[a-z]{2}).+\s\S", re.IGNORECASE)
_STREET = re.compile(
    r"\w\s+(?:street|st|avenue|ave|road|rd|boulevard|blvd|drive|dr|lane|ln|highway|hwy|parkway|pkwy|court|ct|way)\.?\s*$|"
    r"\b\d+(?:st|nd|rd|th)\s+(?:and|&)\s|\s(?:and|&)\s+\d+(?:st|nd|rd|th)\b",
    re.IGNORECASE,
)
_BOX = re.compile(r"\bp\.?\s?o\.?\s?box\b", re.IGNORECASE)


def looks_like_address(text: str) -> bool:
    """Whether a text begins like a street address: a house number and a name, or the name of a street before a town.

    "94110 San Francisco" begins with a ZIP code, "PO Box 7" is at no street, and "Federal Way, WA" is a town.
    """
    street, comma, rest = text.partition(",")
    if comma and _STREET.search(street) and not state_code(re.sub(r"[\d-]+\s*$", "", rest)):
        return True
    first = text.split(maxsplit=1)[0] if text.split() else ""
    if len(first) == 5 and first.isdigit() and gazetteer().by_zip(first) and text.count(",") == 0:
        return False
    return bool(_ADDRESS.match(text)) and not _BOX.search(text)


def believed(text: str, answers: Sequence[Answer], offline: Place | None) -> Place | Ambiguous | None:
    """The place that a geocoder's answers stand for; several to choose from; None when none can be believed.

    `offline` is the ZIP code or town that the text names, if any: an answer elsewhere, in another state, or no
    better than it, is refused. Without it, answers far apart from each other are asked back.
    """
    places: list[Place] = []
    for answer in answers:
        place = _place(answer)
        if place is None or (offline is not None and not _agrees(place, answer, offline)):
            continue
        if all(distance_m(place.lat, place.lon, other.lat, other.lon) > _SAME for other in places):
            places.append(place)
        if offline is not None:
            break
    if not places:
        return None
    return places[0] if len(places) == 1 else Ambiguous(text, tuple(places))


def _place(answer: Answer) -> Place | None:
    if answer.precision is None or answer.country not in {"us", ""}:
        return None
    # 0, 0 lies in the Gulf of Guinea.
    if not (isfinite(answer.lat) and isfinite(answer.lon) and in_united_states(answer.lat, answer.lon)):
        return None
    near = gazetteer().near(answer.lat, answer.lon)
    code = answer.postal_code or near.label
    centre = gazetteer().by_zip(code)
    if (
        centre is not None
        and distance_m(answer.lat, answer.lon, centre.lat, centre.lon) > _NEAR_ENOUGH["zip"]
    ):
        return None
    state = answer.state or gazetteer().state_of_zip(near.label)
    names = [
        name
        for name in (answer.town, answer.county, answer.name if answer.precision == "town" else "")
        if name
    ]
    words = [*(named(name, state) for name in names), *map(named, names), *zip_tokens(code)]
    words += [state_token(state)] if state else []
    words += centre.area_words if centre is not None else ()
    return Place(
        answer.lat,
        answer.lon,
        _label(answer, state, code),
        answer.precision,
        near.time_zone,
        tuple(dict.fromkeys(words)),
    )


def _label(answer: Answer, state: str, code: str) -> str:
    """What the place is called where others may read it: never a street or house."""
    if answer.precision == "zip":
        return code
    if answer.precision == "county":
        return ", ".join(filter(None, [answer.county or answer.name, state]))
    own = answer.name if answer.precision == "town" and answer.name != answer.town else ""
    town = ", ".join(filter(None, [own, answer.town or gazetteer().town_of(code), state]))
    return town if answer.precision == "town" else f"{town} {code}".strip()


def _agrees(place: Place, answer: Answer, offline: Place) -> bool:
    if _ORDER.index(place.precision) >= _ORDER.index(offline.precision):
        return False
    if answer.state and offline.area_words and state_token(answer.state) not in offline.area_words:
        return False
    if offline.precision == "zip" and answer.postal_code and answer.postal_code != offline.label:
        return False
    away = distance_m(place.lat, place.lon, offline.lat, offline.lon)
    if offline.precision == "town" and answer.town and named(answer.town) not in offline.area_words:
        return away <= _NEXT_TOWN
    return away <= _NEAR_ENOUGH.get(offline.precision, 0.0)


def as_approximate(text: str, place: Place | Ambiguous | None) -> Place | Ambiguous | None:
    """The same place, marked where an address was asked for and only the centre of something is known."""
    if isinstance(place, Place) and place.precision in {"zip", "town", "county"} and looks_like_address(text):
        return msgspec.structs.replace(place, approximate=True)
    return place
