"""Sets, totals, facets, distances and order of every engine against looking at every document in turn.

Corpora and searches are drawn at random; many searches are asked of each corpus, because building one is what costs.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import asin, cos, inf, radians, sin, sqrt
from typing import Any
from unittest.mock import patch
from zoneinfo import ZoneInfo

import msgspec
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from core.database import Database
from search.documents import documents
from search.engines import FACETS, Answer, Document, Engine, Query
from search.engines.plain import answer_plainly
from tests.search.conformance.corpora import MOMENT
from tests.search.conformance.generated import LISTINGS, MOMENTS, WORDS, Listing, queries, service_id, write
from tests.search.conformance.stage import EMBEDDED, Stage, frozen
from tests.search.engine_support import CENTRE

# Shrinking would build hundreds of indexes; what fails is printed as it was drawn.
MODEST: dict[str, Any] = {
    "deadline": None,
    "suppress_health_check": list(HealthCheck),
    "phases": (Phase.explicit, Phase.reuse, Phase.generate),
    "derandomize": True,
}


@dataclass
class Held:
    """An engine and what it holds."""

    engine: Engine
    documents: list[Document]

    def expected(self, query: Query) -> Answer:
        """What looking at every document gives."""
        return answer_plainly(self.documents, query, MOMENT)


def _with_engine(
    stage: Stage, kind: str, listings: list[Listing], work: Callable[[Held], Coroutine[Any, Any, None]]
) -> None:
    """Write listings into a new database, put an engine over it, and do something with that."""

    url = stage.empty_database(kind)

    async def run() -> None:
        database = Database(url)
        try:
            await write(database, listings)
            held = [one async for one in documents(database)]
            async with stage.engine(kind, database, held) as engine:
                await work(Held(engine, held))
        finally:
            await database.dispose()

    with frozen(MOMENT):
        asyncio.run(run())


def found(answer: Answer) -> list[tuple[str, float | None]]:
    """What is on a page: services with their distances, in order."""
    return [(hit.service_id, hit.distance_m) for hit in answer.hits]


@settings(max_examples=6, **MODEST)
@given(listings=LISTINGS, asked=st.lists(queries(st.one_of(st.none(), MOMENTS)), min_size=20, max_size=20))
def test_answers_equal_those_of_brute_force(
    stage: Stage, kind: str, listings: list[Listing], asked: list[Query]
) -> None:
    """Equal but for the order of "best" by words: scores may differ, what is found may not."""

    async def compare(held: Held) -> None:
        for query in asked:
            expected, got = held.expected(query), await held.engine.search(query)
            assert (got.total, got.exact, got.notice) == (expected.total, True, expected.notice), query
            assert got.facets == expected.facets, query
            if query.sort != "best" or not query.text:
                assert found(got) == found(expected), query
            elif len(expected.hits) == expected.total:
                assert sorted(found(got)) == sorted(found(expected)), query
            assert len(got.hits) == len(expected.hits)

    _with_engine(stage, kind, listings, compare)


@settings(max_examples=3, **MODEST)
@given(listings=LISTINGS, asked=st.lists(queries(st.none()), min_size=4, max_size=4))
def test_pages_follow_each_other_without_overlap(
    stage: Stage, kind: str, listings: list[Listing], asked: list[Query]
) -> None:
    """All pages together are the one long page, whatever the order."""

    async def compare(held: Held) -> None:
        for query in asked:
            whole = await held.engine.search(msgspec.structs.replace(query, offset=0, limit=100))
            parts = [
                await held.engine.search(msgspec.structs.replace(query, offset=at, limit=4))
                for at in range(0, whole.total + 4, 4)
            ]
            assert [hit for part in parts for hit in found(part)] == found(whole), query
            ids = [hit.service_id for hit in whole.hits]
            assert len(ids) == len(set(ids)) == whole.total

    _with_engine(stage, kind, listings, compare)


@settings(max_examples=3, **MODEST)
@given(listings=LISTINGS, asked=st.lists(queries(st.one_of(st.none(), MOMENTS)), min_size=4, max_size=4))
def test_a_facet_promises_what_choosing_it_gives(
    stage: Stage, kind: str, listings: list[Listing], asked: list[Query]
) -> None:
    """A facet ignores its own filter: its number is the total after choosing that value instead of what is chosen.

    Which words of a text count may depend on the filters, so that this is asked without words.
    """

    async def compare(held: Held) -> None:
        for drawn in asked:
            query = msgspec.structs.replace(drawn, text="", limit=1, offset=0)
            facets = (await held.engine.search(query)).facets
            assert set(facets) == set(FACETS)
            for facet, values in facets.items():
                for value, number in values.items():
                    chosen: dict[str, dict[str, Any]] = {
                        "need": {"needs": (value,)},
                        "language": {"languages": (value,)},
                        "open_now": {"open_at": query.open_at or MOMENT},
                        "free": {"free": True},
                        "city": {"cities": (value,)},
                    }
                    narrower = msgspec.structs.replace(query, want_facets=False, **chosen[facet])
                    assert (await held.engine.search(narrower)).total == number, (facet, value, query)

    _with_engine(stage, kind, listings, compare)


@settings(max_examples=3, **MODEST)
@given(
    listings=LISTINGS,
    radii=st.lists(st.sampled_from((900.0, 3_000.0, 12_345.0, 25_000.0, 90_000.0)), min_size=3),
)
def test_radius_is_exact(stage: Stage, kind: str, listings: list[Listing], radii: list[float]) -> None:
    """Great circles written out once more, apart from all code of the product."""

    async def compare(held: Held) -> None:
        for radius_m in radii:
            nearest: dict[str, float] = {}
            for one in held.documents:
                far = inf if one.serves_everywhere else None
                if one.lat is not None and one.lon is not None:
                    north, east = radians(one.lat - CENTRE[0]), radians(one.lon - CENTRE[1])
                    across = cos(radians(CENTRE[0])) * cos(radians(one.lat)) * sin(east / 2) ** 2
                    metres = 2 * 6_371_008.8 * asin(sqrt(sin(north / 2) ** 2 + across))
                    far = metres if metres <= radius_m else None
                if far is not None:
                    nearest[one.service_id] = min(far, nearest.get(one.service_id, inf))
            query = Query(lat=CENTRE[0], lon=CENTRE[1], radius_m=radius_m, sort="distance", limit=100)
            got = await held.engine.search(query)
            assert got.total == len(nearest)
            assert dict(found(got)) == {
                one: None if far == inf else round(far, 1) for one, far in nearest.items()
            }
            distances = [inf if hit.distance_m is None else hit.distance_m for hit in got.hits]
            assert distances == sorted(distances)

    _with_engine(stage, kind, listings, compare)


@settings(max_examples=4, **MODEST)
@given(
    listings=LISTINGS,
    moments=st.lists(MOMENTS.filter(lambda moment: not _on_holiday(moment)), min_size=8, max_size=8),
)
def test_open_at_is_exact(stage: Stage, kind: str, listings: list[Listing], moments: list[datetime]) -> None:
    """What was written down, against clocks on the wall, apart from all code of the product.

    What holds on holidays, and all other kinds of rules, is for the tests of `directory.opening`.
    """
    plain = [_with_plain_hours(listing) for listing in listings]

    async def compare(held: Held) -> None:
        for moment in moments:
            expected = {
                str(service_id(number)) for number, listing in enumerate(plain) if _is_open(listing, moment)
            }
            got = await held.engine.search(Query(open_at=moment, limit=100))
            assert {hit.service_id for hit in got.hits} == expected, moment
            assert got.facets["open_now"].get("yes", 0) == len(expected)

    _with_engine(stage, kind, plain, compare)


def _with_plain_hours(listing: Listing) -> Listing:
    """The same listing, open, in one time zone, without exceptions, and without spans that look like a mistake."""
    hours = [msgspec.structs.replace(one, zone="America/Chicago") for one in listing.hours]
    lasting = [(one.closes - one.opens) % 1440 for one in hours]
    believed = [one for one, minutes in zip(hours, lasting, strict=True) if 0 < minutes <= 12 * 60]
    hours = [one for one in believed if 1439 not in (one.opens, one.closes)]
    return msgspec.structs.replace(listing, status="active", hours=tuple(hours), closed=())


def _on_holiday(moment: datetime) -> bool:
    """Whether it is Veterans Day in Chicago, or the night to it or from it."""
    return abs(moment - datetime(2026, 11, 11, 18, tzinfo=UTC)) < timedelta(days=1)


def _is_open(listing: Listing, moment: datetime) -> bool:
    local = moment.astimezone(ZoneInfo("America/Chicago"))
    minute, today = local.hour * 60 + local.minute, local.weekday()
    for one in listing.hours:
        days = {("MO", "TU", "WE", "TH", "FR", "SA", "SU").index(day) for day in one.days.split(",")}
        over_night = one.closes < one.opens
        if today in days and one.opens <= minute and (over_night or minute < one.closes):
            return True
        if over_night and (today - 1) % 7 in days and minute < one.closes:
            return True
    return False


@settings(max_examples=4, **MODEST)
@given(listings=LISTINGS, asked=st.lists(queries(st.none()), min_size=10, max_size=10))
def test_beyond_its_limit_an_engine_counts_too_few_rather_than_too_many(
    stage: Stage, kind: str, listings: list[Listing], asked: list[Query]
) -> None:
    """Limits are set to three here; the embedded engine has none."""

    async def compare(held: Held) -> None:
        for drawn in asked:
            # What a misspelling is read as depends on all words of the directory.
            typed = [word for word in drawn.text.split() if word in WORDS]
            query = msgspec.structs.replace(drawn, text=" ".join(typed), offset=0)
            expected, got = held.expected(query), await held.engine.search(query)
            if got.exact:
                assert got.total == expected.total, query
            else:
                assert kind != EMBEDDED
                assert len(got.hits) <= got.total <= expected.total, query

    with ExitStack() as limits:
        for limit in ("sql.MOST_SERVICES", "sql.MOST_BROWSED", "sql.MOST_READ", "meilisearch.engine.MOST"):
            limits.enter_context(patch(f"search.engines.{limit}", 3))
        _with_engine(stage, kind, listings, compare)


def test_an_empty_directory_is_searched_too(stage: Stage, kind: str) -> None:
    async def compare(held: Held) -> None:
        for query in (Query(), Query(text="pantry"), Query(lat=1.0, lon=1.0, radius_m=100.0)):
            got = await held.engine.search(query)
            assert (got.total, got.hits, got.exact) == (0, [], True)
            assert await held.engine.suggest("bread") == []

    _with_engine(stage, kind, [], compare)
