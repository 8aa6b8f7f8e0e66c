"""Candidates for a match: what an index knows of the services that speak to a need around a place, as columns.

Matching weighs hundreds of services for one answer and shows five of them. So engines hand over facts, not hits:
numpy columns of one length, a row for each service at a location. `plain_candidates.candidates_of` makes them from
documents, for engines that hold those; the embedded engine cuts them out of the columns it has in memory.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from search.text import fold

Array = NDArray[Any]

CAPACITIES = ("", "room", "waiting", "full")
"""What the numbers of the `capacity` column stand for; the first is "not known"."""


class CodeColumn(msgspec.Struct, frozen=True):
    """A set of codes for each row: the number of a set among `sets`, which many rows share."""

    numbers: Array
    sets: Sequence[tuple[str, ...]]

    def any_of(self, codes: Iterable[str]) -> Array:
        """Whether each row's set has at least one of these codes."""
        wanted = frozenset(codes)
        return self.by_set(lambda one: not wanted.isdisjoint(one))

    def empty(self) -> Array:
        """Whether each row's set is empty."""
        return self.by_set(lambda one: not one)

    def of(self, row: int) -> tuple[str, ...]:
        """The codes of one row."""
        return self.sets[int(self.numbers[row])]

    def take(self, rows: Array) -> CodeColumn:
        """The same column for some rows."""
        return CodeColumn(self.numbers[rows], self.sets)

    def by_set(self, work: Callable[[tuple[str, ...]], Any], kind: Any = np.bool_) -> Array:
        """What a function says of each row's set."""
        # Each set that occurs once, however many rows have it.
        present, back = np.unique(self.numbers, return_inverse=True)
        told = np.fromiter((work(self.sets[number]) for number in present.tolist()), kind, len(present))
        result: Array = told[back]
        return result


class Candidates(msgspec.Struct, frozen=True, kw_only=True):
    """Facts of candidates, one row for each service at a location; all columns have the same length.

    Three-valued columns hold 1 for yes, 0 for no and -1 for not known.
    """

    service: Array
    """Ids of services, as bytes."""
    location: Array
    """Ids of locations, as bytes; empty where there is none."""
    organization: Array
    """A number that the services of one organization share (`organization_number`)."""
    distance_m: Array
    """NaN without a position, or when no place was asked for."""
    needs: CodeColumn
    languages: CodeColumn
    only_for: CodeColumn
    meant_for: CodeColumn
    welcomes: CodeColumn
    papers: CodeColumn
    reach: CodeColumn
    areas: CodeColumn
    bounded: Array
    """Whether `areas` are known to be all that is served (`Document.bounded`)."""
    everywhere: Array
    accessible: Array
    min_age: Array
    """NaN for no known limit, as `max_age`."""
    max_age: Array
    capacity: Array
    """Places in `CAPACITIES`."""
    closed: Array
    open: Array
    updated: Array
    verified: Array
    """Days since 1970, -1 for never."""
    track: Array
    """`Document.track`; NaN where nothing is known."""
    answer_hours: Array

    def __len__(self) -> int:
        return len(self.service)

    def take(self, rows: Array) -> Candidates:
        """Some of the rows, by number or by a mask, in that order."""
        if rows.dtype == np.bool_:
            rows = np.flatnonzero(rows)
        taken: dict[str, Any] = {}
        for name in self.__struct_fields__:
            column = getattr(self, name)
            taken[name] = column.take(rows) if isinstance(column, CodeColumn) else column[rows]
        return Candidates(**taken)


def organization_number(organization_id: str, name: str = "") -> int:
    """The number of an organization: of its id, or where it has none of its name; 0 for neither."""
    key = organization_id or fold(name).strip()
    return (
        int.from_bytes(hashlib.blake2b(key.encode(), digest_size=8).digest(), "little", signed=True)
        if key
        else 0
    )


def nearest(distances: Array, freshness: Array, limit: int) -> Array:
    """Which candidates of one need are kept, ascending: the nearest `limit`, and as many of those without a position.

    Those without a position are taken by `freshness`, the larger the better; ties go by row.
    """
    placed = np.flatnonzero(~np.isnan(distances))
    if len(placed) > limit:
        placed = placed[np.argsort(distances[placed], kind="stable")[:limit]]
    others = np.flatnonzero(np.isnan(distances))
    if len(others) > limit:
        others = others[np.argsort(-freshness[others], kind="stable")[:limit]]
    return np.sort(np.concatenate((placed, others)))
