"""`Opening`: the hours of one place, from its schedule rows, the time zone it lives in, and the holidays kept there."""

import re
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from core import clock
from directory.hours.remarks import read_holidays
from directory.opening.answers import DayHours, OpenState
from directory.opening.calendars import CLOSED, UNSURE, Effect, effect_on, listed
from directory.opening.dayrules import DayRule, Timetable
from directory.opening.moments import Moments, minute_of
from directory.opening.reading import ScheduleRow, read_rule
from directory.opening.rules import Rule
from directory.opening.words import DayRow
from directory.spans import DAY, Span, is_whole, united

#: How far ahead a closing is looked for, and an opening: a year and a month, for what is seasonal.
UNTIL_DAYS, OPENS_DAYS = 62, 400
_STEPS = (8, 32, UNTIL_DAYS, 200, OPENS_DAYS)
#: So many days are remembered; a year of looking ahead fits.
_MOST_DAYS = 500
_APPOINTMENT = re.compile(r"\b(?:appointments?|appts?\b|appoint\b|(?:con|previa|por) cita)", re.IGNORECASE)


class Opening:
    """Answers when a place is open.

    `time_zone` is an IANA name; a row's own `timezone` wins when it is one. An offset such as -5 is not: it would be
    wrong for half of the year. `calendar` names the public holidays that matter there (`directory.opening.calendars`);
    without it none do. What the rows say about holidays is read from their remarks, and dated rows win over holidays.
    """

    def __init__(
        self, rows: Iterable[ScheduleRow], time_zone: str | ZoneInfo = "UTC", calendar: str = ""
    ) -> None:
        given = list(rows)
        own = next(filter(None, (_zone(str(getattr(row, "timezone", None) or "")) for row in given)), None)
        default = time_zone if isinstance(time_zone, ZoneInfo) else _zone(time_zone)
        self.zone = own or default or ZoneInfo("UTC")
        read = [(row, read_rule(row)) for row in given]
        self.rules = tuple(rule for _, rule in read if rule)
        self.texts = tuple(text for row, rule in read if not rule and (text := _remarks(row)))
        said = {read_holidays(_remarks(row)) for row in given} - {""}
        self.calendar = calendar
        self.on_holidays: str = said.pop() if len(said) == 1 else ""
        if calendar and not self.on_holidays:
            dated = (
                rule.start for rule in self.rules if rule.dated and rule.start and rule.start == rule.end
            )
            self.on_holidays = listed(calendar, dated)
        self._moments = Moments(self.zone)
        self._days: dict[date, DayHours] = {}
        self._last: tuple[int, int, OpenState] | None = None

    @property
    def known(self) -> bool:
        """Whether any opening hours are known at all."""
        return any(rule.kind == "open" for rule in self.rules)

    def day(self, day: date) -> DayHours:
        """Return the hours that begin on a date; a span may end on the next one."""
        found = self._days.get(day)
        if found is None:
            if len(self._days) > _MOST_DAYS:
                self._days.clear()
            found = self._days[day] = self._read_day(day)
        return found

    def is_open(self, at: datetime) -> bool | None:
        """Say whether it is open at an aware moment; None when that is not known.

        Hours are those of the clock on the wall: in the hour that a clock repeats they hold twice, and what lies in
        the hour that it leaves out does not happen.
        """
        local = at.astimezone(self.zone)
        today, minute = local.date(), local.hour * 60 + local.minute
        unknown = False
        for day, now in ((today, minute), (today - timedelta(days=1), minute + DAY)):
            hours = self.day(day)
            if any(start <= now < end for start, end in hours.spans):
                return True
            unknown |= any(start <= now < end for start, end in (*hours.unknown, *hours.unsure))
        told = self.known or self.day(today).special
        return None if unknown or not told else False

    def state(self, at: datetime) -> OpenState:
        """Return whether it is open at an aware moment, and when that changes."""
        now = minute_of(at)
        # Read once: an opening is shared, and another thread may ask about another moment meanwhile.
        last = self._last
        if last is None or not last[0] <= now < last[1]:
            last = self._last = (now, *self._state(at, now))
        return last[2]

    def week(self, today: date) -> list[DayRow]:
        """Return the next seven days from `today` on, Monday first, for display."""
        days = sorted((today + timedelta(days=ahead) for ahead in range(7)), key=date.weekday)
        return [DayRow(day, self.day(day), today=day == today) for day in days]

    def timetable(self, today: date | None = None) -> Timetable:
        """Return the hours as numbers, for an index; of rules by weeks or days of the year 400 days from `today` on."""
        weekly: list[list[Span]] = [[] for _ in range(7)]
        rules: list[DayRule] = []
        known = self.known
        for rule in self.rules:
            if rule.unbounded and rule.kind == "open":
                for weekday in {day for _, day in rule.weekdays} or range(7):
                    weekly[weekday].append(rule.span)
            elif not (known and rule.unbounded and rule.kind == "closed"):
                rules += rule.numbers(today or clock.now().astimezone(self.zone).date())
        spans = [
            (day * DAY + start, day * DAY + end)
            for day, told in enumerate(weekly)
            for start, end in united(told)
        ]
        return Timetable(tuple(spans), tuple(rules), known, self.calendar, self.on_holidays)

    def _read_day(self, day: date) -> DayHours:
        holding = [rule for rule in self.rules if rule.holds_on(day)]
        special = [rule for rule in holding if rule.dated]
        shut = [rule for rule in holding if not rule.dated and rule.closes_day]
        if special or shut:
            reason = next((rule.said for rule in [*special, *shut] if rule.said), "")
            return _hours_of(special, reason, special=True)
        effect = effect_on(self.calendar, self.on_holidays, day)
        if effect and effect.state == CLOSED:
            return DayHours(special=True, holiday=effect.name)
        return _hours_of(holding, "", special=any(rule.kind == "closed" for rule in holding), effect=effect)

    def _state(self, at: datetime, now: int) -> tuple[int, OpenState]:
        """Return the state, and the minute before which it is the same."""
        local = at.astimezone(self.zone)
        today, before = self.day(local.date()), self.day(local.date() - timedelta(days=1))
        is_open = self.is_open(at)
        left = any(end > local.hour * 60 + local.minute for _, end in (*today.spans, *today.unsure))
        holiday = today.holiday if left or today.special else ""
        closed_for_it = bool(holiday) and today.special
        # An hour less, for days on which the clock goes forward.
        midnight = now + DAY - local.hour * 60 - local.minute - 60
        lasting = max(now + 1, midnight) if today.certain and before.certain else now + 1
        if is_open:
            until = None if self._always else self._closes(now)
            moment = self._moments.at(until) if until is not None else None
            return min(lasting, until or lasting), OpenState(True, until=moment, holiday=holiday)
        opens = self._opens(now)
        asked = (
            is_open is None and not (today.unsure or before.unsure) and self._by_appointment(today, before)
        )
        if opens is None:
            return lasting, OpenState(
                is_open, holiday=holiday, closed_for_it=closed_for_it, by_appointment=asked
            )
        moment = self._moments.at(opens)
        state = OpenState(is_open, None, moment, self._nth(moment), holiday, closed_for_it, asked)
        return min(lasting, opens), state

    @property
    def _always(self) -> bool:
        """Whether it never closes, whatever the date."""
        whole = {day for rule in self.rules if rule.span == (0, DAY) for _, day in rule.weekdays}
        plain = all(rule.unbounded and rule.kind == "open" for rule in self.rules)
        return plain and len(whole) == 7 and self.on_holidays in ("", "open")

    def _closes(self, now: int) -> int | None:
        """The minute at which it closes next, from one at which it is open; None when that is not in sight."""
        for days in _STEPS:
            spans = self._open_minutes(now, now + days * DAY)
            if spans and spans[0][1] < now + days * DAY:
                return spans[0][1]
            if days >= UNTIL_DAYS:
                return None
        return None

    def _opens(self, now: int) -> int | None:
        """The minute at which it opens next, from one at which it is not known to be open."""
        last = max((rule.end or date.max for rule in self.rules if rule.kind == "open"), default=date.min)
        begin = now
        for days in _STEPS:
            if self._moments.at(begin).date() > last:
                return None
            if spans := self._open_minutes(begin, now + days * DAY):
                return spans[0][0]
            begin = now + days * DAY
        return None

    def _nth(self, opens: datetime) -> tuple[int, int] | None:
        """Which weekday of the month the day of an opening is, where that is what makes it open."""
        day, minute = opens.date(), opens.hour * 60 + opens.minute
        number = (day.day - 1) // 7 + 1
        for rule in self.rules:
            if rule.kind == "open" and rule.span[0] == minute and rule.holds_on(day):
                for nth in (number, -1):
                    if (nth, day.weekday()) in rule.weekdays:
                        return nth, day.weekday()
                return None
        return None

    def _by_appointment(self, today: DayHours, before: DayHours) -> bool:
        said = (
            (*today.doubts, *before.doubts) if self.known or today.unknown or before.unknown else self.texts
        )
        return any(_APPOINTMENT.search(text) for text in said)

    def _wall(self, day: date) -> tuple[Span, ...]:
        """Return the open spans of the minutes 0 to 1440 of a date, those of the night before included."""
        before, spans = self.day(day - timedelta(days=1)).spans, self.day(day).spans
        if not before or before[-1][1] <= DAY:
            return spans
        return tuple(united([*((a - DAY, b - DAY) for a, b in before if b > DAY), *spans]))

    def _open_minutes(self, begin: int, end: int) -> list[Span]:
        """Return the open spans between two minutes since 1970 UTC."""
        found: list[Span] = []
        for day, first, last, base in self._moments.days(begin, end):
            found += [
                (base + max(a, first), base + min(b, last))
                for a, b in self._wall(day)
                if max(a, first) < min(b, last)
            ]
        return united(found)


def _hours_of(rules: list[Rule], reason: str, special: bool, effect: Effect | None = None) -> DayHours:
    spans = united(rule.span for rule in rules if rule.kind == "open")
    unsure: list[Span] = []
    if effect and effect.state == UNSURE:
        # What never closes stays open on a holiday.
        whole = united(rule.span for rule in rules if rule.kind == "open" and is_whole(rule.span))
        spans, unsure = (
            whole,
            united(rule.span for rule in rules if rule.kind == "open" and not is_whole(rule.span)),
        )
    return DayHours(
        tuple(spans),
        tuple(united(rule.span for rule in rules if rule.kind == "unknown")),
        tuple(unsure),
        reason,
        tuple(dict.fromkeys(rule.notes for rule in rules if rule.kind == "open" and rule.notes)),
        tuple(dict.fromkeys(rule.said for rule in rules if rule.kind == "unknown" and rule.said)),
        special,
        effect.name if effect else "",
    )


def _remarks(row: ScheduleRow) -> str:
    said = (getattr(row, "description", None), getattr(row, "notes", None))
    return "; ".join(str(text) for text in said if text)


def _zone(name: str) -> ZoneInfo | None:
    if "/" not in name and name != "UTC":
        return None
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return None
