"""Opening hours as people write them, read into HSDS schedule rows, and only where the reading is certain.

A text goes through four steps, one module each: `words` (the vocabulary), `tokens` (text to tokens), `clauses` (tokens to
"these days, these spans"), `rows` (clauses to schedule rows). `clock` reads times of day and fills in a missing am or pm.
"""

from directory.hours.reader import read_hours, read_weekdays
from directory.hours.rows import ScheduleFields

__all__ = ["ScheduleFields", "read_hours", "read_weekdays"]
