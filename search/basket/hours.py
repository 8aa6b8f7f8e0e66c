"""Opening hours in the few lines that fit on paper: what holds every week, then what is different soon."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from core.display import long_day
from core.i18n import gettext as _
from directory.hours.words import WEEKDAYS
from directory.opening import Opening, row_words, unusual_days
from search.rows import Terms

MOST_LINES = 6


def usual(terms: Iterable[Terms], today: date) -> list[str]:
    """The hours of a usual week in words, one line for days that have the same; dates alone are left out."""
    lasting = [one for one in terms if not _dated(one) and not _over(one, today)]
    lines = [row_words(one) for one in _together(lasting)]
    return list(dict.fromkeys(line for line in lines if line))[:MOST_LINES]


def soon(opening: Opening, today: date) -> list[str]:
    """Days of the next weeks on which it is not as usual: "Thursday, November 26: Closed: Thanksgiving"."""
    if not opening.known:
        return []
    lines = []
    for row in unusual_days(opening, today):
        said = long_day(row.date)
        words = {"day": said[:1].upper() + said[1:], "hours": row.words}
        lines.append(_("%(day)s: %(hours)s") % words)
    return lines[:MOST_LINES]


def _dated(one: Terms) -> bool:
    return bool(one.valid_from and one.valid_from == one.valid_to) or not (
        one.freq or one.byday or _text(one)
    )


def _text(one: Terms) -> bool:
    return bool(one.description and not one.valid_from)


def _over(one: Terms, today: date) -> bool:
    return any(end is not None and end < today for end in (one.valid_to, one.until))


def _together(terms: Iterable[Terms]) -> list[Terms]:
    """One row for all weekdays with the same times: many listings have a row for each day."""
    merged: dict[Terms, list[str]] = {}
    others: list[Terms] = []
    for one in terms:
        days = [day.strip().upper() for day in (one.byday or "").split(",")]
        if (one.freq or "").upper() == "WEEKLY" and all(day in WEEKDAYS for day in days):
            merged.setdefault(one._replace(byday=None), []).extend(days)
        else:
            others.append(one)
    weekly = sorted((min(map(WEEKDAYS.index, days)), key, days) for key, days in merged.items())
    return [
        key._replace(byday=",".join(sorted(set(days), key=WEEKDAYS.index))) for _first, key, days in weekly
    ] + others
