"""What an index knows of each document besides its words, as columns in memory: filters, facets, sorting."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from search.engines import Document
from search.engines.candidates import CAPACITIES, organization_number
from search.engines.embedded.columns import Array, Codes, CodeSets, Column, read_arrays, write_arrays
from search.engines.embedded.schedules import Schedules
from search.text import city_name, fold, name_key

_CODED = (
    "needs",
    "languages",
    "eligibility",
    "only_for",
    "meant_for",
    "welcomes",
    "papers",
    "reach",
    "served",
)
_SERVED = "areas"
"""The field of a document behind the column `served`; the others are called alike."""

_EMPTY: dict[str, Array] = {
    "service": np.zeros(0, np.int32),
    "location_id": np.zeros(0, "S36"),
    "lat": np.zeros(0, np.float64),
    "lon": np.zeros(0, np.float64),
    "needs": np.zeros(0, np.int32),
    "languages": np.zeros(0, np.int32),
    "eligibility": np.zeros(0, np.int32),
    "only_for": np.zeros(0, np.int32),
    "meant_for": np.zeros(0, np.int32),
    "welcomes": np.zeros(0, np.int32),
    "papers": np.zeros(0, np.int32),
    "reach": np.zeros(0, np.int32),
    "served": np.zeros(0, np.int32),
    "bounded": np.zeros(0, np.bool_),
    "organization": np.zeros(0, np.int64),
    "capacity": np.zeros(0, np.int8),
    "closed": np.zeros(0, np.bool_),
    "track": np.zeros(0, np.float32),
    "answer_hours": np.zeros(0, np.float32),
    "free": np.zeros(0, np.int8),
    "accessible": np.zeros(0, np.int8),
    "min_age": np.zeros(0, np.float64),
    "max_age": np.zeros(0, np.float64),
    "city": np.zeros(0, np.int32),
    "schedule": np.zeros(0, np.int32),
    "everywhere": np.zeros(0, np.bool_),
    "updated": np.zeros(0, np.int64),
    "verified": np.zeros(0, np.int32),
    "popularity": np.zeros(0, np.float32),
    "name": np.zeros(0, "S48"),
    "alive": np.zeros(0, np.bool_),
}
_KNOWN_TRUE = {True: 1, False: 0, None: -1}


class _Lists(msgspec.Struct):
    """The words that columns hold the numbers of."""

    needs: list[tuple[str, ...]] = []
    languages: list[tuple[str, ...]] = []
    eligibility: list[tuple[str, ...]] = []
    only_for: list[tuple[str, ...]] = []
    meant_for: list[tuple[str, ...]] = []
    welcomes: list[tuple[str, ...]] = []
    papers: list[tuple[str, ...]] = []
    reach: list[tuple[str, ...]] = []
    served: list[tuple[str, ...]] = []
    cities: list[str] = []
    city_names: list[str] = []
    zones: list[str] = []
    holidays: list[str] = []
    areas: dict[str, list[int]] = {}


class Facts:
    """Columns by row. A row is never changed or reused: an edited document gets a new one, the old one dies."""

    def __init__(self) -> None:
        """No rows yet."""
        self._start(dict(_EMPTY), np.zeros(0, "S36"), Schedules.empty(), _Lists())

    def _start(self, arrays: dict[str, Array], ids: Array, schedules: Schedules, lists: _Lists) -> None:
        self._columns = {name: Column(array) for name, array in arrays.items()}
        self._ids = Column(ids)
        self._id_order: Array | None = None
        self._id_added: dict[bytes, int] = {}
        self.schedules = schedules
        self.sets = {name: CodeSets(getattr(lists, name)) for name in _CODED}
        self.cities = Codes(lists.cities)
        self.city_names = lists.city_names
        self.areas = lists.areas
        """Rows without a position by the folded postal codes and towns that they serve."""

    def __len__(self) -> int:
        return len(self._columns["service"])

    def __getitem__(self, name: str) -> Array:
        return self._columns[name].view

    @property
    def names(self) -> list[str]:
        """The names of the columns."""
        return list(self._columns)

    @property
    def service_ids(self) -> Array:
        """Service ids (bytes) by service number; also of services that have no living row any more."""
        return self._ids.view

    def append(self, documents: list[Document]) -> range:
        """Add documents and return their rows."""
        first = len(self)
        if not documents:
            return range(first, first)
        rows = range(first, first + len(documents))
        for name, values in self._values(documents).items():
            self._columns[name].extend(values)
        for row, document in zip(rows, documents, strict=True):
            if document.lat is None or document.lon is None:
                for area in document.areas:
                    self.areas.setdefault(fold(area), []).append(row)
        return rows

    def bury(self, rows: Iterable[int]) -> None:
        """Mark rows as gone; views taken earlier still see them."""
        alive = self["alive"].copy()
        alive[np.fromiter(rows, np.int64)] = False
        self._columns["alive"] = Column(alive)

    def rows_of(self, service_ids: Iterable[str]) -> Array:
        """The living rows of these services."""
        numbers = [
            number for one in service_ids if (number := self._service_number(one.encode())) is not None
        ]
        return np.flatnonzero(np.isin(self["service"], np.array(numbers, np.int32)) & self["alive"])

    def save(self, path: Path) -> None:
        """Write everything to one file, for `load`."""
        lists = _Lists(
            **{name: sets.sets for name, sets in self.sets.items()},
            cities=self.cities.words,
            city_names=self.city_names,
            zones=self.schedules.zones.words,
            holidays=self.schedules.holidays.words,
            areas=self.areas,
        )
        arrays = {f"fact.{name}": column.view for name, column in self._columns.items()}
        arrays |= {f"schedule.{name}": array for name, array in self.schedules.arrays.items()}
        arrays["ids"] = self.service_ids
        arrays["lists"] = np.frombuffer(msgspec.msgpack.encode(lists), np.uint8)
        write_arrays(path, arrays)

    @classmethod
    def load(cls, path: Path) -> Facts:
        """Read what `save` wrote; raises what `read_arrays` raises."""
        arrays = read_arrays(path)
        lists = msgspec.msgpack.decode(arrays["lists"].tobytes(), type=_Lists)
        schedules = Schedules(
            {n.removeprefix("schedule."): a for n, a in arrays.items() if n.startswith("schedule.")},
            lists.zones,
            lists.holidays,
        )
        facts = cls()
        columns = {n.removeprefix("fact."): a for n, a in arrays.items() if n.startswith("fact.")}
        facts._start(columns, arrays["ids"], schedules, lists)
        return facts

    def _values(self, documents: list[Document]) -> dict[str, Array]:
        """The columns of new documents."""
        each: dict[str, list[Any]] = {name: [] for name in _EMPTY}
        for d in documents:
            placed = d.lat is not None and d.lon is not None
            each["service"].append(self._number_of_service(d.service_id.encode()))
            each["location_id"].append((d.location_id or "").encode())
            each["lat"].append(d.lat if placed else np.nan)
            each["lon"].append(d.lon if placed else np.nan)
            each["free"].append(_KNOWN_TRUE[d.free])
            each["accessible"].append(_KNOWN_TRUE[d.accessible])
            each["min_age"].append(np.nan if d.min_age is None else d.min_age)
            each["max_age"].append(np.nan if d.max_age is None else d.max_age)
            each["city"].append(self._city(d.city))
            each["everywhere"].append(d.serves_everywhere)
            each["updated"].append(d.updated)
            each["verified"].append(-1 if d.verified is None else d.verified)
            each["popularity"].append(d.popularity)
            each["name"].append(name_key(d.name))
            each["organization"].append(organization_number(d.organization_id, d.organization))
            each["capacity"].append(CAPACITIES.index(d.capacity))
            each["bounded"].append(d.bounded)
            each["closed"].append(d.closed)
            each["track"].append(np.nan if d.track is None else d.track)
            each["answer_hours"].append(np.nan if d.answer_hours is None else d.answer_hours)
            each["alive"].append(True)
        result = {
            name: np.array(values, None if _EMPTY[name].dtype.kind == "S" else _EMPTY[name].dtype)
            for name, values in each.items()
            if values
        }
        for name in _CODED:
            field = _SERVED if name == "served" else name
            numbers = (self.sets[name].number(getattr(document, field)) for document in documents)
            result[name] = np.fromiter(numbers, np.int32)
        result["schedule"] = self.schedules.numbers(documents)
        return result

    def _city(self, city: str) -> int:
        key = fold(city).strip()
        if not key:
            return -1
        number = self.cities.number(key)
        if number == len(self.city_names):
            self.city_names.append(city_name(city))
        return number

    def _service_number(self, service_id: bytes) -> int | None:
        if service_id in self._id_added:
            return self._id_added[service_id]
        if self._id_order is None:
            # A sorted copy instead of a dict: a tenth of the memory, and only a process that writes needs it.
            self._id_order = np.argsort(self._ids.view)
            self._id_sorted = self._ids.view[self._id_order]
        at = int(np.searchsorted(self._id_sorted, service_id))
        if at < len(self._id_sorted) and self._id_sorted[at] == service_id:
            return int(self._id_order[at])
        return None

    def _number_of_service(self, service_id: bytes) -> int:
        number = self._service_number(service_id)
        if number is None:
            number = self._id_added[service_id] = len(self._ids)
            self._ids.extend(np.array([service_id]))
        return number
