"""How the sentences of a description are meant: what they offer, and what they only mention, deny or demand.

Kept apart from the needs themselves, because it holds for all of them: "must be homeless", "referrals to housing" and
"does not provide meals" name a need that the service does not meet.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from search.needs.phrases import Phrases

CUES_FILE = Path(__file__).with_name("cues.toml")
_LISTS = ("denied", "people", "aside", "past", "offered", "harmless")
_BEFORE = 4
"""How many words before a cue of `past` it speaks of."""

_NEGATIONS = frozenset({"not", "cannot", "except", "excluding", "neither", "without", "sin"})
_NOT_NEGATED_BY = frozenset({"only", "just", "limited", "enough", "have", "profit", "able"})


class Sentences(msgspec.Struct):
    """For each word of a text: the number of its sentence, and whether an offer can stand there."""

    number: list[int]
    idle: list[bool]
    """What stands here is not offered: denied, demanded, said of others."""
    people: list[bool]
    """What stands here says for whom something is."""
    told: list[bool]
    """What stands here was introduced as an offer."""


@cache
def kinds() -> Mapping[str, list[str]]:
    """Words that stand for each other in phrases, by the name of their kind."""
    found: dict[str, list[str]] = _tables()["kinds"]
    return found


def read_sentences(text: list[str], breaks: set[int]) -> Sentences:
    """How each of the `words` of a description is meant; `breaks` are those after a comma and the like."""
    count = len(text)
    number, at = [0] * count, 0
    for place, word in enumerate(text):
        number[place] = at
        at += word == "."
    result = Sentences(number, [False] * count, [False] * count, [False] * count)
    phrases, says = _cues()
    cues = [(says[match.phrase], match) for match in phrases.find(text)]
    harmless = [match for kind, match in cues if kind == "harmless"]
    resumes: frozenset[str] = _resumes()
    for kind, match in cues:
        if kind == "harmless" or any(one.start <= match.start < one.end for one in harmless):
            continue
        if kind == "past":
            for place in range(match.start - 1, max(match.start - 1 - _BEFORE, -1), -1):
                if text[place] == ".":
                    break
                result.idle[place] = True
            continue
        marks = {"offered": result.told, "people": result.people}.get(kind, result.idle)
        for place in range(match.end, count):
            if text[place] == "." or (kind == "denied" and text[place] in resumes):
                break
            if kind == "people" and place in breaks:
                break
            marks[place] = True
    return result


def negated(text: list[str], breaks: set[int], place: int) -> bool:
    """Whether a negation stands within three words before `place`, with no comma between ("do not offer rent help")."""
    for back in range(place - 1, max(place - 4, -1), -1):
        word = text[back]
        if word == "." or word in _NOT_NEGATED_BY or back + 1 in breaks:
            return False
        if word in _NEGATIONS or (word in {"no", "t"} and (back == place - 1 or word == "t")):
            return True
    return False


@cache
def _tables() -> dict[str, Any]:
    return tomllib.loads(CUES_FILE.read_text("utf-8"))


@cache
def _resumes() -> frozenset[str]:
    return frozenset(_tables()["resumes"])


@cache
def _cues() -> tuple[Phrases, list[str]]:
    phrases = [(kind, phrase) for kind in _LISTS for phrase in _tables()[kind]]
    return Phrases([phrase for _, phrase in phrases], kinds()), [kind for kind, _ in phrases]
