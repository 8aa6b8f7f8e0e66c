"""Tables of the people who sign in: organizations, users, login sessions, the audit trail."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import DDL, JSON, BigInteger, ForeignKey, Index, String, event
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core import clock, crypto
from core.crypto import Encrypted
from core.database import Base, new_id

#: A login session ends after so long without a request, and in any case after a working day.
IDLE = timedelta(minutes=30)
ABSOLUTE = timedelta(hours=12)


class Agency(Base):
    """An organization whose people sign in. Has the id of its HSDS organization when it has a listing."""

    __tablename__ = "agency"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(String(200))
    mail: Mapped[str] = mapped_column(String(254), default="")
    time_zone: Mapped[str] = mapped_column(String(60), default="America/Chicago")
    settings: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)


class User(Base):
    """A person of one organization, in one role. The mail address is encrypted and found by its keyed hash."""

    __tablename__ = "user_account"
    __table_args__ = (Index(None, "organization_id", "name"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    organization_id: Mapped[UUID] = mapped_column(ForeignKey("agency.id", ondelete="RESTRICT"))
    email: Mapped[str] = mapped_column(Encrypted("user_account.email"))
    email_index: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    role: Mapped[str] = mapped_column(String(20))
    password_hash: Mapped[str] = mapped_column(String(200))
    password_changed_at: Mapped[datetime] = mapped_column(default=clock.now)
    disabled_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)

    agency: Mapped[Agency] = relationship(lazy="raise")


class LoginSession(Base):
    """One browser that is signed in. The cookie holds a random token of which only the hash is kept."""

    __tablename__ = "login_session"
    __table_args__ = (Index(None, "user_id"), Index(None, "expires_at"))

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    agent: Mapped[str] = mapped_column(String(80), default="")
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]

    user: Mapped[User] = relationship(lazy="raise")

    def alive(self, at: datetime) -> bool:
        """Tell whether the session still counts at `at`."""
        return at < self.expires_at and at < self.seen_at + IDLE


class AuditEntry(Base):
    """Who did, saw or was refused what, and when. Only ever added to; `hash` covers the entry and the one before it.

    Holds ids and kinds, never what a person is called or has written. `user_id` is empty for what was done from a
    mailed link, by a job or by a command.
    """

    __tablename__ = "audit_entry"
    __table_args__ = (Index(None, "organization_id", "at"), Index(None, "subject_id"))

    organization_id: Mapped[UUID] = mapped_column(primary_key=True)
    sequence: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    user_id: Mapped[UUID | None]
    action: Mapped[str] = mapped_column(String(60))
    subject_type: Mapped[str] = mapped_column(String(60))
    subject_id: Mapped[UUID | None]
    details: Mapped[dict[str, str]] = mapped_column(JSON)
    hash: Mapped[str] = mapped_column(String(64))


class AuditHead(Base):
    """The end of one organization's audit trail, sealed with our key: whoever cuts entries off cannot make its seal."""

    __tablename__ = "audit_head"

    organization_id: Mapped[UUID] = mapped_column(primary_key=True)
    sequence: Mapped[int] = mapped_column(BigInteger)
    hash: Mapped[str] = mapped_column(String(64))
    seal: Mapped[str] = mapped_column(String(64))


#: What makes each database refuse to change the trail; migrations run these after making the table.
AUDIT_GUARDS: dict[str, tuple[str, ...]] = {
    "sqlite": tuple(
        f"CREATE TRIGGER audit_entry_no_{verb.lower()} BEFORE {verb} ON audit_entry "
        "BEGIN SELECT RAISE(ABORT, 'the audit trail only grows'); END"
        for verb in ("UPDATE", "DELETE")
    ),
    "postgresql": (
        "CREATE OR REPLACE FUNCTION audit_entry_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'the audit trail only grows'; END $$",
        "CREATE TRIGGER audit_entry_no_change BEFORE UPDATE OR DELETE ON audit_entry "
        "FOR EACH ROW EXECUTE FUNCTION audit_entry_refuse()",
        "CREATE TRIGGER audit_entry_no_truncate BEFORE TRUNCATE ON audit_entry "
        "FOR EACH STATEMENT EXECUTE FUNCTION audit_entry_refuse()",
    ),
}
for _dialect, _statements in AUDIT_GUARDS.items():
    for _statement in _statements:
        event.listen(AuditEntry.__table__, "after_create", DDL(_statement).execute_if(dialect=_dialect))


def email_index(email: str) -> str:
    """Return the keyed hash that a user is found by; capital letters do not count in mail addresses."""
    return crypto.keyed_hash("sign-in address", email.strip().casefold())
