"""From what a person types as a place to a point on the map.

`Places` is what the rest of the search uses. It asks, in this order: what it remembers, the geocoder that a
deployment has chosen (`online`; none by default, and then nobody outside is ever asked), and what everybody knows:
`geocoder.OfflineGeocoder` over `gazetteer` (ZIP codes, towns, counties) and `known` (the directory's own listings).
`Place.precision` tells how exact the answer is; `words.said` puts it into words.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import msgspec
import structlog
from sqlalchemy.exc import DBAPIError

from core.database import Database
from search.places import cache
from search.places.gazetteer import Place, Precision, gazetteer
from search.places.geocoder import Ambiguous, OfflineGeocoder
from search.places.judge import as_approximate, believed, looks_like_address
from search.places.known import KnownPlaces, load, load_extents
from search.places.online import Online, Unavailable
from search.places.shapes import Shapes

__all__ = ["Ambiguous", "KnownPlaces", "OfflineGeocoder", "Place", "Places", "Precision", "gazetteer"]

log = structlog.get_logger("handrail.places")

STALE_AFTER = 120.0
"""Seconds after which the directory's own places are read again, in the background."""

REST = 20.0
"""How many times longer the directory's places are left alone than reading them took."""

_REMEMBERED = 2_000

_BLUR = {"zip": 8_000.0, "town": 12_000.0, "county": 40_000.0}
"""Metres around the centre of a ZIP code, town or county within which the person may in truth be."""

Answer = Place | Ambiguous | None


class Places:
    """The places of one process: the offline gazetteer and the directory's own, refreshed now and then."""

    def __init__(
        self, database: Database, online: Online | None = None, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._database = database
        self.online = online
        self._clock = clock
        self._geocoder = OfflineGeocoder()
        self._shapes = Shapes()
        self._loaded_at: float | None = None
        self._due = 0.0
        self._rest = 0.0
        self._refreshing: asyncio.Task[None] | None = None
        self._answers: dict[tuple[str, bool], Answer] = {}
        self._asking: dict[str, asyncio.Task[tuple[Answer, bool]]] = {}
        self._keeping: set[asyncio.Task[None]] = set()

    @property
    def provider(self) -> str:
        """Who is asked about addresses: the host of a geocoder, or "offline"."""
        return self.online.provider if self.online is not None else "offline"

    async def find(self, text: str, *, online: bool = False) -> Answer:
        """The place meant by a ZIP code, "town, state", town, county, "lat,lon" or an address.

        `Ambiguous` holds the choices when several fit; None when nothing does. Only with `online`, and where the
        deployment has a geocoder, may an address leave this machine: leave it off for whatever is about a client.
        A geocoder that is slow or down costs two seconds at most, then the centre of the ZIP code or town is answered.
        """
        if self._refreshing is None and (self._loaded_at is None or self._clock() > self._due):
            self._refreshing = asyncio.create_task(self.refresh())
        if self._loaded_at is None and self._refreshing is not None:
            # Whoever comes first waits, and all others with them; later it goes on in the background.
            await asyncio.shield(self._refreshing)
        key = (text.strip().lower(), online and self.online is not None)
        if key not in self._answers:
            found = as_approximate(text, self._geocoder.find(text))
            lasting = True
            if key[1] and _worth_asking(text, found):
                found, lasting = await self._ask_once(key[0], text, found)
            found = self._placed(found)
            if not lasting:
                return found
            if len(self._answers) >= _REMEMBERED:
                self._answers.clear()
            self._answers[key] = found
        return self._answers[key]

    async def refresh(self) -> None:
        """Read the directory's own places and shapes anew."""
        await asyncio.to_thread(gazetteer)
        began = self._clock()
        try:
            async with self._database.transaction(write=False) as db:
                told = await load(db)
                extents = await load_extents(db)
            # Not on the loop: outlines of counties take long to read.
            self._geocoder.known = await asyncio.to_thread(told)
            self._shapes = await asyncio.to_thread(Shapes, extents)
            # What is being kept now would be asked for again.
            await self.settled()
            self._answers.clear()
            self._loaded_at = self._clock()
            self._rest = REST * (self._loaded_at - began)
            self._due = self._loaded_at + max(STALE_AFTER, self._rest)
        finally:
            self._refreshing = None

    def expire(self) -> None:
        """Have the directory's own places read again at a question soon: listings have changed.

        Never so often that reading them takes more than a twentieth of the time.
        """
        if self._loaded_at is not None:
            self._due = min(self._due, self._loaded_at + self._rest)

    async def home_zone(self) -> str:
        """By whose clock most of the directory lives, for times that are told without a place; "UTC" for an empty one."""
        if self._loaded_at is None:
            await self.refresh()
        return self._geocoder.known.home_zone

    def time_zone(self, lat: float, lon: float) -> str:
        """The time zone at a point of the United States."""
        return gazetteer().time_zone(lat, lon)

    def towns_near(self, lat: float, lon: float) -> list[Place]:
        """Towns with listings around a point, those with the most listings first."""
        return self._geocoder.known.towns_near(lat, lon)

    async def settled(self) -> None:
        """Wait until all that a geocoder answered is kept."""
        await asyncio.gather(*self._keeping)

    async def _ask_once(self, key: str, text: str, offline: Answer) -> tuple[Answer, bool]:
        """`_ask`, once for all who wait for the same text now."""
        if key not in self._asking:
            self._asking[key] = task = asyncio.create_task(self._ask(text, offline))
            task.add_done_callback(lambda _: self._asking.pop(key, None))
        return await asyncio.shield(self._asking[key])

    async def _ask(self, text: str, offline: Answer) -> tuple[Answer, bool]:
        """What the geocoder says, or said before, else `offline`; and whether that may be remembered."""
        assert self.online is not None
        known = offline if isinstance(offline, Place) else None
        async with self._database.transaction(write=False) as db:
            kept, place = await cache.cached(db, text)
        if kept:
            return place or offline, True
        try:
            answers = await self.online.find(text)
        except Unavailable:
            return offline, False
        found = believed(text, answers, known)
        if isinstance(found, Ambiguous):
            return found, True
        # Whoever searches does not wait for whoever writes to the database.
        keeping = asyncio.create_task(self._keep(text, found, self.online.provider))
        self._keeping.add(keeping)
        keeping.add_done_callback(self._keeping.discard)
        return (cache.blurred(found) if found else offline), True

    async def _keep(self, text: str, found: Place | None, provider: str) -> None:
        try:
            async with self._database.transaction() as db:
                await cache.keep(db, text, found, provider)
        except DBAPIError as error:
            # It is asked again one day.
            log.warning("place not kept", error=type(error).__name__)

    def _placed(self, found: Answer) -> Answer:
        """The same with the shapes of the directory that each place lies in, or may lie in."""
        if isinstance(found, Ambiguous):
            return msgspec.structs.replace(found, choices=tuple(map(self._in_shapes, found.choices)))
        return self._in_shapes(found) if found is not None else None

    def _in_shapes(self, place: Place) -> Place:
        if not len(self._shapes):
            return place
        inside = self._shapes.around(place.lat, place.lon)
        blur = _BLUR.get(place.precision, 0.0)
        about = self._shapes.around(place.lat, place.lon, blur) if blur else ()
        maybe = tuple(token for token in about if token not in inside)
        return msgspec.structs.replace(place, area_words=(*place.area_words, *inside), maybe_words=maybe)


def _worth_asking(text: str, offline: Answer) -> bool:
    """Whether a geocoder could tell more: for an address, and for a name that nobody here knows."""
    if isinstance(offline, Ambiguous):
        return False
    if offline is None:
        return len(text.strip()) >= 4 and any(char.isalpha() for char in text)
    return offline.precision in {"zip", "town"} and looks_like_address(text)
