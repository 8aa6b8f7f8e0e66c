"""Which values HSDS allows, by the kind of a field, and how ours are written there."""

import ipaddress
import math
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from functools import lru_cache
from typing import Any
from urllib.parse import quote
from uuid import UUID

from directory.hsds.standard import CHOICES

_PLAIN = r"A-Za-z0-9\-._~!$&'()*+,;="
_PCHAR = rf"(?:[{_PLAIN}:@]|%[0-9A-Fa-f]{{2}})"
_URI = re.compile(
    rf"""[A-Za-z][A-Za-z0-9+.\-]*:
    (?:
        //(?:(?:[{_PLAIN}:]|%[0-9A-Fa-f]{{2}})*@)?
        (?:\[(?P<literal>[^\[\]]*)\]|(?:[{_PLAIN}]|%[0-9A-Fa-f]{{2}})*)
        (?::[0-9]*)?
        (?:/{_PCHAR}*)*
      |
        /(?:{_PCHAR}+(?:/{_PCHAR}*)*)?
      |
        {_PCHAR}+(?:/{_PCHAR}*)*
      |
    )
    (?:\?(?:{_PCHAR}|[/?])*)?
    (?:\#(?:{_PCHAR}|[/?])*)?""",
    re.VERBOSE,
)
_FUTURE = re.compile(rf"v[0-9A-Fa-f]+\.[{_PLAIN}:]+")
_MOMENT = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt]([01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?(?:[Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)",
    re.ASCII,
)
_UUID = re.compile(r"[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}")
_UNSAFE = ":/?#[]@!$&'()*+,;=%~-._"


def is_uri(text: str) -> bool:
    """Tell whether `text` is an absolute URI (RFC 3986)."""
    found = _URI.fullmatch(text)
    if not found:
        return False
    literal = found["literal"]
    return literal is None or bool(_FUTURE.fullmatch(literal)) or _is_ipv6(literal)


def _is_ipv6(text: str) -> bool:
    try:
        return "%" not in text and bool(ipaddress.IPv6Address(text))
    except ValueError:
        return False


def is_moment(text: str) -> bool:
    """Tell whether `text` is a date and time with its offset (RFC 3339)."""
    found = _MOMENT.fullmatch(text)
    if not found:
        return False
    try:
        return bool(date.fromisoformat(found[1]))
    except ValueError:
        return False


def is_uuid(text: str) -> bool:
    """Tell whether `text` is a UUID in its usual form."""
    return bool(_UUID.fullmatch(text))


_TEXTS: dict[str, Callable[[str], bool]] = {
    "uuid": is_uuid,
    "uri": is_uri,
    "email": lambda text: "@" in text,
    "moment": is_moment,
}


def is_valid(kind: str, value: Any) -> bool:
    """Tell whether the standard allows a value, as JSON has it, for a field of a kind."""
    if kind == "number":
        return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    if not isinstance(value, str):
        return False
    if kind in CHOICES:
        return value in CHOICES[kind]
    check = _TEXTS.get(kind)
    return check is None or check(value)


def number_of(value: Any) -> int | float | None:
    """Return a number as JSON writes it, without a needless fraction; None for a text that is none."""
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    if not math.isfinite(number):
        return None
    return int(number) if number.is_integer() and abs(number) < 2**53 else number


def uri_of(value: str) -> str | None:
    """Return a web address as a URI, its other letters escaped; None for what cannot be one."""
    return _uri_of(value) if len(value) < 500 else _uri_of.__wrapped__(value)


@lru_cache(maxsize=4096)
def _uri_of(value: str) -> str | None:
    if is_uri(value):
        return value
    escaped = quote(value, safe=_UNSAFE)
    return escaped if is_uri(escaped) else None


def moment_of(value: datetime) -> str:
    """Return a moment in UTC with milliseconds, as the standard asks."""
    return value.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def utc_of(told: Any) -> datetime | None:
    """Return a moment in UTC; None for what is none, and for the first and last hours of the calendar elsewhere."""
    if not isinstance(told, str) or not is_moment(told):
        return None
    try:
        return datetime.fromisoformat(told.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def text_of(value: Any) -> str:
    """Return a value of a text field: days the ISO way, times as hours and minutes."""
    if isinstance(value, str):
        return value
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, time):
        return value.strftime("%H:%M")
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


def uuid_of(value: UUID | bytes | str) -> str:
    """Return an id, as the database or an import holds it, in its usual form."""
    if isinstance(value, bytes):
        return str(UUID(bytes=value))
    return str(value)


def _choice_of(kind: str) -> Callable[[Any], str | None]:
    return lambda value: value if value in CHOICES[kind] else None


def _email_of(value: str) -> str | None:
    return value if "@" in value else None


WRITERS: dict[str, Callable[[Any], Any]] = {
    "text": text_of,
    "uuid": uuid_of,
    "uri": uri_of,
    "email": _email_of,
    "number": number_of,
    "moment": moment_of,
    **{kind: _choice_of(kind) for kind in CHOICES},
}
"""By kind, what turns a value of ours into one of the standard, or into None where there is none."""
