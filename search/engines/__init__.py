"""What every search engine promises: the documents it is given, the questions it answers, and how.

Engines agree on the matching *set*, its facets and totals (all distinct by service) and on the order of the
tiers; they need not agree on scores. Everything that must mean the same on every engine lives above or beside
them: `search.text` (normalising, highlights), `search.synonyms`, `search.geo`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import TYPE_CHECKING, Literal, Protocol

import msgspec

from directory.opening.dayrules import DayRule

if TYPE_CHECKING:
    from search.engines.candidates import Candidates

Sort = Literal["best", "distance", "name", "updated"]
Facets = dict[str, dict[str, int]]

FACETS = ("need", "language", "open_now", "free", "city")
"""Facet names of an `Answer`; `open_now` and `free` hold the single value "yes"."""


MOST_CITIES = 40
"""The city facet holds the cities with most services (then by folded name), and those that are filtered by."""


class Document(msgspec.Struct, kw_only=True, frozen=True):
    """One service at one location, built from public columns only.

    A service without a mappable place (a phone line, an area-wide programme) has `lat` and `lon` None and is
    found through `areas` or `serves_everywhere`. Several documents may share a `service_id`.

    A service that has a place but comes to people or answers by telephone (rides, deliveries, a mobile pantry, a
    hotline) is found in all of the area that it states: after the documents of its places it has one more without
    location and position, which carries those `areas`. Engines need to know nothing of it: the nearest place in
    range is shown where there is one, else that document.
    """

    service_id: str
    location_id: str | None = None
    name: str
    alternate_name: str = ""
    organization: str = ""
    description: str = ""
    keywords: str = ""
    """Further words to match: need names, taxonomy terms, other searchable text."""
    city: str = ""
    region: str = ""
    postal_code: str = ""
    lat: float | None = None
    lon: float | None = None
    needs: tuple[str, ...] = ()
    """Codes of `directory.needs.NEEDS`."""
    languages: tuple[str, ...] = ()
    """Lower-case ISO 639 codes."""
    free: bool | None = None
    accessible: bool | None = None
    min_age: float | None = None
    max_age: float | None = None
    eligibility: tuple[str, ...] = ()
    time_zone: str = ""
    weekly: tuple[tuple[int, int], ...] = ()
    """Open spans of a week: (start, end) in local minutes since Monday 00:00; end may pass 10080 (Sunday night). A span
    belongs to the day on which it begins."""
    rules: tuple[DayRule, ...] = ()
    """Hours beside those of `weekly`, and dates on which they do not hold: monthly, seasonal, dated. They hold for ever:
    `search.engines.plain.is_open` tells from them what is so on any date."""
    calendar: str = ""
    """Whose public holidays matter (`directory.opening.calendars`), "" where that is not known."""
    on_holidays: str = ""
    """What the listing says of holidays, in the words of `directory.opening.calendars.OnHolidays`."""
    always_open_known: bool = False
    """Whether any hours are known at all; without it the document is neither open nor closed."""
    serves_everywhere: bool = False
    areas: tuple[str, ...] = ()
    """Tokens of the areas served, lower case, compared for equality with `Query.area_words`, never parsed: "69812",
    "698xx", "alder falls, ne", "alder county, ne", "nebraska", "shape:5f0c…"; see `search.areas`. Documents with a
    position carry them too, but are found by their position alone."""
    bounded: bool = False
    """Whether `areas` is known to be all that is served, so that who lives in none of them is not: for matching
    (`search.areas.serves`), engines need not look at it."""
    updated: int = 0
    """Seconds since 1970."""
    verified: int | None = None
    """Days since 1970."""
    popularity: float = 0.0
    organization_id: str = ""
    """Id of the organization; empty where the listing names none that is known."""
    only_for: tuple[str, ...] = ()
    """Whom it is limited to, as codes of `search.matching.audiences`: to be one of them is enough."""
    meant_for: tuple[str, ...] = ()
    """Whom it is named after without being limited to them, by the same codes: it is about them, others may ask."""
    welcomes: tuple[str, ...] = ()
    """Whom it says it is for without turning others away, by the same codes."""
    papers: tuple[str, ...] = ()
    """Papers that are asked for, as codes of `search.matching.papers`."""
    reach: tuple[str, ...] = ()
    """Ways to get it without going there (`search.matching.reach`): "phone", "online", "home"."""
    capacity: Literal["", "room", "waiting", "full"] = ""
    """Whether there is room; empty for not known."""
    closed: bool = False
    """Whether it is closed for now, and to open again."""
    track: float | None = None
    """How well referrals to it have gone, 0 to 1, smoothed (`search.matching.track`); None when none is known."""
    answer_hours: float | None = None
    """Half of the referrals to it were answered within this time; None when too few were to say."""


class Query(msgspec.Struct, kw_only=True, frozen=True):
    """One question. Filters of different kinds combine with AND, values inside one filter with OR.

    A filter keeps only what is *known* to fit, except `age`, where an unknown limit never excludes. With `lat`,
    `lon` and `radius_m`, services without a position are kept when they serve everywhere or one of
    `area_words` (the tokens of the place, see `Document.areas`) is among their `areas`.
    """

    text: str = ""
    lat: float | None = None
    lon: float | None = None
    radius_m: float | None = None
    area_words: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    open_at: datetime | None = None
    """Aware; keeps only what is open at that moment. The `open_now` facet counts at it, or at the present."""
    free: bool | None = None
    cities: tuple[str, ...] = ()
    accessible: bool | None = None
    age: float | None = None
    eligibility: tuple[str, ...] = ()
    sort: Sort = "best"
    offset: int = 0
    limit: int = 20
    want_facets: bool = True


class Hit(msgspec.Struct, kw_only=True):
    """One service found, with its nearest matching location."""

    service_id: str
    location_id: str | None
    distance_m: float | None
    score: float
    highlights: dict[str, list[tuple[int, int]]] = {}
    """Field (`name`, `alternate_name`, `organization`, `description`) -> (start, end) in characters of it."""


class Answer(msgspec.Struct, kw_only=True):
    """A page of hits, with totals and facets of the whole matching set (distinct by service)."""

    hits: list[Hit]
    total: int
    exact: bool = True
    """False when `total` and `facets` are lower bounds."""
    facets: Facets = {}
    took_ms: float = 0.0
    notice: str | None = None
    """A machine word: `mended` (an unknown word was read as its nearest spelling), `loosely` (only near spellings or
    related needs match), `fewer_words` (no service has all the words), `no_words` (none has any), `index_missing`
    (there is no index yet), `index_away` (it cannot be reached)."""


class Suggestion(msgspec.Struct, kw_only=True, frozen=True):
    """One line under the search box."""

    text: str
    kind: Literal["need", "service", "organization"]
    id: str | None = None


class CheckReport(msgspec.Struct, kw_only=True, frozen=True):
    """What an index holds against what it should hold, as service ids."""

    missing: tuple[str, ...] = ()
    surplus: tuple[str, ...] = ()
    stale: tuple[str, ...] = ()
    """Indexed, but with another newest `updated` than expected."""

    @property
    def equal(self) -> bool:
        """True when the index holds exactly what it should."""
        return not (self.missing or self.surplus or self.stale)


class Engine(Protocol):
    """A search engine. Reading methods never block the event loop."""

    @property
    def ready(self) -> bool:
        """Whether the engine can answer now; when not, the caller asks the SQL engine."""

    async def look(self) -> bool:
        """Whether there is an index, looked at afresh. Raises `EngineUnavailable` when nobody can tell just now."""

    @property
    def worn(self) -> bool:
        """Whether edits have left so much behind that a rebuild is worth its while."""

    @property
    def count(self) -> int:
        """How many distinct services are indexed."""

    async def search(self, query: Query) -> Answer:
        """Answer a query. Raises `EngineUnavailable` when the engine cannot answer."""

    async def suggest(self, text: str, limit: int = 8) -> list[Suggestion]:
        """Suggestions for what has been typed so far; at most `limit`, none for blank text."""

    async def candidates(self, query: Query, limit: int, at: datetime) -> Candidates:
        """Facts of the services that speak to any of `query.needs` around its place, for `search.matching`.

        Only `needs`, `lat`, `lon`, `radius_m` and `area_words` of the query count, with the meaning they have in
        `search`; without needs every service is one. For each need the nearest `limit` rows, one for each location of
        a service, and as many again of those without a position. `at` is the moment that `open` is told for.
        Raises `EngineUnavailable`. `search.engines.plain_candidates.candidates_of` is the oracle.
        """

    async def replace(self, service_ids: Iterable[str], documents: Sequence[Document]) -> None:
        """Drop every document of these services and add `documents` (theirs) in one step, inside of `exclusive()`.

        Raises `EngineUnavailable` when that cannot be done now, `DocumentsRefused` when it never can.

        Among places of a service that are equally good the first given is shown: give them in a lasting order.
        """

    def exclusive(self) -> AbstractAsyncContextManager[None]:
        """Hold off other writers of all processes from reading rows until they are replaced.

        Without it a writer that read before an edit could overwrite what another wrote after it.
        """

    async def rebuild(self, documents: AsyncIterator[Document]) -> int:
        """Build a fresh index of all documents and swap it in without a gap; returns their number."""

    async def check(self, expected: AsyncIterator[tuple[str, int]]) -> CheckReport:
        """Compare the index with (service id, newest `updated`) of everything that should be in it."""


class EngineUnavailable(Exception):
    """The engine cannot answer now; the SQL engine can. `notice` is what the answer of that one then says."""

    notice = "index_missing"


class EngineAway(EngineUnavailable):
    """There may well be an index, but it cannot be reached."""

    notice = "index_away"


class EngineBusy(EngineUnavailable):
    """Somebody else is doing at this moment what was asked for."""


class DocumentsRefused(Exception):
    """The engine will never take these documents, however often it is given them. No listing is quoted."""
