"""What people submit about keys."""

from datetime import date
from typing import Annotated

import msgspec
from msgspec import Meta

from accounts.keys.models import USUAL_LIMIT
from core import clock
from core.forms import FormErrors
from core.i18n import N_
from core.i18n import gettext as _
from core.mail import valid_address

#: Between how few and how many requests in ten minutes a limit may be set.
LEAST, MOST = 100, 1_000_000
PerTenMinutes = Annotated[int, Meta(ge=LEAST, le=MOST)]


class KeyForm(msgspec.Struct):
    """A new key: whose it is, who to write to about it, how much it may ask and until when."""

    name: Annotated[str, Meta(max_length=120, extra={"missing": N_("Enter who will use the key.")})]
    mail: Annotated[str, Meta(max_length=254)] = ""
    per_10_minutes: PerTenMinutes = USUAL_LIMIT
    expires_on: date | None = None

    def __post_init__(self) -> None:
        """Refuse a mail address that is none, and a day that is over everywhere."""
        errors = {}
        if self.mail and not valid_address(self.mail):
            errors["mail"] = _("This is not a mail address.")
        if self.expires_on is not None and self.expires_on < clock.today("Pacific/Honolulu"):
            errors["expires_on"] = _("This day is over.")
        if errors:
            raise FormErrors(errors)


class LimitForm(msgspec.Struct):
    """Another limit for a key."""

    per_10_minutes: PerTenMinutes
