"""Tables of the keys that partners' programs come with, and of how often each was used."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from accounts.models import Agency
from core import clock
from core.crypto import Encrypted
from core.database import Base, new_id

#: How many requests a key may make in ten minutes, unless it is made with another number.
USUAL_LIMIT = 60_000
#: How many characters of a key are kept and shown, so that people can tell their keys apart.
PREFIX_LENGTH = 8


class ApiKey(Base):
    """A partner's key. The key itself is shown once, when it is made; kept are its beginning and its keyed hash.

    `organization_id` is the agency whose administrator made it; `expires_on` the last day on which it opens anything,
    by that agency's calendar.
    """

    __tablename__ = "api_key"
    __table_args__ = (Index(None, "organization_id", "created_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    organization_id: Mapped[UUID] = mapped_column(ForeignKey("agency.id", ondelete="RESTRICT"))
    name: Mapped[str] = mapped_column(String(120))
    mail: Mapped[str] = mapped_column(Encrypted("api_key.mail"), default="")
    prefix: Mapped[str] = mapped_column(String(PREFIX_LENGTH), unique=True)
    key_hash: Mapped[str] = mapped_column(String(64), unique=True)
    per_10_minutes: Mapped[int] = mapped_column(Integer, default=USUAL_LIMIT)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey("user_account.id", ondelete="SET NULL"))
    expires_on: Mapped[date | None]
    revoked_at: Mapped[datetime | None]
    last_used_on: Mapped[date | None]

    agency: Mapped[Agency] = relationship(lazy="raise")

    def state(self, today: date) -> str:
        """Return `"revoked"`, `"expired"` or `"open"` as of `today`, a day of the agency's calendar."""
        if self.revoked_at is not None:
            return "revoked"
        return "expired" if self.expires_on is not None and self.expires_on < today else "open"


class ApiKeyUse(Base):
    """How many requests of a key were answered on one day of its agency's calendar."""

    __tablename__ = "api_key_use"
    __table_args__ = (Index(None, "day"),)

    key_id: Mapped[UUID] = mapped_column(ForeignKey("api_key.id", ondelete="CASCADE"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    count: Mapped[int] = mapped_column(Integer)
