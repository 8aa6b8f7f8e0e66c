"""When a service is open: schedule rows in the terms of HSDS, asked at a moment, over a week, or as numbers for an index.

All times of rows are those of the clock on the wall at the place. `rules` reads the rows, `opening` answers, `words` says
it to people.
"""

from directory.opening.answers import DayHours, OpenState
from directory.opening.opening import Opening
from directory.opening.reading import ScheduleRow
from directory.opening.state_words import doubt_words, state_words
from directory.opening.words import DayRow, row_words

__all__ = [
    "DayHours",
    "DayRow",
    "OpenState",
    "Opening",
    "ScheduleRow",
    "doubt_words",
    "row_words",
    "state_words",
]
