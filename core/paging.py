"""Long lists, page by page: a page goes on after the last row of the one before, never at an offset."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, or_
from sqlalchemy.orm import InstrumentedAttribute

from core.errors import BadRequest
from core.i18n import gettext as _

#: The last row of a page: the moment that the list is sorted by, and the id that decides between equal moments.
Cursor = tuple[datetime, UUID]


def read_cursor(text: str) -> Cursor | None:
    """Read where a list goes on, `moment~id`; raises `BadRequest` for what no page of ours has given out."""
    if not text:
        return None
    try:
        at, _tilde, row_id = text.partition("~")
        moment = datetime.fromisoformat(at)
        if moment.tzinfo is None:
            raise ValueError("naive")
        return moment.astimezone(UTC), UUID(row_id)
    except (ValueError, OverflowError):
        raise BadRequest(_("This list cannot go on from there. Start it again.")) from None


def cursor_after(at: datetime | None, row_id: UUID) -> str:
    """Write where a list goes on."""
    return f"{at.isoformat() if at else ''}~{row_id}"


def after(
    query: Select[Any],
    at: InstrumentedAttribute[Any],
    row_id: InstrumentedAttribute[UUID],
    cursor: Cursor | None,
) -> Select[Any]:
    """Continue a list sorted by `at` and `row_id` after its last row."""
    if cursor is None:
        return query
    # The first condition says nothing new, but it is one that an index can begin at.
    return query.where(at >= cursor[0], or_(at > cursor[0], row_id > cursor[1]))


def before(
    query: Select[Any],
    at: InstrumentedAttribute[Any],
    row_id: InstrumentedAttribute[UUID],
    cursor: Cursor | None,
) -> Select[Any]:
    """Continue a list sorted by `at` and `row_id`, both descending, after its last row."""
    if cursor is None:
        return query
    return query.where(at <= cursor[0], or_(at < cursor[0], row_id < cursor[1]))
