"""Which needs each service speaks to, and why."""

import uuid
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base, new_id
from directory.models.base import AnyJson

RULE, EDITOR = "rule", "editor"


class ServiceNeed(Base):
    """A service speaks to a need, or, when `denied`, an editor says that it does not.

    `origin` is "rule" for what the word rules found (`evidence` lists field and words) and "editor" for a
    correction, which the rules never touch again.
    """

    __tablename__ = "service_need"
    __table_args__ = (
        UniqueConstraint("service_id", "need"),
        CheckConstraint("origin IN ('rule', 'editor')", name="origin_known"),
        CheckConstraint("origin = 'editor' OR NOT denied", name="only_editors_deny"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    service_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("service.id", ondelete="CASCADE"))
    need: Mapped[str] = mapped_column(String(60), index=True)
    origin: Mapped[str] = mapped_column(String(10), default=RULE)
    denied: Mapped[bool] = mapped_column(default=False)
    evidence: Mapped[list[Any]] = mapped_column(AnyJson, default=list)
