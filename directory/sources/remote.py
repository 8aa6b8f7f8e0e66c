"""The HSDS API of another directory, asked one thing at a time and never in haste."""

import asyncio
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import quote, urlencode

import msgspec

from core import clock, outbound
from core.i18n import N_
from core.outbound import Answer, Network, Refused, Told
from directory.sources.remembered import Remembered

PER_PAGE = 100
PAUSE_S = 0.2
"""At least so long after the beginning of one request the next begins."""

_NOT_THERE = {400, 404, 405, 406, 410, 422, 501}


class Broken(Told):
    """An answer is not what the standard says. It may be another time."""


class Page(msgspec.Struct):
    """One page of a list: the text of each document, and how many pages and items the server speaks of, if it does."""

    documents: list[bytes]
    pages: int | None
    items: int | None
    is_last: bool


class Root(msgspec.Struct):
    """What an API says of itself, and what its clock shows."""

    version: str
    profile: str
    publisher: str
    now: datetime | None


class _Envelope(msgspec.Struct):
    contents: list[msgspec.Raw]
    total_pages: Any = None
    total_items: Any = None
    last_page: Any = None


class Remote:
    """The API at an address; `agent` says who asks. Raises `Refused`, `Away` and `Broken` from every question."""

    def __init__(
        self,
        address: str,
        key: str | None,
        agent: str,
        near: Sequence[Network] = (),
        remembered: Remembered | None = None,
    ) -> None:
        self.address = address.rstrip("/")
        self._near = near
        self._remembered = remembered
        self._headers = {"User-Agent": agent, "Accept": "application/json"}
        if key:
            self._headers["Authorization"] = f"Bearer {key}"
        self._last = 0.0

    async def root(self) -> Root:
        """Ask what the API says of itself; where it says nothing, the fields are empty."""
        answer = await self._ask("/")
        now = _date(answer.headers.get("date", ""))
        if answer.status in _NOT_THERE:
            return Root("", "", "", now)
        said = _decode(answer, dict[str, Any])
        publisher = said.get("publisher")
        if isinstance(publisher, dict):
            publisher = publisher.get("name")
        return Root(
            _line(said.get("version"), 40), _line(said.get("profile"), 500), _line(publisher, 200), now
        )

    async def page(self, path: str, number: int, **query: str) -> Page | None:
        """Ask for a page of a list; None when the API has no such list, or no such page."""
        asked = {**query, "page": str(number), "per_page": str(PER_PAGE)}
        answer = await self._ask(f"{path}?{urlencode(asked)}", again="full" not in query)
        if answer.status in _NOT_THERE:
            return None
        beginning = answer.body.lstrip()[:1]
        if beginning == b"[":
            documents = _decode(answer, list[msgspec.Raw])
            return Page([bytes(one) for one in documents], 1, len(documents), True)
        envelope = _decode(answer, _Envelope)
        pages = _count(envelope.total_pages)
        ended = not envelope.contents or envelope.last_page is True
        return Page(
            [bytes(one) for one in envelope.contents],
            pages,
            _count(envelope.total_items),
            ended or (pages is not None and number >= pages),
        )

    async def document(self, path: str, key: str) -> bytes | None:
        """Ask for one document; None when there is none by that id."""
        answer = await self._ask(f"{path}/{quote(key, safe='')}")
        if answer.status in _NOT_THERE:
            return None
        _decode(answer, dict[str, Any])
        return answer.body

    async def _ask(self, path: str, *, again: bool = False) -> Answer:
        """Ask for a path; what is asked for `again` by every pull need not be sent where it is as it was."""
        await asyncio.sleep(max(0.0, self._last + PAUSE_S - time.monotonic()))
        self._last = time.monotonic()
        remembered = self._remembered if again else None
        asked = self._headers | (remembered.asking(path) if remembered else {})
        answer = await outbound.get(f"{self.address}{path}", asked, near=self._near)
        if remembered:
            answer = remembered.answer(path, answer)
        if answer.status in {401, 403}:
            raise Refused(N_("The server wants a key, or does not take the one it was given."))
        if answer.status != 200 and answer.status not in _NOT_THERE:
            raise Broken(N_("The server answers %(status)s."), status=answer.status)
        return answer


def _decode(answer: Answer, kind: Any) -> Any:
    told = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    if told and "json" not in told:
        raise Broken(N_("The server answers with %(kind)s, not with JSON."), kind=told[:60])
    try:
        return msgspec.json.decode(answer.body, type=kind)
    except msgspec.ValidationError:
        raise Broken(N_("The server answers with JSON that is no HSDS.")) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Broken(N_("The server's answer is broken JSON.")) from None


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _line(value: Any, most: int) -> str:
    return " ".join(value.replace("\0", "").split())[:most] if isinstance(value, str) else ""


def _date(text: str) -> datetime | None:
    """Read the header Date; a clock that is more than a day off is not one to go by."""
    try:
        told = parsedate_to_datetime(text).astimezone(UTC)
    except (ValueError, TypeError, OverflowError):
        return None
    return told if abs((told - clock.now()).total_seconds()) < 86_400 else None
