"""What can go wrong in a request, by what it means to the person who asked; core.web decides how it is shown."""

from uuid import UUID


class NotVisible(Exception):
    """There is no such thing, or none that this person may see: both look the same, a 404.

    `subject_type` and `subject_id` go into the audit trail, never into the answer.
    """

    def __init__(self, subject_type: str, subject_id: UUID | None = None) -> None:
        super().__init__(subject_type)
        self.subject_type = subject_type
        self.subject_id = subject_id


class Forbidden(Exception):
    """The person is signed in, but their role may not do this: a 403."""

    def __init__(self, permission: str) -> None:
        super().__init__(permission)
        self.permission = permission


class SignInNeeded(Exception):
    """Nobody is signed in: the browser is sent to the sign-in page and comes back afterwards."""


class WrongState(Exception):
    """The thing is not in a state that allows this move: a 409 whose message says what state it is in."""


class Stale(Exception):
    """Somebody else changed the thing meanwhile: a 409 that shows both texts.

    `theirs` and `yours` map a field's label to its value as saved and as typed.
    """

    def __init__(
        self, message: str, theirs: dict[str, str] | None = None, yours: dict[str, str] | None = None
    ):
        super().__init__(message)
        self.theirs = theirs or {}
        self.yours = yours or {}


class BadRequest(Exception):
    """The request itself makes no sense (a forged token, a broken parameter): a 400 with a sentence that says why."""


class KeyRefused(Exception):
    """The key that came along opens nothing (unknown, expired or revoked): a 401, for programs only."""


class TooMany(Exception):
    """Too many attempts in too short a time: a 429; `retry_after` is in seconds."""

    def __init__(self, message: str, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class AlreadyDone(Exception):
    """The same form was sent before and took effect: the person is led to what came of it."""

    def __init__(self, location: str) -> None:
        super().__init__(location)
        self.location = location
