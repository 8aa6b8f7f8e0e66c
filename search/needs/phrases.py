"""Phrases over words: finding many of them in a text at once, in time that grows with the text and not with them."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import NamedTuple

MAX_GAP = 3
"""How many words `..` in a phrase may stand for."""

_WORD = re.compile(r"[a-z0-9]+|[.!?;\n]+")
_MARKUP = re.compile(r"<[^>]{0,200}>")


class Match(NamedTuple):
    """A phrase found: which one, and the words it covers, as a half-open range of word numbers."""

    phrase: int
    start: int
    end: int


def words(text: str) -> list[str]:
    """The words of a text in lower case without accents or markup; the end of a sentence is the word "."."""
    spelled = html.unescape(_MARKUP.sub(" ", text)).replace("&", " and ")
    plain = unicodedata.normalize("NFKD", spelled.lower())
    bare = "".join(char for char in plain if not unicodedata.combining(char))
    return [word if word[0].isalnum() else "." for word in _WORD.findall(bare)]


class Phrases:
    """A set of phrases. `*` at the end of a word matches any ending, `..` up to `MAX_GAP` words."""

    def __init__(self, phrases: Iterable[str]) -> None:
        self._parts: list[tuple[str, ...]] = []
        self._first: dict[str, list[int]] = {}
        for number, phrase in enumerate(phrases):
            parts = tuple(phrase.split())
            if not parts or parts[0] == ".." or parts[-1] == "..":
                raise ValueError(f"A phrase begins and ends with a word: {phrase!r}")
            self._parts.append(parts)
            self._first.setdefault(parts[0], []).append(number)
        self._starts: dict[str, tuple[int, ...]] = {}

    def find(self, text: list[str]) -> Iterator[Match]:
        """Every occurrence in a list of `words`, in order of its first word; none runs over a sentence's end."""
        for place, word in enumerate(text):
            for number in self._beginning_with(word):
                end = self._follow(self._parts[number], 1, text, place + 1)
                if end:
                    yield Match(number, place, end)

    def _beginning_with(self, word: str) -> tuple[int, ...]:
        """The phrases whose first part fits this word. Kept, because texts share most of their words."""
        known = self._starts.get(word)
        if known is None:
            found = list(self._first.get(word, ()))
            for length in range(2, len(word) + 1):
                found += self._first.get(word[:length] + "*", ())
            known = tuple(found)
            if len(self._starts) < 50_000:
                self._starts[word] = known
        return known

    def _follow(self, parts: tuple[str, ...], at: int, text: list[str], place: int) -> int:
        """Where the phrase ends when its parts from `at` on fit the text from `place` on, else 0."""
        while at < len(parts):
            part = parts[at]
            if part == "..":
                for skip in range(MAX_GAP + 1):
                    if "." in text[place : place + skip]:
                        return 0
                    if end := self._follow(parts, at + 1, text, place + skip):
                        return end
                return 0
            if place >= len(text) or not _fits(part, text[place]):
                return 0
            at, place = at + 1, place + 1
        return place


def _fits(part: str, word: str) -> bool:
    return word.startswith(part[:-1]) if part[-1] == "*" else word == part
