"""What a search may ask: the query of `/search` and `/api/search`, read and checked in one place."""

from datetime import datetime
from typing import Annotated, Literal
from urllib.parse import urlencode

import msgspec
from msgspec import Meta

from core.forms import FormErrors
from core.i18n import gettext as _
from directory.needs import FIELDS, NEEDS

PER_PAGE = 20
DEFAULT_RADIUS = 10.0
"""Miles around a place when nobody says how far."""

RADII = (1, 2, 5, 10, 25, 50, 100)
"""The distances that the page offers, in miles."""

MAX_PAGE = 100_000

SortName = Literal["best", "distance", "name", "updated"]
_Values = Annotated[tuple[Annotated[str, Meta(max_length=80)], ...], Meta(max_length=40)]


class SearchForm(msgspec.Struct, frozen=True, kw_only=True):
    """One search as a person states it; `radius` is in miles, `need` holds codes of needs or of whole fields."""

    q: Annotated[str, Meta(max_length=300)] = ""
    near: Annotated[str, Meta(max_length=200)] = ""
    radius: Annotated[float, Meta(gt=0, le=500)] | None = None
    need: _Values = ()
    language: _Values = ()
    open_now: bool = False
    open_at: datetime | None = None
    free: bool = False
    city: _Values = ()
    age: Annotated[float, Meta(ge=0, le=130)] | None = None
    eligibility: _Values = ()
    accessible: bool = False
    sort: SortName = "best"
    offline: bool = False
    """The place is about a client: no geocoder outside of this machine may be asked about it."""
    page: Annotated[int, Meta(ge=1)] = 1

    def __post_init__(self) -> None:
        """Refuse needs that do not exist, so that a misspelt link says so instead of finding nothing."""
        unknown = [code for code in self.need if code not in NEEDS and code not in FIELDS]
        if unknown:
            raise FormErrors({"need": _("There is no need called “%(code)s”.") % {"code": unknown[0]}})

    @property
    def miles(self) -> float:
        """How far around the place, in miles."""
        return DEFAULT_RADIUS if self.radius is None else self.radius

    def address(self, path: str = "/search", **changes: object) -> str:
        """The address of this search with some parameters changed; defaults are left out, and the page too.

        The address bar is the saved search: the same wishes always give the same address.
        """
        pairs = self.pairs(**changes)
        return f"{path}?{urlencode(pairs)}" if pairs else path

    def pairs(self, **changes: object) -> list[tuple[str, str]]:
        """The parameters of `address` as names and texts."""
        wishes = {name: getattr(self, name) for name in self.__struct_fields__ if name != "page"} | changes
        return [(name, text) for name, value in wishes.items() for text in _texts(name, value)]

    def without(self, name: str, value: str) -> tuple[str, ...]:
        """The values of a repeatable parameter but one."""
        return tuple(one for one in getattr(self, name) if one != value)


class SuggestForm(msgspec.Struct, frozen=True, kw_only=True):
    """What has been typed into the search box so far."""

    q: Annotated[str, Meta(max_length=300)] = ""


def _texts(name: str, value: object) -> list[str]:
    """How a parameter stands in an address: nothing for a default, several for a list."""
    if value in (None, "", False, ()) or (name, value) in {("sort", "best"), ("page", 1)}:
        return []
    if isinstance(value, tuple | list):
        return [str(one) for one in value]
    if value is True:
        return ["1"]
    if isinstance(value, datetime):
        return [value.isoformat(timespec="minutes")]
    return [f"{value:g}" if isinstance(value, float) else str(value)]
