"""Known mismatches: why a service cannot be a match. What is not known never stands here.

Each rule takes candidates and a seeker and tells for every row whether it is a mismatch; `why` says it in words.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from search.areas import serves
from search.engines.candidates import CAPACITIES, Array, Candidates
from search.matching.reading import AND
from search.matching.seeker import Seeker

FULL = CAPACITIES.index("full")
_GROWN_UP = 21
"""What is only for younger people is for the children of a household; what is only from `_OLD` on, for its elders."""
_OLD = 50


def closed(found: Candidates, seeker: Seeker) -> Array:
    """Closed for now."""
    return found.closed


def full(found: Candidates, seeker: Seeker) -> Array:
    """Known to have no room, not even a waiting list."""
    result: Array = found.capacity == FULL
    return result


def outside_ages(found: Candidates, seeker: Seeker) -> Array:
    """No year of the person's age band is within the limits, and nobody of the household is known who would be."""
    if seeker.ages is None:
        return np.zeros(len(found), np.bool_)
    first, last = seeker.ages
    # A limit that is not known is NaN, which is on neither side of anything. A last year is whole: 17 until the birthday.
    outside: Array = (found.min_age > last) | (np.floor(found.max_age) < first)
    return outside & ~for_a_member(found, seeker)


def for_a_member(found: Candidates, seeker: Seeker) -> Array:
    """Whether it is for the children or the elders of a household that has some."""
    groups = seeker.belongs_to
    result = np.zeros(len(found), np.bool_)
    if "families" in groups:
        result |= found.max_age < _GROWN_UP
    if "seniors" in groups:
        result |= found.min_age >= _OLD
    return result


def other_groups_only(found: Candidates, seeker: Seeker) -> Array:
    """Limited to groups, and the person is known to stand outside of each."""
    outside = seeker.stands_outside

    def all_closed(codes: tuple[str, ...]) -> bool:
        return bool(codes) and all(not outside.isdisjoint(code.split(AND)) for code in codes)

    return found.only_for.by_set(all_closed)


def outside_area(found: Candidates, seeker: Seeker) -> Array:
    """The area served is known, and the place lies outside."""
    place = seeker.place
    result = np.zeros(len(found), np.bool_)
    limited = np.flatnonzero(found.bounded & ~found.everywhere)
    if place is not None and len(limited):
        areas = found.areas.take(limited)
        result[limited] = areas.by_set(lambda tokens: serves(tokens, False, True, place) is False)
    return result


def steps(found: Candidates, seeker: Seeker) -> Array:
    """There are steps, the person needs a way without, and it does not come to people either."""
    if "step-free" not in seeker.mobility:
        return np.zeros(len(found), np.bool_)
    return (found.accessible == 0) & found.reach.empty()


RULES: dict[str, Callable[[Candidates, Seeker], Array]] = {
    "closed": closed,
    "full": full,
    "age": outside_ages,
    "audience": other_groups_only,
    "area": outside_area,
    "steps": steps,
}
"""Every rule by its code; the first that holds is the one that is told."""


def excluded(found: Candidates, seeker: Seeker) -> Array:
    """For each row the number of the first rule that excludes it, counted from 1, or 0."""
    result = np.zeros(len(found), np.int8)
    for number, rule in reversed(list(enumerate(RULES.values(), 1))):
        result[rule(found, seeker)] = number
    return result
