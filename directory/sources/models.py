"""Sources that listings are pulled from, and each pull with what it would change or has changed."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.crypto import Encrypted
from core.database import Base, new_id

OPEN = ("reading", "ready")
"""States of a pull that has not come to its end; one of each source at a time is being read."""

WHOLE_AGAIN = timedelta(days=7)
"""After so long a pull reads everything anew, whatever the source says has changed."""

MOST_FAILURES = 12
"""A pull that failed so often in a row, for hours, is given up."""


class Source(Base):
    """An HSDS API that listings are pulled from. Its `name` stands as `source` on every row that came from it."""

    __tablename__ = "source"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(String(120), unique=True)
    address: Mapped[str] = mapped_column(String(500))
    api_key: Mapped[str | None] = mapped_column(Encrypted("source.api_key"))
    every_hours: Mapped[int] = mapped_column(default=24)
    """Hours between two pulls; 0 means by hand only."""
    approve: Mapped[bool] = mapped_column(default=True)
    """Whether changes wait until a person has looked at them."""
    enabled: Mapped[bool] = mapped_column(default=True)
    publisher: Mapped[str | None] = mapped_column(String(200))
    version: Mapped[str | None] = mapped_column(String(40))
    profile: Mapped[str | None] = mapped_column(String(500))
    looked_at: Mapped[datetime | None]
    """When its root document was last asked for."""
    trouble: Mapped[list[Any] | None] = mapped_column(JSON(none_as_null=True))
    """Why the last look or pull did not succeed, a sentence as `core.outbound.Told` has it; None when it did."""
    modified_since: Mapped[datetime | None]
    """On the source's own clock: everything it changed before has been applied here."""
    whole_at: Mapped[datetime | None]
    """When a pull that read everything was last applied."""
    pulled_at: Mapped[datetime | None]
    """When the last pull was applied."""
    tried_at: Mapped[datetime | None]
    """When the last pull was begun; the next is reckoned from here."""
    failures: Mapped[int] = mapped_column(default=0)
    """How many pulls in a row have failed."""
    made_by: Mapped[str | None] = mapped_column(String(200))
    made_at: Mapped[datetime]

    @property
    def next_pull(self) -> datetime | None:
        """When the schedule pulls next, which may be past; None for one that is pulled by hand or paused."""
        if not self.enabled or not self.every_hours:
            return None
        return self.made_at if self.tried_at is None else self.tried_at + timedelta(hours=self.every_hours)

    def reads_whole(self, now: datetime) -> bool:
        """Tell whether a pull that begins now has to read everything."""
        return self.modified_since is None or self.whole_at is None or now - self.whole_at >= WHOLE_AGAIN


class Pull(Base):
    """One run over a source: reading -> ready -> applied or discarded, or failed.

    `counts` has, by table, how many rows are added, updated, removed or unchanged; `changes` the first listings with what
    changes in them, see `weighing.Listing`.
    """

    __tablename__ = "pull"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    source_id: Mapped[UUID] = mapped_column(ForeignKey("source.id", ondelete="CASCADE"))
    state: Mapped[str] = mapped_column(String(20), default="reading")
    at_once: Mapped[bool | None]
    """Whether it is applied as soon as it is ready, by the word of a person; None for what its source says."""
    modified_after: Mapped[datetime | None]
    """What the source was asked for; None for everything."""
    began_there: Mapped[datetime | None]
    """When reading began, on the source's clock."""
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    step: Mapped[str] = mapped_column(String(20), default="root")
    page: Mapped[int] = mapped_column(default=0)
    pages: Mapped[int] = mapped_column(default=0)
    read: Mapped[int] = mapped_column(default=0)
    """How many documents were read."""
    failures: Mapped[int] = mapped_column(default=0)
    """How many requests in a row have failed."""
    waits_until: Mapped[datetime | None]
    """Until when the source asked to be left alone, or we leave it alone."""
    counts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    changes: Mapped[list[Any]] = mapped_column(JSON, default=list)
    remarks: Mapped[list[Any]] = mapped_column(JSON, default=list)
    error: Mapped[list[Any] | None] = mapped_column(JSON(none_as_null=True))
    """Why it failed or was discarded by itself, or why the last request failed: a sentence, as are the `remarks`."""
    by: Mapped[str | None] = mapped_column(String(200))
    """Who asked for it; None for the schedule."""
    decided_by: Mapped[str | None] = mapped_column(String(200))

    source: Mapped[Source] = relationship(lazy="raise")

    @property
    def is_whole(self) -> bool:
        """Whether everything was asked for, not only what has changed."""
        return self.modified_after is None


Index("ix_pull_source_id_started_at", Pull.source_id, Pull.started_at)
_reading = Pull.state == "reading"
Index("ix_pull_one_reading", Pull.source_id, unique=True, sqlite_where=_reading, postgresql_where=_reading)
