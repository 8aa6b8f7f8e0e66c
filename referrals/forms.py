"""What may be submitted about a referral, by either side."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec

from care.forms import Category
from core.errors import NotVisible

Identifier = Annotated[str, msgspec.Meta(min_length=36, max_length=36)]
OptionalIdentifier = Annotated[str, msgspec.Meta(max_length=36)]
Text = Annotated[str, msgspec.Meta(max_length=2000)]
Move = Literal[
    "accepted", "in-progress", "on-hold", "cancelled", "completed", "failed", "rejected", "entered-in-error"
]
Reason = Literal[
    "",
    "client-declined",
    "could-not-reach",
    "not-eligible",
    "no-capacity",
    "no-funds",
    "outside-area",
    "missing-documents",
    "safety",
    "other",
]


def identifier(text: str, what: str) -> UUID:
    """Read an id that was sent; what is none is as invisible as one that belongs to others."""
    try:
        return UUID(text)
    except ValueError:
        raise NotVisible(what) from None


class SendForm(msgspec.Struct, kw_only=True):
    """A referral to send, or with `keep` to put aside as a draft; `draft_id` is the draft it goes on from.

    Where no consent is in force, `consent` says how the person agreed just now. With `show` nothing is sent: the form
    comes back with what the receiver would see.
    """

    need_id: Identifier
    service_id: Identifier
    location_id: OptionalIdentifier = ""
    previous_id: OptionalIdentifier = ""
    note: Text = ""
    categories: list[Category] = []
    consent: Literal["", "spoken", "written"] = ""
    expires_on: date | None = None
    anyway: bool = False
    draft_id: OptionalIdentifier = ""
    keep: bool = False
    show: bool = False


class RoundForm(msgspec.Struct, kw_only=True):
    """Referrals for one need to several places at once; `places` are "service|location" ids, the location may lack.

    `consent` says how the person agreed just now to all of them being told. With `show` nothing is sent.
    """

    need_id: Identifier
    places: Annotated[list[Annotated[str, msgspec.Meta(max_length=73)]], msgspec.Meta(max_length=20)] = []
    previous_id: OptionalIdentifier = ""
    note: Text = ""
    categories: list[Category] = []
    consent: Literal["", "spoken", "written"] = ""
    expires_on: date | None = None
    show: bool = False


class MoveForm(msgspec.Struct, kw_only=True):
    """A move of a referral, with what the move must say."""

    to: Move
    version: int
    reason: Reason = ""
    note: Text = ""
    outcome: Literal["", "got-help", "partly", "no-help"] = ""
    provided: Annotated[str, msgspec.Meta(max_length=500)] = ""
    attempts: list[date] = []


_PREFIXES = {"rejected": "decline", "on-hold": "hold", "failed": "fail", "cancelled": "cancel"}


def mistake_in(form: MoveForm) -> tuple[str, dict[str, str]]:
    """Return which field of a refused move is missing, and what was typed, by the fields' ids.

    The ids are those of `templates/referrals/moves.html`, where every move has a form of its own on the same page.
    """
    if form.to not in _PREFIXES:
        typed = {"outcome": form.outcome, "provided": form.provided}
        return "provided" if form.outcome else "outcome", typed
    prefix = _PREFIXES[form.to]
    days = {f"fail-day-{n}": day.isoformat() for n, day in enumerate(form.attempts, 1)}
    typed = {f"{prefix}-reason": form.reason, f"{prefix}-note": form.note} | days
    if form.reason == "could-not-reach":
        return "fail-day-1", typed
    return f"{prefix}-note" if form.reason == "other" else f"{prefix}-reason", typed


class AppointmentForm(msgspec.Struct, kw_only=True):
    """An appointment with the person, or what became of it."""

    version: int
    business_state: Literal["scheduled", "no-show", "appointment-cancelled", "appointment-done"]
    appointment_at: datetime | None = None


class DeclineForm(msgspec.Struct, kw_only=True):
    """Why an organization says no."""

    reason: Reason = ""
    note: Text = ""


class CodeForm(msgspec.Struct, kw_only=True):
    """The six digits that were mailed."""

    code: Annotated[str, msgspec.Meta(min_length=1, max_length=12)]


class ReportForm(msgspec.Struct, kw_only=True):
    """The span of days a report is about; referrals count by the day they were sent."""

    since: date | None = None
    until: date | None = None
