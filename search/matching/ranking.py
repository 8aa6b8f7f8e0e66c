"""From candidates to a choice: what is excluded, what ranks how, and which few are shown."""

from __future__ import annotations

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
    services: set[bytes] = set()
    rows = []
    for row in _order(ranked, np.flatnonzero(ranked.excluded == 0)):
        service = bytes(ranked.found.service[row])
        if service not in services and int(ranked.found.organization[row]) not in avoid:
            services.add(service)
            rows.append(row)
    seen: set[int] = set()
    firsts: list[int] = []
    for row in rows:
        organization = int(ranked.found.organization[row])
        if len(firsts) < (most if of_different else min(LEAST, most)) and (
            organization not in seen or not organization
        ):
            seen.add(organization)
            firsts.append(row)
    if of_different:
        return firsts
    rest = [row for row in rows if row not in firsts]
    short = max(0, min(LEAST, most) - len(firsts))
    best = ranked.rank[firsts[0]] if firsts else 0.0
    more = [row for row in rest[short:] if ranked.rank[row] >= NEARLY * best]
    # A third of one organization only where nothing else is left.
    more.sort(key=lambda row: not _is_second(ranked, row, rows))
    chosen = [*firsts, *rest[:short], *more][:most]
    return _order(ranked, np.array(chosen, np.int64))


def _is_second(ranked: Ranked, row: int, rows: list[int]) -> bool:
    """Whether a row is among the best two of its organization."""
    organization = ranked.found.organization[row]
    same = [one for one in rows if ranked.found.organization[one] == organization]
    return not organization or row in same[:2]


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
