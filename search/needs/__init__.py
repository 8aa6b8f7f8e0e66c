"""Which needs a listing speaks to: by the taxonomies it is classified with, and by its own words, with the evidence kept.

Imported listings come with foreign taxonomies or none. Codes of known taxonomies are read through tables of ours
(`search.needs.taxonomies`); word rules (`search.needs.rules`) read name, terms and description, and fill what codes do
not say. An editor sees why a listing was tagged, and corrects it (`search.models.ServiceNeed`).
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

import msgspec

from directory.needs import NEEDS
from search.needs.phrases import words
from search.needs.rules import ENOUGH, FIRM, Found, collect, tables
from search.needs.taxonomies import Term, read_term

__all__ = ["Evidence", "Tags", "Term", "said_as", "tag"]

MAX_EVIDENCE = 4
"""How many pieces of evidence are kept for one need."""


class Evidence(msgspec.Struct, frozen=True, omit_defaults=True):
    """Why a need was given: the words that were matched and the field that they stand in.

    For the field "taxonomy" `words` is the name of the term, `code` its code and `taxonomy` what the code is from.
    """

    field: str
    words: str
    taxonomy: str = ""
    code: str = ""


Tags = dict[str, list[Evidence]]


def tag(name: str, description: str = "", terms: Iterable[str | Term] = (), organization: str = "") -> Tags:
    """Need codes of a service with their evidence, read from its taxonomy terms and its own words.

    `terms` are taxonomy terms, categories and keywords. A name is often that of the host ("Oak Court Apartments"
    with a pantry inside), so bare words in it count only where nothing firmer is found. The organization's name
    is asked only when the service says nothing: "Alder Food Bank" tells what "Main Street site" does.
    """
    found: dict[str, Found] = {}
    coded: Tags = {}
    for given_term in terms:
        term = Term(given_term) if isinstance(given_term, str) else given_term
        known = read_term(term)
        if known is None:
            collect(term.name, "term", found)
            continue
        for need in known.needs:
            coded.setdefault(need, []).append(Evidence("taxonomy", term.name, known.taxonomy, term.code))
    collect(name, "name", found)
    collect(description, "description", found)
    given = _given(found, FIRM if coded else ENOUGH)
    if not given and not coded:
        found = {}
        collect(organization, "name", found)
        given = _given(found, ENOUGH)
        given = {need: [("organization", said) for _, said in told] for need, told in given.items()}
    tags: Tags = {}
    for need in NEEDS:
        if need in coded or need in given:
            told = [*coded.get(need, ()), *(Evidence(*one) for one in given.get(need, ()))]
            tags[need] = told[:MAX_EVIDENCE]
    return tags


def _given(found: dict[str, Found], enough: int) -> dict[str, list[tuple[str, str]]]:
    """The needs that reach `enough` points; clues and what may only be the host's name help when nothing else does."""
    firm = {need: one.evidence for need, one in found.items() if one.is_firm(enough)}
    return firm or {need: one.evidence for need, one in found.items() if one.all_points >= enough}


_TELLING = 4
"""So many letters must be typed before the beginning of a word stands for a need."""


def said_as(typed: str, limit: int = 3) -> list[tuple[str, str]]:
    """Needs that have a phrase beginning with what was typed, each with the shortest such phrase.

    This is how "rent" or "bus pass" leads to a need whose plain name has neither word. Where the rules know but the
    beginning of a word ("foreclos*"), there is nothing to read out and the phrase is empty.
    """
    prefix = " ".join(words(typed))
    if len(prefix) < 2:
        return []
    best: dict[str, str] = {}
    for phrase, need in _spoken():
        if phrase in _begun() and len(prefix) < _TELLING:
            continue
        if phrase.startswith(prefix) and len(phrase) < len(best.get(need, phrase + " ")):
            best[need] = phrase
    nearest = sorted(best.items(), key=lambda pair: (len(pair[1]), pair[1]))[:limit]
    return [(need, "" if phrase in _begun() else phrase) for need, phrase in nearest]


@cache
def _begun() -> frozenset[str]:
    """Phrases of `_spoken` that stop in the middle of a word."""
    return frozenset(
        phrase.replace("*", "")
        for kinds in tables().values()
        for kind in ("topics", "names", "says", "offers")
        for phrase in kinds.get(kind, ())
        if "*" in phrase
    )


@cache
def _spoken() -> list[tuple[str, str]]:
    """Phrases that can be read out, with their need."""
    return [
        (phrase.replace("*", ""), need)
        for need, kinds in tables().items()
        for kind in ("topics", "names", "says", "offers")
        for phrase in kinds.get(kind, ())
        if ".." not in phrase and "<" not in phrase
    ]
