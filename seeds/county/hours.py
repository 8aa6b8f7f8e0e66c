"""Opening hours as they are written in the content, turned into HSDS schedule columns.

Mon-Thu 9-17; Fri 9-12,13-16      weekly; several spans of a day with a comma
Sat 9-12 (fresh bread)            a remark to the days
daily 18-8                        past midnight
24/7                              never closed
2nd,4th Tue 15-19; last Sun 12-15 monthly
"""

import re
from calendar import monthrange
from collections.abc import Iterator
from datetime import date, time, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

import holidays

WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_NAMES = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_ORDINALS = {"1st": 1, "2nd": 2, "3rd": 3, "4th": 4, "5th": 5, "last": -1}
_CLAUSE = re.compile(
    r"(?:(?P<nth>(?:1st|2nd|3rd|4th|5th|last)(?:,(?:1st|2nd|3rd|4th|5th|last))*) )?"
    r"(?P<days>[A-Za-z,-]+) (?P<spans>[\d:,-]+)(?: \((?P<note>[^)]+)\))?"
)
#: HSDS has no 24:00; a day that does not end is written up to its last minute.
_LAST_MINUTE = time(23, 59)

#: Days on which nearly everything is closed, and those on which public offices are closed too.
_COMMON = ("Thanksgiving", "Christmas", "New Year's Day", "Independence Day", "Labor Day", "Memorial Day")
_NAMES_OF_HOLIDAYS = {
    "Thanksgiving Day": "Thanksgiving",
    "Christmas Day": "Christmas",
    "Washington's Birthday": "Presidents' Day",
    "Juneteenth National Independence Day": "Juneteenth",
}


class Clause(NamedTuple):
    """One rule: on these weekdays, every week or as the nth of the month, between these times."""

    weekdays: tuple[int, ...]
    nth: tuple[int, ...]
    opens_at: time
    closes_at: time
    note: str | None

    def on(self, day: date) -> bool:
        """Tell whether the rule opens on `day`."""
        if day.weekday() not in self.weekdays:
            return False
        which = (day.day - 1) // 7 + 1
        is_last = day.day + 7 > monthrange(day.year, day.month)[1]
        return not self.nth or which in self.nth or (-1 in self.nth and is_last)

    def columns(self) -> dict[str, Any]:
        """Return the schedule columns that say the same."""
        days = [WEEKDAYS[day] for day in self.weekdays]
        if self.nth:
            days = [f"{nth}{day}" for nth in self.nth for day in days]
        return {
            "freq": "MONTHLY" if self.nth else "WEEKLY",
            "interval": 1,
            "byday": ",".join(days),
            "opens_at": self.opens_at,
            "closes_at": self.closes_at,
            "notes": self.note,
        }


@lru_cache(maxsize=512)
def read(text: str) -> tuple[Clause, ...]:
    """Read hours as the module's docstring shows them; raises ValueError on anything else."""
    if text == "24/7":
        return (Clause(tuple(range(7)), (), time(0), _LAST_MINUTE, None),)
    clauses = []
    for part in text.split("; "):
        found = _CLAUSE.fullmatch(part)
        if found is None:
            raise ValueError(f"these hours cannot be read: {part!r}")
        nth = tuple(_ORDINALS[word] for word in found["nth"].split(",")) if found["nth"] else ()
        for span in found["spans"].split(","):
            opens, _, closes = span.partition("-")
            clauses.append(Clause(_days(found["days"]), nth, _time(opens), _time(closes), found["note"]))
    return tuple(clauses)


def _days(text: str) -> tuple[int, ...]:
    if text == "daily":
        return tuple(range(7))
    days: list[int] = []
    for part in text.split(","):
        first, _, last = part.partition("-")
        start, end = _NAMES.index(first), _NAMES.index(last or first)
        days += range(start, end + 1)
    return tuple(days)


def _time(text: str) -> time:
    hour, _, minute = text.partition(":")
    return _LAST_MINUTE if hour == "24" else time(int(hour), int(minute or 0))


def season_around(text: str, today: date) -> tuple[date, date]:
    """Return the season, such as "10-01..04-30", in which `today` lies, or else the next one."""
    first, _, last = text.partition("..")
    for year in (today.year - 1, today.year, today.year + 1):
        start = date(year, *map(int, first.split("-")))
        end = date(year + (last < first), *map(int, last.split("-")))
        if end >= today:
            return start, end
    raise ValueError(f"not a season: {text}")


def holidays_within(today: date, kind: str) -> Iterator[tuple[date, str]]:
    """Yield the closed days of the year that began two weeks ago, with their names.

    `kind` is `common` (most organizations), `federal` (public offices) or `none` (those that never close).
    """
    if kind == "none":
        return
    first, last = today - timedelta(days=14), today + timedelta(days=350)
    for day, name in sorted(holidays.country_holidays("US", years=range(first.year, last.year + 1)).items()):
        short = _NAMES_OF_HOLIDAYS.get(name, name).replace(" (observed)", "")
        short = _NAMES_OF_HOLIDAYS.get(short, short)
        wanted = kind == "federal" or (short in _COMMON and not name.endswith("(observed)"))
        if first <= day <= last and wanted:
            yield day, short
