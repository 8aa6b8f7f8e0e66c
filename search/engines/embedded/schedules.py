"""Which of many schedules are open at a moment: every distinct schedule once, all of them in one sweep."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import msgspec
import numpy as np

from search.engines import Document
from search.engines.embedded.columns import Array, Codes, Column

OPEN, CLOSED, UNKNOWN = 1, 0, -1
_WEEK = 7 * 24 * 60


class Schedules:
    """Distinct schedules by number. Documents of one organization, and many others, share theirs."""

    def __init__(self, arrays: dict[str, Array], zones: list[str]) -> None:
        """Take what `arrays` and `zones` once gave; `empty()` starts afresh."""
        self.zones = Codes(zones)
        self._columns = {name: Column(array) for name, array in arrays.items()}
        self._numbers: dict[bytes, int] | None = None

    @classmethod
    def empty(cls) -> Schedules:
        """No schedules yet."""
        return cls(
            {
                "key": np.zeros(0, "V16"),
                "zone": np.zeros(0, np.int32),
                "known": np.zeros(0, np.bool_),
                "week": np.zeros((0, 3), np.int32),
                "dated": np.zeros((0, 4), np.int32),
            },
            [],
        )

    @property
    def arrays(self) -> dict[str, Array]:
        """Everything but the zones, to be written to a file."""
        return {name: column.view for name, column in self._columns.items()}

    def numbers(self, documents: list[Document]) -> Array:
        """The schedule number of each document, new ones when they are new."""
        if self._numbers is None:
            stored = self._columns["key"].view
            self._numbers = {key.tobytes(): number for number, key in enumerate(stored)}
        result = np.empty(len(documents), np.int32)
        keys: list[bytes] = []
        zones: list[int] = []
        known: list[bool] = []
        week: list[tuple[int, int, int]] = []
        dated: list[tuple[int, int, int, bool]] = []
        for at, document in enumerate(documents):
            facts = (document.time_zone, document.weekly, document.dated, document.always_open_known)
            key = hashlib.blake2b(msgspec.msgpack.encode(facts), digest_size=16).digest()
            number = self._numbers.get(key)
            if number is None:
                number = self._numbers[key] = len(self._numbers)
                keys.append(key)
                zones.append(self.zones.number(document.time_zone))
                known.append(document.always_open_known)
                week += [(number, start, end) for start, end in document.weekly]
                dated += [(number, start, end, is_open) for start, end, is_open in document.dated]
            result[at] = number
        if keys:
            self._columns["key"].extend(np.array(keys, "V16"))
            self._columns["zone"].extend(np.array(zones, np.int32))
            self._columns["known"].extend(np.array(known, np.bool_))
            self._columns["week"].extend(np.array(week, np.int32).reshape(-1, 3))
            self._columns["dated"].extend(np.array(dated, np.int32).reshape(-1, 4))
        return result

    def states(self, at: datetime) -> Array:
        """OPEN, CLOSED or UNKNOWN of every schedule at an aware moment.

        A dated span wins over the week, and among dated spans an open one wins: a holiday with special hours is
        a closed day with an open span in it.
        """
        # Read against the order of writing in `numbers`: what is read first is never longer than what follows.
        week, dated = self._columns["week"].view, self._columns["dated"].view
        known, zone = self._columns["known"].view, self._columns["zone"].view
        local = np.array([minute_of_week(at, name) for name in self.zones.words] or [0], np.int32)
        minute = local[zone]
        result = np.where(known, np.int8(CLOSED), np.int8(UNKNOWN))
        owner, start, end = week.T
        here = minute[owner]
        inside = (start <= here) & (here < end) | (start <= here + _WEEK) & (here + _WEEK < end)
        result[owner[inside]] = OPEN
        owner, start, end, is_open = dated.T
        epoch_minute = int(at.timestamp() // 60)
        inside = (start <= epoch_minute) & (epoch_minute < end)
        result[owner[inside & (is_open == 0)]] = CLOSED
        result[owner[inside & (is_open == 1)]] = OPEN
        # A schedule without any known hours stays unknown, whatever a stray span says.
        result[~known] = UNKNOWN
        return result


def minute_of_week(at: datetime, zone: str) -> int:
    """Local minutes since Monday 00:00 on the clocks of a zone; UTC when the name is no zone."""
    try:
        local = at.astimezone(ZoneInfo(zone)) if zone else at.astimezone(UTC)
    except (KeyError, ValueError, OSError):
        local = at.astimezone(UTC)
    return local.weekday() * 1440 + local.hour * 60 + local.minute
