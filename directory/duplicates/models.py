"""Pairs of listings that may be one, and the merges that were made."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from core import clock
from core.database import Base, new_id
from directory.models.base import AnyJson, JsonAsWritten


class DuplicatePair(Base):
    """Two organizations or two services that may be one and the same; `left_id` is the smaller of the ids.

    `reasons` are codes with figures, the strongest first, see `directory.duplicates.weights`. Somebody's decision stands
    until the reasons change.
    """

    __tablename__ = "duplicate_pair"
    __table_args__ = (
        UniqueConstraint("left_id", "right_id"),
        Index(None, "right_id"),
        Index(None, "state", "score"),
        CheckConstraint("entity IN ('organization', 'service')", name="entity_known"),
        CheckConstraint("state IN ('open', 'later', 'different', 'merged')", name="state_known"),
    )
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    entity: Mapped[str] = mapped_column(String(20))
    left_id: Mapped[uuid.UUID]
    right_id: Mapped[uuid.UUID]
    score: Mapped[float]
    reasons: Mapped[list[Any]] = mapped_column(AnyJson)
    state: Mapped[str] = mapped_column(String(20), default="open")
    found_at: Mapped[datetime] = mapped_column(default=clock.now)
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str | None] = mapped_column(String(120))
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}


class ListingMerge(Base):
    """That two listings were made one: `other_id` leads to `kept_id` until the merge is undone.

    `changes` holds what undoing needs: rows with what stood in them before and after, copies of rows, and the
    revisions that were written. `left_alone` is what an undo did not touch, since it had changed meanwhile.
    """

    __tablename__ = "listing_merge"
    __table_args__ = (
        Index(
            "uq_listing_merge_standing",
            "other_id",
            unique=True,
            sqlite_where=text("undone_at IS NULL"),
            postgresql_where=text("undone_at IS NULL"),
        ),
        Index(None, "kept_id"),
        Index(None, "made_at"),
        CheckConstraint("entity IN ('organization', 'service')", name="entity_known"),
        CheckConstraint("kept_id <> other_id", name="two_listings"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    entity: Mapped[str] = mapped_column(String(20))
    pair_id: Mapped[uuid.UUID | None]
    kept_id: Mapped[uuid.UUID]
    other_id: Mapped[uuid.UUID]
    kept_name: Mapped[str]
    other_name: Mapped[str]
    made_at: Mapped[datetime]
    made_by: Mapped[str] = mapped_column(String(120))
    undone_at: Mapped[datetime | None]
    undone_by: Mapped[str | None] = mapped_column(String(120))
    changes: Mapped[dict[str, Any]] = mapped_column(JsonAsWritten)
    left_alone: Mapped[list[Any] | None] = mapped_column(JsonAsWritten)
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}
