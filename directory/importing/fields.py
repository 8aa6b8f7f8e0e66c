"""How each column of our tables is read from a file: by its type, and by what its name promises."""

import re
from collections.abc import Callable
from datetime import date, datetime, time
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from dateutil import parser as dates
from sqlalchemy import Boolean, Date, Float, Integer, Time, Uuid

from core.database import UtcDateTime
from directory.importing.placeholders import PLACEHOLDER, is_filler_day, is_placeholder
from directory.importing.records import Note
from directory.models import HSDS_TABLES
from directory.shapes import is_shape
from directory.text import clean_email, clean_line, clean_text, clean_url

LINK_COLUMNS = {"link_id": "link_entity", "resource_id": "resource_type"}
"""Columns that name a row of any table, and the column beside each that names the table."""

_OURS = {"id", "extra", "checksum", "source_id"}
_URLS = {"url", "website", "uri", "term_uri", "schedule_link", "logo"}
_LINES = {
    "name", "alternate_name", "address_1", "address_2", "city", "region", "state_province", "postal_code", "country",
    "attention", "number", "type", "code", "language", "option", "title", "department", "byday", "bymonthday",
    "byweekno", "byyearday", "currency", "label", "link_type", "link_entity", "taxonomy", "document",
    "external_identifier", "identifier", "extension", "timezone", "wkst", "freq",
}  # fmt: skip
_CHOICES = {
    ("service", "status"): ("active", "inactive", "defunct", "temporarily closed"),
    ("service", "capacity"): ("room", "waiting", "full"),
    ("location", "location_type"): ("physical", "postal", "virtual"),
    ("address", "address_type"): ("physical", "postal", "virtual"),
    ("schedule", "freq"): ("WEEKLY", "MONTHLY"),
}
_COUNTRIES = {
    "usa": "US",
    "u.s.": "US",
    "u.s.a.": "US",
    "united states": "US",
    "united states of america": "US",
}


_LONGEST_VALUE = 500
"""In characters: dates, numbers and the like that are longer are none, and reading them would only take time."""


class Unreadable(Exception):
    """A value is not what its column is for; the message says what it should be."""


Reader = Callable[[str], Any]


def provenance(table: str) -> str:
    """Return the column of `table` that names the source of a row."""
    return "imported_from" if table == "funding" else "source"


_YEARS = range(1800, 2200)
_ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_AMERICAN_DAY = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4}|\d{2})(?:[ T].*)?")


@lru_cache(maxsize=4096)
def read_date(text: str) -> date:
    """Read a day written the ISO way or the American way; one that never was, or of no year near ours, is none."""
    text = text.strip()
    day = _day(text)
    if is_filler_day(day):
        raise Unreadable("a day that stands for none")
    if day.year not in _YEARS:
        raise Unreadable("not a possible date")
    return day


def _day(text: str) -> date:
    match = _AMERICAN_DAY.fullmatch(text)
    try:
        if match:
            month, day, year = (int(part) for part in match.groups())
            return date(year + 2000 if year < 100 else year, month, day)
        if _ISO_DAY.match(text):
            return date.fromisoformat(text[:10])
        if re.search(r"\d{4}", text):  # without a year words such as "Tuesday" would be a day too
            return dates.parse(text, default=datetime(2000, 1, 1)).date()  # noqa: DTZ001 - a day has no zone
    except (ValueError, OverflowError) as error:
        possible = match or _ISO_DAY.match(text)
        raise Unreadable("not a possible date" if possible else "not a date") from error
    raise Unreadable("not a date")


def read_moment(text: str) -> datetime:
    """Read a moment; one without a zone is taken as UTC."""
    day = read_date(text)
    try:
        moment = datetime.fromisoformat(text.strip().replace("Z", "+00:00"))
    except ValueError:
        moment = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo("UTC"))
    try:
        return (moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo("UTC"))).astimezone(
            ZoneInfo("UTC")
        )
    except OverflowError as error:
        raise Unreadable("not a date") from error


_TIME = re.compile(
    r"(\d{1,2})(?::?(\d{2}))?(?::(\d{2})(?:\.\d+)?)?\s*([ap])?\.?\s*(?:m\.?)?\s*(?:Z|[+-]\d{2}:?\d{2})?",
    re.IGNORECASE,
)


@lru_cache(maxsize=2048)
def read_time(text: str) -> time:
    """Read a time of day as a clock on the wall shows it; an offset from UTC says nothing about that and is ignored.

    24:00 is the end of the day, which on the clock is 0:00.
    """
    lowered = text.strip().lower()
    if lowered in {"noon", "midday"}:
        return time(12)
    if lowered == "midnight":
        return time(0)
    match = _TIME.fullmatch(lowered)
    if not match:
        raise Unreadable("not a time of day")
    hour, minute, half = int(match[1]), int(match[2] or 0), match[4]
    if half and 1 <= hour <= 12:
        hour = hour % 12 + (12 if half == "p" else 0)
    if hour == 24 and minute == 0:
        hour = 0
    if hour > 23 or minute > 59:
        raise Unreadable("not a time of day")
    return time(hour, minute)


def read_number(text: str) -> float:
    """Read a number, with or without a currency sign and commas; nothing that is not finite."""
    try:
        number = float(text.strip().lstrip("$").replace(",", ""))
    except ValueError as error:
        raise Unreadable("not a number") from error
    if not abs(number) < 1e15:
        raise Unreadable("not a number")
    return number


def read_integer(text: str) -> int:
    """Read a whole number, of the size that every database holds."""
    number = read_number(text)
    if number != int(number) or abs(number) >= 2**31:
        raise Unreadable("not a whole number")
    return int(number)


def read_truth(text: str) -> bool:
    """Read a yes or no in its usual spellings."""
    lowered = text.strip().lower()
    if lowered in {"true", "t", "yes", "y", "1", "x", "on"}:
        return True
    if lowered in {"false", "f", "no", "n", "0", "off"}:
        return False
    raise Unreadable("neither yes nor no")


def _read_url(text: str) -> str:
    url = clean_url(text)
    if url is None:
        raise Unreadable("not a web address")
    return url


def _read_email(text: str) -> str:
    email = clean_email(text)
    if email is None:
        raise Unreadable("not a mail address")
    return email


def _read_country(text: str) -> str:
    country = clean_line(text)
    return _COUNTRIES.get(country.lower(), country.upper() if len(country) == 2 else country)


def _read_extent(text: str) -> str:
    """Read an area served: a shape stays as it is, markup and all; words are cleaned."""
    return text.strip() if is_shape(text, None) else clean_text(text)


def _choice_of(choices: tuple[str, ...]) -> Reader:
    known = {choice.lower(): choice for choice in choices}

    def read(text: str) -> str:
        choice = known.get(clean_line(text).lower().replace("_", " "))
        if choice is None:
            raise Unreadable("not one of " + ", ".join(choices))
        return choice

    return read


def _reader(table: str, column: Any) -> Reader:
    if (table, column.name) in _CHOICES:
        return _choice_of(_CHOICES[table, column.name])
    for kind, reader in (
        (UtcDateTime, read_moment), (Date, read_date), (Time, read_time), (Boolean, read_truth),
        (Float, read_number), (Integer, read_integer),
    ):  # fmt: skip
        if isinstance(column.type, kind):
            return reader
    if column.name in _URLS and table != "address":
        return _read_url
    if column.name in {"email", "assurer_email"}:
        return _read_email
    if column.name == "country":
        return _read_country
    if (table, column.name) == ("service_area", "extent"):
        return _read_extent
    return clean_line if column.name in _LINES else clean_text


READERS: dict[str, dict[str, Reader]] = {}
"""By table and column, what turns the text of a cell into a value; references are not among them."""

REFERENCES: dict[str, dict[str, str]] = {}
"""By table and column, the table that the column points into."""

for _name, _model in HSDS_TABLES.items():
    READERS[_name], REFERENCES[_name] = {}, {}
    for _column in _model.__table__.columns:
        if _column.foreign_keys:
            REFERENCES[_name][_column.name] = next(iter(_column.foreign_keys)).column.table.name
        elif _column.name not in _OURS | {provenance(_name)} | set(LINK_COLUMNS) and not isinstance(
            _column.type, Uuid
        ):
            READERS[_name][_column.name] = _reader(_name, _column)


_TEXTS = {clean_text, clean_line, _read_url, _read_email}


def read_cell(table: str, column: str, text: str) -> tuple[Any, Note | None]:
    """Return the value of a cell that is not blank, and a note if it had to be mended or could not be read.

    Unreadable cells give None: their text is kept in `extra` by the caller.
    """
    reader = READERS[table][column]
    if reader in _TEXTS and len(text) < 48 and is_placeholder(column, text):
        return None, Note(f"{column}: {PLACEHOLDER}", text.strip())
    try:
        if len(text) > _LONGEST_VALUE and reader not in (clean_text, clean_line, _read_url, _read_extent):
            raise Unreadable("far too long")
        value = reader(text)
    except Unreadable as error:
        reason = PLACEHOLDER if is_placeholder(column, text) else f"{error}, kept aside"
        return None, Note(f"{column}: {reason}", text[:80])
    if isinstance(value, str):
        if not value:
            return None, Note(f"{column}: nothing left after cleaning", text[:80])
        if ("<" in text or "&" in text) and reader in (clean_text, clean_line) and value != text.strip():
            return value, Note(f"{column}: markup removed")
    return value, None
