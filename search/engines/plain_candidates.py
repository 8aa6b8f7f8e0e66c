"""Candidates by looking at every document in turn: what `Engine.candidates` means, for engines that hold documents."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import numpy as np

from search.engines import Document, Query
from search.engines.candidates import (
    CAPACITIES,
    Array,
    Candidates,
    CodeColumn,
    nearest,
    organization_number,
)
from search.engines.plain import is_open
from search.geo import distances_m
from search.text import fold

_KNOWN_TRUE = {True: 1, False: 0, None: -1}


def candidates_of(documents: Iterable[Document], query: Query, limit: int, at: datetime) -> Candidates:
    """The candidates among some documents, in their order. `at` is the moment that `open` is told for."""
    wanted = frozenset(query.needs)
    areas = {fold(word) for word in query.area_words}
    rows = [one for one in documents if not wanted or not wanted.isdisjoint(one.needs)]
    lats = np.array([np.nan if one.lat is None else one.lat for one in rows], np.float64)
    lons = np.array([np.nan if one.lon is None else one.lon for one in rows], np.float64)
    distances = np.full(len(rows), np.nan)
    keep = np.ones(len(rows), np.bool_)
    if query.lat is not None and query.lon is not None:
        distances = distances_m(query.lat, query.lon, lats, lons)
        if query.radius_m is not None:
            serving = [
                one.serves_everywhere or any(fold(area) in areas for area in one.areas) for one in rows
            ]
            unplaced = np.isnan(distances)
            keep = (distances <= query.radius_m) | (unplaced & np.array(serving, np.bool_))
    fresh = np.array([max(one.updated, (one.verified or 0) * 86_400) for one in rows], np.float64)
    chosen = np.zeros(len(rows), np.bool_)
    for need in query.needs or ("",):
        fits = np.flatnonzero(keep & np.array([not need or need in one.needs for one in rows], np.bool_))
        chosen[fits[nearest(distances[fits], fresh[fits], limit)]] = True
    return _columns([rows[at_] for at_ in np.flatnonzero(chosen)], distances[chosen], at)


def _columns(documents: Sequence[Document], distances: Array, at: datetime) -> Candidates:
    numbers = np.arange(len(documents))

    def codes(name: str) -> CodeColumn:
        return CodeColumn(numbers, [getattr(one, name) for one in documents])

    def column(values: Iterable[Any], kind: Any) -> Array:
        return np.array(list(values), kind)

    return Candidates(
        service=column((one.service_id.encode() for one in documents), "S36"),
        location=column(((one.location_id or "").encode() for one in documents), "S36"),
        organization=column(
            (organization_number(one.organization_id, one.organization) for one in documents), np.int64
        ),
        distance_m=distances,
        needs=codes("needs"),
        languages=codes("languages"),
        only_for=codes("only_for"),
        meant_for=codes("meant_for"),
        welcomes=codes("welcomes"),
        papers=codes("papers"),
        reach=codes("reach"),
        areas=codes("areas"),
        bounded=column((one.bounded for one in documents), np.bool_),
        everywhere=column((one.serves_everywhere for one in documents), np.bool_),
        accessible=column((_KNOWN_TRUE[one.accessible] for one in documents), np.int8),
        min_age=column((np.nan if one.min_age is None else one.min_age for one in documents), np.float64),
        max_age=column((np.nan if one.max_age is None else one.max_age for one in documents), np.float64),
        capacity=column((CAPACITIES.index(one.capacity) for one in documents), np.int8),
        closed=column((one.closed for one in documents), np.bool_),
        open=column((_KNOWN_TRUE[is_open(one, at)] for one in documents), np.int8),
        updated=column((one.updated for one in documents), np.int64),
        verified=column((-1 if one.verified is None else one.verified for one in documents), np.int32),
        track=column((np.nan if one.track is None else one.track for one in documents), np.float32),
        answer_hours=column(
            (np.nan if one.answer_hours is None else one.answer_hours for one in documents), np.float32
        ),
    )
