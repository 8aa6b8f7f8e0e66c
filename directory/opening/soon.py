"""Days ahead that are unlike the usual week: what a listing and a hand-out warn of."""

from collections.abc import Iterator
from datetime import date, timedelta

from directory.opening.opening import Opening
from directory.opening.words import DayRow

#: For how many days it is told: a hand-out is kept for about so long.
SOON_DAYS = 21
_WEEK = timedelta(days=7)


def unusual_days(opening: Opening, today: date) -> Iterator[DayRow]:
    """Yield the days of the next three weeks that differ from the same weekday a week before or after."""
    for ahead in range(SOON_DAYS):
        day = today + timedelta(days=ahead)
        row = DayRow(day, opening.day(day))
        if _differs(opening, row):
            yield row


def _differs(opening: Opening, row: DayRow) -> bool:
    """Whether a day is unlike the same weekday a week before or after: what is closed every Sunday surprises nobody."""
    if not (row.hours.special or row.hours.unsure):
        return False
    others = [DayRow(day, opening.day(day)) for day in (row.date - _WEEK, row.date + _WEEK)]
    told = row.hours.reason or row.spans or row.hours.unsure or any(other.spans for other in others)
    return bool(told) and any(other.words != row.words for other in others)
