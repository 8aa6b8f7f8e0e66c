"""Tells by the texts in a column what it may hold."""

import re
from collections.abc import Callable, Sequence

from directory.hours import read_hours
from directory.importing.addresses import STATES
from directory.importing.fields import Unreadable, read_date
from directory.importing.placeholders import is_placeholder
from directory.text import clean_email, clean_url, read_telephone

ENOUGH = 3
"""How many texts it takes to hold against a header what stands under it."""

_LONG = 80
_LONGEST = 2_000
_STREET = re.compile(
    r"(?:\d+[\w-]*\s+\S.*\b|.*\b)(?:st|street|ave?|avenue|rd|road|dr|drive|blvd|boulevard|ln|lane|ct|court|way|pl|place|"
    r"hwy|highway|pkwy|parkway|calle|avenida|suite|ste|p\.?\s?o\.?\s+box)\b.*|\d+[\w-]*\s+[A-Za-z].*",
    re.IGNORECASE | re.DOTALL,
)
_ZIP = re.compile(r"\d{5}(?:-\d{4})?")
_DECIMAL = re.compile(r"-?\d{1,3}\.\d+")
_NUMBER = re.compile(r"-?\d+\.\d+")
_TIMES = re.compile(
    r"\b\d{1,2}(?::\d\d)?\s*(?:am|pm|a\.m|p\.m)|\d:\d\d|\d\s*[-–]\s*\d{1,2}\b|\b24 hours|\b24/7",
    re.IGNORECASE,
)
_DAYS = re.compile(
    r"\b(?:mon|tue|wed|thu|fri|sat|sun|daily|weekday|lun|mar|mi[eé]|jue|vie|s[aá]b|dom)", re.IGNORECASE
)


def _is_url(text: str) -> bool:
    return "." in text and "@" not in text and clean_url(text) is not None


def _is_telephone(text: str) -> bool:
    digits = sum(character.isdigit() for character in text)
    return (
        7 <= digits <= 24
        and len(text) < 80
        and not _NUMBER.fullmatch(text)
        and read_telephone(text) is not None
    )


def _is_day(text: str) -> bool:
    try:
        return len(text) < 40 and bool(read_date(text))
    except Unreadable:
        return False


def _between(low: float, high: float) -> Callable[[str], bool]:
    def fits(text: str) -> bool:
        return _DECIMAL.fullmatch(text) is not None and low <= float(text) <= high

    return fits


def _are_hours(text: str) -> bool:
    return bool(_DAYS.search(text) and _TIMES.search(text)) or (
        _TIMES.search(text) is not None and len(text) < 200 and bool(read_hours(text))
    )


KINDS: dict[str, Callable[[str], bool]] = {
    "email": lambda text: "@" in text and clean_email(text) is not None,
    "url": _is_url,
    "latitude": _between(17.0, 72.0),
    "longitude": _between(-180.0, -64.0),
    "postal_code": lambda text: _ZIP.fullmatch(text) is not None,
    "state_province": lambda text: text.upper() in STATES,
    "phone": _is_telephone,
    "assured_date": _is_day,
    "hours": _are_hours,
    "address_1": lambda text: len(text) < 200 and _STREET.fullmatch(text) is not None,
}
"""By field, what a text under it looks like; the surest come first."""


def sample(values: Sequence[object]) -> list[str]:
    """Return the texts of a column that say something, cut to a length that is quickly looked at."""
    texts = (str(value).strip()[:_LONGEST] for value in values if isinstance(value, str | int | float))
    return [text for text in texts if text and not is_placeholder("", text)]


def share(kind: str, texts: Sequence[str]) -> float:
    """Return how many of the texts are of a kind, from 0 to 1."""
    return sum(map(KINDS[kind], texts)) / len(texts) if texts else 0.0


def is_prose(texts: Sequence[str]) -> bool:
    """Tell whether a column holds sentences."""
    return len(texts) >= ENOUGH and sum(map(len, texts)) / len(texts) > _LONG


def may_name(texts: Sequence[str]) -> bool:
    """Tell whether a column may hold the names of services: short, mostly different, words and not numbers."""
    return (
        len(texts) >= ENOUGH
        and sum(map(len, texts)) / len(texts) <= _LONG
        and len(set(texts)) > 0.6 * len(texts)
        and sum(any(character.isalpha() for character in text) for text in texts) == len(texts)
        and all(share(kind, texts) < 0.3 for kind in KINDS)
    )
