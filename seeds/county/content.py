"""Reads the hand-written content, and says where it is wrong: an unknown word, a place that does not exist."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

FOLDER = Path(__file__).parent / "content"


class Site(msgspec.Struct, frozen=True, array_like=True):
    """A place of an organization: its name, address, how to get there, and how to get in.

    `access` that begins with "!" says what is in the way.
    """

    name: str
    address: str
    transport: str
    access: str
    secrecy: str = ""


class Offer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A service: what it is, for whom, how to get it. Times and prices in the short notation of the content.

    `hours` are those of all its places, or by the key of each; `holidays`, where empty, are its organization's.
    """

    name: str
    kind: str
    text: str
    who: str
    get: str
    area: str
    hours: str | dict[str, str] = ""
    org: str = ""
    alt: str | None = None
    at: tuple[str, ...] = ()
    remote: str = ""
    bring: tuple[str, ...] = ()
    fee: str = "Free"
    amount: float | None = None
    langs: str = ""
    age: tuple[float, float] = (0, 0)
    season: str = ""
    holidays: str = ""
    open_on: dict[str, str] = {}
    places: tuple[str, int, int] | None = None
    cap: str | None = None
    wait: str | None = None
    alert: str | None = None
    checked: int | None = None


class Group(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An organization with its places and services; `key` is what other files call it by."""

    key: str
    name: str
    about: str
    phone: str
    sites: dict[str, Site]
    service: tuple[Offer, ...] = ()
    since: int | None = None
    staff: tuple[str, ...] = ()
    langs: str = "en"
    legal: str = "nonprofit"
    holidays: str = "common"


class Page(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One file of content: organizations, and further services of organizations that stand elsewhere."""

    org: tuple[Group, ...] = ()
    service: tuple[Offer, ...] = ()


@cache
def groups() -> tuple[Group, ...]:
    """Return all organizations with all their services, in the order of the files; raises on any slip in them."""
    pages = [_page(path) for path in sorted(FOLDER.glob("*.toml"))]
    further: dict[str, list[Offer]] = {}
    for offer in (offer for page in pages for offer in page.service):
        further.setdefault(offer.org, []).append(offer)
    found = tuple(
        msgspec.structs.replace(group, service=(*group.service, *further.pop(group.key, ())))
        for page in pages
        for group in page.org
    )
    if further:
        raise ValueError(f"services of unknown organizations: {', '.join(further)}")
    return found


def _page(path: Path) -> Page:
    data: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    try:
        return msgspec.convert(data, Page)
    except msgspec.ValidationError as error:
        raise ValueError(f"{path.name}: {error}") from error
