"""Phrases over words: finding many of them in a text at once, in time that grows with the text and not with them."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from search.text import fold

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
    return fold(lowered)


class Phrases:
    """A set of phrases. `*` at the end of a word matches any ending, `..` up to `MAX_GAP` words.

    `<give>` stands for any of the words that `kinds` lists under that name, themselves with `*` or not, so that one
    phrase says what would otherwise be twenty.
    """

    def __init__(self, phrases: Iterable[str], kinds: Mapping[str, Iterable[str]] | None = None) -> None:
        members = {f"<{name}>": tuple(listed) for name, listed in (kinds or {}).items()}
        self._parts: list[tuple[str, ...]] = []
        self._first: dict[str, list[int]] = {}
        for number, phrase in enumerate(phrases):
            parts = tuple(phrase.split())
            if not parts or parts[0] == ".." or parts[-1] == "..":
                raise ValueError(f"A phrase begins and ends with a word: {phrase!r}")
            if unknown := [part for part in parts if part[0] == "<" and part not in members]:
                raise ValueError(f"No words are listed for {unknown[0]} in {phrase!r}")
            self._parts.append(parts)
            self._first.setdefault(parts[0], []).append(number)
        self._standing_for: dict[str, set[str]] = {}
        """Word or beginning of a word, as parts write them -> the parts that it fits."""
        for part in {part for parts in self._parts for part in parts} - {".."}:
            for word in members.get(part, (part,)):
                self._standing_for.setdefault(word, set()).add(part)
        self._known: dict[str, tuple[frozenset[str], tuple[int, ...]]] = {}

    def find(self, text: list[str]) -> Iterator[Match]:
        """Every occurrence in a list of `words`, in order of its first word; none runs over a sentence's end."""
        known = self._known
        fits: list[frozenset[str]] = []
        begins: list[tuple[int, tuple[int, ...]]] = []
        for place, word in enumerate(text):
            fitting = known.get(word) or self._look_up(word)
            fits.append(fitting[0])
            if fitting[1]:
                begins.append((place, fitting[1]))
        fits.append(frozenset())
        for place, numbers in begins:
            following = fits[place + 1]
            for number in numbers:
                parts = self._parts[number]
                if len(parts) == 1:
                    yield Match(number, place, place + 1)
                # Most phrases fail at their second word; seeing that here saves a call for each.
                elif (parts[1] in following or parts[1] == "..") and (
                    end := _follow(parts, 1, text, fits, place + 1)
                ):
                    yield Match(number, place, end)

    def _look_up(self, word: str) -> tuple[frozenset[str], tuple[int, ...]]:
        """The parts that a word fits, and the phrases it can begin. Kept, because texts share most of their words."""
        fits = set(self._standing_for.get(word, ()))
        for length in range(1, len(word) + 1):
            fits |= self._standing_for.get(word[:length] + "*", set())
        numbers = sorted(number for part in fits for number in self._first.get(part, ()))
        found = frozenset(fits), tuple(numbers)
        if len(self._known) < _KEPT:
            self._known[word] = found
        return found


def _follow(parts: tuple[str, ...], at: int, text: list[str], fits: list[frozenset[str]], place: int) -> int:
    """Where the phrase ends when its parts from `at` on fit the text from `place` on, else 0."""
    while at < len(parts):
        part = parts[at]
        if part == "..":
            after = parts[at + 1]
            for skipped in range(place, min(place + MAX_GAP + 1, len(text))):
                if after in fits[skipped] and (end := _follow(parts, at + 2, text, fits, skipped + 1)):
                    return end
                if text[skipped] == ".":
                    return 0
            return 0
        if place >= len(text) or part not in fits[place]:
            return 0
        at, place = at + 1, place + 1
    return place
