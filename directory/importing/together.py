"""What the listings of a table have in common, seen before the first of them is handed on."""

from array import array
from collections import Counter
from hashlib import blake2b

from directory.importing.listing import Listing, given_id, natural_key, place_key
from directory.importing.same_places import FAR_MILES, middle_of, miles_between, states_in


class Together:
    """Knows which rows are one listing, which ids and places several listings share, and where most of them are."""

    def __init__(self) -> None:
        self._rows: Counter[bytes] = Counter()
        self._of_id: dict[bytes, bytes] = {}
        self._ids: set[bytes] = set()
        self._at: dict[bytes, bytes] = {}
        self._places: set[bytes] = set()
        self._points = (array("d"), array("d"))
        self._states: Counter[str] = Counter()
        self._middle: tuple[float, float] | None = None

    def see(self, listing: Listing) -> None:
        """Take note of what a row says."""
        key, identity = short(natural_key(listing)), short(given_id(listing))
        self._rows[key] += 1
        if self._of_id.setdefault(identity, key) != key:
            self._ids.add(identity)
        if place := place_key(listing):
            at = short(place)
            if self._at.setdefault(at, key) != key:
                self._places.add(at)
        if where := listing.coordinates:
            self._points[0].append(where.lat)
            self._points[1].append(where.lon)
        self._states[listing.line_of("state_province").upper()] += 1

    def all_seen(self) -> None:
        """Look at it all, and forget what is not needed any more."""
        self._middle = middle_of(self._points)
        self._of_id, self._at, self._points = {}, {}, (array("d"), array("d"))

    def is_last(self, key: bytes) -> bool:
        """Count down the rows of a listing, and tell whether this was its last one."""
        self._rows[key] -= 1
        return self._rows[key] == 0

    def shares_id(self, listing: Listing) -> bool:
        """Tell whether another listing has the same id."""
        return short(given_id(listing)) in self._ids

    def place(self, listing: Listing) -> str:
        """Return the key of the place that a listing shares with another, or an empty text."""
        key = place_key(listing)
        return key if key and short(key) in self._places else ""

    def miles_away(self, listing: Listing) -> float | None:
        """Return how far a listing is from all others, if it is far and in no state that it serves."""
        where = listing.coordinates
        if not where or not self._middle:
            return None
        miles = miles_between(self._middle, (where.lat, where.lon))
        if miles <= FAR_MILES:
            return None
        state = listing.line_of("state_province").upper()
        served = states_in(listing.text("service_areas")) or {self._states.most_common(1)[0][0]}
        return None if state and state in served else miles


def short(text: str) -> bytes:
    """Return a text of any length as a few bytes that no other text has."""
    return blake2b(text.encode(), digest_size=12).digest()
