"""What may be asked of the lists of `/hsds/`: the parameters of the standard, each with what it takes."""

import uuid
from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from core.forms import FormErrors, read_query
from core.i18n import gettext as _

MOST_PER_PAGE = 1_000
USUAL_PER_PAGE = 50
FARTHEST = 20_100_000
"""In metres: no place on earth is farther from another."""

_MOST_SAID = 100
Id = Annotated[str, Meta(max_length=200)]
_MODIFIED = Meta(
    max_length=60,
    extra_json_schema={"anyOf": [{"format": "date-time"}, {"format": "date"}, {"maxLength": 0}]},
)


class ListQuery(msgspec.Struct, kw_only=True):
    """What every list takes."""

    search: Annotated[str, Meta(max_length=200)] = ""
    page: Annotated[int, Meta(ge=1, le=1_000_000_000)] = 1
    per_page: Annotated[int, Meta(ge=1, le=MOST_PER_PAGE)] | None = None
    format: Literal["json", "ndjson"] = "json"

    @property
    def size(self) -> int:
        """How many there are on a page, at most."""
        return self.per_page or USUAL_PER_PAGE


class TaxonomyTermQuery(ListQuery, kw_only=True):
    """What the list of taxonomy terms takes; `top_only` wants those that are below no other."""

    taxonomy_id: Id = ""
    parent_id: Id = ""
    top_only: bool = False


class OrganizationQuery(ListQuery, kw_only=True):
    """What the list of organizations takes."""

    taxonomy_term_id: Id = ""
    taxonomy_id: Id = ""
    full: bool = False
    full_service: bool = False


class ModifiedQuery(ListQuery, kw_only=True):
    """What the lists of services and of services at locations take."""

    taxonomy_term_id: Id = ""
    taxonomy_id: Id = ""
    organization_id: Id = ""
    modified_after: Annotated[str, _MODIFIED] = ""
    full: bool = False

    def __post_init__(self) -> None:
        """Refuse what is no moment."""
        self.since()

    def since(self) -> datetime | None:
        """Return the moment that `modified_after` names, in UTC where it names no zone; raises `FormErrors`."""
        # In an address that was not escaped, the plus of a zone has become a blank.
        text = (
            self.modified_after.replace(" ", "+")
            if "T" in self.modified_after.upper()
            else self.modified_after
        )
        if not text:
            return None
        try:
            if len(text) == 10:
                return datetime.combine(date.fromisoformat(text), datetime.min.time(), UTC)
            moment = datetime.fromisoformat(text.upper())
        except ValueError:
            wrong = _("Give a date and time, such as 2026-01-31T09:00:00Z.")
            raise FormErrors({"modified_after": wrong}) from None
        try:
            return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
        except OverflowError:  # the first and last hours of the calendar are in no year of UTC
            return datetime(*((1, 1, 1) if moment.year == 1 else (9999, 12, 31)), tzinfo=UTC)


class ServiceQuery(ModifiedQuery, kw_only=True):
    """What the list of services takes; `minimal` wants ids and moments of change, of all in one answer."""

    minimal: bool = False


class ServiceAtLocationQuery(ModifiedQuery, kw_only=True):
    """What the list of services at locations takes; `proximity` is in metres around the middle of `postcode`."""

    postcode: Annotated[str, Meta(max_length=20)] = ""
    proximity: Annotated[float, Meta(ge=0, le=FARTHEST)] | None = None

    def __post_init__(self) -> None:
        """Refuse a distance from nowhere."""
        super().__post_init__()
        if self.proximity is not None and not self.postcode:
            raise FormErrors({"proximity": _("Say from where: give a postcode too.")})


class OrganizationItemQuery(msgspec.Struct):
    """What one organization takes."""

    full_service: bool = False


def read_id(text: str) -> uuid.UUID | None:
    """Return an id, or None for what is none and therefore nobody's."""
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


class Asked:
    """The parameters of a request, from its address and its body, as `read_query` takes them."""

    def __init__(self, pairs: Iterable[tuple[str, Any]]) -> None:
        self._values: dict[str, list[str]] = {}
        for name, value in pairs:
            self._values.setdefault(name, []).append(value)

    def getall(self, key: str, default: list[Any], /) -> list[Any]:
        """Return all values of a name, in order."""
        return self._values.get(key, default)


def read(struct: type[Any], pairs: Iterable[tuple[str, Any]]) -> Any:
    """Return parameters as `struct`; raises `core.forms.QueryErrors`, which names each that makes no sense.

    Of what is said several times the last counts, but what was said before has to make sense too.
    """
    said = list(pairs)
    last = dict(said)
    for name, value in said[:_MOST_SAID]:
        if value is not last[name]:
            read_query(struct, Asked((last | {name: value}).items()))
    return read_query(struct, Asked(last.items()))
