"""`Opening`: the hours of one place, from its schedule rows, the dates it is closed, and the time zone it lives in."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from core import clock
from directory.opening.answers import DayHours, OpenState
from directory.opening.rules import Rule, ScheduleRow, read_rule
from directory.opening.words import DayRow
from directory.spans import DAY, Span, united, without

WEEK = 7 * DAY
#: How far ahead a next opening is looked for, and how far `spans` tells exceptions.
HORIZON_DAYS = 62
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Opening:
    """Answers when a place is open. `closures` are dates on which it is closed, with the reason by date if it is told.

    `time_zone` is an IANA name; a row's own `timezone` wins when it is one. An offset such as -5 is not: it would be
    wrong for half of the year.
    """

    def __init__(
        self,
        rows: Iterable[ScheduleRow],
        time_zone: str | ZoneInfo = "UTC",
        closures: Mapping[date, str] | Iterable[date] = (),
    ) -> None:
        listed = list(rows)
        own = next(filter(None, (_zone(str(getattr(row, "timezone", None) or "")) for row in listed)), None)
        default = time_zone if isinstance(time_zone, ZoneInfo) else _zone(time_zone)
        self.zone = own or default or ZoneInfo("UTC")
        self.rules = tuple(rule for rule in map(read_rule, listed) if rule)
        reasons = closures.items() if isinstance(closures, Mapping) else ((day, "") for day in closures)
        self.closures = dict(reasons)
        self._days: dict[date, DayHours] = {}

    @property
    def known(self) -> bool:
        """Whether any opening hours are known at all."""
        return any(rule.kind == "open" for rule in self.rules)

    def day(self, day: date) -> DayHours:
        """Return the hours that begin on a date; a span may end on the next one."""
        if day not in self._days:
            self._days[day] = self._read_day(day)
        return self._days[day]

    def is_open(self, at: datetime) -> bool | None:
        """Say whether it is open at an aware moment; None when that is not known."""
        local = at.astimezone(self.zone)
        today, minute = local.date(), local.hour * 60 + local.minute
        unknown = False
        for day, now in ((today, minute), (today - timedelta(days=1), minute + DAY)):
            hours = self.day(day)
            if any(start <= now < end for start, end in hours.spans):
                return True
            unknown |= any(start <= now < end for start, end in hours.unknown)
        told = self.known or bool(self.day(today).reason) or self.day(today).special
        return None if unknown or not told else False

    def state(self, at: datetime) -> OpenState:
        """Return whether it is open at an aware moment, and when that changes, up to 62 days ahead."""
        now = _minute(at)
        is_open = self.is_open(at)
        if not self.rules:
            return OpenState(is_open)
        # A week is enough for nearly every place; only rare ones make it worth to look further.
        for days in (8, HORIZON_DAYS):
            spans = self._open_minutes(now, now + days * DAY)
            last = now + days * DAY
            if is_open and spans and spans[0][1] < last:
                return OpenState(True, until=self._moment(spans[0][1]))
            if not is_open and spans:
                return OpenState(is_open, opens=self._moment(spans[0][0]))
        return OpenState(is_open)

    def week(self, today: date) -> list[DayRow]:
        """Return the next seven days from `today` on, Monday first, for display."""
        days = sorted((today + timedelta(days=ahead) for ahead in range(7)), key=date.weekday)
        return [DayRow(day, self.day(day), today=day == today) for day in days]

    def spans(
        self, start: date | None = None, days: int = HORIZON_DAYS
    ) -> tuple[list[Span], list[tuple[int, int, bool]]]:
        """Return the hours as numbers: the weekly pattern, and what differs from it in the days from `start` (today) on.

        Weekly spans are local minutes since Monday 00:00, and end past 10080 when Sunday night runs into Monday.
        Exceptions are (start, end, open) in minutes since 1970 UTC; where one holds, it wins. Together they say open
        exactly when `is_open` is true.
        """
        first = start or clock.now().astimezone(self.zone).date()
        weekly = self._weekly(first)
        differing = self._differing(first)
        if not differing and not self.closures:
            return weekly, []
        near = (first + timedelta(days=ahead) for ahead in range(-1, days + 1))
        odd = {day for day in near if day in self.closures or any(rule.holds_on(day) for rule in differing)}
        midnight = _minute(datetime(first.year, first.month, first.day, tzinfo=self.zone))
        every_week = [_clipped(_of_weekday(weekly, weekday), 0, DAY) for weekday in range(7)]
        exceptions: list[tuple[int, int, bool]] = []
        for begin, end, offset in self._offsets(midnight, midnight + days * DAY):
            for day, low, high in _local_days(begin + offset, end + offset):
                if day not in odd and day - timedelta(days=1) not in odd:
                    continue
                as_usual, as_it_is = every_week[day.weekday()], _clipped(self._wall(day), 0, DAY)
                usual, actual = _clipped(as_usual, low, high), _clipped(as_it_is, low, high)
                base = (day - _EPOCH.date()).days * DAY - offset
                exceptions += [(base + a, base + b, False) for a, b in without(usual, actual)]
                exceptions += [(base + a, base + b, True) for a, b in without(actual, usual)]
        return weekly, _joined(exceptions)

    def _read_day(self, day: date) -> DayHours:
        holding = [rule for rule in self.rules if rule.holds_on(day)]
        special = [rule for rule in holding if rule.dated]
        shut = [rule for rule in holding if rule.kind == "closed" and not rule.unbounded]
        if special or shut or day in self.closures:
            reason = next((rule.said for rule in [*special, *shut] if rule.said), "")
            return _hours_of(special, reason or self.closures.get(day, ""), special=True)
        return _hours_of(holding, "", special=any(rule.kind == "closed" for rule in holding))

    def _differing(self, first: date) -> list[Rule]:
        """Return the rules that from a date on do not say the same of every week."""
        left = (rule for rule in self.rules if not (rule.end and rule.end < first - timedelta(days=1)))
        return [
            rule
            for rule in left
            if not (rule.unbounded or rule.weekly and rule.kind != "closed" and _lasts_from(rule, first))
        ]

    def _weekly(self, first: date) -> list[Span]:
        spans = []
        for rule in self.rules:
            if rule.kind == "open" and rule.weekly and _lasts_from(rule, first):
                days = range(7) if rule.every_day else sorted(day for _, day in rule.weekdays)
                spans += [(day * DAY + rule.span[0], day * DAY + rule.span[1]) for day in days]
        return united(spans)

    def _wall(self, day: date) -> tuple[Span, ...]:
        """Return the open spans of the minutes 0 to 1440 of a date, those of the night before included."""
        before, spans = self.day(day - timedelta(days=1)).spans, self.day(day).spans
        if not before or before[-1][1] <= DAY:
            return spans
        return tuple(united([*((a - DAY, b - DAY) for a, b in before if b > DAY), *spans]))

    def _open_minutes(self, begin: int, end: int) -> list[Span]:
        """Return the open spans between two minutes since 1970 UTC."""
        found: list[Span] = []
        for low, high, offset in self._offsets(begin, end):
            for day, first, last in _local_days(low + offset, high + offset):
                base = (day - _EPOCH.date()).days * DAY - offset
                found += [(base + a, base + b) for a, b in _clipped(self._wall(day), first, last)]
        return united(found)

    def _offsets(self, begin: int, end: int) -> Iterator[tuple[int, int, int]]:
        """Yield the stretches of UTC minutes with one and the same offset from UTC, in minutes."""
        low, offset = begin, self._offset(begin)
        at = begin
        while at < end:
            following = min(at + DAY, end)
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
        shift = (_EPOCH + timedelta(minutes=minute)).astimezone(self.zone).utcoffset()
        return int(shift.total_seconds() // 60) if shift else 0

    def _moment(self, minute: int) -> datetime:
        return (_EPOCH + timedelta(minutes=minute)).astimezone(self.zone)


def _hours_of(rules: list[Rule], reason: str, special: bool) -> DayHours:
    return DayHours(
        tuple(united(rule.span for rule in rules if rule.kind == "open")),
        tuple(united(rule.span for rule in rules if rule.kind == "unknown")),
        reason,
        tuple(dict.fromkeys(rule.notes for rule in rules if rule.kind == "open" and rule.notes)),
        tuple(dict.fromkeys(rule.said for rule in rules if rule.kind == "unknown" and rule.said)),
        special,
    )


def _lasts_from(rule: Rule, first: date) -> bool:
    """Say whether a rule has begun before a date, the night before included, and has no end."""
    return rule.end is None and (rule.start is None or rule.start < first)


def _zone(name: str) -> ZoneInfo | None:
    if "/" not in name and name != "UTC":
        return None
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return None


def _minute(at: datetime) -> int:
    return int((at - _EPOCH).total_seconds() // 60)


def _local_days(low: int, high: int) -> Iterator[tuple[date, int, int]]:
    """Yield the dates between two local minutes since 1970, each with the first and last minute of it that counts."""
    for number in range(low // DAY, (high - 1) // DAY + 1):
        yield (
            _EPOCH.date() + timedelta(days=number),
            max(0, low - number * DAY),
            min(DAY, high - number * DAY),
        )


def _of_weekday(weekly: list[Span], weekday: int) -> list[Span]:
    begin = weekday * DAY
    return united((a - begin + turn, b - begin + turn) for a, b in weekly for turn in (0, -WEEK))


def _clipped(spans: Iterable[Span], low: int, high: int) -> list[Span]:
    return [(max(a, low), min(b, high)) for a, b in spans if max(a, low) < min(b, high)]


def _joined(exceptions: list[tuple[int, int, bool]]) -> list[tuple[int, int, bool]]:
    """Return the exceptions in order, those of one kind that touch made one."""
    result: list[tuple[int, int, bool]] = []
    for start, end, is_open in sorted(exceptions):
        if result and result[-1][1] == start and result[-1][2] is is_open:
            result[-1] = (result[-1][0], end, is_open)
        else:
            result.append((start, end, is_open))
    return result
