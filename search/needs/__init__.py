"""Which needs a listing speaks to, by word rules over its own words, with the words kept as evidence.

Imported listings come with foreign taxonomies or none; the rules in `rules.toml` read name, taxonomy terms and
description, so that an editor can see why a listing was tagged, and correct it (`search.models.ServiceNeed`).
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import msgspec

from directory.needs import NEEDS
from search.needs.phrases import Match, Phrases, words

RULES_FILE = Path(__file__).with_name("rules.toml")
MAX_EVIDENCE = 4
"""How many pieces of evidence are kept for one need."""

_NEGATIONS = frozenset({"not", "cannot", "except", "excluding", "neither"})
_NOT_NEGATED_BY = frozenset({"only", "just", "limited", "enough", "have", "profit", "able"})


class Evidence(msgspec.Struct, frozen=True):
    """Why a need was given: the words that were matched and the field that they stand in."""

    field: str
    words: str


Tags = dict[str, list[Evidence]]


class _Rule(msgspec.Struct, frozen=True):
    need: str
    kind: str


@cache
def _rules() -> tuple[Phrases, list[_Rule]]:
    """All phrases of all needs in one matcher, and what each of them says."""
    tables = tomllib.loads(RULES_FILE.read_text("utf-8"))
    if unknown := tables.keys() - NEEDS.keys():
        raise ValueError(f"{RULES_FILE.name} names needs that are not in the catalog: {sorted(unknown)}")
    phrases: list[str] = []
    rules: list[_Rule] = []
    for need, kinds in tables.items():
        for kind, texts in kinds.items():
            if kind not in {"says", "names", "unless"}:
                raise ValueError(f"{RULES_FILE.name}: {need} has an unknown list {kind!r}")
            phrases += texts
            rules += [_Rule(need, kind)] * len(texts)
    return Phrases(phrases), rules


def tag(name: str, description: str = "", terms: Iterable[str] = (), organization: str = "") -> Tags:
    """Need codes of a service with their evidence, read from its own words.

    `terms` are taxonomy terms, categories and keywords. A name is often that of the host ("Oak Court Apartments"
    with a pantry inside), so bare words in it count only where no full phrase is found. The organization's name
    is asked only when the service's own words say nothing: "Alder Food Bank" tells what "Main Street site" does.
    """
    firm: Tags = {}
    loose: Tags = {}
    _collect(name, "name", firm, loose)
    for term in terms:
        _collect(term, "term", firm, firm)
    _collect(description, "description", firm)
    found = firm or loose
    if not found:
        _collect(organization, "organization", found, found)
    return {code: found[code] for code in NEEDS if code in found}


def said_as(typed: str, limit: int = 3) -> list[tuple[str, str]]:
    """Needs that have a phrase beginning with what was typed, each with the shortest such phrase.

    This is how "rent" or "bus pass" leads to a need whose plain name has neither word.
    """
    prefix = " ".join(words(typed))
    if len(prefix) < 2:
        return []
    best: dict[str, str] = {}
    for phrase, need in _spoken():
        if phrase.startswith(prefix) and len(phrase) < len(best.get(need, phrase + " ")):
            best[need] = phrase
    return sorted(best.items(), key=lambda pair: (len(pair[1]), pair[1]))[:limit]


@cache
def _spoken() -> list[tuple[str, str]]:
    """Phrases that can be read out, with their need."""
    tables = tomllib.loads(RULES_FILE.read_text("utf-8"))
    return [
        (phrase.replace("*", ""), need)
        for need, kinds in tables.items()
        for kind in ("names", "says")
        for phrase in kinds.get(kind, ())
        if ".." not in phrase
    ]


def _collect(text: str | None, field: str, says: Tags, names: Tags | None = None) -> None:
    """Add what one field says: full phrases to `says`, bare names to `names` unless that is None."""
    if not text:
        return
    phrases, rules = _rules()
    spoken = words(text)
    hits: list[tuple[_Rule, Match]] = []
    barred: dict[str, list[Match]] = {}
    for match in phrases.find(spoken):
        rule = rules[match.phrase]
        if rule.kind == "unless":
            barred.setdefault(rule.need, []).append(match)
        else:
            hits.append((rule, match))
    for rule, match in hits:
        found = says if rule.kind == "says" else names
        if found is None or _negated(spoken, match.start):
            continue
        if any(bar.start <= match.start and match.end <= bar.end for bar in barred.get(rule.need, ())):
            continue
        evidence = Evidence(field, " ".join(spoken[match.start : match.end]))
        kept = found.setdefault(rule.need, [])
        if evidence not in kept and len(kept) < MAX_EVIDENCE:
            kept.append(evidence)


def _negated(spoken: list[str], place: int) -> bool:
    """Whether a negation stands within three words before `place` ("we do not offer rent assistance")."""
    for back in range(place - 1, max(place - 4, -1), -1):
        word = spoken[back]
        if word == "." or word in _NOT_NEGATED_BY:
            return False
        if word in _NEGATIONS or (word in {"no", "t"} and (back == place - 1 or word == "t")):
            return True
    return False
