"""Between minutes since 1970 and the clock on the wall of a time zone, its changes of the clock included."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from directory.spans import DAY

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST = _EPOCH.date().toordinal()
#: No zone changes its offset twice within so many days, so that two equal offsets have no change between them.
_STEP = 4 * DAY


def minute_of(at: datetime) -> int:
    """Return whole minutes since 1970 UTC of an aware moment."""
    return int((at - _EPOCH).total_seconds() // 60)


class Moments:
    """Reads minutes since 1970 UTC as a zone's clocks show them."""

    def __init__(self, zone: ZoneInfo) -> None:
        self.zone = zone

    def at(self, minute: int) -> datetime:
        """Return the moment of a minute, in the zone."""
        return (_EPOCH + timedelta(minutes=minute)).astimezone(self.zone)

    def days(self, begin: int, end: int) -> Iterator[tuple[date, int, int, int]]:
        """Yield the dates between two minutes as clocks show them: date, first and last minute, and what to add to these.

        A date on which the clock changes comes in two parts; minutes that a clock repeats come twice.
        """
        for low, high, offset in self._offsets(begin, end):
            first, last = low + offset, high + offset
            for number in range(first // DAY, (last - 1) // DAY + 1):
                base = number * DAY
                yield (
                    date.fromordinal(_FIRST + number),
                    max(0, first - base),
                    min(DAY, last - base),
                    base - offset,
                )

    def _offsets(self, begin: int, end: int) -> Iterator[tuple[int, int, int]]:
        """Yield the stretches of UTC minutes with one and the same offset from UTC, in minutes."""
        low, offset = begin, self._offset(begin)
        at = begin
        while at < end:
            following = min(at + _STEP, end)
            if (changed := self._offset(following)) != offset:
                left, right = at, following
                while right - left > 1:
                    middle = (left + right) // 2
                    left, right = (middle, right) if self._offset(middle) == offset else (left, middle)
                yield low, right, offset
                low, offset = right, changed
            at = following
        if low < end:
            yield low, end, offset

    def _offset(self, minute: int) -> int:
        shift = self.at(minute).utcoffset()
        return int(shift.total_seconds() // 60) if shift else 0
