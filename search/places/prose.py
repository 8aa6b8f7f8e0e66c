"""Areas served that a listing tells in its sentences: "Serves residents of Pascagoula only", "in Morgan County".

Only what is understood to the last word counts: "serves hot meals" names no place, and is nothing.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

import msgspec

from search.places.names import read_names

_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z])|\n\s*\n|\s*[|•]\s*")
_SAID = re.compile(
    r"(?P<before>\bonly\s+)?(?:\bserv(?:es|ing)\b|"
    r"(?:\bfor|\bto|\bserves?|^|[,;:]\s*|\bonly\s+)\s*(?:eligible\s+)?residents\s+(?:of|in)\b)"
    r"(?P<area>.+)",
    re.IGNORECASE | re.DOTALL,
)
_LEAD = re.compile(
    r"^\s*(?:(?P<only>only)\s+|exclusively\s+|all\s+(?:of\s+)?|the\s+|(?:eligible\s+)?residents?\s+(?:only\s+)?(?:of|in)\s+|"
    r"(?:people|families|households|clients|those)\s+(?:living\s+)?in\s+|(?:in\s+)?(?:these|the following)\s+)+",
    re.IGNORECASE,
)
_END = re.compile(
    r"\b(?:only|residents|who|whose|with|must|but|as well|please|once|call|by appointment|requires?|"
    r"and (?=must|will|may|is))\b|[.;!(]|\s[-–]\s|,\s*(?=(?:once|id|must|call|please|no|proof|bring|walk)\b)",
    re.IGNORECASE,
)
_IN_NAME = re.compile(r"^.*\b(?:in|for|of|serving)\s+(?P<area>[A-Z].{2,120}\bCount(?:y|ies))\s*$")
_MOST = 5_000


class Said(msgspec.Struct, frozen=True):
    """The tokens of areas told in sentences, and whether all of them are told to be the only ones."""

    tokens: tuple[str, ...] = ()
    only: bool = False


def said_areas(name: str, description: str, states: Collection[str]) -> Said:
    """The areas that the name and the sentences of a service tell; `states` as in `read_names`."""
    tokens: list[str] = []
    limits: list[bool] = []
    for area, only in _told(name, description[:_MOST]):
        reading = read_names(area, states)
        if reading.complete:
            tokens += reading.tokens
            limits.append(only)
    return Said(tuple(dict.fromkeys(tokens)), bool(limits) and all(limits))


def _told(name: str, description: str) -> Iterator[tuple[str, bool]]:
    if match := _IN_NAME.search(name):
        yield match["area"], False
    if "serv" not in description.lower() and "resident" not in description.lower():
        return
    for sentence in _SENTENCE.split(description):
        match = _SAID.search(sentence)
        if match is None:
            continue
        lead = _LEAD.match(match["area"])
        rest = match["area"][lead.end() :] if lead else match["area"]
        end = _END.search(rest)
        area = (rest[: end.start()] if end else rest).strip(" ,:\n")
        after = end[0].strip().lower() if end else ""
        follows = rest[end.start() :].lower() if end else ""
        only = bool(
            match["before"]
            or (lead and lead["only"])
            or after == "only"
            or follows.startswith("residents only")
        )
        if 2 < len(area) <= 200 and (
            area[0].isupper() or area[0].isdigit() or area.lower().startswith("zip")
        ):
            yield area, only
