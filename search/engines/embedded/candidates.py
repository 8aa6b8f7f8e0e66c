"""Candidates for a match, cut out of the columns in memory: no text is asked, no row is read."""

from __future__ import annotations

from datetime import datetime

import numpy as np

from search.engines import Query
from search.engines.candidates import Candidates, CodeColumn, nearest
from search.engines.embedded.columns import Array
from search.engines.embedded.snapshot import Snapshot
from search.geo import distances_m


def candidates(snapshot: Snapshot, query: Query, limit: int, at: datetime) -> Candidates:
    """What `Engine.candidates` promises, from one snapshot."""
    rows, distances = _around(snapshot, query)
    chosen = np.zeros(len(rows), np.bool_)
    numbers = snapshot["needs"][rows]
    fresh = np.maximum(snapshot["updated"][rows], snapshot["verified"][rows].astype(np.int64) * 86_400)
    for need in query.needs:
        fits = np.flatnonzero(snapshot.sets("needs").with_any((need,))[numbers])
        chosen[fits[nearest(distances[fits], fresh[fits], limit)]] = True
    if not query.needs:
        chosen[nearest(distances, fresh, limit)] = True
    return _columns(snapshot, rows[chosen], distances[chosen], at)


def _around(snapshot: Snapshot, query: Query) -> tuple[Array, Array]:
    """Living rows of the asked needs within the circle, or that serve its place, ascending; and how far each is."""
    wanted = None
    if query.needs:
        wanted = snapshot.sets("needs").with_any(query.needs)
    if query.lat is None or query.lon is None:
        rows = snapshot.living
        rows = rows if wanted is None else rows[wanted[snapshot["needs"][rows]]]
        return rows, np.full(len(rows), np.nan)
    if query.radius_m is None:
        rows = snapshot.living
    else:
        near = snapshot.grid.near(query.lat, query.lon, query.radius_m)
        later = np.arange(snapshot.grid.size, snapshot.size, dtype=np.int32)
        rows = np.concatenate((near, later))
    # Needs first: one look-up a row leaves a tenth of them, and distances cost twenty times as much.
    keep = snapshot["alive"][rows]
    if wanted is not None:
        keep = keep & wanted[snapshot["needs"][rows]]
    rows = rows[keep]
    distances = distances_m(query.lat, query.lon, snapshot["lat"][rows], snapshot["lon"][rows])
    if query.radius_m is None:
        return rows, distances
    inside = distances <= query.radius_m
    rows, distances = rows[inside], distances[inside]
    serving = snapshot.serving(query.area_words)
    serving = serving[snapshot["alive"][serving] & np.isnan(snapshot["lat"][serving])]
    if wanted is not None:
        serving = serving[wanted[snapshot["needs"][serving]]]
    rows = np.concatenate((rows, serving))
    distances = np.concatenate((distances, np.full(len(serving), np.nan)))
    order = np.argsort(rows, kind="stable")
    return rows[order], distances[order]


def _columns(snapshot: Snapshot, rows: Array, distances: Array, at: datetime) -> Candidates:
    def codes(name: str) -> CodeColumn:
        return CodeColumn(snapshot[name][rows], snapshot.sets(name).sets)

    return Candidates(
        service=snapshot.service_ids[snapshot["service"][rows]],
        location=snapshot["location_id"][rows],
        organization=snapshot["organization"][rows],
        distance_m=distances,
        needs=codes("needs"),
        languages=codes("languages"),
        only_for=codes("only_for"),
        meant_for=codes("meant_for"),
        welcomes=codes("welcomes"),
        papers=codes("papers"),
        reach=codes("reach"),
        areas=codes("served"),
        bounded=snapshot["bounded"][rows],
        everywhere=snapshot["everywhere"][rows],
        accessible=snapshot["accessible"][rows],
        min_age=snapshot["min_age"][rows],
        max_age=snapshot["max_age"][rows],
        capacity=snapshot["capacity"][rows],
        closed=snapshot["closed"][rows],
        open=snapshot.open_states(at)[snapshot["schedule"][rows]],
        updated=snapshot["updated"][rows],
        verified=snapshot["verified"][rows],
        track=snapshot["track"][rows],
        answer_hours=snapshot["answer_hours"][rows],
    )
