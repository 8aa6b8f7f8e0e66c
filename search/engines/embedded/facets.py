"""Counting distinct services by need, language, city, open now and free."""

from __future__ import annotations

import numpy as np

from search.engines import Facets
from search.engines.embedded.columns import Array
from search.engines.embedded.schedules import OPEN
from search.engines.embedded.snapshot import Snapshot

MOST_CITIES = 40
"""Only the cities with most services are counted out, and those that are filtered by."""


def count_need(snapshot: Snapshot, rows: Array) -> dict[str, int]:
    """Services by need code."""
    return _count_sets(snapshot, "needs", rows)


def count_language(snapshot: Snapshot, rows: Array) -> dict[str, int]:
    """Services by language code."""
    return _count_sets(snapshot, "languages", rows)


def count_flag(snapshot: Snapshot, rows: Array) -> dict[str, int]:
    """How many services these rows belong to, under "yes"; nothing when none."""
    alone = snapshot.alone[rows]
    shared = np.unique(snapshot["service"][rows[~alone]])
    total = int(np.count_nonzero(alone)) + len(shared)
    return {"yes": total} if total else {}


def count_city(snapshot: Snapshot, rows: Array, wanted: tuple[str, ...]) -> dict[str, int]:
    """Services by city, most first, at most `MOST_CITIES` and those `wanted`."""
    city = snapshot["city"][rows]
    rows, city = rows[city >= 0], city[city >= 0]
    _, city = _distinct(snapshot, rows, city)
    counts = np.bincount(city, minlength=1)
    numbers = np.flatnonzero(counts)
    order = np.lexsort((numbers, -counts[numbers]))
    chosen = numbers[order][:MOST_CITIES].tolist()
    chosen += [n for n in snapshot.city_numbers(wanted) if n not in chosen and n < len(counts) and counts[n]]
    return {snapshot.city_names[number]: int(counts[number]) for number in chosen}


def open_rows(rows: Array, snapshot: Snapshot, states: Array) -> Array:
    """Whether each row is known to be open, by the states of all schedules."""
    result: Array = states[snapshot["schedule"][rows]] == OPEN
    return result


def all_facets(
    snapshot: Snapshot, by_facet: dict[str, Array], states: Array, cities: tuple[str, ...]
) -> Facets:
    """Every facet, each over its own rows: all filters hold in them but the facet's own."""
    opening = by_facet["open_now"]
    free = by_facet["free"]
    return {
        "need": count_need(snapshot, by_facet["need"]),
        "language": count_language(snapshot, by_facet["language"]),
        "open_now": count_flag(snapshot, opening[open_rows(opening, snapshot, states)]),
        "free": count_flag(snapshot, free[snapshot["free"][free] == 1]),
        "city": count_city(snapshot, by_facet["city"], cities),
    }


def _distinct(snapshot: Snapshot, rows: Array, values: Array) -> tuple[Array, Array]:
    """Services and values with each pair once: a service with two places in a city counts once there."""
    service = snapshot["service"][rows]
    alone = snapshot.alone[rows]
    if alone.all():
        return service, values
    shared = ~alone
    width = int(values.max(initial=0)) + 1
    pairs = np.unique(service[shared].astype(np.int64) * width + values[shared])
    services = np.concatenate((service[alone], pairs // width))
    return services, np.concatenate((values[alone], (pairs % width).astype(values.dtype)))


def _count_sets(snapshot: Snapshot, name: str, rows: Array) -> dict[str, int]:
    services, numbers = _distinct(snapshot, rows, snapshot[name][rows])
    sets = snapshot.sets(name)
    codes, table = sets.table()
    counts = np.bincount(numbers, minlength=len(table))[: len(table)] @ table
    result = dict(zip(codes, counts.tolist(), strict=True))
    if len(services) > len(rows[snapshot.alone[rows]]):
        _take_back_doubles(snapshot, services, numbers, sets.sets, result)
    return {code: count for code, count in result.items() if count}


def _take_back_doubles(
    snapshot: Snapshot, services: Array, numbers: Array, sets: list[tuple[str, ...]], counts: dict[str, int]
) -> None:
    """A service whose places have different sets was counted once per set: once per code is right."""
    order = np.argsort(services, kind="stable")
    ordered = services[order]
    same = ordered[1:] == ordered[:-1]
    for service in np.unique(ordered[1:][same]).tolist():
        low, high = np.searchsorted(ordered, (service, service + 1))
        seen: set[str] = set()
        for number in numbers[order[low:high]].tolist():
            for code in sets[number]:
                if code in seen:
                    counts[code] -= 1
                seen.add(code)
