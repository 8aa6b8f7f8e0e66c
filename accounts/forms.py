"""What people submit about their account."""

from typing import Annotated

import msgspec
from msgspec import Meta

Password = Annotated[str, Meta(max_length=2000, extra={"verbatim": True})]


class SignIn(msgspec.Struct):
    """The sign-in form; `next` is where the person wanted to go."""

    email: Annotated[str, Meta(max_length=254)]
    password: Password
    next: Annotated[str, Meta(max_length=500)] = ""


class ChangePassword(msgspec.Struct):
    """A new password, with the present one to show that it is still the same person."""

    current: Password
    new: Password


class AuditPage(msgspec.Struct):
    """Which part of the audit trail to show."""

    before: Annotated[int, Meta(ge=1)] | None = None
