"""One form, one effect: the key that every form carries is stored in the same transaction as what the form did."""

import hashlib
from datetime import datetime, timedelta

from sqlalchemy import Index, String, delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from core import clock
from core.crypto import Encrypted
from core.database import Base
from core.errors import AlreadyDone

KEPT_FOR = timedelta(days=3)


class RequestKey(Base):
    """The key of a form that took effect, and where its sender was led afterwards.

    That address is encrypted: it may hold the token of a mailed link.
    """

    __tablename__ = "request_key"
    __table_args__ = (Index(None, "created_at"),)

    key_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    created_at: Mapped[datetime]
    location: Mapped[str] = mapped_column(Encrypted("request_key.location"), default="")


def key_hash(key: str, path: str, owner: str) -> str:
    """Return what is stored of a key: bound to the address it was sent to and to the browser's session."""
    return hashlib.sha256("\x00".join((key, path, owner)).encode()).hexdigest()


async def claim(db: AsyncSession, hashed: str) -> RequestKey:
    """Take the key for this transaction, or raise `AlreadyDone` with where the first sending led.

    A second sending at the same time waits here, by the database's own uniqueness, until the first has committed
    or failed; after a failure it takes the key itself.
    """
    row = RequestKey(key_hash=hashed, created_at=clock.now(), location="")
    db.add(row)
    try:
        await db.flush()
    except IntegrityError:
        await db.rollback()
        # On the connection we have: waiting for a second one, a crowd of sendings would wait for itself.
        earlier = await db.scalar(select(RequestKey.location).where(RequestKey.key_hash == hashed))
        raise AlreadyDone(earlier or "/") from None
    return row


async def forget_old(db: AsyncSession) -> None:
    """Delete keys too old to be sent again."""
    await db.execute(delete(RequestKey).where(RequestKey.created_at < clock.now() - KEPT_FOR))
