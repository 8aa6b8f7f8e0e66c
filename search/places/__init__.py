"""From what a person types as a place to a point on the map, without asking the network.

`Places` is what the rest of the search uses; `geocoder.OfflineGeocoder` is the geopy geocoder behind it,
`gazetteer` what everybody knows (ZIP codes, towns), `known` what the directory's own listings tell.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from core.database import Database
from search.places.gazetteer import Place, Precision, gazetteer
from search.places.geocoder import Ambiguous, OfflineGeocoder
from search.places.known import KnownPlaces, load

__all__ = ["Ambiguous", "KnownPlaces", "OfflineGeocoder", "Place", "Places", "Precision", "gazetteer"]

STALE_AFTER = 600.0
"""Seconds after which the directory's own places are read again, in the background."""

_REMEMBERED = 2_000


class Places:
    """The places of one process: the offline gazetteer and the directory's own, refreshed now and then."""

    def __init__(self, database: Database, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._database = database
        self._clock = clock
        self._geocoder = OfflineGeocoder()
        self._loaded_at: float | None = None
        self._refreshing: asyncio.Task[None] | None = None
        self._answers: dict[str, Place | Ambiguous | None] = {}

    async def find(self, text: str) -> Place | Ambiguous | None:
        """The place meant by a ZIP code, "town, state", town, county, "lat,lon" or an address with one of them.

        `Ambiguous` holds the choices when several fit; None when nothing does.
        """
        if self._loaded_at is None:
            await self.refresh()
        elif self._clock() > self._loaded_at + STALE_AFTER and self._refreshing is None:
            self._refreshing = asyncio.create_task(self.refresh())
        key = text.strip().lower()
        if key not in self._answers:
            if len(self._answers) >= _REMEMBERED:
                self._answers.clear()
            self._answers[key] = self._geocoder.find(text)
        return self._answers[key]

    async def refresh(self) -> None:
        """Read the directory's own places anew."""
        await asyncio.to_thread(gazetteer)
        try:
            async with self._database.transaction(write=False) as db:
                self._geocoder.known = await load(db)
            self._answers.clear()
            self._loaded_at = self._clock()
        finally:
            self._refreshing = None

    def expire(self) -> None:
        """Have the directory's own places read again at the next question: listings have changed."""
        if self._loaded_at is not None:
            self._loaded_at = -STALE_AFTER

    def time_zone(self, lat: float, lon: float) -> str:
        """The time zone at a point of the United States."""
        return gazetteer().time_zone(lat, lon)

    def towns_near(self, lat: float, lon: float) -> list[Place]:
        """Towns with listings around a point, those with the most listings first."""
        return self._geocoder.known.towns_near(lat, lon)
