"""Other words for the same thing, in English and Spanish, read from the one file `search/synonyms.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path

import msgspec

from search.text import query_words, stem, stems, words

_FILE = Path(__file__).with_name("synonyms.toml")

Phrase = tuple[str, ...]
"""Stems of a phrase."""


class Concept(msgspec.Struct, frozen=True):
    """One thing people look for: how listings call it, the needs that stand for it, and what people say.

    Stop words are kept in `means` and `idioms`, and dropped from `said` and from `typed`: `means` as people type it.
    """

    means: tuple[Phrase, ...]
    typed: tuple[Phrase, ...]
    needs: tuple[str, ...]
    said: tuple[Phrase, ...]
    idioms: tuple[Phrase, ...]


class Found(msgspec.Struct, frozen=True):
    """A stretch of a query, from word `start` up to `end`, that one or more concepts know.

    `needs` is filled only when the words are how people talk ("light bill"); whoever types a listing's own term
    ("utility assistance") gets its other names, and the whole category, in `last_needs`, only when nothing has them.
    """

    start: int
    end: int
    means: tuple[Phrase, ...]
    needs: tuple[str, ...]
    last_needs: tuple[str, ...]


class _Entry(msgspec.Struct, frozen=True):
    """What a phrase stands for: the last three fields of `Found`."""

    means: tuple[Phrase, ...]
    needs: tuple[str, ...]
    last_needs: tuple[str, ...]

    def at(self, start: int, end: int) -> Found:
        return Found(start, end, self.means, self.needs, self.last_needs)


class Synonyms:
    """The phrases of a file, found in queries."""

    def __init__(self, concepts: Sequence[Concept]) -> None:
        """Take concepts; several may share a phrase."""
        means: dict[Phrase, list[Concept]] = {}
        said: dict[Phrase, list[Concept]] = {}
        idioms: dict[Phrase, list[Concept]] = {}
        for concept in concepts:
            for phrase in concept.typed:
                means.setdefault(phrase, []).append(concept)
            for phrase in concept.said:
                said.setdefault(phrase, []).append(concept)
            for phrase in concept.idioms:
                idioms.setdefault(phrase, []).append(concept)
        self._phrases = {
            phrase: _entry(phrase, said.get(phrase, []), means.get(phrase, []))
            for phrase in means.keys() | said.keys()
        }
        self._idioms = {phrase: _entry(phrase, found, []) for phrase, found in idioms.items()}

    def find(self, typed: Sequence[str]) -> list[Found]:
        """The known phrases in these stems of a query: leftmost first, the longest at each place, never overlapping."""
        return _find(self._phrases, typed)

    def find_idioms(self, typed: Sequence[str]) -> list[Found]:
        """The idioms in the stems of a query with its stop words: what their words say one by one is not meant."""
        return _find(self._idioms, typed)

    def phrases(self) -> frozenset[Phrase]:
        """Every phrase of several words that a query may be taken to mean."""
        entries = (*self._phrases.values(), *self._idioms.values())
        return frozenset(phrase for entry in entries for phrase in entry.means if len(phrase) > 1)


def _entry(phrase: Phrase, said: Sequence[Concept], means: Sequence[Concept]) -> _Entry:
    others = dict.fromkeys(other for one in (*said, *means) for other in one.means if other != phrase)
    needs = dict.fromkeys(need for one in said for need in one.needs)
    last = dict.fromkeys(need for one in means for need in one.needs if need not in needs)
    return _Entry(tuple(others), tuple(needs), tuple(last))


def _find(phrases: dict[Phrase, _Entry], typed: Sequence[str]) -> list[Found]:
    longest = max(map(len, phrases), default=0)
    found: list[Found] = []
    start = 0
    while start < len(typed):
        for size in range(min(longest, len(typed) - start), 0, -1):
            entry = phrases.get(tuple(typed[start : start + size]))
            if entry:
                found.append(entry.at(start, start + size))
                start += size
                break
        else:
            start += 1
    return found


def telling(text: str) -> bool:
    """Whether a listing's phrase still says what it is about without its stop words: "help at home" is not "home"."""
    telling = query_words(text)
    return len(telling) > 1 or len(telling) == len(words(text))


def _without_stop_words(texts: Iterable[str]) -> tuple[Phrase, ...]:
    return tuple(dict.fromkeys(tuple(map(stem, query_words(text))) for text in texts))


def read_synonyms(path: Path = _FILE) -> tuple[Synonyms, frozenset[str]]:
    """The synonyms of a file, and every folded word in it (so that spelling is never "corrected" away from it)."""
    concepts = []
    known: set[str] = set()
    for entry in tomllib.loads(path.read_text(encoding="utf-8"))["concept"]:
        said, idioms = entry.get("said", ()), entry.get("idioms", ())
        concepts.append(
            Concept(
                means=tuple(dict.fromkeys(tuple(stems(text)) for text in entry["means"])),
                typed=_without_stop_words(filter(telling, entry["means"])),
                needs=tuple(entry.get("needs", ())),
                said=_without_stop_words(said),
                idioms=tuple(dict.fromkeys(tuple(stems(text)) for text in idioms)),
            )
        )
        known.update(word for text in (*said, *idioms, *entry["means"]) for word in query_words(text))
    return Synonyms(concepts), frozenset(known)


@lru_cache(maxsize=1)
def synonyms() -> Synonyms:
    """The synonyms of the product, read once."""
    return read_synonyms()[0]


@lru_cache(maxsize=1)
def synonym_words() -> frozenset[str]:
    """Every folded word that stands in the synonyms of the product."""
    return read_synonyms()[1]
