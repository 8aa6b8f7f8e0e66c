"""Reads a source step by step: each step asks one thing, notes how far it is, and may be the last before a power cut.

Pages of a list shift while they are read, for the source is alive. So the list of all ids is read besides: what is in it
and was not on any page is asked for by its id, and what has changed since the reading began is read once more at the end.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any

import msgspec

from core import clock
from core.i18n import N_
from core.outbound import Refused
from directory.hsds.standard import nested_keys
from directory.sources.remote import Broken, Page, Remote
from directory.sources.taken import Kind, Taken

MOST_PAGES = 100_000
MOST_BYTES = 8 * 1024**3
LONGEST_KEY = 500
MOST_CHECKED = 200
"""So many listings that seem to be gone are asked for one by one, before they are taken for gone."""

_BELOW = nested_keys("service") - {"organization", "program"}
"""What documents in a list hold only where the server gives them whole."""

_SPARSE = 5
"""After so many documents that hold no more when asked for alone, those of lists are taken for whole."""

_STALE = 3
"""A list of which so many pages in a row hold nothing new has come to its end, whatever it says of itself."""

_ROUNDS = 3

_LISTS: dict[str, tuple[str, Kind]] = {
    "taxonomies": ("/taxonomies", "taxonomy"),
    "taxonomy_terms": ("/taxonomy_terms", "taxonomy_term"),
}


class Held(msgspec.Struct):
    """What the database has of the source: which of some ids, and the next ids of shown services after one."""

    among: Callable[[Sequence[str]], Awaitable[set[str]]]
    shown_after: Callable[[str], Awaitable[Sequence[str]]]


class Reading:
    """Everything of one pull, read into `taken`. Raises `Refused`, `Away` and `Broken`; then nothing is lost."""

    def __init__(self, taken: Taken, remote: Remote, modified_after: datetime | None, held: Held) -> None:
        self._taken, self._remote, self._held = taken, remote, held
        self._whole = modified_after is None
        self._after = _moment(modified_after)

    @property
    def step(self) -> str:
        """What is being read; `done` at the end."""
        return self._taken.mark("step", "root")

    @property
    def page(self) -> int:
        """How many pages of the present list were read."""
        return int(self._taken.mark("page", "0"))

    @property
    def pages(self) -> int:
        """How many it has, as far as is known."""
        return int(self._taken.mark("pages", "0"))

    async def go(self, seconds: float) -> bool:
        """Read on for so long, or a request longer; tell whether everything was read."""
        until = time.monotonic() + seconds
        while self.step != "done":
            await getattr(self, f"_{self.step}")()
            if time.monotonic() >= until:
                break
        return self.step == "done"

    async def _root(self) -> None:
        root = await self._remote.root()
        now = root.now or clock.now()
        self._taken.keep(
            step="services", page="0", now=now.isoformat(), version=root.version, profile=root.profile,
            publisher=root.publisher,
        )  # fmt: skip

    async def _services(self) -> None:
        ignores = self._taken.mark("no_modified_after") != ""
        query = {"modified_after": self._after} if self._after and not ignores else {}
        page = await self._next("/services", "service", full="true", **query)
        if page is None and self.page == 0:
            if not query:
                raise Broken(N_("There is no list of services at this address."))
            self._taken.keep(no_modified_after="yes")
            return
        await self._turn(page, "ids")

    async def _ids(self) -> None:
        number = self.page + 1
        page = await self._remote.page("/services", number, minimal="true")
        if page is None and number == 1:
            self._taken.keep(step="wanted", page="0")
            return
        keys = [] if page is None else [key for body in page.documents if (key := _key(_decoded(body)))]
        rounds = int(self._taken.mark("rounds", "0")) + 1
        fresh = any(not self._taken.is_named(f"ids {rounds}", key) for key in keys)
        self._taken.name(f"ids {rounds}", keys)
        self._taken.name("listed", keys)
        if page is not None and not page.is_last and not self._stale(fresh):
            self._keep_page(page, number)
            return
        listed = self._taken.named("listed")
        short = page is not None and page.items is not None and listed < page.items
        self._taken.keep(
            step="ids" if short and rounds < _ROUNDS else "compare", page="0", rounds=str(rounds), stale="0"
        )

    async def _compare(self) -> None:
        """Find what no page had, and what seems to be gone."""
        missing = await asyncio.to_thread(self._unread)
        for start in range(0, len(missing), 400):
            some = missing[start : start + 400]
            here = set() if self._whole else await self._held.among(some)
            self._taken.name("wanted", (key for key in some if key not in here))
        # What stood on a page and is in no list of ids was taken off meanwhile.
        gone = [key for key in self._taken.keys("service") if not self._taken.is_named("listed", key)]
        after = ""
        while len(gone) <= MOST_CHECKED and (shown := await self._held.shown_after(after)):
            gone += [key for key in shown if not self._taken.is_named("listed", key)]
            after = shown[-1]
        if len(gone) <= MOST_CHECKED:
            self._taken.name("wanted", gone)
        self._taken.keep(step="wanted", page="0", reconciled="yes")

    def _unread(self) -> list[str]:
        return [key for key in self._taken.names("listed") if not self._taken.has("service", key)]

    async def _wanted(self) -> None:
        await self._fetch("/services", "service", "wanted", "organizations" if self._whole else "late")

    async def _organizations(self) -> None:
        page = await self._remote.page("/organizations", self.page + 1)
        keys = [] if page is None else [key for body in page.documents if (key := _key(_decoded(body)))]
        fresh = [key for key in keys if not self._taken.is_named("organizations", key)]
        self._taken.name("organizations", fresh)
        self._taken.name("lone", (key for key in fresh if not self._taken.is_named("with services", key)))
        if page is None or page.is_last or self._stale(bool(fresh)):
            self._taken.keep(step="lone", page="0", stale="0")
        else:
            self._keep_page(page, self.page + 1)

    async def _lone(self) -> None:
        await self._fetch("/organizations", "organization", "lone", "taxonomies")

    async def _taxonomies(self) -> None:
        await self._list("taxonomy_terms")

    async def _taxonomy_terms(self) -> None:
        await self._list("late")

    async def _late(self) -> None:
        """Read what has changed while the rest was read."""
        if self._taken.mark("no_modified_after"):
            self._taken.keep(step="rest")
            return
        since = _moment(datetime.fromisoformat(self._taken.mark("now")))
        page = await self._next("/services", "service", full="true", modified_after=since)
        if self.page == 0 and page and page.items is not None and page.items >= self._taken.count("service"):
            page = None  # either all have changed within minutes, or it does not know what has
        await self._turn(page, "rest")

    async def _rest(self) -> None:
        await self._fetch("/services", "service", "wanted", "done")

    async def _list(self, following: str) -> None:
        path, kind = _LISTS[self.step]
        await self._turn(await self._next(path, kind), following)

    async def _next(self, path: str, kind: Kind, **query: str) -> Page | None:
        return await self._remote.page(path, self.page + 1, **query)

    async def _turn(self, page: Page | None, following: str) -> None:
        """Take a page in; after the last of a list go on to what follows."""
        fresh = False
        for body in page.documents if page else ():
            fresh = await self._take(body) or fresh
        if page is None or page.is_last or self._stale(fresh):
            self._taken.keep(step=following, page="0", pages="0", stale="0")
        else:
            self._keep_page(page, self.page + 1)

    def _keep_page(self, page: Page, number: int) -> None:
        if number >= MOST_PAGES:
            raise Refused(N_("The list of services ends nowhere."))
        self._taken.keep(page=str(number), pages=str(page.pages or 0))

    def _stale(self, fresh: bool) -> bool:
        """Count pages that hold nothing new; tell whether there were too many in a row."""
        stale = 0 if fresh else int(self._taken.mark("stale", "0")) + 1
        self._taken.note(stale=str(stale))
        return stale >= _STALE

    async def _take(self, body: bytes) -> bool:
        """Take a document of a list in, or note that it is wanted whole; tell whether it was new on this list."""
        document = _decoded(body)
        key = _key(document)
        if not key:
            self._taken.note(odd=str(int(self._taken.mark("odd", "0")) + 1))
            return False
        kind: Kind = "service" if self.step in {"services", "late"} else _LISTS[self.step][1]
        if kind == "service":
            whole = await self._is_whole(key, document)
            if whole:
                self._put(kind, key, body, document)
            elif whole is False:
                self._taken.name("wanted", [key])
            if self.step == "late":
                self._taken.name("listed", [key])
        else:
            self._put(kind, key, body, document)
        fresh = not self._taken.is_named(self.step, key)
        self._taken.name(self.step, [key])
        return fresh

    async def _is_whole(self, key: str, document: dict[str, Any]) -> bool | None:
        """Tell whether a document of a list is all there is; None when it was asked for to find out, and taken in."""
        lists = self._taken.mark("lists")
        if lists == "whole" or _BELOW.intersection(document):
            self._taken.note(lists="whole")
            return True
        if lists == "bare":
            return False
        body = await self._remote.document("/services", key)
        alone = _decoded(body) if body else {}
        if not body or not _key(alone):
            return True
        if _BELOW.intersection(alone):
            self._taken.note(lists="bare")
        else:
            sparse = int(self._taken.mark("sparse", "0")) + 1
            self._taken.note(sparse=str(sparse), lists="whole" if sparse >= _SPARSE else "")
        self._put("service", key, body, alone)
        return None

    async def _fetch(self, path: str, kind: Kind, named: str, following: str) -> None:
        """Ask for the next document that is wanted by its id."""
        key = next(self._taken.names(named), None)
        if key is None:
            self._taken.keep(step=following, page="0", pages="0", stale="0")
            return
        body = await self._remote.document(path, key)
        document = _decoded(body) if body else {}
        if body and _key(document) == key:
            self._put(kind, key, body, document)
            if kind == "service":
                self._taken.name("listed", [key])
        elif kind == "service":
            self._taken.unname("listed", key)
            self._taken.drop(kind, key)
        self._taken.unname(named, key)
        self._taken.keep(page=str(self.page + 1), pages=str(self.page + 1 + self._taken.named(named)))

    def _put(self, kind: Kind, key: str, body: bytes, document: dict[str, Any]) -> None:
        size = int(self._taken.mark("bytes", "0")) + len(body)
        if size > MOST_BYTES:
            raise Refused(N_("The source holds more than %(most)s GB."), most=MOST_BYTES // 1024**3)
        self._taken.put(kind, key, body)
        self._taken.note(bytes=str(size))
        organization = document.get("organization")
        if isinstance(organization, dict) and (owner := _key(organization)):
            self._taken.name("with services", [owner])


def _decoded(body: bytes) -> dict[str, Any]:
    """Return a document; an empty one for what is none."""
    try:
        document = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}


def _key(document: dict[str, Any]) -> str:
    """Return the id of a document, as the import knows it; an empty text when it has none of use."""
    given = document.get("id")
    if isinstance(given, bool) or not isinstance(given, str | int):
        return ""
    key = str(given).replace("\0", "").strip()
    return key if len(key) <= LONGEST_KEY else ""


def _moment(value: datetime | None) -> str:
    """Write a moment as the standard's examples do."""
    return value.strftime("%Y-%m-%dT%H:%M:%SZ") if value else ""
