"""Reading for whom a service is from its own words: limited to a group, welcoming one, or neither.

Only what is clearly said limits: "women only", "must be a veteran", "limitado a", or an eligibility text that names its
groups and nothing else. "Veterans welcome", "families first" and "including refugees" turn nobody away. What is not
understood stays unknown, and excludes nobody.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache, lru_cache

import msgspec

from search.matching.audiences import AUDIENCES
from search.text import fold

AND = "+"
"""Joins the groups that a person must belong to all of: "veterans+women" for women veterans."""

_PATTERNS = {code: "|".join(one.words) for code, one in AUDIENCES.items()}
_GROUP = re.compile(
    "|".join(f"(?P<{code.replace('-', '_')}>\\b(?:{words})\\b)" for code, words in _PATTERNS.items())
)
_ANY = "(?:\\b(?:" + "|".join(words.replace("(", "(?:") for words in _PATTERNS.values()) + ")\\b)"
_FILLER = (
    r"(?:single|new|first.time|nursing|adult|older|younger|low.?income|eligible|local|all|their|minor|dependent|qualifying|"
    r"honorably discharged)"
)
_NOUN = (
    r"(?: (?:people|persons|individuals|households|families|residents|patients|clients|workers|couples|applicants|"
    r"communit(?:y|ies)(?: members)?))?"
)
_ONE = rf"(?:{_FILLER} )?{_ANY}(?: {_ANY}){{0,2}}{_NOUN}"
_JOIN = r"(?:,? (?:and|or|y|e|o|u) (?:also )?|, | ?/ ?| & )"
_LIST = rf"(?:{_ONE}(?:{_JOIN}{_ONE})*)"
_AGED = r"(?:\(?(?:aged?|ages|over|under|and|or|older|up|to|de|anos|mayores|\d{1,3}\+?|-|–)\)?,? ?){0,6}"
_ARTICLE = r"(?:an? |the |any |las? |los |una? )?"
_TIMES = r"(?! ?(?:on|from|between|at|during|before|after|mon|tue|wed|thu|fri|sat|sun|los|\d))"

_ONLY = (
    (
        rf"(?<!not )\b(?:only|solely|exclusively|strictly)(?: (?:for|to|serves?|serving|accepts?|admits?|"
        rf"houses?|open to|available to))? {_ARTICLE}(?P<who>{_LIST})"
    ),
    (
        rf"\b(?:for|serves?|serving|accepts?|admits?|open to|available to) {_ARTICLE}(?P<who>{_LIST}),? "
        rf"{_AGED}(?:only|exclusively)\b{_TIMES}"
    ),
    rf"(?P<who>{_LIST}),? {_AGED}only\b{_TIMES}",
    rf"\b(?:must be|has to be|have to be|needs? to be) {_ARTICLE}(?:{_FILLER} )?(?P<who>{_LIST})",
    rf"(?<!not )\b(?:limited|restricted) (?:only )?to {_ARTICLE}(?P<who>{_LIST})",
    (
        rf"(?<!no )\b(?:solo|solamente|unicamente|exclusiv[oa]s?|exclusivamente)(?: (?:para|a|por|de))? "
        rf"{_ARTICLE}(?P<who>{_LIST})"
    ),
    rf"(?P<who>{_LIST}) (?:solamente|unicamente|exclusivamente)\b",
    rf"\bdeben? ser {_ARTICLE}(?P<who>{_LIST})",
    rf"\blimitado (?:solo )?a {_ARTICLE}(?P<who>{_LIST})",
)
_ONLY_HINT = re.compile(
    r"only|solely|exclusiv|strictly|must be|to be|limit|restrict|solo|solamente|unicamente|deben? ser"
)
_HOUSES = re.compile(
    r"\b(?P<who>wom[ae]n|m[ae]n|youth|teen|veterans?|family)(?:'?s|s')? (?:\w+ )?"
    r"(?:shelter|home|house|housing|beds|residence|dorm(?:itory)?|lodge|refuge)\b"
)
_HOUSED = {
    "wom": "women",
    "man": "men",
    "men": "men",
    "you": "youth",
    "tee": "youth",
    "vet": "veterans",
    "fam": "families",
}
_BEGINS = re.compile(rf"^(?:for |para )?(?:new |first.time )?(?P<who>{_LIST})\b")
_WELCOMING = re.compile(
    r"\b(?:welcome|first|priority|prefer\w*|especially|such as|bienvenid[oa]s|prioridad)\b"
)
_MANY = frozenset({"adults", "low-income", "members"})
"""Groups that say little about whom something is for."""
_BROAD = _MANY | {"children", "families"}
"""Groups in whose name much is done that is for others too: "Family Doctors"."""
_PERSONS = frozenset({"women", "men", "youth", "seniors", "children", "adults", "families", "students"})
_NOT_CERTAIN = re.compile(
    r"\b(?:any(?:one|body)?|every(?:one|body)?|all|general public|the public|no restrictions?|welcome|first|"
    r"priority|prefer\w*|"
    r"primarily|mainly|mostly|especially|such as|includ\w+|e\.g\.|other|others|also|not limited|at least|may|"
    r"sometimes|some|"
    r"most|half|cualquier\w*|todos?|todas?|prioridad|preferencia|como|incluy\w+|tambien)\b"
)
_BARE = re.compile(
    rf"^(?:eligibility:? |elegibilidad:? )?(?:(?:the )?(?:program|service|clinic|shelter)s? (?:is|are) )?"
    rf"(?:open to |available to |for |serves |serving |para )?{_ARTICLE}(?P<who>{_LIST})"
    rf"(?=$| \(|,? (?:who|whose|with|in|from|of|living|residing|aged?|ages|over|under|between|\d|after|before|"
    rf"at|that|de|con|que)\b)"
)
_NAMED = re.compile(
    rf"\b(?:for|serves?|serving|helps?|supports?|para)(?: \w+){{0,2}}? {_ARTICLE}(?P<who>{_LIST})|"
    rf"(?P<whom>{_LIST})(?: are)? (?:always )?welcome"
)
_REFUSED = re.compile(r"\b(?:no|not|except|excluding|without|sin|excepto)\b(?: \w+){0,2}$")
_TOO = re.compile(
    r"\b(?:also|even|tambien|incluso|corner|room|wing|floor|section|groups?|area|space|nights?|days?|hours?|class(?:es)?|"
    r"beds?|some|table|sessions?)(?: (?:is|are))?(?: for| para)? ?$"
)
"""Before what is said of a part only: "also for children only", "a corner for women only"."""
_OPEN_TO_ALL = re.compile(
    r"\b(?:any(?:one|body)|every(?:one|body)|all (?:people|ages|are|adults)|general public|no restrictions?|"
    r"cualquier|todos)\b"
)
_SENTENCES = re.compile(r"[.;!\n•|]+(?:\s|$)|[\n•|]")
_WITH_CHILDREN = re.compile(
    r"\b((?:wom[ae]n|mothers?|mujeres|madres|men|fathers?)) (?:and|with|or without|with or without|y|con|&) "
    r"(?:their |your |sus )?(?:(?:minor|dependent|young|small) )?(?:child(?:ren)?|kids|hijos|ninos)\b"
)


@cache
def _only() -> tuple[re.Pattern[str], ...]:
    """Compiled when they are first asked for: each names every group, which takes longer than many a command."""
    return tuple(re.compile(one) for one in _ONLY)


class Whom(msgspec.Struct, frozen=True):
    """For whom a service is: codes of groups, each with the words that told so."""

    only_for: dict[str, str]
    """Being one of these is enough; a code may join several groups by `AND`."""
    meant_for: dict[str, str]
    """Groups in the very name, where nobody is said to be turned away: "New Mothers' Group"."""
    welcomes: dict[str, str]


def read_whom(name: str, description: str = "", eligibility: str = "", terms: Iterable[str] = ()) -> Whom:
    """Read for whom a service is.

    `eligibility` is the listing's own text about who may come, `terms` those of its taxonomy terms that tell of people.
    Terms welcome; only sentences limit.
    """
    return _read(name or "", description or "", eligibility or "", tuple(terms))


@lru_cache(maxsize=2_000)
def _read(name: str, description: str, eligibility: str, terms: tuple[str, ...]) -> Whom:
    named, who, told = _plain(name), _plain(eligibility), _plain(description)
    for_all = bool(_OPEN_TO_ALL.search(who))
    # A description speaks of parts too: where the eligibility is open to all, it limits nothing.
    only = _limited(named) | _limited(who) | (_limited(told) if not for_all else {})
    only = only or _housed(named) or _bare(who)
    limited = {part for code in only for part in code.split(AND)}
    welcomes = _welcomed((named, who, *map(_plain, terms)), told)
    return Whom(
        only,
        {} if only or for_all else _meant(named, who),
        {code: words for code, words in welcomes.items() if code not in limited},
    )


def _meant(named: str, who: str) -> dict[str, str]:
    """Groups in the name; and those that an eligibility text begins with, which goes on with what is not understood."""
    meant = {code: words for code, words in _groups(named) if code not in _BROAD}
    first = None if _WELCOMING.search(who) else _BARE.match(who) or _BEGINS.match(who)
    begins = dict(_groups(first["who"])) if first else {}
    return meant | (begins if _MANY.isdisjoint(begins) else {})


def _welcomed(texts: Iterable[str], description: str) -> dict[str, str]:
    """Groups that are named anywhere in some texts, and those of a description that it says it is for."""
    found: dict[str, str] = {}
    for text in texts:
        found |= {code: words for code, words in _groups(text) if code not in found}
    for match in _NAMED.finditer(description):
        if not _REFUSED.search(description[: match.start()]):
            told = _groups(match["who"] or match["whom"])
            found |= {code: words for code, words in told if code not in found}
    return found


def _plain(text: str) -> str:
    """Lower case, no accents, plain apostrophes; a woman's children are no group of their own."""
    text = " ".join(
        fold(text).replace("’", "'").replace("“", " ").replace("”", " ").replace('"', " ").split()
    )
    return _WITH_CHILDREN.sub(r"\1", text)


def _limited(text: str) -> dict[str, str]:
    """Groups of sentences that say that nobody else is served."""
    found: dict[str, str] = {}
    if not _ONLY_HINT.search(text):
        return found
    for sentence in _SENTENCES.split(text):
        for pattern in _only():
            for match in pattern.finditer(sentence):
                if _goes_on(sentence[match.end("who") :]):
                    continue
                before = sentence[: match.start()]
                if _REFUSED.search(before) or _TOO.search(before):
                    continue
                words = " ".join(match[0].split())
                found |= {code: words for code in _alternatives(match["who"]) if code not in found}
    return found


def _goes_on(rest: str) -> bool:
    """Whether what follows names still others: "veterans and their spouses" is not veterans alone."""
    return bool(re.match(rf"(?:{_JOIN})(?!\d|older|over|up|above|mayores)\w", rest))


def _housed(name: str) -> dict[str, str]:
    """A house is for those it is named after."""
    match = _HOUSES.search(name)
    return {_HOUSED[match["who"][:3]]: match[0]} if match else {}


def _bare(text: str) -> dict[str, str]:
    """The groups of an eligibility text that names groups in each of its sentences that name people, and nobody else."""
    if not text or _NOT_CERTAIN.search(text):
        return {}
    sentences = [sentence.strip() for sentence in _SENTENCES.split(text) if sentence and sentence.strip()]
    match = _BARE.match(sentences[0]) if sentences else None
    if match is None:
        return {}
    rest = sentences[0][match.end("who") :]
    if re.search(
        r"\b(?:or|and|o|y) (?:people|persons?|those|their|a|families|someone|whoever|the|personas)\b|,", rest
    ):
        return {}
    if any(_GROUP.search(sentence) for sentence in sentences[1:]):
        return {}
    return dict.fromkeys(_alternatives(match["who"]), sentences[0])


def _alternatives(who: str) -> list[str]:
    """The codes of a list of groups, those that stand together joined: "women veterans or seniors" are two."""
    parts = [found for part in re.split(_JOIN, who) if (found := _groups(part))]
    if not parts:
        return []
    persons = [code for code, _words in parts[-1] if code in _PERSONS]
    joined = []
    for groups in parts:
        codes = {code for code, _words in groups}
        if not groups[-1][1].endswith("s") and codes.isdisjoint(_PERSONS):
            # "Immigrant and refugee men": a word that is no person by itself goes with the last one.
            codes.update(persons)
        # A closer word says the wider one too.
        codes -= ({"women"} if "pregnant" in codes else set()) | ({"adults"} if len(codes) > 1 else set())
        joined.append(AND.join(sorted(codes)))
    return list(dict.fromkeys(joined))


def _groups(text: str) -> list[tuple[str, str]]:
    """The groups that a text names, in order, with the words; not those that it turns away."""
    found = []
    for match in _GROUP.finditer(text):
        if not _REFUSED.search(text[: match.start()]):
            found.append(((match.lastgroup or "").replace("_", "-"), match[0]))
    return found
