"""How much of anything a table may hold before it is taken for a mistake, or for harm."""

MAX_CELL = 1024**2
"""Characters of one cell."""

MAX_LINE = 16 * MAX_CELL
"""Bytes of one line of a text file."""

MAX_COLUMNS = 2_000
"""Columns that a table may name."""
