"""Other words for the same thing, in English and Spanish, read from the one file `search/synonyms.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import msgspec

from search.text import query_words, stem, stems

_FILE = Path(__file__).with_name("synonyms.toml")

Phrase = tuple[str, ...]
"""Stems of a phrase, without stop words."""


class Concept(msgspec.Struct, frozen=True):
    """One thing people look for: how listings call it (stop words kept), and the needs that stand for it."""

    means: tuple[Phrase, ...]
    needs: tuple[str, ...]


class Found(msgspec.Struct, frozen=True):
    """A stretch of a query, from word `start` up to `end`, that one or more concepts know.

    `needs` is filled only when the words are how people talk ("light bill"); whoever types a listing's own term
    ("utility assistance") gets its other names, not the whole category.
    """

    start: int
    end: int
    means: tuple[Phrase, ...]
    needs: tuple[str, ...]


class Synonyms:
    """The phrases of a file, found in queries."""

    def __init__(self, concepts: Sequence[tuple[Concept, Sequence[Phrase]]]) -> None:
        """Take concepts, each with the further phrases that people say for it."""
        means: dict[Phrase, list[Concept]] = {}
        said: dict[Phrase, list[Concept]] = {}
        for concept, phrases in concepts:
            for meaning in concept.means:
                key = tuple(map(stem, query_words(" ".join(meaning))))
                means.setdefault(key, []).append(concept)
            for phrase in phrases:
                said.setdefault(phrase, []).append(concept)
        self._found: dict[Phrase, tuple[tuple[Phrase, ...], tuple[str, ...]]] = {}
        for phrase in means.keys() | said.keys():
            others = [
                other
                for concept in (*said.get(phrase, ()), *means.get(phrase, ()))
                for other in concept.means
                if other != phrase
            ]
            needs = [need for concept in said.get(phrase, ()) for need in concept.needs]
            self._found[phrase] = (tuple(dict.fromkeys(others)), tuple(dict.fromkeys(needs)))
        self._longest = max(map(len, self._found), default=0)

    def find(self, typed: Sequence[str]) -> list[Found]:
        """The known phrases in these stems of a query: leftmost first, the longest at each place, never overlapping."""
        found: list[Found] = []
        start = 0
        while start < len(typed):
            for size in range(min(self._longest, len(typed) - start), 0, -1):
                entry = self._found.get(tuple(typed[start : start + size]))
                if entry:
                    found.append(Found(start, start + size, *entry))
                    start += size
                    break
            else:
                start += 1
        return found


def read_synonyms(path: Path = _FILE) -> tuple[Synonyms, frozenset[str]]:
    """The synonyms of a file, and every folded word in it (so that spelling is never "corrected" away from it)."""
    concepts = []
    known: set[str] = set()

    for entry in tomllib.loads(path.read_text(encoding="utf-8"))["concept"]:
        said = entry.get("said", ())
        means = dict.fromkeys(tuple(stems(text)) for text in entry["means"])
        phrases = dict.fromkeys(tuple(map(stem, query_words(text))) for text in said)
        concepts.append((Concept(tuple(means), tuple(entry.get("needs", ()))), tuple(phrases)))
        known.update(word for text in (*said, *entry["means"]) for word in query_words(text))
    return Synonyms(concepts), frozenset(known)


@lru_cache(maxsize=1)
def synonyms() -> Synonyms:
    """The synonyms of the product, read once."""
    return read_synonyms()[0]


@lru_cache(maxsize=1)
def synonym_words() -> frozenset[str]:
    """Every folded word that stands in the synonyms of the product."""
    return read_synonyms()[1]
