"""From candidates to a choice: what is excluded, what ranks how, and which few are shown."""

from __future__ import annotations

import msgspec
import numpy as np

from search.engines.candidates import Array, Candidates
from search.matching import parts
from search.matching.exclusions import RULES, excluded
from search.matching.seeker import Seeker
from search.matching.track import NEUTRAL
from search.matching.weights import ENOUGH, LEAST, MOST, MOST_EXCLUDED, NEARLY, WEIGHTS

_RULE_CODES = ("", *RULES)


class Ranked(msgspec.Struct, frozen=True):
    """Candidates of one need with their ranks; `excluded` tells by number (from 1, of `RULES`) what shuts one out."""

    found: Candidates
    rank: Array
    parts: dict[str, Array]
    excluded: Array

    @property
    def enough(self) -> bool:
        """Whether there is a choice: `ENOUGH` organizations with something that is not excluded."""
        return len(np.unique(self.found.organization[self.excluded == 0])) >= ENOUGH

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


def choose(ranked: Ranked, avoid: frozenset[int] = frozenset(), most: int = MOST) -> list[int]:
    """The rows to show, best first: at most one location of a service, each of another organization while there are.

    `LEAST` of them, and up to `most` when they are nearly as good. `avoid` are numbers of organizations that are not
    wanted. Ties go by service and location, so that the order of the candidates changes nothing.
    """
    order = _order(ranked, np.flatnonzero(ranked.excluded == 0))
    services: set[bytes] = set()
    firsts: list[int] = []
    seconds: list[int] = []
    seen = set(avoid)
    for row in order:
        service, organization = bytes(ranked.found.service[row]), int(ranked.found.organization[row])
        if service in services or organization in avoid:
            continue
        services.add(service)
        (seconds if organization in seen and organization else firsts).append(row)
        seen.add(organization)
        if len(firsts) >= most:
            break
    chosen = firsts[:most]
    # A second service of one organization fills up where there are too few others.
    chosen += seconds[: max(0, LEAST - len(chosen))]
    chosen = _order(ranked, np.array(chosen, np.int64))
    best = ranked.rank[chosen[0]] if chosen else 0.0
    return [
        row
        for at, row in enumerate(chosen)
        if at < min(LEAST, most) or most > MOST or ranked.rank[row] >= NEARLY * best
    ]


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
