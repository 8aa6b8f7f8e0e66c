"""How alike two listings are: points for and against, each with the reason it is told by."""

import math
from collections.abc import Callable, Iterable
from functools import lru_cache

import msgspec
from rapidfuzz import fuzz

from directory.duplicates import weights
from directory.text import normal

Reason = tuple[str, int | None, float]
"""A code of `directory.duplicates.reasons`, its figure, and how many points it gives."""

_EARTH_M = 6_371_000.0
_LETTERS = frozenset("abcdefghijklmnopqrtuvxyz")
_SUITES = frozenset(("ste", "suite", "apt", "unit", "rm", "room", "fl", "floor", "bldg", "building"))


class Facts(msgspec.Struct, array_like=True, frozen=True, kw_only=True):
    """What of an organization or a service tells who it is. Nothing of confidential places is in it."""

    id: bytes
    source: str = ""
    names: tuple[str, ...] = ()
    """As it is called, and its other name."""
    owner: bytes = b""
    owner_name: str = ""
    phones: tuple[str, ...] = ()
    sites: tuple[str, ...] = ()
    mails: tuple[str, ...] = ()
    streets: tuple[tuple[str, str], ...] = ()
    """Street with number as `directory.text.normal_address` writes it, and ZIP code or town."""
    zips: tuple[str, ...] = ()
    towns: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    points: tuple[tuple[float, float], ...] = ()
    numbers: tuple[tuple[str, str], ...] = ()
    """Official numbers: what kind, and which."""


Shared = Callable[[str, str], int]
"""Tells how many listings have a value, by kind (`phone`, `site`)."""


def compare(one: Facts, two: Facts, shared: Shared, least: float = -math.inf) -> tuple[float, list[Reason]]:
    """Return the points of two listings and what gave them, the weightiest first.

    Where the names and all else at its best could not reach `least`, the rest is not looked at.
    """
    reasons = [*_names(one, two)]
    if sum(points for _, _, points in reasons) + _BEST < least:
        return -math.inf, []
    reasons += [
        *_place(one, two),
        *_common("phone", one.phones, two.phones, weights.SAME_PHONE, weights.OTHER_PHONE, shared),
        *_common("site", one.sites, two.sites, weights.SAME_SITE, weights.OTHER_SITE, shared),
        *_numbers(one, two),
        *_owners(one, two),
    ]
    if set(one.mails) & set(two.mails):
        reasons.append(("same-mail", None, weights.SAME_MAIL))
    if one.source and one.source == two.source:
        both = one.owner and one.owner == two.owner
        reasons.append(("one-list", None, weights.ONE_LIST_ONE_ORGANIZATION if both else weights.ONE_LIST))
    reasons.sort(key=lambda reason: -abs(reason[2]))
    return sum(points for _, _, points in reasons), reasons


_BEST = (
    weights.SAME_ADDRESS + weights.SAME_PHONE[0][1] + weights.SAME_SITE[0][1] + weights.SAME_MAIL
    + weights.SAME_NUMBER + weights.ALIKE_ORGANIZATION
)  # fmt: skip


@lru_cache(maxsize=20_000)
def words(name: str) -> tuple[str, ...]:
    """Return the words of a name as they are compared: spelled one way, without plural."""
    found = []
    for word in normal(name.replace("&", " and ")).split():
        word = weights.SPELLINGS.get(word, word)
        if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
            word = word[:-1]
        found.append(weights.SPELLINGS.get(word, word))
    return tuple(found)


def telling(name: str) -> tuple[str, ...]:
    """Return the words of a name that not every other name has, or all where that would leave none."""
    every = words(name)
    return tuple(word for word in every if word not in weights.GENERIC) or every


@lru_cache(maxsize=20_000)
def _spelled(name: str) -> tuple[str, str]:
    return " ".join(sorted(set(telling(name)))), " ".join(sorted(words(name)))


def alike(one: str, two: str) -> float:
    """Return how alike two names are, 0 to 100: mostly by the words that tell them from others."""
    if _is_short_for(one, two) or _is_short_for(two, one):
        return 92.0
    (own, every), (other_own, other_every) = _spelled(one), _spelled(two)
    if every == other_every:
        return 100.0
    joined = fuzz.ratio(own.replace(" ", ""), other_own.replace(" ", ""))
    return 0.75 * max(fuzz.ratio(own, other_own), joined) + 0.25 * fuzz.token_sort_ratio(every, other_every)


def _is_short_for(short: str, name: str) -> bool:
    """Tell whether one name is the initials of the other: YMCA."""
    letters, parts = normal(short).replace(" ", ""), normal(name).split()
    if not 3 <= len(letters) <= 6 or len(parts) < 3:
        return False
    initials = "".join(word[0] for word in parts)
    return letters in (initials, "".join(word[0] for word in parts if word not in weights.GENERIC))


def _names(one: Facts, two: Facts) -> Iterable[Reason]:
    best, pair = 0.0, ("", "")
    for name in one.names:
        for other in two.names:
            mine, theirs = _called(name, one.owner_name, other), _called(other, two.owner_name, name)
            if (found := alike(mine, theirs)) > best:
                best, pair = found, (mine, theirs)
    points = next(points for least, points in weights.NAMES if best >= least)
    yield ("same-name", None, points) if best >= 97 else ("names", round(best), points)
    if apart := _told_apart(*map(words, pair)):
        yield "told-apart", None, apart


def _called(name: str, owner: str, other: str) -> str:
    """Return a name with that of whoever runs it where it says nothing itself, or where the other name has that in it.

    "Food pantry" is called by its church, and so is "Grace Shelf" beside "Grace Lutheran Food Pantry".
    """
    if not owner:
        return name
    common = set(telling(name)) & set(telling(other))
    if not _own(name) or (common and _own(owner) and set(telling(owner)) <= set(words(other))):
        return f"{owner} {name}"
    return name


def _own(name: str) -> bool:
    """Tell whether a name says more than what kind of thing it is."""
    return any(word not in weights.GENERIC for word in words(name))


def _told_apart(one: tuple[str, ...], two: tuple[str, ...]) -> float:
    """Return the points against two names that differ in a number, a direction, a group of people or what they offer."""
    worst = 0.0
    numbers = [{word for word in name if word.isdigit()} | ({*name[-1:]} & _LETTERS) for name in (one, two)]
    classes = [(set(one) & opposite, set(two) & opposite) for opposite in weights.OPPOSITES]
    for mine, theirs in [(numbers[0], numbers[1]), *classes]:
        if mine and theirs and mine != theirs:
            return weights.TOLD_APART
        if mine != theirs:
            worst = weights.HALF_TOLD_APART
    kinds = [{kind for kind, those in weights.KINDS.items() if those & set(name)} for name in (one, two)]
    return weights.TOLD_APART if kinds[0] and kinds[1] and not kinds[0] & kinds[1] else worst


def _place(one: Facts, two: Facts) -> Iterable[Reason]:
    if set(one.streets) & set(two.streets):
        yield "same-address", None, weights.SAME_ADDRESS
        return
    if {_without_suite(street) for street in one.streets} & {
        _without_suite(street) for street in two.streets
    }:
        yield "same-street", None, weights.SAME_STREET
        return
    if one.points and two.points:
        apart = min(metres(a, b) for a in one.points for b in two.points)
        points: float = next(points for most, points in weights.METRES if apart <= most)
        if points < 0 and not (one.streets and two.streets):
            points *= weights.WITHOUT_STREET
        if apart < 1_500:
            yield "metres", round(apart / 10) * 10 if apart >= 100 else round(apart), points
        else:
            yield "kilometres", round(apart / 1000), points
        return
    other_street = weights.OTHER_STREET if one.streets and two.streets else 0
    if set(one.zips) & set(two.zips):
        yield "same-zip", None, weights.SAME_ZIP + 2 * other_street
    elif set(one.towns) & set(two.towns):
        yield "same-town", None, weights.SAME_TOWN + other_street
    elif one.states and two.states and not set(one.states) & set(two.states):
        yield "other-state", None, weights.OTHER_STATE
    elif one.towns and two.towns:
        yield "other-town", None, weights.OTHER_TOWN


def _without_suite(street: tuple[str, str]) -> tuple[str, str]:
    kept: list[str] = []
    for word in street[0].split():
        if word in _SUITES and kept:
            break
        kept.append(word)
    return " ".join(kept[:3]), street[1]


def metres(one: tuple[float, float], two: tuple[float, float]) -> float:
    """Return the distance of two places in degrees; near ones are all that matter, so the earth may be flat."""
    north = math.radians(two[0] - one[0])
    east = math.radians(two[1] - one[1]) * math.cos(math.radians((one[0] + two[0]) / 2))
    return _EARTH_M * math.hypot(north, east)


def _common(
    kind: str,
    one: tuple[str, ...],
    two: tuple[str, ...],
    same: tuple[tuple[float, int], ...],
    other: float,
    shared: Shared,
) -> Iterable[Reason]:
    if common := set(one) & set(two):
        number = min(shared(kind, value) for value in common)
        points = next(points for most, points in same if number <= most)
        few = kind != "phone" or points == same[0][1]
        yield f"same-{kind}" if few else "shared-phone", None, points
    elif one and two:
        yield f"other-{kind}", None, other


def _numbers(one: Facts, two: Facts) -> Iterable[Reason]:
    if set(one.numbers) & set(two.numbers):
        yield "same-number", None, weights.SAME_NUMBER
    elif {kind for kind, _ in one.numbers} & {kind for kind, _ in two.numbers}:
        yield "other-number", None, weights.OTHER_NUMBER


def _owners(one: Facts, two: Facts) -> Iterable[Reason]:
    if not (one.owner and two.owner):
        return
    if one.owner == two.owner:
        yield "same-organization", None, weights.SAME_ORGANIZATION
    elif (likeness := alike(one.owner_name, two.owner_name)) >= 85:
        yield "same-organization", None, weights.ALIKE_ORGANIZATION
    elif likeness < 50:
        yield "other-organization", None, weights.OTHER_ORGANIZATION
