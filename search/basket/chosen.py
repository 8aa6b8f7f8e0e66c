"""The services somebody put on the list: ids and nothing else, in a cookie that ends with the browser."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable
from typing import Any
from uuid import UUID

import msgspec
from litestar import Request, Response
from litestar.connection import ASGIConnection

from core import security

COOKIE = "list"
MOST = 20
"""How many services a list holds at most: more fit on no paper, and the cookie stays small."""

_SEPARATORS = re.compile(r"[.,\s]+")
_LONGEST = 40 * MOST


class Basket(msgspec.Struct, frozen=True):
    """The services on somebody's list, in the order in which they were saved."""

    ids: tuple[UUID, ...] = ()

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.ids)

    @property
    def full(self) -> bool:
        """Whether no other fits."""
        return len(self.ids) >= MOST

    def holds(self, service_id: UUID | str) -> bool:
        """Whether a service is on the list."""
        return str(service_id) in map(str, self.ids)

    def saved(self, service_id: UUID) -> Basket:
        """The list with one more at its end, unless it is there already; raises `ValueError` when it is full."""
        if service_id in self.ids:
            return self
        if self.full:
            raise ValueError("the list is full")
        return Basket((*self.ids, service_id))

    def without(self, service_id: UUID) -> Basket:
        """The list without a service."""
        return Basket(tuple(one for one in self.ids if one != service_id))


def pack(ids: Iterable[UUID]) -> str:
    """Ids as they stand in the cookie and in the address of a hand-out: 22 characters each, with dots between."""
    return ".".join(base64.urlsafe_b64encode(id_.bytes).decode().rstrip("=") for id_ in ids)


def unpack(text: str) -> Basket:
    """The list that `pack` wrote, ids in full also taken. What is no id is left out: a broken cookie is an empty list."""
    found = dict.fromkeys(id_ for part in _SEPARATORS.split(text[:_LONGEST]) if (id_ := _id(part)))
    return Basket(tuple(found)[:MOST])


def _id(text: str) -> UUID | None:
    try:
        if len(text) == 22:
            return UUID(bytes=base64.b64decode(f"{text}==", altchars=b"-_", validate=True))
        return UUID(text) if len(text) == 36 else None
    except (ValueError, binascii.Error):
        return None


def basket_of(request: ASGIConnection[Any, Any, Any, Any]) -> Basket:
    """The list of the browser that asks."""
    return unpack(request.cookies.get(security.cookie_name(request.app.state.settings, COOKIE), ""))


def page_facts(request: Request) -> dict[str, Any]:
    """What every page knows of the list: how many are on it stands in its head."""
    return {"basket": basket_of(request)}


def keep(request: Request, response: Response[Any], basket: Basket) -> None:
    """Send the list along with an answer; an empty one takes the cookie away."""
    cookie = security.cookie(request.app.state.settings, COOKIE, pack(basket.ids), None if basket.ids else 0)
    response.set_cookie(cookie)
