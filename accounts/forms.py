"""What people submit about their account."""

from typing import Annotated

import msgspec
from msgspec import Meta

from core.i18n import N_


def _password(missing: str) -> Meta:
    return Meta(max_length=2000, extra={"verbatim": True, "missing": missing})


class SignIn(msgspec.Struct):
    """The sign-in form; `next` is where the person wanted to go."""

    email: Annotated[str, Meta(max_length=254, extra={"missing": N_("Enter your work mail address.")})]
    password: Annotated[str, _password(N_("Enter your password."))]
    next: Annotated[str, Meta(max_length=500)] = ""


class ChangePassword(msgspec.Struct):
    """A new password, with the present one to show that it is still the same person."""

    current: Annotated[str, _password(N_("Enter your present password."))]
    new: Annotated[str, _password(N_("Enter a new password."))]


class AuditPage(msgspec.Struct):
    """Which part of the audit trail to show."""

    before: Annotated[int, Meta(ge=1)] | None = None
