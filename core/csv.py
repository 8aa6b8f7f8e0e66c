"""CSV for spreadsheets, without cells that a spreadsheet would run."""

import csv
import io
from collections.abc import AsyncIterator, Iterable

_DANGEROUS = ("=", "+", "-", "@", "|", "%")


def safe_cell(value: object) -> str:
    """Return a cell's text; one that a spreadsheet would take for a formula gets an apostrophe in front."""
    text = "" if value is None else str(value)
    bare = text.lstrip("".join(map(chr, range(33))) + "\x7f\u00a0")
    return f"'{text}" if bare.startswith(_DANGEROUS) and not _number(bare) else text


def _number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def line(cells: Iterable[object]) -> str:
    """Return one line of CSV."""
    buffer = io.StringIO()
    csv.writer(buffer).writerow([safe_cell(cell) for cell in cells])
    return buffer.getvalue()


async def table(header: Iterable[str], rows: AsyncIterator[Iterable[object]]) -> str:
    """Return a whole table; begins with a byte order mark, without which spreadsheets garble accents."""
    lines = ["\ufeff", line(header)]
    async for row in rows:
        lines.append(line(row))
    return "".join(lines)
