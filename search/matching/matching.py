"""Matching: the few services that fit each need of a seeker, best first, from the index alone."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

import msgspec
import numpy as np

from core import clock
from directory.needs import NEEDS
from search.engines import Query
from search.engines.candidates import Candidates, organization_number
from search.matching.ranking import Ranked, choose, choose_excluded, rank
from search.matching.seeker import Seeker
from search.matching.weights import CIRCLES_M, CIRCLES_ON_FOOT_M, ENOUGH, LIMIT, MOST
from search.state import Search


class Found(msgspec.Struct, frozen=True):
    """What was found for one need: candidates with their ranks, and which rows are shown."""

    need: str
    ranked: Ranked
    chosen: tuple[int, ...]
    """Rows of `ranked`, best first."""
    shut_out: tuple[int, ...]
    """Rows that are excluded, and could be shown with why."""
    radius_m: float | None
    """How far was looked; None without a place."""
    at: datetime
    """The moment that open is told for."""
    related: bool = False
    """Nothing speaks to the very need: these are of its field."""


async def match(
    search: Search,
    seeker: Seeker,
    *,
    at: datetime | None = None,
    avoid: Iterable[UUID] = (),
    most: int = MOST,
    of_different: bool = False,
) -> list[Found]:
    """Find what fits each need of a seeker, in the order of the needs.

    `at` is the moment for which open is told (now). `avoid` are organizations that are not wanted, such as those that
    were asked already; with `of_different` no organization comes twice. No row of the database is read where an index
    can answer.
    """
    at = at or clock.now()
    shunned = frozenset(organization_number(str(id_)) for id_ in avoid)
    ranked, radius = await _look(search, seeker, seeker.needs, at)
    related = {
        code: NEEDS[code].field
        for code in seeker.needs
        if code in NEEDS and NEEDS[code].field and not (ranked[code].excluded == 0).any()
    }
    if related:
        wider, reached = await _look(search, seeker, tuple(dict.fromkeys(related.values())), at)
        for code, field in related.items():
            again = rank(wider[field].found, seeker, code, at.timestamp())
            ranked[code], radius[code] = again, reached[field]
    return [
        Found(
            code,
            ranked[code],
            tuple(choose(ranked[code], shunned, most, of_different=of_different)),
            tuple(choose_excluded(ranked[code])),
            radius[code],
            at,
            code in related,
        )
        for code in seeker.needs
    ]


async def _look(
    search: Search, seeker: Seeker, codes: tuple[str, ...], at: datetime
) -> tuple[dict[str, Ranked], dict[str, float | None]]:
    """Weigh the candidates of each need, in circles that widen until there is a choice."""
    ranked: dict[str, Ranked] = {}
    radius: dict[str, float | None] = {}
    place = seeker.place
    on_foot = "no-car" in seeker.mobility or "home-bound" in seeker.mobility
    circles: tuple[float | None, ...] = (None,)
    if place is not None:
        circles = CIRCLES_ON_FOOT_M if on_foot else CIRCLES_M
    wanting = codes
    for circle in circles:
        query = Query(
            needs=wanting,
            lat=place.lat if place else None,
            lon=place.lon if place else None,
            radius_m=circle,
            area_words=place.area_words if place else (),
        )
        found = await search.candidates(query, LIMIT, at)
        still = []
        for code in wanting:
            some = _of_need(found, code)
            if circle != circles[-1] and len(np.unique(some.organization)) < ENOUGH:
                # Too few whoever they suit: not worth weighing yet.
                still.append(code)
                continue
            ranked[code] = rank(some, seeker, code, at.timestamp())
            radius[code] = circle
            if not ranked[code].enough:
                still.append(code)
        wanting = tuple(still)
        if not wanting:
            break
    return ranked, radius


def _of_need(found: Candidates, code: str) -> Candidates:
    return found.take(found.needs.any_of((code,)))
