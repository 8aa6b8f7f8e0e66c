"""The distinct names of organizations and services, sorted for looking up how one begins or a later word of it does.

Every row of the index holds the numbers of its two names, so that a name goes with the last row that has it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from search.engines import Document
from search.engines.embedded.columns import Array
from search.text import words

WIDTH = 32
"""Bytes of a beginning that are compared."""

ORGANIZATION, SERVICE = 0, 1

Layer = dict[str, Array]
"""Names as arrays: `keys` (sorted beginnings), `owners` (the name of each), `firsts` (whether it is the whole name's);
by name `kinds`, `services` (its service's id where it has only one), `ends` and `texts`."""


class Names:
    """Names gathered from documents, numbered from `first` in order of appearance."""

    def __init__(self, first: int = 0) -> None:
        """No names yet."""
        self.first = first
        self._numbers: dict[tuple[int, str], int] = {}
        self._shown: list[str] = []
        self._services: list[str] = []

    def __len__(self) -> int:
        return len(self._shown)

    def add(self, documents: Iterable[Document]) -> Array:
        """Take the names of documents; returns the numbers of organization and service for each, -1 for none."""
        numbers = [
            (
                self.number(ORGANIZATION, document.organization, document.service_id),
                self.number(SERVICE, document.name, document.service_id),
            )
            for document in documents
        ]
        return np.array(numbers, np.int32).reshape(-1, 2)

    def number(self, kind: int, name: str, service_id: str) -> int:
        """The number of a name of a service, a new one when it is new; -1 when there is no word in it."""
        key = (kind, " ".join(words(name)))
        if not key[1]:
            return -1
        number = self._numbers.get(key)
        if number is None:
            number = self._numbers[key] = self.first + len(self._shown)
            self._shown.append(name.strip())
            self._services.append(service_id)
        elif self._services[number - self.first] not in ("", service_id):
            self._services[number - self.first] = ""
        return number

    def layer(self) -> Layer:
        """The names as arrays."""
        keys: list[bytes] = []
        owners: list[int] = []
        firsts: list[bool] = []
        for (_kind, folded), number in self._numbers.items():
            at = 0
            while at >= 0:
                keys.append(folded[at : at + WIDTH].encode()[:WIDTH])
                owners.append(number)
                firsts.append(at == 0)
                space = folded.find(" ", at)
                at = space + 1 if space >= 0 else -1
        sorted_keys = np.array(keys, f"S{WIDTH}")
        order = np.argsort(sorted_keys, kind="stable")
        texts = [shown.encode() for shown in self._shown]
        return {
            "keys": sorted_keys[order],
            "owners": np.array(owners, np.int32)[order],
            "firsts": np.array(firsts, np.bool_)[order],
            "kinds": np.array([kind for kind, _ in self._numbers], np.int8),
            "services": np.array([one.encode() for one in self._services], "S36"),
            "ends": np.cumsum([len(text) for text in texts], dtype=np.int64),
            "texts": np.frombuffer(b"".join(texts), np.uint8),
        }


def shown(layer: Layer, first: int, number: int) -> str:
    """A name as it was given; `first` is the number of the layer's first name."""
    at = number - first
    start = int(layer["ends"][at - 1]) if at else 0
    return layer["texts"][start : int(layer["ends"][at])].tobytes().decode()


def find(layer: Layer, first: int, kind: int, name: str) -> int | None:
    """The number of a name in a layer."""
    folded = " ".join(words(name))
    key = folded[:WIDTH].encode()[:WIDTH]
    low = int(np.searchsorted(layer["keys"], key, side="left"))
    high = int(np.searchsorted(layer["keys"], key, side="right"))
    for at in range(low, high):
        number = int(layer["owners"][at])
        same = layer["firsts"][at] and layer["kinds"][number - first] == kind
        if same and " ".join(words(shown(layer, first, number))) == folded:
            return number
    return None


def beginning(layer: Layer, prefix: str) -> tuple[Array, Array]:
    """The names in which a word and what follows it begin so, by number, and whether it is the first word."""
    key = prefix.encode()[:WIDTH]
    low = int(np.searchsorted(layer["keys"], key))
    high = int(np.searchsorted(layer["keys"], key[: WIDTH - 1] + b"\xff"))
    return layer["owners"][low:high], layer["firsts"][low:high]


def joined(layers: Sequence[Layer]) -> Layer:
    """Layers as one; their numbers follow each other."""
    result = {
        name: np.concatenate([layer[name] for layer in layers])
        for name in ("kinds", "services", "texts", "keys", "owners", "firsts")
    }
    order = np.argsort(result["keys"], kind="stable")
    for name in ("keys", "owners", "firsts"):
        result[name] = result[name][order]
    lasts = np.cumsum([0, *(int(layer["ends"][-1]) if len(layer["ends"]) else 0 for layer in layers)])
    result["ends"] = np.concatenate(
        [layer["ends"] + last for layer, last in zip(layers, lasts, strict=False)]
    )
    return result
