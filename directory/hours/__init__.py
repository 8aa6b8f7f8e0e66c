"""Opening hours as people write them, read into HSDS schedule rows, and only where the reading is certain.

A text goes through steps, one module each: `tokens` cuts it up by the vocabulary in `words`, `phrases` sets remarks
aside, `grammar` makes `clauses` ("these days, these spans") with the help of `days` and `clock` (which fills in a missing
am or pm), and `reader` turns these into `rows`. `described` finds hours within a description, and `remarks` reads seasons
and holidays out of what is noted beside hours.
"""

from directory.hours.described import read_described
from directory.hours.reader import read_hours, read_weekday, read_weekdays
from directory.hours.rows import ScheduleFields

__all__ = ["ScheduleFields", "read_described", "read_hours", "read_weekday", "read_weekdays"]
