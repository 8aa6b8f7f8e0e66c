"""The referral and its rules: which state follows which, who may move it, and what each move must say.

States and moves are those of the HL7 SDOH Clinical Care guide 3.0.0 for referral tasks; the finer business states
are those of HL7 BSeR. Reasons separate who stopped it and why.
"""

import uuid
from datetime import date, datetime, timedelta
from typing import Literal, NamedTuple

from sqlalchemy import JSON, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

import referrals.row_security  # noqa: F401 - its policies are made with the tables
from accounts.rules import Actor
from core import clock
from core.crypto import Encrypted
from core.database import Base, new_id
from core.errors import WrongState
from core.i18n import N_
from core.i18n import gettext as _

Party = Literal["sender", "receiver"]

STATES = {
    "draft": N_("Draft"),
    "requested": N_("Sent"),
    "accepted": N_("Accepted"),
    "in-progress": N_("In progress"),
    "on-hold": N_("On hold"),
    "rejected": N_("Declined"),
    "cancelled": N_("Cancelled"),
    "completed": N_("Completed"),
    "failed": N_("Did not work out"),
    "entered-in-error": N_("Entered by mistake"),
}
TERMINAL = frozenset({"rejected", "cancelled", "completed", "failed", "entered-in-error"})
OPEN = frozenset(STATES) - TERMINAL
#: States in which the receiver has said yes and has not finished.
UNDER_WAY = frozenset({"accepted", "in-progress", "on-hold"})

_ENDINGS = frozenset({"cancelled", "completed", "failed", "entered-in-error"})
#: From each state, the states a referral can go to. Nothing else exists.
TRANSITIONS: dict[str, frozenset[str]] = {
    "draft": frozenset({"requested", "entered-in-error"}),
    "requested": frozenset({"accepted", "rejected", "cancelled", "entered-in-error"}),
    "accepted": frozenset({"in-progress", "on-hold"}) | _ENDINGS,
    "in-progress": frozenset({"on-hold"}) | _ENDINGS,
    "on-hold": frozenset({"in-progress"}) | _ENDINGS,
    "rejected": frozenset({"entered-in-error"}),
    "cancelled": frozenset({"entered-in-error"}),
    "completed": frozenset({"entered-in-error"}),
    "failed": frozenset({"entered-in-error"}),
    "entered-in-error": frozenset(),
}
#: Who may bring a referral into a state.
MOVED_BY: dict[str, frozenset[str]] = {
    "requested": frozenset({"sender"}),
    "cancelled": frozenset({"sender", "receiver"}),
    "entered-in-error": frozenset({"sender"}),
    "accepted": frozenset({"receiver"}),
    "rejected": frozenset({"receiver"}),
    "in-progress": frozenset({"receiver"}),
    "on-hold": frozenset({"receiver"}),
    "failed": frozenset({"receiver"}),
    "completed": frozenset({"receiver"}),
}
#: States that cannot be reached without saying why.
NEEDS_REASON = frozenset({"rejected", "cancelled", "on-hold", "failed"})

BUSINESS_STATES = {
    "scheduled": N_("Appointment made"),
    "no-show": N_("Did not come"),
    "appointment-cancelled": N_("Appointment cancelled"),
    "appointment-done": N_("Came to the appointment"),
    "cancellation-requested": N_("Asked to cancel"),
}

#: Why a referral stopped, and for which states the reason can be given.
REASONS = {
    "client-declined": N_("The person does not want it any more"),
    "could-not-reach": N_("Could not reach the person"),
    "not-eligible": N_("Not eligible here"),
    "no-capacity": N_("No room at the moment"),
    "no-funds": N_("No funds at the moment"),
    "outside-area": N_("Lives outside our area"),
    "missing-documents": N_("Documents are missing"),
    "safety": N_("Not safe"),
    "other": N_("Something else"),
    "taken": N_("Another organization said yes first"),
}
#: Given by no person: what ends the others when one of several that were asked together says yes.
TAKEN = "taken"
#: "Could not reach" counts only after so many attempts, each on a day of its own.
ATTEMPTS_NEEDED = 3

OUTCOMES = {
    "got-help": N_("Got help"),
    "partly": N_("Got some of the help"),
    "no-help": N_("Came, but did not get help"),
}
HELPED = frozenset({"got-help", "partly"})

#: How long a mailed link works if nobody answers.
LINK_LIFE = timedelta(days=14)
CODE_LIFE = timedelta(minutes=10)
CODE_TRIES = 5
#: How long the details stay open in a browser after the right code.
VIEWING_TIME = timedelta(minutes=30)


class Answer(NamedTuple):
    """What came with a move: a reason from `REASONS`, the words to it, an outcome, what was provided, dates tried."""

    reason: str = ""
    note: str = ""
    outcome: str = ""
    provided: str = ""
    attempts: tuple[date, ...] = ()


#: The states of which one round of referrals can hold only one.
_TAKING = text("round_id IS NOT NULL AND state IN ('accepted', 'in-progress', 'on-hold', 'completed')")


class Referral(Base):
    """One request of one organization to another to help a client with one need.

    Moves only by `move`, which holds the transition table. `respond_by` is when a first answer is due; `version` makes
    two people's moves meet as a conflict instead of the second one winning. `waits` says that it came to nothing, that
    help is still wanted and that nobody else was asked: `referrals.waiting` keeps it, nobody sets it.

    Referrals with the same `round_id` were sent together for one need (`referrals.rounds`): the first to say yes takes
    it. The database itself lets only one of a round be accepted.
    """

    __tablename__ = "referral"
    __table_args__ = (
        Index(None, "sender_id", "state", "sent_at"),
        Index(None, "receiver_id", "state", "sent_at"),
        Index(None, "sender_id", "state", "respond_by"),
        Index(None, "sender_id", "state", "created_at"),
        Index(None, "sender_id", "state", "closed_at"),
        Index(None, "sender_id", "waits", "closed_at"),
        Index(None, "previous_id", "state"),
        Index(None, "sender_id", "sent_at"),
        Index(None, "client_id"),
        Index(None, "need_id", "state"),
        Index(
            "ix_referral_round_taken", "round_id", unique=True, sqlite_where=_TAKING, postgresql_where=_TAKING
        ),
        Index(None, "round_id"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    client_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("client.id", ondelete="RESTRICT"))
    need_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("need.id", ondelete="RESTRICT"))
    need_code: Mapped[str] = mapped_column(String(60))
    urgency: Mapped[str] = mapped_column(String(12))
    sender_id: Mapped[uuid.UUID]
    sender_name: Mapped[str] = mapped_column(String(255))
    sender_user_id: Mapped[uuid.UUID]
    receiver_id: Mapped[uuid.UUID | None]
    receiver_name: Mapped[str] = mapped_column(String(255), default="")
    service_id: Mapped[uuid.UUID | None]
    location_id: Mapped[uuid.UUID | None]
    service_name: Mapped[str] = mapped_column(String(255), default="")
    state: Mapped[str] = mapped_column(String(20), default="draft")
    business_state: Mapped[str] = mapped_column(String(30), default="")
    appointment_at: Mapped[datetime | None]
    categories: Mapped[list[str]] = mapped_column(JSON)
    note: Mapped[str] = mapped_column(Encrypted("referral.note"), default="")
    reason: Mapped[str] = mapped_column(String(30), default="")
    reason_note: Mapped[str] = mapped_column(Encrypted("referral.reason_note"), default="")
    outcome: Mapped[str] = mapped_column(String(20), default="")
    provided: Mapped[str] = mapped_column(Encrypted("referral.provided"), default="")
    previous_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("referral.id", ondelete="RESTRICT"))
    round_id: Mapped[uuid.UUID | None]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    sent_at: Mapped[datetime | None]
    respond_by: Mapped[datetime | None]
    first_response_at: Mapped[datetime | None]
    nudged_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    updated_at: Mapped[datetime] = mapped_column(default=clock.now)
    waits: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column(default=1)

    events: Mapped[list["ReferralEvent"]] = relationship(
        back_populates="referral", lazy="raise", order_by="ReferralEvent.at"
    )

    __mapper_args__ = {"version_id_col": version}

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to move it."""
        return self.state in OPEN

    @property
    def got_help(self) -> bool:
        """Whether the person is known to have got help: closed alone does not mean helped."""
        return self.state == "completed" and self.outcome in HELPED

    def is_overdue(self, at: datetime) -> bool:
        """Whether the receiver should have answered by now."""
        return self.state == "requested" and self.respond_by is not None and self.respond_by < at

    def whose_move(self) -> Party | None:
        """Return who has to do something next, or None when it is closed."""
        if self.state == "draft":
            return "sender"
        return "receiver" if self.is_open else None

    def moves(self, by: Party) -> frozenset[str]:
        """Return the states that `by` may bring it to now."""
        return frozenset(to for to in TRANSITIONS[self.state] if by in MOVED_BY[to])

    def move(self, to: str, by: Party, answer: Answer = Answer()) -> str:
        """Bring the referral into state `to`, or raise `WrongState` with a sentence for the person who tried.

        Returns the state it came from. Reasons, outcomes and attempts are checked here and nowhere else, so that no
        address can close a referral without saying how it ended.
        """
        if to not in TRANSITIONS[self.state]:
            state = _(STATES[self.state])
            raise WrongState(
                _("This referral is “%(state)s”, so that is not possible any more.") % {"state": state}
            )
        if by not in MOVED_BY[to]:
            raise WrongState(_("Only the other organization can do that."))
        if to == "requested" and self.receiver_id is None:
            raise WrongState(_("Choose who should receive this referral first."))
        self._check(to, answer)
        before, now = self.state, clock.now()
        self.state, self.updated_at = to, now
        if to in NEEDS_REASON:
            self.reason, self.reason_note = answer.reason, answer.note
        elif to in UNDER_WAY:
            self.reason, self.reason_note = "", ""
        if to == "completed":
            self.outcome = answer.outcome
            self.provided = answer.provided.strip() if answer.outcome in HELPED else ""
        if to == "requested":
            self.sent_at = now
        elif before == "requested" and by == "receiver":
            self.first_response_at = now
        if to in TERMINAL:
            self.closed_at = now
        return before

    @staticmethod
    def _check(to: str, answer: Answer) -> None:
        if to in NEEDS_REASON:
            if answer.reason not in REASONS:
                raise WrongState(_("Choose a reason."))
            if answer.reason == "other" and not answer.note.strip():
                raise WrongState(_("Say in a few words what the reason is."))
        if (
            to == "failed"
            and answer.reason == "could-not-reach"
            and len(set(answer.attempts)) < ATTEMPTS_NEEDED
        ):
            raise WrongState(
                _("Please try to reach the person on three different days, and give the three dates.")
            )
        if to == "completed":
            if answer.outcome not in OUTCOMES:
                raise WrongState(_("Say whether the person got help."))
            if answer.outcome in HELPED and not answer.provided.strip():
                raise WrongState(_("Say what was provided."))


class ReferralEvent(Base):
    """Something that happened to a referral: written with it, never changed.

    `kind` is `moved` (with both states), `business`, `nudged`, `mailed`, `note`, `rerouted` or `viewed`; `via` tells
    whether somebody was signed in (`app`), came from a mailed link (`mail`), or nobody was there (`system`).
    """

    __tablename__ = "referral_event"
    __table_args__ = (Index(None, "referral_id", "at"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    referral_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("referral.id", ondelete="CASCADE"))
    at: Mapped[datetime] = mapped_column(default=clock.now)
    kind: Mapped[str] = mapped_column(String(20))
    from_state: Mapped[str] = mapped_column(String(20), default="")
    to_state: Mapped[str] = mapped_column(String(20), default="")
    party: Mapped[str] = mapped_column(String(10))
    via: Mapped[str] = mapped_column(String(10))
    user_id: Mapped[uuid.UUID | None]
    reason: Mapped[str] = mapped_column(String(30), default="")
    note: Mapped[str] = mapped_column(Encrypted("referral_event.note"), default="")

    referral: Mapped[Referral] = relationship(back_populates="events", lazy="raise")


class ReferralLink(Base):
    """A link that was mailed to a receiving organization: good for one referral, hashed, and short-lived.

    `purpose` is `answer` (accept or decline; it dies with the answer) or `follow` (what comes after accepting). To see
    who the person is, the reader types a code mailed to the same address; `viewer_hash` is the browser that did.
    """

    __tablename__ = "referral_link"
    __table_args__ = (Index(None, "referral_id"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    referral_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("referral.id", ondelete="CASCADE"))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    receiver_id: Mapped[uuid.UUID | None]
    purpose: Mapped[str] = mapped_column(String(10))
    address: Mapped[str] = mapped_column(Encrypted("referral_link.address"))
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    code_hash: Mapped[str] = mapped_column(String(64), default="")
    code_expires_at: Mapped[datetime | None]
    code_tries: Mapped[int] = mapped_column(default=0)
    codes_sent: Mapped[int] = mapped_column(default=0)
    viewer_hash: Mapped[str] = mapped_column(String(64), default="")
    viewer_until: Mapped[datetime | None]

    def works(self, at: datetime) -> bool:
        """Whether the link can still act."""
        return self.used_at is None and self.expires_at > at


def party_of(referral: Referral, actor: Actor) -> Party:
    """Return the side on which an actor stands; who sent it to the own organization stands on the sender's."""
    return "sender" if referral.sender_id == actor.organization_id else "receiver"
