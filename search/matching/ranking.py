"""From candidates to a choice: what is excluded, what ranks how, and which few are shown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import msgspec
import numpy as np

from search.engines.candidates import Array, Candidates
from search.matching import parts
from search.matching.exclusions import RULES, excluded
from search.matching.seeker import Seeker
from search.matching.track import NEUTRAL
from search.matching.weights import ENOUGH, FITS, LEAST, MOST, MOST_EXCLUDED, NEARLY, WEIGHTS

_RULE_CODES = ("", *RULES)


class Ranked(msgspec.Struct, frozen=True):
    """Candidates of one need with their ranks; `excluded` tells by number (from 1, of `RULES`) what shuts one out."""

    found: Candidates
    rank: Array
    parts: dict[str, Array]
    excluded: Array

    @property
    def enough(self) -> bool:
        """Whether there is a choice: `ENOUGH` organizations with something that fits."""
        fitting = (self.excluded == 0) & (self.parts["eligibility"] >= FITS)
        return len(np.unique(self.found.organization[fitting])) >= ENOUGH

    def reason(self, row: int) -> str:
        """The code of the rule that excludes a row, or nothing."""
        return _RULE_CODES[int(self.excluded[row])]


def rank(found: Candidates, seeker: Seeker, need: str, now_s: float) -> Ranked:
    """Weigh candidates of a need for a seeker at a moment (seconds since 1970)."""
    told = {
        "need": parts.need(found, seeker, need),
        "eligibility": parts.eligibility(found, seeker),
        "distance": parts.distance(found, seeker),
        "open": parts.open_now(found, seeker),
        "freshness": parts.fresh(found, now_s),
        "track": parts.track(found, NEUTRAL),
    }
    value = np.ones(len(found))
    for name, weight in WEIGHTS.items():
        value = value * told[name] ** weight
    # Rounded, so that two ways of multiplying the same parts cannot disagree about a tie.
    return Ranked(found, np.round(value, 9), told, excluded(found, seeker))


def choose(
    ranked: Ranked, avoid: frozenset[int] = frozenset(), most: int = MOST, *, of_different: bool = False
) -> list[int]:
    """The rows to show, best first, at most one location of a service.

    The first `LEAST` are of different organizations while there are so many, so that there is a choice; up to `most`
    follow in the order of their ranks, third ones of an organization last, as long as they are nearly as good as the
    best. `avoid` are numbers of organizations that are not wanted. Ties go by service and location: the order of the
    candidates changes nothing. With `of_different` all `most` are of different organizations, and nothing else counts.
    """
    least = most if of_different else min(LEAST, most)
    firsts: list[int] = []
    seconds: list[int] = []
    thirds: list[int] = []
    best = 0.0
    for row, before in _by_service(ranked, avoid):
        best = best or float(ranked.rank[row])
        near = ranked.rank[row] >= NEARLY * best
        if len(firsts) < least and not before:
            firsts.append(row)
        elif len(firsts) >= least and (of_different or not near):
            break
        else:
            (thirds if before > 1 else seconds).append(row)
    if of_different:
        return firsts
    # Where there are too few organizations, second ones fill up; thirds only where nothing else is left.
    rest = [*seconds, *thirds]
    short = least - len(firsts)
    more = [row for row in rest[short:] if ranked.rank[row] >= NEARLY * best]
    return _order(ranked, np.array([*firsts, *rest[:short], *more][:most], np.int64))


def _by_service(ranked: Ranked, avoid: frozenset[int]) -> Iterator[tuple[int, int]]:
    """The best row of each service that is not excluded, best first, with how many its organization had before."""
    found = ranked.found
    order = _order(ranked, np.flatnonzero(ranked.excluded == 0))
    services: set[bytes] = set()
    had: Counter[int] = Counter()
    each = zip(order, found.service[order].tolist(), found.organization[order].tolist(), strict=True)
    for row, service, organization in each:
        if service in services or organization in avoid:
            continue
        services.add(service)
        yield row, had[organization] if organization else 0
        had[organization] += 1


def choose_excluded(ranked: Ranked, most: int = MOST_EXCLUDED) -> list[int]:
    """The rows of services that have no location left, each once, those first that would have ranked highest."""
    fitting = set(ranked.found.service[ranked.excluded == 0].tolist())
    chosen: dict[bytes, int] = {}
    for row in _order(ranked, np.flatnonzero(ranked.excluded)):
        service = bytes(ranked.found.service[row])
        if service not in fitting:
            chosen.setdefault(service, row)
        if len(chosen) >= most:
            break
    return list(chosen.values())


def _order(ranked: Ranked, rows: Array) -> list[int]:
    """Rows by rank; ties by distance, then service, then location."""
    found = ranked.found
    far = np.nan_to_num(found.distance_m[rows], nan=np.inf)
    keys = (found.location[rows], found.service[rows], far, -ranked.rank[rows])
    result: list[int] = rows[np.lexsort(keys)].tolist()
    return result
