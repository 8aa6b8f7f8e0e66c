"""When a place may be open, as words that a filter can ask for; whether it is, is decided above the engine.

A week is cut into slots of three hours on the clock of UTC. A place stands in every slot that its weekly hours touch,
by its winter and by its summer time, or in `ANY` when a rule could open it at any moment.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from core import clock
from directory.opening.dayrules import OPEN, WEEK
from search.engines import Document

ANY = "any"
_SLOT = 180


def opening_words(document: Document) -> list[str]:
    """The slots in which a document may be open; none when its hours are not known."""
    if any(rule.kind == OPEN for rule in document.rules):
        return [ANY]
    return list(_slots(document.time_zone, document.weekly)) if document.always_open_known else []


def slot_at(at: datetime) -> str:
    """The slot of an aware moment."""
    moment = at.astimezone(UTC)
    return f"o{(moment.weekday() * 1440 + moment.hour * 60 + moment.minute) // _SLOT}"


@lru_cache(maxsize=20_000)
def _slots(zone: str, weekly: tuple[tuple[int, int], ...]) -> tuple[str, ...]:
    numbers: set[int] = set()
    for offset in _offsets(zone):
        for start, end in weekly:
            first, last = (start - offset) // _SLOT, (end - 1 - offset) // _SLOT
            numbers.update(slot % (WEEK // _SLOT) for slot in range(first, last + 1))
    return tuple(f"o{number}" for number in sorted(numbers))


@lru_cache(maxsize=1_000)
def _offsets(zone: str) -> frozenset[int]:
    """Minutes that the clocks of a zone are ahead of UTC, in winter and in summer; 0 when the name is no zone."""
    try:
        clocks = ZoneInfo(zone) if zone else UTC
    except (KeyError, ValueError, OSError):
        clocks = UTC
    # Both years around: rules of time zones change.
    moments = [datetime(clock.now().year, month, 1, tzinfo=UTC) for month in (1, 4, 7, 10)]
    offsets = (moment.astimezone(clocks).utcoffset() for moment in moments)
    return frozenset(int(offset.total_seconds()) // 60 for offset in offsets if offset is not None)
