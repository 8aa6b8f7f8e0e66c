"""Mappings: which columns of somebody's table hold what, in the words of a TOML file.

    name = "pantries"                # the source, under which ids are kept apart from those of other files
    scope = ["_scraper"]             # columns that keep ids and organizations apart within the file
    terms_name = "..."               # name of the taxonomy that the terms of the file go under

    [fields]                         # for each field of ours the columns that may hold it, the best first
    name = ["name", "Name"]
    description = [["description", "notes"]]   # a list within the list: all of these, one under the other
    address_1 = ["address.address_1"]          # a dot steps into an object
    phone = ["phone", "phones[].number"]       # [] takes all items of a list

    [defaults]                       # what is said when no column says it
    country = "US"

    [[refuse]]                       # rows that are no listings; all conditions of one rule have to hold
    field = "_scraper"
    matches = "test.*"
    reason = "a test record"

    [[move]]                         # text in the wrong column; the group "value" (or all of it) is moved
    from = "address_1"
    matches = "Phone: (?P<value>.+)"
    to = "phone"
    when = {city = "Harlow"}         # optional: only where other fields are like this

Columns are found whatever their case, blanks and underscores: "Address 1" and "address_1" are the same.
"""

import re
import tomllib
from pathlib import Path
from typing import Any

import msgspec

from directory.importing.errors import ImportRefused

DEFAULT_MAPPING = Path(__file__).parents[2] / "seeds" / "mappings" / "spreadsheet.toml"

FIELDS = (
    "id", "name", "alternate_name", "description", "organization", "organization_description", "status",
    "address", "address_1", "address_2", "city", "region", "state_province", "postal_code", "country",
    "latitude", "longitude", "location_name", "transportation", "accessibility", "confidential",
    "phone", "email", "url", "additional_urls", "hours", "hours_if_certain",
    "fees", "eligibility", "minimum_age", "maximum_age", "documents", "application_process", "wait_time",
    "languages", "interpretation_services", "service_areas", "terms", "capacity", "alert", "licenses",
    "accreditations", "assured_date", "last_modified",
)  # fmt: skip

_STEP = re.compile(r"([^.\[\]]+)(\[\])?")


def column_key(name: str) -> str:
    """Return the name of a column as it is compared."""
    return re.sub(r"[^a-z0-9]+", "", name.lower()) or name


class Path_(msgspec.Struct, frozen=True):
    """One way into a row: names to step through, each with whether all items of a list are taken."""

    steps: tuple[tuple[str, bool], ...]

    @property
    def column(self) -> str:
        """The column it begins in, as it is compared."""
        return column_key(self.steps[0][0])

    def values(self, row: Any) -> list[Any]:
        """Return what stands there: nothing, one value or many, blank ones left out."""
        found = [row]
        for number, (name, many) in enumerate(self.steps):
            following: list[Any] = []
            for item in found:
                value = item.get(name if number else self.column) if isinstance(item, dict) else None
                if value is None:
                    continue
                following.extend(value if many and isinstance(value, list) else [value])
            found = following
        return [value for value in found if not _blank(value)]


class Refusal(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A rule about rows that are no listings; `missing` and `present` name columns, `matches` is about `field`."""

    reason: str
    field: str | None = None
    matches: str | None = None
    missing: str | None = None
    present: str | None = None


class Move(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"origin": "from", "form": "as"}):
    """A rule about text that stands in the wrong column.

    What the group "value" of the pattern finds (or all of it) is moved, or, with `as`, a text made of the groups by their
    names; the group "rest" stays behind. It moves only where `to` is blank or `replace` is set, and only where the
    fields named in `when` match their patterns.
    """

    origin: str
    matches: str
    to: str
    form: str | None = None
    replace: bool = False
    when: dict[str, str] = {}


Alternatives = list[str | list[str]]


class _File(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    fields: dict[str, str | Alternatives]
    scope: list[str] = []
    terms_name: str = ""
    defaults: dict[str, str] = {}
    refuse: list[Refusal] = []
    move: list[Move] = []


class Mapping(msgspec.Struct, frozen=True):
    """A mapping that was read and checked."""

    name: str
    scope: tuple[str, ...]
    terms_name: str
    fields: dict[str, tuple[tuple[Path_, ...], ...]]
    defaults: dict[str, str]
    refusals: tuple[Refusal, ...]
    moves: tuple[tuple[Move, re.Pattern[str]], ...]


def load_mapping(path: Path) -> Mapping:
    """Read a mapping, or raise `ImportRefused` with what is wrong with it."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        file = msgspec.convert(data, _File)
    except OSError as error:
        raise ImportRefused(f"The mapping {path} cannot be read: {error.strerror}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError) as error:
        raise ImportRefused(f"The mapping {path.name} is wrong: {error}.") from error
    unknown = sorted((set(file.fields) | set(file.defaults)) - set(FIELDS))
    if unknown:
        raise ImportRefused(f"The mapping {path.name} names fields that do not exist: {', '.join(unknown)}.")
    if "name" not in file.fields:
        raise ImportRefused(f"The mapping {path.name} does not say which column holds the name.")
    try:
        moves = tuple((move, re.compile(move.matches, re.IGNORECASE | re.DOTALL)) for move in file.move)
        for refusal in file.refuse:
            re.compile(refusal.matches or "")
        for pattern in (pattern for move in file.move for pattern in move.when.values()):
            re.compile(pattern)
    except re.error as error:
        raise ImportRefused(
            f"The mapping {path.name} holds a pattern that cannot be read: {error}."
        ) from error
    fields = {name: _alternatives(value) for name, value in file.fields.items()}
    return Mapping(
        name=file.name,
        scope=tuple(column_key(name) for name in file.scope),
        terms_name=file.terms_name or file.name,
        fields=fields,
        defaults=file.defaults,
        refusals=tuple(file.refuse),
        moves=moves,
    )


def _alternatives(value: str | Alternatives) -> tuple[tuple[Path_, ...], ...]:
    listed: Alternatives = [value] if isinstance(value, str) else value
    return tuple(tuple(map(_path, [item] if isinstance(item, str) else item)) for item in listed)


def _path(text: str) -> Path_:
    return Path_(tuple((name, bool(many)) for name, many in _STEP.findall(text)))


def _blank(value: Any) -> bool:
    return value is None or value == [] or value == {} or (isinstance(value, str) and not value.strip())
