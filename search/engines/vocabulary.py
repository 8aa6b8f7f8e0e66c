"""The words an index knows, for completing the last one and for mending misspelt ones."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

WIDTH = 24
"""Longer words are neither completed nor mended."""

_MERGE_AT = 2_000
_REMEMBERED = 1_000
_RARE_SHARE = 0.02
"""A neighbour this much rarer than the commonest one is taken for a misspelling in a listing, and left out."""


class Vocabulary:
    """Folded words and how often each occurs. Words can be added, never removed: a word too many does no harm."""

    def __init__(self, counts: dict[str, int]) -> None:
        """Take the number of documents that each word stands in."""
        self._added: dict[str, int] = {}
        self._near: dict[str, list[str]] = {}
        self._fill(counts)

    def _fill(self, counts: dict[str, int]) -> None:
        words = [word.encode() for word in counts if word.isascii() and len(word) <= WIDTH]
        terms = np.array(words, dtype=f"S{WIDTH}")
        order = np.argsort(terms)
        self._terms = terms[order]
        self._counts = np.array([counts[word.decode()] for word in words], dtype=np.int64)[order]
        self._letters = self._terms.view(np.uint8).reshape(-1, WIDTH)
        self._lengths = np.count_nonzero(self._letters, axis=1).astype(np.int16)
        self._signatures = _signatures(self._letters)

    def __len__(self) -> int:
        return len(self._terms) + len(self._added)

    def __contains__(self, word: str) -> bool:
        return self.count(word) > 0

    def add(self, words: Iterable[str]) -> None:
        """Learn words of edited listings."""
        new = [word for word in words if word not in self]
        if new:
            self._added |= dict.fromkeys(new, 1)
            self._near = {}
        if len(self._added) > _MERGE_AT:
            pairs = zip(self._terms.tolist(), self._counts.tolist(), strict=True)
            counts = {word.decode(): count for word, count in pairs}
            counts.update(self._added)
            self._added = {}
            self._fill(counts)

    def count(self, word: str) -> int:
        """How many documents had the word when it was counted; 0 when it is unknown."""
        if word in self._added:
            return self._added[word]
        if not word.isascii() or len(word) > WIDTH:
            return 0
        at = int(np.searchsorted(self._terms, word.encode()))
        return int(self._counts[at]) if at < len(self._terms) and self._terms[at] == word.encode() else 0

    def completions(self, prefix: str) -> list[str]:
        """Every known word that starts with `prefix`, commonest first (then by letters)."""
        if not prefix.isascii() or len(prefix) >= WIDTH:
            return []
        low = int(np.searchsorted(self._terms, prefix.encode()))
        high = int(np.searchsorted(self._terms, prefix.encode() + b"\x7f"))
        found = dict(
            zip(
                (term.decode() for term in self._terms[low:high].tolist()),
                self._counts[low:high].tolist(),
                strict=True,
            )
        )
        found.update((word, count) for word, count in self._added.items() if word.startswith(prefix))
        return sorted(found, key=lambda word: (-found[word], word))

    def neighbours(self, word: str) -> list[str]:
        """Known words that `word` may be a misspelling of, commonest first.

        One slip (a letter more, less, other, or two swapped) from four letters on, two from eight on when one
        finds nothing. Words with fewer letters, digits in them or beyond ASCII are left as they are.
        """
        if not (4 <= len(word) <= WIDTH) or not (word.isascii() and word.isalpha()):
            return []
        near = self._near
        if word not in near:
            if len(near) >= _REMEMBERED:
                near.clear()
            near[word] = self._find_near(word)
        return list(near[word])

    def _find_near(self, word: str) -> list[str]:
        for slips in (1, 2) if len(word) >= 8 else (1,):
            found = self._within(word, slips)
            if found:
                floor = max(found.values()) * _RARE_SHARE
                return sorted((w for w in found if found[w] >= floor), key=lambda w: (-found[w], w))
        return []

    def _within(self, word: str, slips: int) -> dict[str, int]:
        letters = np.frombuffer(word.encode(), dtype=np.uint8)
        found = _close(letters, slips, self._letters, self._lengths, self._signatures)
        result = {self._terms[at].decode(): int(self._counts[at]) for at in found}
        if self._added:
            words = [w for w in self._added if w.isascii() and len(w) <= WIDTH]
            matrix = (
                np.array([w.encode() for w in words], dtype=f"S{WIDTH}").view(np.uint8).reshape(-1, WIDTH)
            )
            lengths = np.array([len(w) for w in words], dtype=np.int16)
            for at in _close(letters, slips, matrix, lengths, _signatures(matrix)):
                result[words[at]] = self._added[words[at]]
        result.pop(word, None)
        return result


def _signatures(letters: NDArray[np.uint8]) -> NDArray[np.uint32]:
    """Which letters occur in each word, as bits: words that differ in many bits cannot be close."""
    result = np.zeros(len(letters), dtype=np.uint32)
    for column in range(letters.shape[1]):
        here = letters[:, column]
        result |= np.where(here > 0, np.uint32(1) << (here & 31).astype(np.uint32), np.uint32(0))
    return result


def _close(
    word: NDArray[np.uint8],
    slips: int,
    letters: NDArray[np.uint8],
    lengths: NDArray[np.int16],
    signatures: NDArray[np.uint32],
) -> list[int]:
    """Rows of `letters` within `slips` of `word`, by optimal string alignment distance."""
    mine = _signatures(word.reshape(1, -1))[0]
    likely = (np.abs(lengths - len(word)) <= slips) & (np.bitwise_count(signatures ^ mine) <= 2 * slips)
    rows = np.flatnonzero(likely)
    if not len(rows):
        return []
    others = letters[rows]
    width = min(len(word) + slips, letters.shape[1])
    before = np.zeros((len(rows), width + 1), dtype=np.int8)
    last = np.tile(np.arange(width + 1, dtype=np.int8), (len(rows), 1))
    for i in range(1, len(word) + 1):
        this = np.empty_like(last)
        this[:, 0] = i
        for j in range(1, width + 1):
            differs = (others[:, j - 1] != word[i - 1]).astype(np.int8)
            best = np.minimum(last[:, j] + 1, this[:, j - 1] + 1)
            best = np.minimum(best, last[:, j - 1] + differs)
            if i > 1 and j > 1:
                swapped = (others[:, j - 1] == word[i - 2]) & (others[:, j - 2] == word[i - 1])
                best = np.where(swapped, np.minimum(best, before[:, j - 2] + 1), best)
            this[:, j] = best
        before, last = last, this
    distance = last[np.arange(len(rows)), lengths[rows]]
    return [int(row) for row in rows[distance <= slips]]
