"""What may be submitted about a client, their needs and their consents."""

from datetime import date
from typing import Annotated, ClassVar, Literal

import msgspec

from core.i18n import N_

Line = Annotated[str, msgspec.Meta(min_length=1, max_length=120)]
OptionalLine = Annotated[str, msgspec.Meta(max_length=120)]
Text = Annotated[str, msgspec.Meta(max_length=2000)]

ContactWay = Literal["phone", "text", "email", "in-person", "none"]
Urgency = Literal["today", "week", "month", "later"]
WantsHelp = Literal["yes", "no", "not-asked"]
Category = Literal["name", "contact", "birth_date", "place", "language", "note"]


class ClientForm(msgspec.Struct, kw_only=True):
    """A new client, or a changed one: six fields are required, so that it takes a minute with the person beside you."""

    given_name: Line
    family_name: Line
    birth_date: date
    place: Line
    language: Annotated[str, msgspec.Meta(pattern="^[a-z]{2,3}$")]
    contact_way: ContactWay
    phone: OptionalLine = ""
    email: Annotated[str, msgspec.Meta(max_length=254)] = ""
    safe_contact: Annotated[str, msgspec.Meta(max_length=300)] = ""
    version: int = 0

    labels: ClassVar[dict[str, str]] = {
        "given_name": N_("First name"),
        "family_name": N_("Last name"),
        "birth_date": N_("Date of birth"),
        "place": N_("Town or ZIP code"),
        "language": N_("Language"),
        "contact_way": N_("How may we reach this person?"),
        "phone": N_("Phone number"),
        "email": N_("Email address"),
        "safe_contact": N_("What keeps contact safe?"),
    }


class NeedForm(msgspec.Struct, kw_only=True):
    """A need found by hand, from the plain-language list."""

    code: Annotated[str, msgspec.Meta(min_length=1, max_length=60)]
    urgency: Urgency = "week"
    wants_help: WantsHelp = "yes"
    note: Text = ""


class NeedChangeForm(msgspec.Struct, kw_only=True):
    """What became of a need, or of the person's wish for help with it."""

    version: int
    urgency: Urgency
    wants_help: WantsHelp
    note: Text = ""


class NeedCloseForm(msgspec.Struct, kw_only=True):
    """How a need ended."""

    state: Literal["met", "no-longer-wanted", "unmet"]
    reason: Text = ""


class ConsentForm(msgspec.Struct, kw_only=True):
    """A permission the person gave, spoken or signed, for one organization."""

    recipient_id: Annotated[str, msgspec.Meta(min_length=36, max_length=36)]
    form: Literal["spoken", "written"]
    expires_on: date
    purpose: Literal["referral", "coordination"] = "referral"
    categories: list[Category] = []


class FindClientForm(msgspec.Struct, kw_only=True):
    """Finding somebody again by exact name and date of birth; sent as a form so that no address holds a name."""

    given_name: Line
    family_name: Line
    birth_date: date


#: What the fields of this package's forms are called, by their names, for the list of what is missing or wrong.
LABELS = ClientForm.labels | {
    "code": N_("What is needed?"),
    "recipient_id": N_("Who may be told?"),
    "categories": N_("What may they be told?"),
    "expires_on": N_("Until"),
}
