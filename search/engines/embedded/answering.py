"""From a query to its answer: candidates, filters, one hit per service, facets, order, page."""

from __future__ import annotations

from datetime import datetime
from time import perf_counter

import msgspec
import numpy as np

from search.engines import FACETS, Answer, Facets, Hit, Query
from search.engines.embedded.columns import Array, ascending
from search.engines.embedded.facets import all_facets, open_rows
from search.engines.embedded.grid import cell_ranges
from search.engines.embedded.schema import HIGHLIGHTED
from search.engines.embedded.snapshot import Pulled, Snapshot
from search.engines.embedded.textual import Near, meaning_of, pull_any, pull_exact, shown_texts
from search.engines.ranking import blend, freshness
from search.engines.words import Meaning
from search.geo import distances_m
from search.text import highlights


class _Candidates:
    """Rows that may answer, their scores and distances, and which filter each of them passes."""

    def __init__(self, snapshot: Snapshot, query: Query, rows: Array, pulled: Pulled | None) -> None:
        keep = snapshot["alive"][rows]
        distances = None
        if query.lat is not None and query.lon is not None:
            distances = distances_m(query.lat, query.lon, snapshot["lat"][rows], snapshot["lon"][rows])
            if query.radius_m is not None:
                serving = np.isin(rows, snapshot.serving(query.area_words), kind="sort")
                keep = keep & ((distances <= query.radius_m) | serving)
        keep = keep & _plain_filters(snapshot, query, rows)
        self.rows = rows[keep]
        self.distances = None if distances is None else distances[keep]
        self.scores = None if pulled is None else pulled.scores[keep]
        self.matched = None if pulled is None else pulled.matched[keep]
        self.passed = _facet_filters(snapshot, query, self.rows)
        self.all_passed = self._passing()

    def _passing(self, without: str | None = None) -> Array:
        result = np.ones(len(self.rows), np.bool_)
        for name, passed in self.passed.items():
            if name != without:
                result &= passed
        return result

    def rows_for(self, facet: str) -> Array:
        """Rows that pass every filter but the facet's own."""
        if facet not in self.passed:
            return self.rows[self.all_passed]
        return self.rows[self._passing(without=facet)]

    def limit_to(self, keep: Array) -> None:
        """Forget the other rows."""
        self.rows = self.rows[keep]
        self.distances = None if self.distances is None else self.distances[keep]
        self.scores = None if self.scores is None else self.scores[keep]
        self.passed = {name: passed[keep] for name, passed in self.passed.items()}
        self.all_passed = self.all_passed[keep]


def answer(snapshot: Snapshot, query: Query, now: datetime) -> Answer:
    """Answer a query from one snapshot. `now` is the moment of the `open_now` facet and of freshness."""
    started = perf_counter()
    near = None
    if query.lat is not None and query.lon is not None and query.radius_m is not None:
        near = Near(tuple(cell_ranges(query.lat, query.lon, query.radius_m)), query.area_words)
    meaning = meaning_of(snapshot, query.text) if query.text.strip() else None
    notice = None
    if meaning is None or not meaning.asked:
        found = _Candidates(snapshot, query, _browsed(snapshot, query), None)
    else:
        found, meaning, notice = _found_by_text(snapshot, query, meaning, near)
    rows, distances, scores = _one_per_service(snapshot, found)
    ranks = blend(
        scores,
        distances,
        freshness(snapshot["updated"][rows], snapshot["verified"][rows], now.timestamp()),
        snapshot["popularity"][rows],
    )
    page = _page(snapshot, query, rows, distances, ranks)
    return Answer(
        hits=_hits(
            snapshot, rows[page], None if distances is None else distances[page], ranks[page], meaning
        ),
        total=len(rows),
        facets=_facets(snapshot, query, found, now) if query.want_facets else {},
        took_ms=round((perf_counter() - started) * 1000, 3),
        notice=notice,
    )


def _found_by_text(
    snapshot: Snapshot, query: Query, meaning: Meaning, near: Near | None
) -> tuple[_Candidates, Meaning, str | None]:
    """Candidates with all words exactly; or, when the filters leave none, with as many words as any has."""
    if not meaning.words:
        return _Candidates(snapshot, query, np.zeros(0, np.int32), None), meaning, "no_words"
    text = query.text
    exact = pull_exact(snapshot, text, meaning, near)
    found = _Candidates(snapshot, query, exact.rows, exact)
    notice = "mended" if meaning.mended else None
    if len(meaning.words) < meaning.asked:
        notice = "fewer_words"
    if found.all_passed.any():
        return found, meaning, notice
    loose_meaning = meaning_of(snapshot, text, loosely=True)
    loose = pull_any(snapshot, text, loose_meaning, near)
    wider = _Candidates(snapshot, query, loose.rows, loose)
    if wider.matched is None or not wider.all_passed.any():
        return found, meaning, notice
    most = int(wider.matched[wider.all_passed].max())
    wider.limit_to(wider.matched == most)
    return wider, loose_meaning, "fewer_words" if most < loose_meaning.asked else "loosely"


def _browsed(snapshot: Snapshot, query: Query) -> Array:
    """Rows to look at when nothing is typed: around the place, or all."""
    if query.lat is None or query.lon is None or query.radius_m is None:
        return snapshot.living
    near = snapshot.grid.near(query.lat, query.lon, query.radius_m)
    later = np.arange(snapshot.grid.size, snapshot.size, dtype=np.int32)
    return ascending((near, later, snapshot.serving(query.area_words)))


def _plain_filters(snapshot: Snapshot, query: Query, rows: Array) -> Array:
    """Filters that no facet belongs to."""
    keep = np.ones(len(rows), np.bool_)
    if query.accessible is not None:
        keep &= snapshot["accessible"][rows] == int(query.accessible)
    if query.age is not None:
        # An unknown limit is NaN, and NaN is on neither side of anything.
        keep &= ~(snapshot["min_age"][rows] > query.age) & ~(snapshot["max_age"][rows] < query.age)
    if query.eligibility:
        keep &= snapshot.sets("eligibility").with_any(query.eligibility)[snapshot["eligibility"][rows]]
    return keep


def _facet_filters(snapshot: Snapshot, query: Query, rows: Array) -> dict[str, Array]:
    """By facet name: which rows pass the filter that belongs to it, where it is set."""
    passed = {}
    if query.needs:
        passed["need"] = snapshot.sets("needs").with_any(query.needs)[snapshot["needs"][rows]]
    if query.languages:
        languages = tuple(code.lower() for code in query.languages)
        passed["language"] = snapshot.sets("languages").with_any(languages)[snapshot["languages"][rows]]
    if query.open_at is not None:
        passed["open_now"] = open_rows(rows, snapshot, snapshot.open_states(query.open_at))
    if query.free is not None:
        passed["free"] = snapshot["free"][rows] == int(query.free)
    if query.cities:
        passed["city"] = np.isin(snapshot["city"][rows], snapshot.city_numbers(query.cities))
    return passed


def _one_per_service(snapshot: Snapshot, found: _Candidates) -> tuple[Array, Array | None, Array | None]:
    """The row of each service that is shown: the nearest, else the one with the best score, else the first."""
    at = np.flatnonzero(found.all_passed)
    several = ~snapshot.alone[found.rows[at]]
    if several.any():
        spots = at[several]
        service = snapshot["service"][found.rows[spots]]
        order = np.argsort(service, kind="stable")
        spots, service = spots[order], service[order]
        start = np.flatnonzero(np.concatenate(([True], service[1:] != service[:-1])))
        if found.distances is not None:
            cost = np.nan_to_num(found.distances[spots], nan=np.inf)
        elif found.scores is not None:
            cost = -found.scores[spots]
        else:
            cost = np.zeros(len(spots))
        least = np.repeat(np.minimum.reduceat(cost, start), np.diff(np.append(start, len(spots))))
        # The first of each service's rows that costs least: rows of a service are in the order they were given.
        best = np.flatnonzero(cost == least)
        lead = np.concatenate(([True], service[best[1:]] != service[best[:-1]]))
        at = np.concatenate((at[~several], spots[best[lead]]))
    distances = None if found.distances is None else found.distances[at]
    scores = None if found.scores is None else found.scores[at]
    return found.rows[at], distances, scores


def _page(snapshot: Snapshot, query: Query, rows: Array, distances: Array | None, ranks: Array) -> Array:
    """Which of the rows are on the page, in order; ties go by service id, so that pages never overlap."""
    if query.sort == "distance" and distances is not None:
        key = np.nan_to_num(distances, nan=np.inf)
    elif query.sort == "name":
        key = snapshot.name_ranks(rows).astype(np.float64)
    elif query.sort == "updated":
        key = -snapshot["updated"][rows].astype(np.float64)
    else:
        key = -ranks
    end = min(max(query.offset, 0) + max(query.limit, 0), len(rows))
    if query.offset >= end:
        return np.zeros(0, np.int64)
    if end < len(rows):
        some = np.flatnonzero(key <= np.partition(key, end - 1)[end - 1])
    else:
        some = np.arange(len(rows))
    ids = snapshot.service_ids[snapshot["service"][rows[some]]]
    result: Array = some[np.lexsort((ids, key[some]))][max(query.offset, 0) : end]
    return result


def _hits(
    snapshot: Snapshot, rows: Array, distances: Array | None, ranks: Array, meaning: Meaning | None
) -> list[Hit]:
    stems = frozenset[str]().union(*(word.stems for word in meaning.words)) if meaning else frozenset[str]()
    texts = shown_texts(snapshot, rows.tolist()) if stems else {}
    services = snapshot.service_ids[snapshot["service"][rows]].tolist()
    locations = snapshot["location_id"][rows].tolist()
    hits = []
    for at, row in enumerate(rows.tolist()):
        far = None if distances is None or np.isnan(distances[at]) else round(float(distances[at]), 1)
        marks = {}
        if row in texts:
            shown = zip(HIGHLIGHTED, msgspec.msgpack.decode(texts[row], type=list[str]), strict=True)
            marks = {field: spans for field, text in shown if (spans := highlights(text, stems))}
        hits.append(
            Hit(
                service_id=services[at].decode(),
                location_id=locations[at].decode() or None,
                distance_m=far,
                score=float(ranks[at]),
                highlights=marks,
            )
        )
    return hits


def _facets(snapshot: Snapshot, query: Query, found: _Candidates, now: datetime) -> Facets:
    at = query.open_at or now
    states = snapshot.open_states(at)
    everything = Query(sort=query.sort, offset=query.offset, limit=query.limit, text=query.text.strip())
    if query == everything and not query.text.strip():
        minute = int(at.timestamp() // 60)
        if snapshot.landing is None or snapshot.landing[0] != minute:
            rows = dict.fromkeys(FACETS, found.rows)
            snapshot.landing = (minute, all_facets(snapshot, rows, states, ()))
        return {name: dict(values) for name, values in snapshot.landing[1].items()}
    rows = {facet: found.rows_for(facet) for facet in FACETS}
    return all_facets(snapshot, rows, states, query.cities)
