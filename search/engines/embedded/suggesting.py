"""Suggestions as somebody types: needs, organizations and services that have a word beginning so."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np

from core.i18n import current_language
from core.i18n import gettext as _
from directory.needs import NEEDS
from search.engines import Document, Suggestion
from search.engines.embedded.columns import Array, Column, read_arrays
from search.engines.embedded.names import ORGANIZATION, SERVICE, Layer, Names, beginning, find, joined, shown
from search.engines.vocabulary import Vocabulary
from search.text import STOP_WORDS, words

_LOOKED_AT = 40
_MERGE_AT = 500
_REMEMBERED = 5_000
_KINDS: tuple[Literal["organization", "service"], ...] = ("organization", "service")


class _State(NamedTuple):
    """All that an answer is made of; replaced as a whole, so that one made meanwhile sees no half of a change."""

    layers: tuple[tuple[int, Layer], ...]
    """Names with the number of the first one of each layer: those of the build, and those that came later."""
    rows: Array
    """How many living rows have each name."""
    answers: dict[str, list[tuple[bool, int, str, Suggestion]]]
    """The best names for beginnings that were asked for: most people type the same ones."""


class Suggester:
    """Answers beginnings from sorted names; follows the rows of the index as they come and go."""

    def __init__(self, layer: Layer, names: Array) -> None:
        """Take the layer of the build, and the numbers of both names of each of its rows, which all live."""
        self._names = Column(names)
        self._later = Names(len(layer["kinds"]))
        given = names[names >= 0]
        rows = np.bincount(given, minlength=len(layer["kinds"])).astype(np.int32)
        self._state = _State(((0, layer),), rows, {})

    @classmethod
    def load(cls, path: Path) -> Suggester:
        """Read what `stored` gave from a file."""
        arrays = read_arrays(path)
        names = arrays.pop("names")
        return cls(arrays, names)

    def bury(self, rows: Array) -> None:
        """Forget rows: a name that no other living row has is suggested no more."""
        numbers = self._names.view[rows].ravel()
        left = self._state.rows.copy()
        np.subtract.at(left, numbers[numbers >= 0], 1)
        self._state = _State(self._state.layers, left, {})

    def add(self, documents: Iterable[Document]) -> None:
        """Take the rows that follow."""
        numbers = [
            (
                self._number(ORGANIZATION, document.organization, document.service_id),
                self._number(SERVICE, document.name, document.service_id),
            )
            for document in documents
        ]
        if not numbers:
            return
        self._names.extend(np.array(numbers, np.int32))
        layers = self._state.layers[:1]
        if len(self._later):
            layers = (*layers, (self._later.first, self._later.layer()))
        if len(self._later) > _MERGE_AT:
            layers = ((0, joined([layer for _first, layer in layers])),)
            self._later = Names(len(layers[0][1]["kinds"]))
        size = sum(len(layer["kinds"]) for _first, layer in layers)
        rows = np.zeros(size, np.int32)
        rows[: len(self._state.rows)] = self._state.rows
        flat = np.array(numbers, np.int32).ravel()
        np.add.at(rows, flat[flat >= 0], 1)
        self._state = _State(layers, rows, {})

    def suggest(self, text: str, limit: int, vocabulary: Vocabulary) -> list[Suggestion]:
        """Needs first, then names: those that begin so before those with a later word that does."""
        typed = words(text)
        if not typed or limit <= 0:
            return []
        found = self._matching(typed, limit)
        if not found:
            mended = [(vocabulary.neighbours(word) or [word])[0] for word in typed]
            if mended != typed:
                found = self._matching(mended, limit)
        return found

    def _number(self, kind: int, name: str, service_id: str) -> int:
        """The number of a name; one that is known already has another service from now on, or its own again."""
        first, layer = self._state.layers[0]
        number = find(layer, first, kind, name)
        if number is None:
            return self._later.number(kind, name, service_id)
        if layer["services"][number] != service_id.encode():
            # Who alone had it may be gone; then it is the newcomer's alone.
            layer["services"][number] = b"" if self._state.rows[number] else service_id.encode()
        return number

    def _matching(self, typed: list[str], limit: int) -> list[Suggestion]:
        prefix = " ".join(typed)
        found = suggested_needs(prefix)[: max(2, limit // 2)]
        seen = {suggestion.text.casefold() for suggestion in found}
        for *_rank, suggestion in self._best_names(prefix):
            if suggestion.text.casefold() not in seen and len(found) < limit:
                seen.add(suggestion.text.casefold())
                found.append(suggestion)
        return found

    def _best_names(self, prefix: str) -> list[tuple[bool, int, str, Suggestion]]:
        state = self._state
        found = state.answers.get(prefix)
        if found is None:
            found = [
                entry for first, layer in state.layers for entry in _names(layer, first, state.rows, prefix)
            ]
            found.sort(key=lambda entry: entry[:3])
            if len(state.answers) >= _REMEMBERED:
                state.answers.clear()
            state.answers[prefix] = found
        return found


def stored(names: Names, rows: Array) -> dict[str, Array]:
    """What `Suggester.load` reads: the names of a build, and the numbers of both names of each row."""
    return {**names.layer(), "names": rows}


def suggested_needs(prefix: str) -> list[Suggestion]:
    """Needs whose name, in the reader's language or in English, begins so or has a telling word that does."""
    return list(_needs(prefix, current_language()))


@lru_cache(maxsize=_REMEMBERED)
def _needs(prefix: str, _language: str) -> tuple[Suggestion, ...]:
    result = []
    for need in NEEDS.values():
        named = _(need.name)
        if any(_begins(words(name), prefix) for name in (named, need.name)):
            result.append(Suggestion(text=named, kind="need", id=need.code))
    return tuple(result)


def _begins(name: list[str], prefix: str) -> bool:
    starts = [at for at, word in enumerate(name) if word not in STOP_WORDS]
    # "a pla" is the beginning of "A place to sleep", but "a" or "fo" is that of too many small words.
    if len(prefix) > 2:
        starts.append(0)
    return any(" ".join(name[at:]).startswith(prefix) for at in starts)


def _names(layer: Layer, first: int, rows: Array, prefix: str) -> list[tuple[bool, int, str, Suggestion]]:
    """The best names of a layer, each with its rank: begins so, rows that have it, letters."""
    owners, firsts = beginning(layer, prefix)
    rank = rows[owners]
    # One that nobody has any more comes last, whatever it begins with.
    rank = np.where((rank > 0) & firsts, rank + 1_000_000, rank)
    result = []
    for at in _highest(rank, _LOOKED_AT).tolist():
        owner = int(owners[at])
        if not rows[owner]:
            continue
        text = shown(layer, first, owner)
        service = layer["services"][owner - first].decode() or None
        kind = _KINDS[int(layer["kinds"][owner - first])]
        suggestion = Suggestion(text=text, kind=kind, id=service if kind == "service" else None)
        result.append((not firsts[at], -int(rows[owner]), text, suggestion))
    return result


def _highest(rank: Array, number: int) -> Array:
    """Where the highest ranks are, highest first, the earlier of two equals first: beginnings are sorted by letters."""
    if len(rank) > number:
        least = np.partition(rank, -number)[-number]
        above = np.flatnonzero(rank > least)
        at = np.concatenate((above, np.flatnonzero(rank == least)[: number - len(above)]))
    else:
        at = np.arange(len(rank))
    return at[np.lexsort((at, -rank[at].astype(np.int64)))]
