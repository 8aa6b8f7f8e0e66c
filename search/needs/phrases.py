"""Phrases over words: finding many of them in a text at once, in time that grows with the text and not with them."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

MAX_GAP = 3
"""How many words `..` in a phrase may stand for."""

_WORD = re.compile(r"[a-z0-9]+|[.!?]+(?=\s|$)|[;|\n]")
_PIECE = re.compile(r"[a-z0-9]+|[.!?]+(?=\s|$)|[;|\n]|[,:()+/]|\s[-–—]\s")
_MARKUP = re.compile(r"<[^>]{0,200}>")
_KEPT = 50_000
"""How many different words are remembered with what they can begin and stand for."""


class Match(NamedTuple):
    """A phrase found: which one, and the words it covers, as a half-open range of word numbers."""

    phrase: int
    start: int
    end: int


def words(text: str) -> list[str]:
    """The words of a text in lower case without accents or markup; the end of a sentence is the word "."."""
    return [word if word[0].isalnum() else "." for word in _WORD.findall(_plain(text))]


def words_and_breaks(text: str) -> tuple[list[str], set[int]]:
    """The same words, and the numbers of those that a comma, colon, dash or bracket stands before."""
    found: list[str] = []
    breaks: set[int] = set()
    for piece in _PIECE.findall(_plain(text)):
        if piece[0].isalnum():
            found.append(piece)
        elif piece[0] in ".!?;|\n":
            found.append(".")
        else:
            breaks.add(len(found))
    return found, breaks


def _plain(text: str) -> str:
    """Lower case without accents and markup."""
    lowered = text.lower()
    if "<" in lowered:
        lowered = _MARKUP.sub(" ", lowered)
    if "&" in lowered:
        lowered = html.unescape(lowered).replace("&", " and ")
    if not lowered.isascii():
        split = unicodedata.normalize("NFKD", lowered)
        lowered = "".join(char for char in split if not unicodedata.combining(char))
    return lowered


class Phrases:
    """A set of phrases. `*` at the end of a word matches any ending, `..` up to `MAX_GAP` words.

    `<give>` stands for any of the words that `kinds` lists under that name, themselves with `*` or not, so that one
    phrase says what would otherwise be twenty.
    """

    def __init__(self, phrases: Iterable[str], kinds: Mapping[str, Iterable[str]] | None = None) -> None:
        self._kinds = {f"<{name}>": tuple(members) for name, members in (kinds or {}).items()}
        self._parts: list[tuple[str, ...]] = []
        self._first: dict[str, list[int]] = {}
        for number, phrase in enumerate(phrases):
            parts = tuple(phrase.split())
            if not parts or parts[0] == ".." or parts[-1] == "..":
                raise ValueError(f"A phrase begins and ends with a word: {phrase!r}")
            if unknown := [part for part in parts if part[0] == "<" and part not in self._kinds]:
                raise ValueError(f"No words are listed for {unknown[0]} in {phrase!r}")
            self._parts.append(parts)
            for beginning in self._kinds.get(parts[0], parts[:1]):
                self._first.setdefault(beginning, []).append(number)
        self._starts: dict[str, tuple[int, ...]] = {}
        self._fitting: dict[tuple[str, str], bool] = {}

    def find(self, text: list[str]) -> Iterator[Match]:
        """Every occurrence in a list of `words`, in order of its first word; none runs over a sentence's end."""
        known = self._starts
        for place, word in enumerate(text):
            numbers = known.get(word)
            if numbers is None:
                numbers = self._beginning_with(word)
            for number in numbers:
                end = self._follow(self._parts[number], 1, text, place + 1)
                if end:
                    yield Match(number, place, end)

    def _beginning_with(self, word: str) -> tuple[int, ...]:
        """The phrases whose first part fits this word. Kept, because texts share most of their words."""
        found = dict.fromkeys(self._first.get(word, ()))
        for length in range(2, len(word) + 1):
            found |= dict.fromkeys(self._first.get(word[:length] + "*", ()))
        numbers = tuple(found)
        if len(self._starts) < _KEPT:
            self._starts[word] = numbers
        return numbers

    def _follow(self, parts: tuple[str, ...], at: int, text: list[str], place: int) -> int:
        """Where the phrase ends when its parts from `at` on fit the text from `place` on, else 0."""
        while at < len(parts):
            part = parts[at]
            if part == "..":
                for skip in range(MAX_GAP + 1):
                    if skip and (place + skip > len(text) or text[place + skip - 1] == "."):
                        return 0
                    if end := self._follow(parts, at + 1, text, place + skip):
                        return end
                return 0
            if place >= len(text) or not self._fits(part, text[place]):
                return 0
            at, place = at + 1, place + 1
        return place

    def _fits(self, part: str, word: str) -> bool:
        if part[0] != "<":
            return word.startswith(part[:-1]) if part[-1] == "*" else word == part
        fits = self._fitting.get((part, word))
        if fits is None:
            fits = any(self._fits(member, word) for member in self._kinds[part])
            if len(self._fitting) < _KEPT:
                self._fitting[part, word] = fits
        return fits
