"""Ways to get a service without going to it, read from its own words: by telephone, online, or brought to the home."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from functools import lru_cache

from search.text import fold

PHONE, ONLINE, HOME = "phone", "online", "home"

_PHONE = re.compile(
    r"\b(?:hot.?line|help.?line|warm.?line|crisis line|talk line|nurse line|phone line|text line|"
    r"(?:by|over the) (?:tele)?phone|(?:tele)?phone (?:counseling|visits?|support)|tele(?:health|medicine)|"
    r"por telefono|linea (?:de (?:ayuda|crisis)|directa))\b"
)
_ONLINE = re.compile(
    r"\b(?:on.?line (?:classes|counseling|chat|help|support|visits?|only)|virtual(?:ly)?|video visits?|by video|"
    r"web.?based|tele(?:health|medicine)|por video)\b"
)
_HOME = re.compile(
    r"\b(?:deliver(?:y|s|ed|ies|ing)|home.?(?:visits?|visiting|delivered|bound)|in (?:your|their) (?:own )?homes?|"
    r"to (?:your|the|their) (?:own )?(?:homes?|doors?)|meals on wheels|we (?:come|drive) to (?:you|your|people)|"
    r"(?:brought|carried|driven) (?:in)?to (?:you|your|people|the)|stuck at home|house.?bound|drivers? looks? in|"
    r"cannot (?:leave home|get out)|volunteers? (?:drives?|brings?)|comes? to (?:you|people)|door.to.door|"
    r"curb.to.curb|picks? (?:you|people|riders) up|para.?transit|dial.a.(?:ride|bus)|we knock|"
    r"mobile (?:clinic|crisis|unit|van|pantry)|a domicilio|en su casa)\b"
)
_RIDES = "transportation-insecurity"


def read_reach(
    name: str, description: str, needs: Collection[str] = (), kinds: Iterable[str] = ()
) -> tuple[str, ...]:
    """Codes of the ways to get it without going there.

    `kinds` are the types of its locations ("virtual" is online); a ride comes to who needs it.
    """
    found = set(_read(name, description))
    if "virtual" in kinds:
        found.add(ONLINE)
    if _RIDES in needs and len(set(needs)) <= 2:
        found.add(HOME)
    return tuple(way for way in (PHONE, ONLINE, HOME) if way in found)


@lru_cache(maxsize=2_000)
def _read(name: str, description: str) -> frozenset[str]:
    text = fold(f"{name} . {description}")
    ways = ((PHONE, _PHONE), (ONLINE, _ONLINE), (HOME, _HOME))
    return frozenset(way for way, pattern in ways if pattern.search(text))
