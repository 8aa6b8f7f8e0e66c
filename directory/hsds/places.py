"""Where readers are who go through a list page by page, so that changes meanwhile neither repeat nor skip a row.

A page counted from the beginning moves when rows before it come or go. Whoever has just read page 7 gets as page 8 what
comes after the last row that they were given; anybody else gets what is page 8 now. Kept in the database, so that it does
not matter which process answers, under a keyed hash, and for ten minutes.
"""

import uuid
from datetime import timedelta

from sqlalchemy import BigInteger, Index, String, delete, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from core import clock, crypto
from core.database import Base, insert_into
from core.jobs import Payload, every

KEPT = timedelta(minutes=10)


class ReadingPlace(Base):
    """That a reader of a list goes on with a page after a row; `key` stands for reader and list."""

    __tablename__ = "reading_place"
    __table_args__ = (Index(None, "ends_at"),)

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    page: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    after: Mapped[uuid.UUID]
    ends_at: Mapped[int] = mapped_column(BigInteger)


def key_of(reader: str, asked: str) -> str:
    """Return the key of a reader (an address, or a partner) and what it asks for."""
    return crypto.keyed_hash("reading place", reader, asked)


async def find(db: AsyncSession, key: str, page: int) -> uuid.UUID | None:
    """Return the row after which a page begins for a reader, if it comes from the page before."""
    now = int(clock.now().timestamp())
    query = select(ReadingPlace.after).where(
        ReadingPlace.key == key, ReadingPlace.page == page, ReadingPlace.ends_at > now
    )
    return await db.scalar(query)


async def keep(db: AsyncSession, key: str, page: int, after: uuid.UUID) -> None:
    """Note where a page begins for a reader who was given the one before; the one before that may be asked again."""
    row = {
        "key": key,
        "page": page,
        "after": after,
        "ends_at": int((clock.now() + KEPT).timestamp()),
    }
    await db.execute(
        insert_into(db, ReadingPlace)
        .values(row)
        .on_conflict_do_update(
            index_elements=["key", "page"], set_={"after": after, "ends_at": row["ends_at"]}
        )
    )
    await db.execute(delete(ReadingPlace).where(ReadingPlace.key == key, ReadingPlace.page < page - 1))


@every(timedelta(hours=1).total_seconds(), "hsds.forget_places")
async def forget_old(db: AsyncSession, _payload: Payload) -> None:
    """Delete places that nobody comes back to."""
    await db.execute(delete(ReadingPlace).where(ReadingPlace.ends_at < int(clock.now().timestamp())))
