"""Suggestions as somebody types: needs, organizations and services that have a word beginning so."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Literal

import numpy as np

from core.i18n import gettext as _
from directory.needs import NEEDS
from search.engines import Document, Suggestion
from search.engines.embedded.columns import Array, read_arrays
from search.engines.vocabulary import Vocabulary
from search.text import STOP_WORDS, words

_WIDTH = 32
_LOOKED_AT = 40
_MERGE_AT = 500
_KINDS: tuple[Literal["organization", "service"], ...] = ("organization", "service")


class Names:
    """Distinct names of organizations and services, gathered from documents."""

    def __init__(self) -> None:
        """No names yet."""
        self._entries: dict[tuple[int, str], tuple[str, set[str] | int]] = {}
        self._last = ""

    def add(self, documents: Iterable[Document]) -> None:
        """Take the names of documents."""
        for document in documents:
            self._add(1, document.name, document.service_id)
            if document.organization:
                self._add(0, document.organization, document.service_id)

    def _add(self, kind: int, name: str, service_id: str) -> None:
        key = (kind, " ".join(words(name)))
        shown, owners = self._entries.get(key, (name.strip(), set[str]()))
        # How many services share a name matters up to a point; counting on would keep every id in memory.
        if isinstance(owners, set):
            owners.add(service_id)
            if len(owners) > 3:
                owners = len(owners)
        else:
            owners += 1
        self._entries[key] = (shown, owners)

    def arrays(self) -> dict[str, Array]:
        """The names as arrays, for `Suggester`."""
        keys: list[bytes] = []
        owners: list[int] = []
        firsts: list[bool] = []
        texts: list[bytes] = []
        for number, ((_kind, folded), (shown, _owners)) in enumerate(self._entries.items()):
            texts.append(shown.encode())
            at = 0
            while at >= 0 and folded:
                keys.append(folded[at:].encode()[:_WIDTH])
                owners.append(number)
                firsts.append(at == 0)
                space = folded.find(" ", at)
                at = space + 1 if space >= 0 else -1
        order = np.argsort(np.array(keys, f"S{_WIDTH}"))
        sole = [
            next(iter(o)) if isinstance(o, set) and len(o) == 1 else "" for _, o in self._entries.values()
        ]
        counts = [len(o) if isinstance(o, set) else o for _, o in self._entries.values()]
        return {
            "keys": np.array(keys, f"S{_WIDTH}")[order],
            "owners": np.array(owners, np.int32)[order],
            "firsts": np.array(firsts, np.bool_)[order],
            "kinds": np.array([kind for kind, _ in self._entries], np.int8),
            "counts": np.array(counts, np.int32),
            "services": np.array([one.encode() for one in sole], "S36"),
            "ends": np.cumsum([len(text) for text in texts], dtype=np.int64),
            "texts": np.frombuffer(b"".join(texts), np.uint8),
        }


class Suggester:
    """Answers prefixes from sorted arrays, and from the names of edited documents on top of them."""

    def __init__(self, arrays: dict[str, Array]) -> None:
        """Take what `Names.arrays` gave."""
        self._layers = [arrays]
        self._later = Names()
        self._waiting = 0

    @classmethod
    def load(cls, path: Path) -> Suggester:
        """Read the arrays of `Names` from a file."""
        return cls(read_arrays(path))

    def add(self, documents: list[Document]) -> None:
        """Learn the names of edited documents; old names stay until the next rebuild."""
        self._later.add(documents)
        self._waiting += len(documents)
        self._layers = [self._layers[0], self._later.arrays()]
        if self._waiting > _MERGE_AT:
            self._layers = [_merged(self._layers[0], self._layers[1])]
            self._later, self._waiting = Names(), 0

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

    def _matching(self, typed: list[str], limit: int) -> list[Suggestion]:
        prefix = " ".join(typed)
        found = suggested_needs(prefix)[: max(2, limit // 2)]
        seen = {suggestion.text.casefold() for suggestion in found}
        ranked = [entry for layer in self._layers for entry in _names(layer, prefix)]
        for *_rank, suggestion in sorted(ranked, key=lambda entry: entry[:3]):
            if suggestion.text.casefold() not in seen and len(found) < limit:
                seen.add(suggestion.text.casefold())
                found.append(suggestion)
        return found


def suggested_needs(prefix: str) -> list[Suggestion]:
    """Needs whose name, in the reader's language or in English, begins so or has a telling word that does."""
    result = []
    for need in NEEDS.values():
        shown = _(need.name)
        if any(_begins(words(name), prefix) for name in (shown, need.name)):
            result.append(Suggestion(text=shown, kind="need", id=need.code))
    return result


def _begins(name: list[str], prefix: str) -> bool:
    starts = [at for at, word in enumerate(name) if word not in STOP_WORDS]
    # "a pla" is the beginning of "A place to sleep", but "a" or "fo" is that of too many small words.
    if len(prefix) > 2:
        starts.append(0)
    return any(" ".join(name[at:]).startswith(prefix) for at in starts)


def _names(layer: dict[str, Array], prefix: str) -> list[tuple[bool, int, str, Suggestion]]:
    """The best names of a layer, each with its rank: begins so, services that have it, letters."""
    key = prefix.encode()[:_WIDTH]
    low = int(np.searchsorted(layer["keys"], key))
    high = int(np.searchsorted(layer["keys"], key[: _WIDTH - 1] + b"\xff"))
    owners, firsts = layer["owners"][low:high], layer["firsts"][low:high]
    if not len(owners):
        return []
    rank = layer["counts"][owners] + np.where(firsts, 1_000_000, 0)
    if len(rank) > _LOOKED_AT:
        # By letters among equals: the keys are sorted, so the earlier of two equals is the one to keep.
        best = np.lexsort((np.arange(len(rank)), -rank))[:_LOOKED_AT]
    else:
        best = np.arange(len(rank))
    result = []
    for at in best.tolist():
        owner = int(owners[at])
        start = int(layer["ends"][owner - 1]) if owner else 0
        text = layer["texts"][start : int(layer["ends"][owner])].tobytes().decode()
        service = layer["services"][owner].decode() or None
        kind = _KINDS[int(layer["kinds"][owner])]
        suggestion = Suggestion(text=text, kind=kind, id=service if kind == "service" else None)
        result.append((not firsts[at], -int(layer["counts"][owner]), text, suggestion))
    return result


def _merged(base: dict[str, Array], later: dict[str, Array]) -> dict[str, Array]:
    """Two layers as one."""
    shift = len(base["kinds"])
    keys = np.concatenate((base["keys"], later["keys"]))
    order = np.argsort(keys, kind="stable")
    last = int(base["ends"][-1]) if shift else 0
    result = {
        name: np.concatenate((base[name], later[name])) for name in ("kinds", "counts", "services", "texts")
    }
    result["ends"] = np.concatenate((base["ends"], later["ends"] + last))
    result["keys"] = keys[order]
    result["owners"] = np.concatenate((base["owners"], later["owners"] + shift))[order].astype(np.int32)
    result["firsts"] = np.concatenate((base["firsts"], later["firsts"]))[order]
    return result
