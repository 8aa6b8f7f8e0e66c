"""What one search sees from its start to its end, whatever is written meanwhile."""

from __future__ import annotations

from collections import OrderedDict
from datetime import datetime
from functools import cached_property
from threading import Lock
from typing import NamedTuple

import numpy as np
import tantivy

from search.engines import Facets
from search.engines.embedded.columns import Array, CodeSets, ascending
from search.engines.embedded.facts import Facts
from search.engines.embedded.grid import Grid
from search.engines.vocabulary import Vocabulary
from search.text import fold

_CACHED_ROWS = 2_000_000
_FEW = 50_000
"""So many names are sorted quicker than all of them, which every edit makes necessary again."""


class Pulled(NamedTuple):
    """Rows that match a text, ascending, with their scores and how many of the words each has."""

    rows: Array
    scores: Array
    matched: Array


class Snapshot:
    """A searcher and the columns that belong to the very same commit."""

    def __init__(self, searcher: tantivy.Searcher, facts: Facts, vocabulary: Vocabulary, grid: Grid) -> None:
        """Take views of the columns as they are now."""
        self.searcher = searcher
        self.vocabulary = vocabulary
        self.grid = grid
        self.size = len(facts)
        self._facts = facts
        self._columns = {name: facts[name] for name in facts.names}
        self.service_ids = facts.service_ids
        self.city_names = facts.city_names
        self.city_keys = facts.cities.words
        self._lock = Lock()
        self._open: tuple[int, Array] | None = None
        self._pulled: OrderedDict[object, Pulled] = OrderedDict()
        self._pulled_rows = 0
        self.landing: tuple[int, Facets] | None = None
        """Facets of the whole index, and the minute they were counted in."""

    def __getitem__(self, name: str) -> Array:
        return self._columns[name]

    def sets(self, name: str) -> CodeSets:
        """The numbered sets behind a column of codes."""
        return self._facts.sets[name]

    def city_numbers(self, cities: tuple[str, ...]) -> list[int]:
        """The numbers of those cities that are known."""
        numbers = (self._facts.cities.known(fold(city).strip()) for city in cities)
        return [number for number in numbers if number is not None]

    @cached_property
    def living(self) -> Array:
        """Every row that is not buried."""
        return np.flatnonzero(self["alive"]).astype(np.int32)

    @cached_property
    def count(self) -> int:
        """Distinct services."""
        return int(np.count_nonzero(np.bincount(self["service"][self.living], minlength=1)))

    @cached_property
    def alone(self) -> Array:
        """Whether a row is the only living one of its service, so that it needs no collapsing."""
        counts = np.bincount(self["service"][self.living], minlength=len(self.service_ids))
        result: Array = counts[self["service"]] == 1
        return result

    def name_ranks(self, rows: Array) -> Array:
        """The place of each of these rows in a list sorted by name; equal names share one."""
        if len(rows) < _FEW:
            _, ranks = np.unique(self["name"][rows], return_inverse=True)
            return ranks
        return self._all_name_ranks[rows]

    @cached_property
    def _all_name_ranks(self) -> Array:
        _, ranks = np.unique(self["name"], return_inverse=True)
        return ranks

    @cached_property
    def unplaced(self) -> Array:
        """Living rows without a position that serve everywhere."""
        rows = np.flatnonzero(self["everywhere"] & np.isnan(self["lat"]) & self["alive"])
        return rows.astype(np.int32)

    def serving(self, area_words: tuple[str, ...]) -> Array:
        """Rows without a position that serve everywhere or one of these areas, ascending."""
        parts = [self.unplaced]
        for word in area_words:
            rows = np.array(self._facts.areas.get(fold(word), ()), np.int32)
            parts.append(rows[rows < self.size])
        return ascending(parts)

    def open_states(self, at: datetime) -> Array:
        """OPEN, CLOSED or UNKNOWN by schedule number; computed once per minute."""
        minute = int(at.timestamp() // 60)
        with self._lock:
            if self._open is None or self._open[0] != minute:
                self._open = (minute, self._facts.schedules.states(at))
            return self._open[1]

    def remembered(self, key: object) -> Pulled | None:
        """What `remember` kept under this key."""
        with self._lock:
            found = self._pulled.get(key)
            if found is not None:
                self._pulled.move_to_end(key)
            return found

    def remember(self, key: object, pulled: Pulled) -> None:
        """Keep what a text matches: the next page, another filter or sort of it asks for the same rows."""
        with self._lock:
            if key not in self._pulled:
                self._pulled[key] = pulled
                self._pulled_rows += len(pulled.rows) + 100
            while self._pulled_rows > _CACHED_ROWS and len(self._pulled) > 1:
                _, old = self._pulled.popitem(last=False)
                self._pulled_rows -= len(old.rows) + 100
