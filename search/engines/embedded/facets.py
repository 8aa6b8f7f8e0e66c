"""Counting distinct services by need, language, city, open now and free."""

from __future__ import annotations

from collections import Counter
from functools import cached_property

import numpy as np

from search.engines import FACETS, MOST_CITIES, Facets
from search.engines.embedded.columns import Array
from search.engines.embedded.schedules import OPEN
from search.engines.embedded.snapshot import Snapshot


class Selection:
    """Rows to count services in. Most services have one row; the others' rows are put side by side."""

    def __init__(self, snapshot: Snapshot, rows: Array) -> None:
        """Take rows in ascending order."""
        self.snapshot = snapshot
        self.rows = rows
        self.alone = snapshot.alone[rows]

    @cached_property
    def _shared(self) -> tuple[Array, Array]:
        """Where the rows of services with several rows are, ordered by service, and their services."""
        at = np.flatnonzero(~self.alone)
        service = self.snapshot["service"][self.rows[at]]
        # Documents of a service are written together, so this is the order they are in until they are edited.
        if np.any(service[1:] < service[:-1]):
            order = np.argsort(service, kind="stable")
            at, service = at[order], service[order]
        return at, service

    def services(self) -> int:
        """How many distinct services."""
        _, service = self._shared
        return int(np.count_nonzero(self.alone)) + int(np.count_nonzero(_starts(service)))

    def counts(self, values: Array) -> tuple[Array, list[list[int]]]:
        """How many services have each value, by value; and for those with several values, which.

        The latter are in the counts, once for each of their values.
        """
        at, service = self._shared
        mine = values[at]
        start = _starts(service)
        changed = ~start
        changed[1:] &= mine[1:] != mine[:-1]
        group = np.cumsum(start) - 1
        mixed = np.zeros(int(start.sum()), np.bool_)
        mixed[group[changed]] = True
        counts = np.bincount(values[self.alone], minlength=int(values.max(initial=0)) + 1)
        counts += np.bincount(mine[start & ~mixed[group]], minlength=len(counts))
        several: dict[int, set[int]] = {}
        odd = mixed[group]
        for one, value in zip(group[odd].tolist(), mine[odd].tolist(), strict=True):
            several.setdefault(one, set()).add(value)
        for value, count in Counter(value for found in several.values() for value in found).items():
            counts[value] += count
        return counts, [list(found) for found in several.values()]


def all_facets(
    snapshot: Snapshot, by_facet: dict[str, Array], states: Array, cities: tuple[str, ...]
) -> Facets:
    """Every facet, each over its own rows: all filters hold in them but the facet's own.

    `states` are those of all schedules at the moment that "open now" means; `cities` are counted in any case.
    """
    selections = {id(rows): Selection(snapshot, rows) for rows in by_facet.values()}
    need, language, opening, free, city = (selections[id(by_facet[name])] for name in FACETS)
    return {
        "need": count_codes(need, "needs"),
        "language": count_codes(language, "languages"),
        "open_now": count_yes(snapshot, opening.rows[open_rows(opening.rows, snapshot, states)]),
        "free": count_yes(snapshot, free.rows[snapshot["free"][free.rows] == 1]),
        "city": count_cities(city, cities),
    }


def open_rows(rows: Array, snapshot: Snapshot, states: Array) -> Array:
    """Whether each row is known to be open, by the states of all schedules."""
    result: Array = states[snapshot["schedule"][rows]] == OPEN
    return result


def count_codes(selection: Selection, name: str) -> dict[str, int]:
    """Services by code of a column of sets."""
    snapshot = selection.snapshot
    sets = snapshot.sets(name)
    codes, table = sets.table()
    counts, several = selection.counts(snapshot[name][selection.rows])
    used = np.flatnonzero(counts)
    by_code = counts[used] @ table[used]
    result = {code: int(count) for code, count in zip(codes, by_code.tolist(), strict=True)}
    # A service whose places have different sets was counted once per set: once per code is right.
    for numbers in several:
        for code, count in Counter(code for number in numbers for code in sets.sets[number]).items():
            result[code] -= count - 1
    return {code: count for code, count in result.items() if count}


def count_yes(snapshot: Snapshot, rows: Array) -> dict[str, int]:
    """How many services these rows belong to, under "yes"; nothing when none."""
    total = Selection(snapshot, rows).services()
    return {"yes": total} if total else {}


def count_cities(selection: Selection, wanted: tuple[str, ...]) -> dict[str, int]:
    """Services by city, most first, at most `MOST_CITIES` and those `wanted`."""
    snapshot = selection.snapshot
    # One higher, so that no city is number 0.
    counts, _several = selection.counts(snapshot["city"][selection.rows] + 1)
    counts = counts[1:]
    numbers = np.flatnonzero(counts)
    if len(numbers) > MOST_CITIES:
        least = np.partition(counts[numbers], -MOST_CITIES)[-MOST_CITIES]
        numbers = numbers[counts[numbers] >= least]
    by_name = snapshot.city_keys
    chosen = sorted(numbers.tolist(), key=lambda n: (-counts[n], by_name[n]))[:MOST_CITIES]
    chosen += [n for n in snapshot.city_numbers(wanted) if n not in chosen and n < len(counts) and counts[n]]
    return {snapshot.city_names[number]: int(counts[number]) for number in chosen}


def _starts(ordered: Array) -> Array:
    """Where each run of equal values begins."""
    result = np.ones(len(ordered), np.bool_)
    result[1:] = ordered[1:] != ordered[:-1]
    return result
