"""Which areas a service serves, as tokens, from what its listing states, and whether a place lies in them.

Three answers: a place is inside, outside, or nobody can tell. Outside is said only when all that a listing states was
understood, none of it is open-ended ("and surrounding areas") or a part ("northern Alder County"), and the place is
known by the same kind of thing: a town tells nothing to an area of ZIP codes that its own codes are not known for.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from typing import Any

import msgspec

from directory.shapes import is_shape, shape_of
from search.places.gazetteer import Place, gazetteer
from search.places.names import Reading, read_names
from search.places.prose import said_areas
from search.places.tokens import SHAPE, is_county, is_state, is_town, is_zip, shape_token, state_token

MOST_TOKENS = 2_000
"""A service that names more than so many ZIP codes and towns keeps the first."""

_EVERYWHERE = re.compile(
    r"(?:nation.?wide|national(?:ly)?|(?:the )?united states(?: of america)?|u\.?s\.?a?\.?|(?:the )?(?:whole |entire )?"
    r"country|world.?wide|international|anywhere(?: in the (?:us|usa|united states|country))?|everywhere|"
    r"all (?:50|fifty) states|no (?:geographic(?:al)? )?(?:restrictions?|limits?)|unrestricted|any(?:one)? anywhere|"
    r"(?:a nivel )?nacional|todo el pa[ií]s|estados unidos)[.!]?",
    re.IGNORECASE,
)
_OPEN_ENDED = re.compile(
    r"\b(?:surrounding|nearby|neighbou?ring|adjacent|adjoining|elsewhere|beyond|not limited|primar(?:y|ily)|mainly|"
    r"mostly|priority|preference|including|includes|etc|vicinity|others?|alrededores|cercan[oa]s)\b",
    re.IGNORECASE,
)


def is_everywhere(text: str) -> bool:
    """Whether the name of an area says that there is none: "Nationwide"."""
    return _EVERYWHERE.fullmatch(text.strip()) is not None


class Areas(msgspec.Struct, frozen=True):
    """Where a service is for: the tokens for `Document.areas`, and what else is known of them."""

    tokens: tuple[str, ...] = ()
    everywhere: bool = False
    bounded: bool = False
    """Whether the tokens are all that is served: what was stated was understood to the end."""
    stated: int = 0
    """How many areas the listing states."""
    understood: int = 0
    """How many of them were understood to the end."""


def read_areas(stated: Iterable[Any], states: Collection[str] = ()) -> Areas:
    """Read rows of `service_area` (name, description, extent, extent_type).

    `states` are the two letters of the states that the listing's own addresses lie in: a county or town without a
    state is taken to be there.
    """
    tokens: list[str] = []
    number = understood = 0
    for row in stated:
        number += 1
        if any(text and _EVERYWHERE.fullmatch(text.strip()) for text in (row.name, row.extent)):
            return Areas(everywhere=True, stated=number, understood=number)
        readings = [_read(text, row.extent_type, states) for text in (row.name, row.extent) if text]
        if not any(reading.tokens for reading in readings) and row.description:
            readings.append(read_names(row.description, states))
        tokens += [token for reading in readings for token in reading.tokens]
        told = " ".join(text for text in (row.name, row.description) if text)
        understood += any(reading.complete for reading in readings) and not _OPEN_ENDED.search(told)
    return Areas(
        tuple(dict.fromkeys(tokens))[:MOST_TOKENS],
        bounded=0 < number == understood,
        stated=number,
        understood=understood,
    )


def areas_of(stated: Iterable[Any], name: str, description: str, states: Collection[str] = ()) -> Areas:
    """The areas that a listing states, else those that its name and sentences tell."""
    areas = read_areas(stated, states)
    if areas.everywhere or areas.tokens:
        return areas
    said = said_areas(name, description, states)
    return Areas(said.tokens, bounded=said.only) if said.tokens else areas


def _read(text: str, extent_type: str | None, states: Collection[str]) -> Reading:
    if is_shape(text, extent_type):
        found = shape_of(text.strip(), extent_type)
        return Reading((shape_token(text),), True) if found is not None else Reading()
    return read_names(text, states)


def whole_states(states: Iterable[str]) -> tuple[str, ...]:
    """The tokens of states given by their two letters."""
    return tuple(dict.fromkeys(state_token(state) for state in states))


def serves(areas: Collection[str], everywhere: bool, bounded: bool, place: Place) -> bool | None:
    """Whether a service serves a place: yes, no, or None when nobody can tell.

    Takes `areas`, `serves_everywhere` and `bounded` of a `Document`. A known no is a mismatch; None never is.
    """
    here = set(place.area_words)
    if everywhere or not here.isdisjoint(areas):
        return True
    if not bounded or not areas or not here or not set(place.maybe_words).isdisjoint(areas):
        return None
    return False if all(_comparable(token, place, here) for token in areas) else None


def _comparable(token: str, place: Place, here: set[str]) -> bool:
    """Whether a place would have to share this token if it lay in it."""
    if token.startswith(SHAPE):
        return True
    if is_zip(token):
        return place.precision != "county" and any(is_zip(word) for word in here)
    if is_county(token):
        return any(is_county(word) and "," in word for word in here)
    if is_state(token):
        return any(is_state(word) for word in here)
    if not is_town(token) or place.precision == "county":
        return False
    name, _, state = token.rpartition(", ")
    known = state.upper() in gazetteer().town_states(name)
    return known and any(is_town(word) for word in here)
