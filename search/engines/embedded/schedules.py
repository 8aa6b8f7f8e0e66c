"""Which of many schedules are open at a moment: every distinct schedule once, all of them in one sweep."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import msgspec
import numpy as np

from directory.opening import calendars
from directory.opening.calendars import effect_on
from directory.opening.dayrules import ASK as RULE_ASK
from directory.opening.dayrules import DATED, MONTHS, USUAL, WEEK, WEEKS, DayRule, figures
from directory.opening.dayrules import OPEN as RULE_OPEN
from directory.opening.dayrules import SHUT as RULE_SHUT
from directory.spans import DAY
from search.engines import Document
from search.engines.embedded.columns import Array, Codes, Column

OPEN, CLOSED, UNKNOWN = 1, 0, -1
_CLOSED, _UNSURE = 1, 2
_EFFECTS = {calendars.CLOSED: _CLOSED, calendars.UNSURE: _UNSURE}
RULE_WIDTH = 1 + len(DayRule._fields)
"""Columns of a rule: the number of its schedule, then the fields of `DayRule`."""
_MOST_DAYS = 20
"""For how many days it is kept which rules hold."""


class Schedules:
    """Distinct schedules by number. Documents of one organization, and many others, share theirs."""

    def __init__(self, arrays: dict[str, Array], zones: list[str], holidays: list[str]) -> None:
        """Take what `arrays`, `zones` and `holidays` once gave; `empty()` starts afresh."""
        self.zones = Codes(zones)
        self.holidays = Codes(holidays)
        self._columns = {name: Column(array) for name, array in arrays.items()}
        self._numbers: dict[bytes, int] | None = None
        self._days: dict[tuple[tuple[int, ...], int, int], tuple[Array, Array, Array]] = {}

    @classmethod
    def empty(cls) -> Schedules:
        """No schedules yet."""
        return cls(
            {
                "key": np.zeros(0, "V16"),
                "zone": np.zeros(0, np.int32),
                "known": np.zeros(0, np.bool_),
                "week": np.zeros((0, 3), np.int32),
                "holidays": np.zeros(0, np.int32),
                "rules": np.zeros((0, RULE_WIDTH), np.int64),
            },
            [],
            [],
        )

    @property
    def arrays(self) -> dict[str, Array]:
        """Everything but the zones and the holidays, to be written to a file."""
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
        rules: list[tuple[int, ...]] = []
        holidays: list[int] = []
        for at, document in enumerate(documents):
            facts = (
                document.time_zone,
                document.weekly,
                document.always_open_known,
                document.rules,
                document.calendar,
                document.on_holidays,
            )
            key = hashlib.blake2b(msgspec.msgpack.encode(facts), digest_size=16).digest()
            number = self._numbers.get(key)
            if number is None:
                number = self._numbers[key] = len(self._numbers)
                keys.append(key)
                zones.append(self.zones.number(document.time_zone))
                known.append(document.always_open_known)
                week += [(number, start, end) for start, end in document.weekly]
                rules += [(number, *rule) for rule in document.rules]
                holidays.append(self.holidays.number(f"{document.calendar}|{document.on_holidays}"))
            result[at] = number
        if keys:
            self._columns["key"].extend(np.array(keys, "V16"))
            self._columns["zone"].extend(np.array(zones, np.int32))
            self._columns["holidays"].extend(np.array(holidays, np.int32))
            self._columns["known"].extend(np.array(known, np.bool_))
            self._columns["week"].extend(np.array(week, np.int32).reshape(-1, 3))
            self._columns["rules"].extend(np.array(rules, np.int64).reshape(-1, RULE_WIDTH))
        return result

    def states(self, at: datetime) -> Array:
        """OPEN, CLOSED or UNKNOWN of every schedule at an aware moment, as `search.engines.plain.is_open` says of one."""
        # Read against the order of writing in `numbers`: what is read first is never longer than what follows.
        week, rules = (self._columns[name].view for name in ("week", "rules"))
        known, holidays, zone = (self._columns[name].view for name in ("known", "holidays", "zone"))
        holidays, zone = holidays[: len(known)], zone[: len(known)]
        clocks = [local_time(at, name) for name in self.zones.words] or [at]
        minute = np.array([local.hour * 60 + local.minute for local in clocks], np.int32)[zone]
        weekday = np.array([local.weekday() for local in clocks], np.int32)[zone]
        is_open, is_unknown = np.zeros((2, len(zone)), np.bool_)
        told = known.copy()
        owner, start, end = week.T
        here = (weekday * DAY + minute)[owner]
        inside = ((start <= here) & (here < end), (start <= here + WEEK) & (here + WEEK < end))
        back = np.where(inside[0], here // DAY, here // DAY + 7) - start // DAY
        is_open[owner[(inside[0] | inside[1]) & (back > 1)]] = True
        for days in (0, 1):
            dates = tuple(local.toordinal() - days for local in clocks)
            holding, special, effect = self._day(rules, zone, holidays, dates)
            now = minute + days * DAY
            shut = special | (effect == _CLOSED)
            if not days:
                told |= shut
                told[holding[holding[:, 1] == RULE_SHUT, 0]] = True
            # Usual hours of the week.
            hit = (inside[0] | inside[1]) & (back == days)
            hit &= ~shut[owner]
            unsure = (effect[owner] == _UNSURE) & (end - start < DAY)
            is_open[owner[hit & ~unsure]] = True
            is_unknown[owner[hit & unsure]] = True
            # Rules that hold on the date; those of given dates stand alone, and holidays mean nothing to them.
            whose, kind, opens, closes, rank = holding.T
            hit = (opens <= now[whose]) & (now[whose] < closes)
            hit &= np.where(special[whose], rank == DATED, effect[whose] != _CLOSED)
            unsure = (effect[whose] == _UNSURE) & ~special[whose] & (closes - opens < DAY)
            is_open[whose[hit & (kind == RULE_OPEN) & ~unsure]] = True
            is_unknown[whose[hit & ((kind == RULE_ASK) | unsure)]] = True
        result = np.where(told & ~is_unknown, np.int8(CLOSED), np.int8(UNKNOWN))
        result[is_open] = OPEN
        return result

    def _day(
        self, rules: Array, zone: Array, holidays: Array, dates: tuple[int, ...]
    ) -> tuple[Array, Array, Array]:
        """What a date (one for each zone) is to all schedules, kept for the next minute of the same day.

        The rules that hold as owner, kind, opens, closes, rank; whose day is special; what holidays do to it.
        """
        key = dates, len(rules), len(zone)
        found = self._days.get(key)
        if found is None:
            held, special = self._holding(rules, zone, dates)
            found = held, special, self._effects(holidays, zone, dates)
            if len(self._days) > _MOST_DAYS:
                self._days.clear()
            self._days[key] = found
        return found

    def _holding(self, rules: Array, zone: Array, dates: tuple[int, ...]) -> tuple[Array, Array]:
        """The rules that hold on a date, and whose day is special.

        A day on which a place closes, or has hours of its own, is special: usual hours do not count on it.
        """
        held = rules[rules_hold(rules[:, 1:], zone[rules[:, 0]], dates)][:, :5]
        special = np.zeros(len(zone), np.bool_)
        special[held[held[:, 4] > USUAL, 0]] = True
        return held, special

    def _effects(self, holidays: Array, zone: Array, dates: tuple[int, ...]) -> Array:
        """What public holidays do to each schedule on a date (one for each zone)."""
        said = [tuple(words.split("|")) for words in self.holidays.words]
        table = np.zeros((max(len(dates), 1), max(len(said), 1)), np.int8)
        for row, number in enumerate(dates):
            for column, (calendar, on_holidays) in enumerate(said):
                effect = effect_on(calendar, on_holidays, date.fromordinal(number))
                table[row, column] = _EFFECTS.get(effect.state, 0) if effect else 0
        return table[zone, holidays]


def local_time(at: datetime, zone: str) -> datetime:
    """What the clocks of a zone show at an aware moment; those of UTC when the name is no zone."""
    try:
        return at.astimezone(ZoneInfo(zone)) if zone else at.astimezone(UTC)
    except (KeyError, ValueError, OSError):
        return at.astimezone(UTC)


def rules_hold(rules: Array, zone: Array, dates: tuple[int, ...]) -> Array:
    """Which rules (rows of `DayRule`) hold on the date that their zone has: `dayrules.holds` in one sweep."""
    each = np.array([figures(date.fromordinal(number)) for number in dates], np.int64).reshape(-1, 7)
    ordinal, months, nth, nth_last, day, day_last, in_year = each[zone].T
    field = {name: rules[:, at] for at, name in enumerate(DayRule._fields)}
    passed = np.where(field["unit"] == MONTHS, months, ordinal) - field["phase"]
    passed = np.where(field["unit"] == WEEKS, passed // 7, passed)
    on_nth = (field["nth"] >> nth & 1) | (field["nth_last"] >> nth_last & 1)
    on_day = (field["days"] >> day & 1) | (field["days_last"] >> day_last & 1)
    begun, not_over = field["season_from"] <= in_year, in_year <= field["season_to"]
    in_season = np.where(field["season_from"] <= field["season_to"], begun & not_over, begun | not_over)
    return (
        (field["start"] <= ordinal)
        & (ordinal <= field["end"])
        & (passed % field["interval"] == 0)
        & ((on_nth == 1) | (field["nth"] + field["nth_last"] == 0))
        & ((on_day == 1) | (field["days"] + field["days_last"] == 0))
        & in_season
    )
