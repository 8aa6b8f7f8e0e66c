"""What is submitted about sources."""

from ipaddress import ip_address
from typing import Annotated, Literal
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

from core.forms import FormErrors
from core.i18n import N_, gettext
from core.outbound import Network, Refused, check_address

EVERY = {
    "0": N_("By hand only"),
    "1": N_("Every hour"),
    "6": N_("Every 6 hours"),
    "24": N_("Every day"),
    "168": N_("Every week"),
}
"""How often a source may be pulled, in hours."""

Every = Literal["0", "1", "6", "24", "168"]


class SourceForm(msgspec.Struct, kw_only=True):
    """A new source."""

    name: Annotated[str, Meta(max_length=120)]
    address: Annotated[str, Meta(max_length=500)]
    api_key: Annotated[str, Meta(max_length=500)] = ""
    every_hours: Every = "24"
    approve: bool = False


class ScheduleForm(msgspec.Struct, kw_only=True):
    """How a source is pulled; a blank key leaves the one that is there."""

    every_hours: Every
    approve: bool = False
    api_key: Annotated[str, Meta(max_length=500)] = ""
    forget_key: bool = False


def clean_address(address: str, near: tuple[Network, ...] = ()) -> str:
    """Return the address of an API in its plain form; raises `Refused` for one that is none, as far as it shows."""
    address = address.strip().rstrip("/")
    check_address(address, near)
    if "?" in address or "#" in address:
        raise Refused(N_("The address of the API ends before any ? or #."))
    return address


def check_key(address: str, key: str, near: tuple[Network, ...]) -> None:
    """Raise `Refused` for a key that would go over the internet in clear, or that no header can carry."""
    if not key:
        return
    if not key.isascii() or not key.isprintable():
        raise Refused(N_("A key is of plain letters, digits and signs."))
    if address.startswith("http:") and not _is_near(address, near):
        raise Refused(N_("A key goes over https only: the address has to begin with https://."))


def _is_near(address: str, near: tuple[Network, ...]) -> bool:
    """Tell whether an address names a machine of a near network by its number; a name may lead anywhere tomorrow."""
    try:
        number = ip_address(urlsplit(address).hostname or "")
    except ValueError:
        return False
    return any(number in network for network in near)


def checked_address(form: SourceForm, near: tuple[Network, ...]) -> str:
    """Return the address of a new source; raises `FormErrors` naming the field that is wrong."""
    try:
        address = clean_address(form.address, near)
    except Refused as error:
        raise FormErrors({"address": gettext(error.sentence[0]) % error.sentence[1]}) from None
    checked_key(address, form.api_key, near)
    return address


def checked_key(address: str, key: str, near: tuple[Network, ...]) -> None:
    """Raise `FormErrors` for a key that may not be used with an address."""
    try:
        check_key(address, key, near)
    except Refused as error:
        raise FormErrors({"api_key": gettext(error.sentence[0]) % error.sentence[1]}) from None
