"""Clients, their needs and their consents. What tells who somebody is, or what was said, is encrypted by column."""

import uuid
from datetime import date, datetime

from sqlalchemy import JSON, ForeignKey, Index, String, and_
from sqlalchemy.orm import Mapped, mapped_column, relationship
from sqlalchemy.sql.elements import ColumnElement

from core import clock
from core.crypto import Encrypted
from core.database import Base, new_id
from core.errors import WrongState
from core.i18n import N_
from core.i18n import gettext as _

#: How soon a need must be met, most urgent first.
URGENCIES = {
    "today": N_("Today"),
    "week": N_("This week"),
    "month": N_("This month"),
    "later": N_("Can wait"),
}
#: Whether the person wants help with a need: asked apart from whether they have it.
WANTS_HELP = {"yes": N_("Wants help"), "no": N_("Does not want help now"), "not-asked": N_("Not asked yet")}
#: What a need can become. It stays open until it is known to be one of the others.
NEED_STATES = {
    "open": N_("Open"),
    "met": N_("Met"),
    "no-longer-wanted": N_("No longer wanted"),
    "unmet": N_("Could not be met"),
}
#: How somebody may safely be reached.
CONTACT_WAYS = {
    "phone": N_("Call"),
    "text": N_("Text message"),
    "email": N_("Email"),
    "in-person": N_("In person only"),
    "none": N_("Do not contact the person"),
}
#: What a receiving organization can be told, each to be agreed to by itself (HIPAA minimum necessary).
CATEGORIES = {
    "name": N_("Name"),
    "contact": N_("How to reach the person"),
    "birth_date": N_("Date of birth"),
    "place": N_("Town and ZIP code"),
    "language": N_("Language"),
    "note": N_("What you write to them"),
}
#: What most referrals need; the date of birth has to be asked for on purpose.
USUAL_CATEGORIES = ("name", "contact", "place", "language", "note")
CONSENT_FORMS = {"spoken": N_("Spoken"), "written": N_("Written and signed")}
PURPOSES = {
    "referral": N_("To get help from them"),
    "coordination": N_("To plan care together"),
}


class Client(Base):
    """A person whom an organization helps. Belongs to that organization alone.

    `birth_date` is ISO text because it is encrypted; `identity_index` finds the same name and birth date again
    without telling either.
    """

    __tablename__ = "client"
    __table_args__ = (
        Index(None, "organization_id", "created_at"),
        Index(None, "organization_id", "identity_index"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    organization_id: Mapped[uuid.UUID]
    given_name: Mapped[str] = mapped_column(Encrypted("client.given_name"))
    family_name: Mapped[str] = mapped_column(Encrypted("client.family_name"))
    birth_date: Mapped[str] = mapped_column(Encrypted("client.birth_date"))
    identity_index: Mapped[str] = mapped_column(String(64))
    place: Mapped[str] = mapped_column(Encrypted("client.place"))
    language: Mapped[str] = mapped_column(String(8), default="en")
    contact_way: Mapped[str] = mapped_column(String(12))
    phone: Mapped[str] = mapped_column(Encrypted("client.phone"), default="")
    email: Mapped[str] = mapped_column(Encrypted("client.email"), default="")
    safe_contact: Mapped[str] = mapped_column(Encrypted("client.safe_contact"), default="")
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    created_by: Mapped[uuid.UUID]
    version: Mapped[int] = mapped_column(default=1)

    needs: Mapped[list["Need"]] = relationship(
        back_populates="client", lazy="raise", order_by="Need.created_at", passive_deletes=True
    )
    consents: Mapped[list["Consent"]] = relationship(
        back_populates="client", lazy="raise", order_by="Consent.created_at", passive_deletes=True
    )

    __mapper_args__ = {"version_id_col": version}

    @property
    def name(self) -> str:
        """The full name, for pages only."""
        return f"{self.given_name} {self.family_name}".strip()

    @property
    def short_name(self) -> str:
        """Given name and initial, for lists that others may glance at."""
        initial = self.family_name[:1]
        return f"{self.given_name} {initial}." if initial else self.given_name

    def age_on(self, day: date) -> int:
        """Return the age in whole years on `day`."""
        born = date.fromisoformat(self.birth_date)
        return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


class Need(Base):
    """Something a client needs, by the codes of `directory.needs`; open until it is known to be met or given up."""

    __tablename__ = "need"
    __table_args__ = (Index(None, "client_id", "state"), Index(None, "state", "created_at"))

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    client_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("client.id", ondelete="CASCADE"))
    code: Mapped[str] = mapped_column(String(60))
    urgency: Mapped[str] = mapped_column(String(12))
    wants_help: Mapped[str] = mapped_column(String(12))
    state: Mapped[str] = mapped_column(String(20), default="open")
    note: Mapped[str] = mapped_column(Encrypted("need.note"), default="")
    closing_reason: Mapped[str] = mapped_column(Encrypted("need.closing_reason"), default="")
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    created_by: Mapped[uuid.UUID]
    closed_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    client: Mapped[Client] = relationship(back_populates="needs", lazy="raise")

    __mapper_args__ = {"version_id_col": version}

    def close(self, state: str, reason: str = "") -> None:
        """Close the need as met, no longer wanted or unmet; unmet wants a reason. Raises `WrongState`."""
        if self.state != "open":
            raise WrongState(_("This need is closed already."))
        if state not in NEED_STATES or state == "open":
            raise ValueError(f"a need cannot be closed as {state!r}")
        if state == "unmet" and not reason.strip():
            raise WrongState(_("Say why the need could not be met."))
        self.state, self.closing_reason, self.closed_at = state, reason.strip(), clock.now()

    def reopen(self) -> None:
        """Open the need again, when help turned out not to have been enough."""
        if self.state == "open":
            raise WrongState(_("This need is open."))
        self.state, self.closing_reason, self.closed_at = "open", "", None


class Consent(Base):
    """A client's permission to tell one organization some things for one purpose, until a date or until taken back.

    Never edited: taking it back sets `revoked_at`, and more is agreed to in a new row (42 CFR 2.31).
    """

    __tablename__ = "consent"
    __table_args__ = (Index(None, "client_id", "recipient_id"), Index(None, "expires_on"))

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    client_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("client.id", ondelete="CASCADE"))
    recipient_id: Mapped[uuid.UUID]
    recipient_name: Mapped[str] = mapped_column(String(255))
    purpose: Mapped[str] = mapped_column(String(20))
    categories: Mapped[list[str]] = mapped_column(JSON)
    form: Mapped[str] = mapped_column(String(10))
    given_on: Mapped[date]
    expires_on: Mapped[date]
    revoked_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    recorded_by: Mapped[uuid.UUID]

    client: Mapped[Client] = relationship(back_populates="consents", lazy="raise")

    def in_force(self, on: date) -> bool:
        """Tell whether the consent holds on a day; its last day still counts."""
        return self.revoked_at is None and self.given_on <= on <= self.expires_on

    def state(self, on: date) -> str:
        """Return `in-force`, `ended` or `revoked`."""
        if self.revoked_at is not None:
            return "revoked"
        return "in-force" if self.in_force(on) else "ended"


def in_force_on(day: date) -> ColumnElement[bool]:
    """Return the SQL condition of a consent that holds on a day; its last day still counts."""
    return and_(Consent.revoked_at.is_(None), Consent.given_on <= day, Consent.expires_on >= day)
