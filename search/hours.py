"""Opening hours asked many times over: services share few patterns, so each pattern is worked out once."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import lru_cache
from typing import NamedTuple

from directory.opening import Opening, OpenState
from search.rows import Terms


class Numbers(NamedTuple):
    """Opening hours as engines hold them."""

    weekly: tuple[tuple[int, int], ...]
    dated: tuple[tuple[int, int, bool], ...]
    known: bool


@lru_cache(maxsize=10_000)
def numbers(zone: str, terms: tuple[Terms, ...], today: date) -> Numbers:
    """Hours in numbers; exceptions are those of the weeks after `today`, the present day."""
    opening = Opening(terms, zone)
    weekly, dated = opening.spans()
    return Numbers(tuple(weekly), tuple(dated), opening.known)


def state(zone: str, terms: tuple[Terms, ...], at: datetime) -> OpenState:
    """Whether it is open at an aware moment, and when that changes."""
    return _state(zone, terms, int(at.timestamp()) // 60) if terms else OpenState(None)


@lru_cache(maxsize=10_000)
def _state(zone: str, terms: tuple[Terms, ...], minute: int) -> OpenState:
    return _opening(zone, terms).state(datetime.fromtimestamp(minute * 60, UTC))


@lru_cache(maxsize=2_000)
def _opening(zone: str, terms: tuple[Terms, ...]) -> Opening:
    return Opening(terms, zone)
