"""The parts of a rank, each a pure function from candidates and a seeker to a number between 0 and 1 for each row.

What each number is worth stands in `search.matching.weights`. None of them excludes: that is `exclusions`.
"""

from __future__ import annotations

import numpy as np

from directory.needs import NEEDS
from search.engines.candidates import CAPACITIES, Array, Candidates
from search.engines.ranking import freshness
from search.matching import weights as w
from search.matching.exclusions import for_a_member
from search.matching.papers import NONE
from search.matching.reading import AND
from search.matching.seeker import Seeker

_ROOM = np.array(
    [{"": w.UNKNOWN_ROOM, "room": 1.0, "waiting": w.WAITING, "full": 0.0}[code] for code in CAPACITIES]
)


def need(found: Candidates, seeker: Seeker, code: str) -> Array:
    """How much it is about the need: less, the more it is about what was not asked for; related needs least."""
    wanted = {one for one in NEEDS if one in seeker.needs or NEEDS[one].field in seeker.needs}
    others = found.needs.by_set(
        lambda codes: sum(one in NEEDS and one not in wanted for one in codes), np.float64
    )
    result: Array = 1 / (1 + w.OTHER_NEED * others)
    return np.where(found.needs.any_of((code,)), result, result * w.RELATED)


def age(found: Candidates, seeker: Seeker) -> Array:
    """Whether the age fits: known to, not known, or nothing said about it."""
    limited = ~np.isnan(found.min_age) | ~np.isnan(found.max_age)
    result = np.where(limited, w.UNKNOWN_AGE, w.SILENT_AGE)
    if seeker.ages is not None:
        first, last = seeker.ages
        inside = ~(found.min_age > first) & ~(np.floor(found.max_age) < last)
        result[limited & inside] = 1.0
        outside = (found.min_age > last) | (np.floor(found.max_age) < first)
        result[outside & for_a_member(found, seeker)] = w.FOR_A_MEMBER
    return result


def group(found: Candidates, seeker: Seeker) -> Array:
    """Whether it is for people like the person: a group of theirs named, a group alone of which nobody knows."""
    inside = seeker.belongs_to

    def value(codes: tuple[str, ...]) -> float:
        if not codes:
            return w.SILENT_GROUP
        return 1.0 if any(inside.issuperset(code.split(AND)) for code in codes) else w.UNKNOWN_GROUP

    limited = found.only_for.by_set(value, np.float64)
    named = ~found.meant_for.empty() & ~found.meant_for.any_of(inside)
    limited = np.where(named & found.only_for.empty(), w.MEANT_FOR_OTHERS, limited)
    welcome = found.welcomes.any_of(inside) & found.only_for.empty() & ~named
    return np.where(welcome, 1.0, limited)


def language(found: Candidates, seeker: Seeker) -> Array:
    """Whether somebody there speaks a language of the person's; English is taken to be spoken where nothing is said."""
    spoken = found.languages.any_of(seeker.languages)
    silent = found.languages.empty()
    if not seeker.languages:
        return np.ones(len(found))
    unsaid = 1.0 if "en" in seeker.languages else w.SILENT_LANGUAGE
    return np.where(spoken, 1.0, np.where(silent, unsaid, w.OTHER_LANGUAGE))


def access(found: Candidates, seeker: Seeker) -> Array:
    """Whether the person can get in, or need not."""
    result = np.ones(len(found))
    stays = without_going(found)
    if "step-free" in seeker.mobility:
        result *= np.where((found.accessible == 1) | stays, 1.0, w.UNKNOWN_STEPS)
    if "home-bound" in seeker.mobility:
        result *= np.where(stays, 1.0, w.MUST_GO_THERE)
    return result


def without_going(found: Candidates) -> Array:
    """Whether it is had without going there: it comes, works by telephone or online, or has no place."""
    result: Array = ~found.reach.empty() | (found.location == b"")
    return result


def papers(found: Candidates, seeker: Seeker) -> Array:
    """Whether the person has the papers that are asked for; lacking one is a warning, not an end."""

    def value(codes: tuple[str, ...]) -> float:
        if not codes:
            return w.SILENT_PAPERS
        lacking, unknown = seeker.papers([code for code in codes if code != NONE])
        if lacking:
            return w.PAPERS_LACKING
        return w.PAPERS_UNKNOWN if unknown else 1.0

    return found.papers.by_set(value, np.float64)


def area(found: Candidates, seeker: Seeker) -> Array:
    """Whether it is known to serve the place."""
    place = seeker.place
    if place is None:
        return np.ones(len(found))
    return np.where(found.areas.any_of(place.area_words) | found.everywhere, 1.0, w.UNKNOWN_AREA)


def eligibility(found: Candidates, seeker: Seeker) -> Array:
    """Whether the person can have it: age, group, language, access, papers and area together."""
    result = age(found, seeker)
    for part in (group, language, access, papers, area):
        result = result * part(found, seeker)
    return result


def distance(found: Candidates, seeker: Seeker) -> Array:
    """How near it is: one half at a short drive, or at a walk for who has no car."""
    on_foot = "no-car" in seeker.mobility or "home-bound" in seeker.mobility
    if seeker.place is None:
        return np.full(len(found), w.NO_PLACE_ASKED)
    half = w.HALF_NEAR_ON_FOOT_M if on_foot else w.HALF_NEAR_M
    by_area = w.BY_AREA_ON_FOOT if on_foot else w.BY_AREA
    nowhere = np.isnan(found.distance_m)
    near = half / (half + np.where(nowhere, 0.0, found.distance_m))
    # Who need not go there is not kept away by the way: an office that delivers is as near as one without a place.
    near = np.where(without_going(found), np.maximum(near, by_area), near)
    return np.where(nowhere, by_area, near)


def open_now(found: Candidates, seeker: Seeker) -> Array:
    """Whether it is open and has room."""
    hours = np.where(found.open == 1, 1.0, np.where(found.open == 0, w.CLOSED_NOW, w.UNKNOWN_HOURS))
    return hours * _ROOM[found.capacity]


def fresh(found: Candidates, now_s: float) -> Array:
    """How lately somebody looked at the listing, as in every search; never nothing, or no other part would count."""
    return np.maximum(freshness(found.updated, found.verified, now_s), w.STALEST)


def track(found: Candidates, neutral: float) -> Array:
    """How well referrals to it went; a newcomer counts as an average service."""
    result: Array = np.where(np.isnan(found.track), neutral, found.track).astype(np.float64)
    return result
