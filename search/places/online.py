"""Asking a geocoder on the network, carefully: at most so often, never for long, and not while it is down."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

import msgspec
from geopy.exc import GeocoderParseError, GeocoderRateLimited, GeopyError
from geopy.extra.rate_limiter import AsyncRateLimiter
from geopy.geocoders import Nominatim

from core.settings import GeocoderAddress, Settings
from search.places.gazetteer import Precision
from search.places.tokens import state_code
from search.places.transport import DeadlineAdapter

PATIENCE = 2.0
"""Seconds that a person who searches waits for a geocoder, queueing included."""

PATIENCE_OF_JOBS = 10.0
MOST_ANSWERS = 5

FAILURES = 2
"""After so many failures in a row the geocoder is left alone for a while."""

FIRST_REST, LONGEST_REST = 30.0, 900.0
"""Seconds that it is left alone: doubled with every further failure."""


class Unavailable(Exception):
    """The geocoder cannot be asked now, or gave no sensible answer; it holds nothing of what was asked."""


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """One place of an answer, with the parts of its address; nothing of it has been believed yet."""

    lat: float
    lon: float
    precision: Precision | None
    """None for what is too large to search around: a state, a country."""
    name: str = ""
    town: str = ""
    county: str = ""
    state: str = ""
    """Two letters, or empty."""
    country: str = ""
    postal_code: str = ""


class Breaker:
    """Tells when something that failed may be tried again."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Nothing has failed yet; `clock` tells seconds."""
        self._clock = clock
        self._failures = 0
        self._until = 0.0

    @property
    def closed(self) -> bool:
        """Whether it may be asked now; after a rest one question is let through to see."""
        return self._clock() >= self._until

    def worked(self) -> None:
        """It answered."""
        self._failures, self._until = 0, 0.0

    def failed(self, rest: float = 0.0) -> None:
        """It did not answer; `rest` is how many seconds it asked to be left alone."""
        self._failures += 1
        if self._failures >= FAILURES or rest:
            pause = min(FIRST_REST * 2 ** max(self._failures - FAILURES, 0), LONGEST_REST)
            self._until = self._clock() + max(pause, min(rest, LONGEST_REST))


class _Nominatim(Nominatim):
    """geopy's client, which leaves it to us to look at what came before making points of it."""

    def _parse_json(self, places: Any, exactly_one: bool) -> list[dict[str, Any]]:
        if not isinstance(places, list):
            raise GeocoderParseError("The answer is not a list.")
        return places


class Online:
    """A geocoder that speaks Nominatim's protocol, asked through geopy; one for each process."""

    def __init__(
        self, address: GeocoderAddress, user_agent: str, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Ask the geocoder at an address as `user_agent`, which says who asks and how to reach them."""
        self.provider = address.host[:100]
        self.breaker = Breaker(clock)
        self._nominatim = _Nominatim(
            user_agent=user_agent,
            scheme=address.scheme,
            domain=address.domain,
            timeout=PATIENCE,
            adapter_factory=DeadlineAdapter,
        )
        self._ask = AsyncRateLimiter(
            self._asked,
            min_delay_seconds=1 / address.per_second,
            error_wait_seconds=max(1 / address.per_second, 1.0),
            max_retries=0,
            swallow_exceptions=False,
        )

    async def find(self, text: str, *, patience: float = PATIENCE) -> list[Answer]:
        """What the geocoder says of a text, the likeliest first; raises `Unavailable` at the end of the patience."""
        if not self.breaker.closed:
            raise Unavailable
        try:
            async with asyncio.timeout(patience):
                found = await self._ask(text, patience)
        except (TimeoutError, GeopyError):
            raise Unavailable from None
        return found

    async def _asked(self, text: str, patience: float) -> list[Answer]:
        """One request; whatever comes of it, the breaker learns of it."""
        if not self.breaker.closed:
            raise Unavailable
        try:
            found = await self._nominatim.geocode(
                text,
                exactly_one=False,
                limit=MOST_ANSWERS,
                addressdetails=True,
                language="en",
                country_codes="us",
                timeout=patience,
            )
            answers = [_read(raw) for raw in found]
        except GeocoderRateLimited as error:
            self.breaker.failed(float(error.retry_after or FIRST_REST))
            raise
        except (GeopyError, asyncio.CancelledError):
            self.breaker.failed()
            raise
        except (AttributeError, KeyError, TypeError, ValueError):
            # JSON of another form.
            self.breaker.failed()
            raise Unavailable from None
        self.breaker.worked()
        return answers


def online_of(settings: Settings) -> Online | None:
    """The geocoder that a deployment has chosen, or None: then nobody is asked."""
    address = GeocoderAddress.read(settings.geocoder)
    return Online(address, f"Handrail/0.1 (+{settings.base_url})") if address else None


_HOUSES = {
    "house",
    "building",
    "amenity",
    "shop",
    "office",
    "place_of_worship",
    "house_number",
    "residential",
}
_STREETS = {"road", "street", "highway", "pedestrian", "footway", "path", "service"}
_TOWNS = {
    "city", "town", "village", "hamlet", "suburb", "neighbourhood", "quarter", "borough", "municipality",
    "city_district", "district", "locality", "city_block",
}  # fmt: skip
_TOO_LARGE = {"state", "country", "region", "continent", "state_district", "ocean", "sea"}


def _read(raw: dict[str, Any]) -> Answer:
    """One place as Nominatim tells it; raises `ValueError`, `TypeError` or `KeyError` for what is none."""
    told = raw.get("address") or {}
    parts = {name: str(text)[:100] for name, text in told.items() if isinstance(text, str | int)}
    postal_code = parts.get("postcode", "")[:5]
    iso = parts.get("ISO3166-2-lvl4", "")
    return Answer(
        lat=float(raw["lat"]),
        lon=float(raw["lon"]),
        precision=_precision(raw, parts),
        name=str(raw.get("name") or parts.get("neighbourhood") or parts.get("suburb") or "")[:100],
        town=next((parts[kind] for kind in ("city", "town", "village", "hamlet") if parts.get(kind)), ""),
        county=parts.get("county", ""),
        state=state_code(iso.removeprefix("US-")) or state_code(parts.get("state")),
        country=parts.get("country_code", "").lower(),
        postal_code=postal_code if len(postal_code) == 5 and postal_code.isdigit() else "",
    )


def _precision(raw: dict[str, Any], parts: dict[str, str]) -> Precision | None:
    kind = str(raw.get("addresstype") or raw.get("type") or "")
    if kind in _TOO_LARGE:
        return None
    if kind == "county":
        return "county"
    if kind == "postcode":
        return "zip"
    if kind in _TOWNS:
        return "town"
    if kind in _STREETS or raw.get("class") == "highway":
        return "street"
    if parts.get("house_number") or kind in _HOUSES or raw.get("place_rank") == 30:
        return "address"
    return "street" if parts.get("road") else "town"
