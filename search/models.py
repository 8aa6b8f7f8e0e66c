"""What search keeps beside the directory: needs that services speak to and why, their track records, geocoder answers."""

import uuid
from datetime import date
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base, new_id
from directory.models.base import AnyJson

RULE, EDITOR = "rule", "editor"


class ServiceTrack(Base):
    """How well referrals to a service have gone: one smoothed number, and nothing of the people behind it.

    Written by a job of the referrals for services with enough of them (`search.matching.track`); a service without a row
    is a newcomer and counts as an average one. `answer_hours` is the median time to the first answer.
    """

    __tablename__ = "service_track"

    service_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("service.id", ondelete="CASCADE"), primary_key=True
    )
    score: Mapped[float]
    answer_hours: Mapped[float | None]


class ServiceNeed(Base):
    """A service speaks to a need, or, when `denied`, an editor says that it does not.

    `origin` is "rule" for what taxonomies and words told (`evidence` lists them) and "editor" for a correction, which
    the rules never touch again; who made it and when is in the revisions of the service (`search.actions.REVISION`).
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


class FoundPlace(Base):
    """What the geocoder answered about a text, so that it is asked once; without a position: nothing was found.

    `key` is a keyed hash of the text: neither the text nor the address it was taken for is kept. Coordinates are
    rounded to about 100 metres, the label names town and ZIP code only, and days are kept instead of moments.
    """

    __tablename__ = "found_place"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    label: Mapped[str] = mapped_column(String(200), default="")
    precision: Mapped[str] = mapped_column(String(10), default="")
    postal_code: Mapped[str] = mapped_column(String(5), default="")
    provider: Mapped[str] = mapped_column(String(100))
    found_on: Mapped[date]
    expires_on: Mapped[date] = mapped_column(index=True)
