"""What pages of services and organizations say alike: telephones, addresses, prices, languages, hours at a place."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple
from urllib.parse import urlsplit

from core import clock
from core.display import language_name
from core.i18n import gettext as _
from directory.costs import is_free
from directory.models import Address, Language, Phone, Schedule, Service, ServiceAtLocation
from directory.opening import Opening, OpenState

NOT_FOR_VOICE = frozenset({"fax", "pager", "textphone", "tty", "tdd"})
FRESH_FOR = 90
"""Days for which what somebody checked counts as fresh."""
STALE_AFTER = 180
"""Days since somebody last checked a listing, after which its reader is told to call first."""
_JUST_FREE = frozenset({"free", "no fee", "no fees", "no charge", "no cost", "gratis"})


class Telephone(NamedTuple):
    """A number to call, and what answers there."""

    number: str
    extension: str
    label: str


def state_of(opening: Opening, zone: str) -> OpenState | None:
    """Return whether it is open now; None where the time zone, and so the answer, is not known."""
    told = zone or str(opening.zone) != "UTC"
    return opening.state(clock.now()) if told else None


def hours_at(service: Service, at: ServiceAtLocation | None) -> Sequence[Schedule]:
    """Return the hours that hold at a place: the service's there, else the service's, else those of the place."""
    told = (at.schedules if at else []) or service.schedules
    return told or (at.location.schedules if at else [])


def address_lines(addresses: Iterable[Address]) -> list[str]:
    """Return the first physical address as it is written on an envelope: street, then town with state and ZIP code."""
    for address in sorted(addresses, key=lambda row: row.address_type != "physical"):
        region = " ".join(filter(None, [address.state_province, address.postal_code]))
        town = ", ".join(filter(None, [address.city, region]))
        lines = [line for line in (address.address_1, address.address_2, town) if line]
        if lines:
            return lines
    return []


def telephones(lines: Iterable[Phone]) -> list[Telephone]:
    """Return the numbers to call in their order, each once; a fax is none."""
    found: dict[str, Telephone] = {}
    for line in lines:
        number = line.e164 or line.number
        if number and (line.type or "").lower() not in NOT_FOR_VOICE:
            found.setdefault(number, Telephone(number, line.extension or "", line.description or ""))
    return list(found.values())


def is_stale(verified_on: date | None, today: date) -> bool:
    """Tell whether nobody has checked a listing lately, or ever."""
    return verified_on is None or (today - verified_on).days > STALE_AFTER


def cost_of(service: Service) -> tuple[str, bool]:
    """Return what a service costs in words, and whether it is free for everybody."""
    options = service.cost_options
    words = unique(
        [*(row.amount_description or row.option for row in options), service.fees_description, service.fees]
    )
    free = is_free([service.fees_description, service.fees], options) is True
    if free and (not words or (len(words) == 1 and words[0].lower().strip(". ") in _JUST_FREE)):
        return _("Free"), True
    return "; ".join(words), free


def languages_of(spoken: Iterable[Language]) -> list[str]:
    """Return the names of languages in the reader's own, each once."""
    return unique(language_name(one.code) if one.code else one.name for one in spoken)


def site_name(url: str) -> str:
    """Return the part of a web address that people know it by."""
    return urlsplit(url).netloc.removeprefix("www.") if url else ""


def unique(texts: Iterable[str | None]) -> list[str]:
    """Return the texts in their order, each once, blank ones left out."""
    return list(dict.fromkeys(text.strip() for text in texts if text and text.strip()))
