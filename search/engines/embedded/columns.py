"""Arrays that grow at the end, as an index does between two rebuilds."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from search.engines.embedded.packing import pack, unpack

Array = NDArray[Any]


def ascending(parts: Sequence[Array]) -> Array:
    """All numbers of some arrays in ascending order, each once. Sorting beats numpy's own hashing several times here."""
    numbers = np.sort(np.concatenate(parts))
    first = np.ones(len(numbers), np.bool_)
    first[1:] = numbers[1:] != numbers[:-1]
    return numbers[first]


def write_arrays(path: Path, arrays: dict[str, Array]) -> None:
    """Write arrays to one file, with checksums."""
    with path.open("wb") as file:
        np.savez(file, allow_pickle=False, **pack(arrays))


def read_arrays(path: Path) -> dict[str, Array]:
    """Read what `write_arrays` wrote. Raises ValueError, OSError or BadZipFile when the file is damaged."""
    # Opened here, because numpy leaves a file open that turns out to be damaged.
    with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
        return unpack(dict(stored))


class Column:
    """An array with spare room. Views taken earlier stay as they were: values are only ever added behind them."""

    def __init__(self, initial: Array) -> None:
        """Start with these values; their type and row shape stay."""
        self._room = initial
        self._size = len(initial)

    def __len__(self) -> int:
        return self._size

    @property
    def view(self) -> Array:
        """The values so far."""
        return self._room[: self._size]

    def extend(self, values: Array) -> None:
        """Add values at the end; wider strings widen the column."""
        if values.dtype.kind == "S" and values.dtype.itemsize > self._room.dtype.itemsize:
            self._room = self._room.astype(values.dtype)
        size = self._size + len(values)
        if size > len(self._room):
            room = np.zeros((size + size // 8, *self._room.shape[1:]), dtype=self._room.dtype)
            room[: self._size] = self.view
            self._room = room
        self._room[self._size : size] = values
        self._size = size


class Codes:
    """Words numbered in order of appearance."""

    def __init__(self, words: list[str]) -> None:
        """Start with these words as numbers 0, 1, 2…"""
        self.words = words
        self._numbers = {word: number for number, word in enumerate(words)}

    def number(self, word: str) -> int:
        """The number of a word, a new one when it is new."""
        known = self._numbers.get(word)
        if known is None:
            known = self._numbers[word] = len(self.words)
            self.words.append(word)
        return known

    def known(self, word: str) -> int | None:
        """The number of a word, or None."""
        return self._numbers.get(word)


class CodeSets:
    """Sets of codes numbered: thousands of documents share a few hundred sets of needs or languages.

    A filter is decided once per set, and counting codes is counting sets first.
    """

    def __init__(self, sets: list[tuple[str, ...]]) -> None:
        """Start with these sets as numbers 0, 1, 2…"""
        self.sets = sets
        self._numbers = {one: number for number, one in enumerate(sets)}
        self._table: tuple[list[str], Array] | None = None

    def number(self, codes: tuple[str, ...]) -> int:
        """The number of a set, a new one when it is new."""
        one = tuple(sorted(set(codes)))
        known = self._numbers.get(one)
        if known is None:
            self.sets.append(one)
            known = self._numbers[one] = len(self.sets) - 1
        return known

    def with_any(self, codes: tuple[str, ...]) -> Array:
        """Whether each set holds at least one of these codes, by set number."""
        wanted = frozenset(codes)
        return np.fromiter((not wanted.isdisjoint(one) for one in list(self.sets)), np.bool_)

    def table(self) -> tuple[list[str], Array]:
        """All codes, and a table of set by code: one where the set holds the code."""
        table = self._table
        if table is None or len(table[1]) != len(self.sets):
            sets = list(self.sets)
            codes = sorted({code for one in sets for code in one})
            position = {code: at for at, code in enumerate(codes)}
            matrix = np.zeros((len(sets), len(codes)), np.int32)
            for at, one in enumerate(sets):
                matrix[at, [position[code] for code in one]] = 1
            table = self._table = (codes, matrix)
        return table
