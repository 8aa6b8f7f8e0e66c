"""A geopy geocoder that needs no network: ZIP codes, towns, counties, coordinates, addresses with a ZIP code."""

from __future__ import annotations

import re
from typing import Any

import msgspec
from geopy.adapters import BaseSyncAdapter
from geopy.exc import GeocoderUnavailable
from geopy.geocoders.base import Geocoder
from geopy.location import Location
from geopy.point import Point

from directory.coordinates import in_united_states
from search.places.gazetteer import Gazetteer, Place, gazetteer
from search.places.known import KnownPlaces
from search.places.states import STATE_CODES
from search.places.tokens import COUNTY, state_token, town_key

MAX_LENGTH = 200
MAX_CHOICES = 8

DOMINANT = 8
"""How many times more ZIP codes than its next namesake a town needs to be meant without asking."""

_COORDINATES = re.compile(r"([+-]?\d{1,3}(?:\.\d+)?)\s*(?:,|;|\s)\s*([+-]?\d{1,3}(?:\.\d+)?)")
_ZIP = re.compile(r"\b(\d{5})(?:-\d{4})?\b")
_FILLERS = re.compile(
    r"^(?:near|in|around|close to|by|the|(?:the )?(?:city|town|village|state) of|downtown|zip(?: code)?|cerca de|en)"
    r"\s+(?=\S)|\s+(?:downtown|area|metro)$",
    re.IGNORECASE,
)
_NICKNAMES = {
    "nyc": ("New York", "NY"), "new york city": ("New York", "NY"), "nueva york": ("New York", "NY"),
    "la": ("Los Angeles", "CA"), "l a": ("Los Angeles", "CA"), "sf": ("San Francisco", "CA"),
    "san fran": ("San Francisco", "CA"), "philly": ("Philadelphia", "PA"), "vegas": ("Las Vegas", "NV"),
    "nola": ("New Orleans", "LA"), "dc": ("Washington", "DC"), "d c": ("Washington", "DC"),
    "washington d c": ("Washington", "DC"), "chi town": ("Chicago", "IL"), "slc": ("Salt Lake City", "UT"),
    "okc": ("Oklahoma City", "OK"), "atl": ("Atlanta", "GA"),
}  # fmt: skip
"""What people call large towns."""

_BOROUGHS = {
    "manhattan": ("New York County", "NY"),
    "queens": ("Queens County", "NY"),
    "staten island": ("Richmond County", "NY"),
}
"""Parts of New York that are counties by another name."""

_COUNTRY = re.compile(
    r"[\s,]+(?:u\.?s\.?a?\.?|united states(?: of america)?|ee\.? ?uu\.?)\s*$", re.IGNORECASE
)


class Ambiguous(msgspec.Struct, frozen=True):
    """Several places fit, or none but some are spelled alike: the person has to choose."""

    text: str
    choices: tuple[Place, ...]


class _NoNetwork(BaseSyncAdapter):
    """Goes nowhere. The usual adapter reads all certificates of the machine, which takes longer than the rest of us."""

    def get_json(self, url: str, *, timeout: Any, headers: Any) -> Any:
        """Raise `GeocoderUnavailable`."""
        raise GeocoderUnavailable("this geocoder asks nobody")

    get_text = get_json


class OfflineGeocoder(Geocoder):
    """geopy's interface over `find`, so that an online geocoder can take its place by setting."""

    def __init__(self, known: KnownPlaces | None = None) -> None:
        super().__init__(adapter_factory=_NoNetwork)
        self.known = known or KnownPlaces()

    @property
    def gazetteer(self) -> Gazetteer:
        """The places that everybody knows."""
        return gazetteer()

    def geocode(self, query: str, *, exactly_one: bool = True, timeout: Any = None) -> Any:
        """Places for a text: a `Location` or None, or a list of them (None when empty)."""
        found = self.find(query)
        places = list(found.choices) if isinstance(found, Ambiguous) else [found] if found else []
        locations = [Location(p.label, Point(p.lat, p.lon), msgspec.to_builtins(p)) for p in places]
        if exactly_one:
            return locations[0] if locations and not isinstance(found, Ambiguous) else None
        return locations or None

    def reverse(self, query: Any, *, exactly_one: bool = True, timeout: Any = None) -> Any:
        """The ZIP code nearest to a point, as a `Location` or a list of one."""
        point = Point(query)
        place = self.gazetteer.near(point.latitude, point.longitude)
        location = Location(place.label, Point(place.lat, place.lon), msgspec.to_builtins(place))
        return location if exactly_one else [location]

    def find(self, text: str) -> Place | Ambiguous | None:
        """The place that a person means by `text`, several to choose from, or None when nothing fits.

        Only the United States are known. An address is taken to the centre of its ZIP code or town.
        """
        text = " ".join(text.replace("\x00", " ").split())[:MAX_LENGTH]
        text = _COUNTRY.sub("", text).strip(" ,;.")
        while (shorter := _FILLERS.sub("", text)) != text:
            text = shorter
        if not text:
            return None
        text = re.sub(r"\bd\.\s?c\.?(?=\W|$)", "DC", text, flags=re.IGNORECASE)
        if known := _NICKNAMES.get(town_key(text)):
            text = ", ".join(known)
        if match := _COORDINATES.fullmatch(text):
            return self._point(float(match[1]), float(match[2]))
        codes = list(_ZIP.finditer(text))
        if codes and codes[-1].end() == len(text):
            # An address ends in its ZIP code; a number of five digits elsewhere may be that of a house.
            place = self._zip(codes[-1][1])
            return self._unless_elsewhere(text, text[: codes[-1].start()], place) if place else None
        found = self._named(text)
        for code in reversed(codes):
            found = found or self._zip(code[1])
        return found

    def _point(self, lat: float, lon: float) -> Place | None:
        if not in_united_states(lat, lon):
            return None
        near = self.gazetteer.near(lat, lon)
        return Place(lat, lon, f"{lat:.4f}, {lon:.4f}", "point", near.time_zone, near.area_words)

    def _zip(self, code: str) -> Place | None:
        place, told = self.gazetteer.by_zip(code), self.known.by_zip(code)
        if place is None or told is None:
            return place or told
        # What listings call the quarters of a ZIP code, its post office does not know.
        return msgspec.structs.replace(
            place, area_words=tuple(dict.fromkeys((*place.area_words, *self.known.names_in(code))))
        )

    def _unless_elsewhere(self, text: str, before: str, place: Place) -> Place | Ambiguous:
        """The place of a ZIP code, unless a town before it is in another state: then which of both, is asked."""
        _, comma, tail = before.strip(" ,").rpartition(",")
        state = STATE_CODES.get(tail.strip().lower()) if comma else None
        if state is None or state_token(state) in place.area_words:
            return place
        town = self._named(before.strip(" ,"))
        return Ambiguous(text, (place, town)) if isinstance(town, Place) else place

    def _named(self, text: str) -> Place | Ambiguous | None:
        """A town or county, with or without its state, at the end of the text."""
        parts = [part.strip() for part in text.split(",") if part.strip()]
        if not parts:
            return None
        state = STATE_CODES.get(parts[-1].lower()) if len(parts) > 1 else None
        if state and (found := self._in_county(parts, state) or self._at_end(parts[-2], state)):
            return found
        if found := self._choose(parts[-1], self._called(parts[-1])):
            return found
        words = parts[-1].split()
        for length in (1, 2, 3):
            state = STATE_CODES.get(" ".join(words[-length:]).lower())
            rest = " ".join(words[:-length]) or (parts[-2] if len(parts) > 1 else "")
            if state and rest and (found := self._at_end(rest, state)):
                return found
        if len(parts) == 1 and words[0][0].isdigit() and len(words) > (3 if _ZIP.fullmatch(words[0]) else 2):
            return self._street_of(text, words)
        alike = [place for name in self.gazetteer.spelled_like(parts[-1]) for place in self._called(name)[:2]]
        return Ambiguous(text, tuple(alike[:MAX_CHOICES])) if alike else None

    def _in_county(self, parts: list[str], state: str) -> Place | None:
        """The town of "Chicago, Cook County, IL"."""
        if len(parts) > 2 and parts[-2].lower().endswith(COUNTY):
            towns = self._called(parts[-3], state)
            return towns[0] if towns else None
        return None

    def _street_of(self, text: str, words: list[str]) -> Ambiguous | None:
        """The towns that "12 Oak St Springfield" may be in: which, is asked, for the name may be the street's."""
        for start in range(max(2, len(words) - 3), len(words)):
            if places := self._called(" ".join(words[start:])):
                return Ambiguous(text, tuple(places[:MAX_CHOICES]))
        return None

    def _at_end(self, text: str, state: str) -> Place | Ambiguous | None:
        """The town of a state with the longest name that ends `text` ("12 Oak St San Francisco")."""
        words = text.split()
        for start in range(max(0, len(words) - 5), len(words)):
            if places := self._called(" ".join(words[start:]), state):
                return places[0]
        alike = [p for name in self.gazetteer.spelled_like(text) for p in self.gazetteer.towns(name, state)]
        return Ambiguous(text, tuple(alike[:MAX_CHOICES])) if alike else None

    def _called(self, name: str, state: str | None = None) -> list[Place]:
        """All places of a name; what the gazetteer says of a town goes before what listings say of it."""
        places = self.gazetteer.towns(name, state) or []
        if name.lower().endswith((" county", " parish", " borough")):
            places += self.gazetteer.counties(name, state) or self.known.counties(name, state)
        elif borough := _BOROUGHS.get(town_key(name)):
            if state in {None, borough[1]}:
                found = self.gazetteer.counties(*borough)
                title = " ".join(word.capitalize() for word in name.split())
                places += [msgspec.structs.replace(place, label=f"{title}, {borough[1]}") for place in found]
            places.sort(key=lambda place: -place.weight)
        elif not places and not self.known.towns(name, state):
            places += self.gazetteer.counties(f"{name} County", state)
        seen = {place.label for place in places}
        return places + [place for place in self.known.towns(name, state) if place.label not in seen]

    def _choose(self, text: str, places: list[Place]) -> Place | Ambiguous | None:
        """One of several namesakes: the only one with listings nearby, or the far largest, else ask."""
        if len(places) <= 1:
            return places[0] if places else None
        listed = [place for place in places if self.known.nearby(place)]
        likely = listed or places
        if len(likely) == 1 or likely[0].weight >= DOMINANT * likely[1].weight:
            return likely[0]
        others = [place for place in places if place not in listed]
        return Ambiguous(text, tuple([*listed, *others][:MAX_CHOICES]))
