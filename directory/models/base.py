"""What every table of the directory has in common: where a row came from, and columns nobody knew."""

import uuid
from typing import Any

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.database import new_id

AnyJson = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")

JsonAsWritten = JSON(none_as_null=True)
"""JSON that is kept as it was written: JSONB would refuse texts that hold a NUL."""


class Recorded:
    """The id of a row and its origin.

    `source` names the file or system a row was imported from, `source_id` is its id there, `extra` keeps what
    that row said in columns HSDS has no place for, or differently from the value it became (both are exported
    again), and `checksum` tells whether the row has changed since the last import. `given` keeps what an HSDS
    document said otherwise than our columns do, see `directory.hsds.render`. `corrected` holds the fields that
    somebody has changed here, each with what the source says: imports leave those alone. All six are empty on rows
    that were made here.
    """

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    source: Mapped[str | None] = mapped_column(String(120))
    source_id: Mapped[str | None] = mapped_column(String(500))
    extra: Mapped[dict[str, Any] | None] = mapped_column(AnyJson)
    checksum: Mapped[str | None] = mapped_column(String(32))
    given: Mapped[dict[str, Any] | None] = mapped_column(JsonAsWritten)
    corrected: Mapped[dict[str, Any] | None] = mapped_column(JsonAsWritten)


def part_of(table: str) -> Any:
    """Return a foreign key column for a row that is nothing without its owner and goes when that goes."""
    return mapped_column(ForeignKey(f"{table}.id", ondelete="CASCADE"), index=True)


def refers_to(table: str) -> Any:
    """Return a foreign key column for a reference that is emptied when the other row goes."""
    return mapped_column(ForeignKey(f"{table}.id", ondelete="SET NULL"), index=True)
