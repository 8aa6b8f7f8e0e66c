"""Word rules: which phrases speak of which need, and how much each says where it stands.

A need is given when what was found in its favour reaches `ENOUGH`. Points by kind of phrase (`rules.toml`) and place:

| kind    | name | term | first sentence | further down |
|---------|------|------|----------------|--------------|
| says    | 3    | 3    | 3              | 2            |
| offers  | 3    | 3    | 3              | 1            |
| topics  | 3    | 3    | 1              | 0            |
| names   | 2    | 3    | 1              | 0            |
| clues   | 1    | 1    | 1              | 0            |
| setting | one for all of them together, beside a clue                                     |

A topic or name that is worth one point is a clue too, and the same word counts as a clue once, wherever it stands.

A description of a few words is a list of what there is, as in a spreadsheet, and is read like a term. What is
introduced as an offer ("other services: ...") counts as in the first sentence; what is denied, demanded or said of others
(`search.needs.sentences`) counts nowhere, and for whom something is counts as setting at most. Beside a recognised
taxonomy code words need `FIRM` points: whoever coded a listing would have coded what is only mentioned further down.
"""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

import msgspec

from directory.needs import NEEDS
from search.needs.phrases import Match, Phrases, words_and_breaks
from search.needs.sentences import kinds, negated, read_sentences

RULES_FILE = Path(__file__).with_name("rules.toml")
ENOUGH, FIRM = 2, 3
SHORT = 8
"""A description of at most so many words is a list of what there is."""

_POINTS = {
    "says": {"name": 3, "term": 3, "first": 3, "later": 2},
    "offers": {"name": 3, "term": 3, "first": 3, "later": 1},
    "topics": {"name": 3, "term": 3, "first": 1, "later": 0},
    "names": {"name": 2, "term": 3, "first": 1, "later": 0},
    "clues": {"name": 1, "term": 1, "first": 1, "later": 0},
    "setting": {"name": 1, "term": 1, "first": 1, "later": 0},
}
_KINDS = {*_POINTS, "unless"}
_RANK = {kind: place for place, kind in enumerate(["unless", *_POINTS])}


class Rule(msgspec.Struct, frozen=True):
    """What one phrase says: its need and its kind."""

    need: str
    kind: str


class Found(msgspec.Struct):
    """What the words of a listing say of one need: points, and the words by the field they stand in."""

    points: int = 0
    host: int = 0
    """Points of those that may be the name of the host only."""
    clues: set[str] = set()
    """Different words that are worth one point each."""
    setting: int = 0
    """1 where something was found that fits, and says nothing alone."""
    evidence: list[tuple[str, str]] = []

    def is_firm(self, enough: int) -> bool:
        """Whether there is enough in favour of the need without the host's name and without a mere pair of clues."""
        return self.points >= enough or (len(self.clues) > 1 and len(self.clues) + self.setting >= FIRM)

    @property
    def all_points(self) -> int:
        """Points with clues and with what may be the host's name."""
        return self.points + self.host + (len(self.clues) + self.setting if self.clues else 0)


@cache
def rules() -> tuple[Phrases, list[Rule]]:
    """All phrases of all needs in one matcher, and what each of them says. Raises `ValueError` for a wrong file."""
    phrases: list[str] = []
    said: list[Rule] = []
    for need, lists in tables().items():
        for kind, texts in lists.items():
            phrases += texts
            said += [Rule(need, kind)] * len(texts)
    return Phrases(phrases, kinds()), said


@cache
def tables() -> dict[str, dict[str, list[str]]]:
    """The rules as they are written: need -> kind -> phrases. Raises `ValueError` for what is not in the catalog."""
    read: dict[str, dict[str, list[str]]] = tomllib.loads(RULES_FILE.read_text("utf-8"))
    if unknown := read.keys() - NEEDS.keys():
        raise ValueError(f"{RULES_FILE.name} names needs that are not in the catalog: {sorted(unknown)}")
    for need, lists in read.items():
        if unknown := lists.keys() - _KINDS:
            raise ValueError(f"{RULES_FILE.name}: {need} has unknown lists {sorted(unknown)}")
    return read


def collect(text: str | None, field: str, found: dict[str, Found]) -> None:
    """Add what one field ("name", "term", "description") says to what was found."""
    if not text:
        return
    spoken, breaks = words_and_breaks(text)
    hits = _hits(spoken)
    if not hits:
        return
    in_text = field == "description"
    short = in_text and sum(word != "." for word in spoken) <= SHORT
    told = read_sentences(spoken, breaks) if in_text or len(spoken) > SHORT else None
    for rule, match in hits:
        if negated(spoken, breaks, match.start):
            continue
        place, kind = "term" if short else field, rule.kind
        if told is not None:
            if told.idle[match.start] or told.idle[match.end - 1]:
                continue
            if told.people[match.start]:
                kind = "setting"
            if in_text and not short:
                place = "first" if told.number[match.start] == 0 or told.told[match.start] else "later"
        if points := _POINTS[kind][place]:
            one = found.setdefault(rule.need, Found())
            _add(one, kind, place, points, (field, " ".join(spoken[match.start : match.end])))


def _add(one: Found, kind: str, place: str, points: int, evidence: tuple[str, str]) -> None:
    """Count one phrase; the same words in another field count again, in the same field they do not."""
    if evidence in one.evidence:
        return
    one.evidence.append(evidence)
    if kind == "setting":
        one.setting = 1
    elif kind == "names" and place == "name":
        one.host += points
    elif kind == "clues" or (kind in {"topics", "names"} and points == 1):
        one.clues.add(evidence[1].rstrip("s"))
    else:
        one.points += points


def _hits(spoken: list[str]) -> list[tuple[Rule, Match]]:
    """The phrases found: none that an `unless` of the same need covers, and none inside a longer one of that need."""
    phrases, said = rules()
    by_need: dict[str, list[tuple[Rule, Match]]] = {}
    for match in phrases.find(spoken):
        rule = said[match.phrase]
        by_need.setdefault(rule.need, []).append((rule, match))
    hits: list[tuple[Rule, Match]] = []
    for found in by_need.values():
        if len(found) == 1 and found[0][0].kind != "unless":
            hits += found
            continue
        # The longest first: what is inside one that was taken says nothing more.
        found.sort(key=lambda one: (one[0].kind != "unless", one[1].start - one[1].end, _RANK[one[0].kind]))
        taken: list[Match] = []
        for rule, match in found:
            if any(one.start <= match.start and match.end <= one.end for one in taken):
                continue
            taken.append(match)
            if rule.kind != "unless":
                hits.append((rule, match))
    hits.sort(key=lambda one: one[1].start)
    return hits
