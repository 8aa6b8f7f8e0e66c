"""When a service is open: schedule rows in the terms of HSDS, asked at a moment, over a week, or as numbers for an index.

All times of rows are those of the clock on the wall at the place. `reading` makes `rules` of rows, `opening` asks them
and the public holidays (`calendars`), `words` and `state_words` say it to people, `dayrules` holds it as numbers,
`recurring` tells it to calendars.
"""

from directory.opening.answers import DayHours, OpenState
from directory.opening.opening import Opening
from directory.opening.reading import ScheduleRow, read_rule
from directory.opening.recurring import Recurring, recurring
from directory.opening.soon import unusual_days
from directory.opening.state_words import doubt_words, state_words
from directory.opening.words import DayRow, row_words

__all__ = [
    "DayHours",
    "DayRow",
    "OpenState",
    "Opening",
    "Recurring",
    "ScheduleRow",
    "doubt_words",
    "read_rule",
    "recurring",
    "row_words",
    "state_words",
    "unusual_days",
]
