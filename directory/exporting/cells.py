"""Cells of workbooks: dates, times and numbers as such, all else as text that no spreadsheet takes for a formula."""

import re
from datetime import UTC, date, datetime, time
from typing import Any

from core.csv import safe_cell
from core.i18n import gettext as _

LONGEST = 32_767
"""So many characters a spreadsheet holds in a cell."""
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
#: Spreadsheets read _x0041_ as the letter of that number.
_ESCAPE = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
_FIRST_YEAR = 1900


def cell(value: Any) -> Any:
    """Return a value as openpyxl takes it."""
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, datetime):
        value = value.astimezone(UTC).replace(tzinfo=None, microsecond=0)
    if isinstance(value, date):
        # Spreadsheets count days from 1900 on.
        return value if value.year >= _FIRST_YEAR else value.isoformat()
    if value is None or isinstance(value, int | float | time):
        return value
    return text(str(value))


def text(value: str) -> str | None:
    """Return a text that is shown as it is and never run; nothing for a blank one."""
    value = _ESCAPE.sub("_x005F_", _ILLEGAL.sub("", value))
    # What is safe is decided by what a spreadsheet sees: after characters that it cannot hold were taken out.
    value = safe_cell(value)
    if value[:1] in ("\t", "\r", "="):
        value = f"'{value}"
    if not value or value.isspace():
        return None
    return value if len(value) <= LONGEST else f"{value[: LONGEST - 1]}…"
