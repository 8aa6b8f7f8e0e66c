"""What a query means, before any engine is asked: its words, their other names, their spellings.

A query is a list of words (or known phrases). Each has *exact* ways to match: itself by its stem, its synonyms,
and, when it is the last and not yet a known word, its completions. A word that nothing in the index has is mended
to its nearest known spelling first. Each also has *loose* ways: every near spelling. Engines look for documents
that match all words exactly; when the filters leave none, all words exactly or loosely; when there are none
either, as many words as any document has.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec

from search.engines.vocabulary import Vocabulary
from search.synonyms import Found, synonym_words, synonyms
from search.text import (
    PLACE_WORDS,
    SENTENCE_WORDS,
    SOFT_WORDS,
    STOP_WORDS,
    TALK_WORDS,
    query_words,
    stem,
    words,
)

SCATTERED_WEIGHT = 0.1
"""What the words of a phrase are worth outside of names: "learn" here and "English" there mean little."""
PHRASE_WEIGHT = 1.0
"""What they are worth beyond that where they stand side by side."""
IDIOM_WEIGHT = 2.0
"""An idiom has no words of its own that could match: what it stands for is all there is to it."""
SYNONYM_WEIGHT = 0.9
NEED_WEIGHT = 0.6
COMPLETION_WEIGHT = 0.7
LOOSE_WEIGHT = 0.5
HINT_WEIGHT = 0.25
"""What a hint is worth, measured by a word that must be there."""
_LOOKED_AT = 40


class Way(msgspec.Struct, frozen=True):
    """One way to match: all stems side by side (one stem alone most of the time), worth `weight`."""

    stems: tuple[str, ...]
    weight: float


class Word(msgspec.Struct, frozen=True):
    """One word or known phrase of a query. A document matches it exactly when it has all of `own` (if any), one of
    the `exact` ways or one of `needs`; loosely also by one of the `loose` ways or of `loose_needs`."""

    own: tuple[str, ...]
    exact: tuple[Way, ...] = ()
    loose: tuple[Way, ...] = ()
    needs: tuple[str, ...] = ()
    loose_needs: tuple[str, ...] = ()

    @property
    def own_weight(self) -> float:
        """What all of `own` is worth outside of names, measured by a single word."""
        return SCATTERED_WEIGHT if len(self.own) > 1 else 1.0

    @property
    def stems(self) -> frozenset[str]:
        """Every stem that may be highlighted."""
        return frozenset(self.own).union(*(way.stems for way in (*self.exact, *self.loose)))


class Meaning(msgspec.Struct, frozen=True):
    """A query understood. `asked` counts its words, also those nothing is known about; `mended` tells that a
    spelling was changed; `typed` is the whole phrase with its stop words, which names are compared with; `hints` are
    stems that nothing has to have, and that lift what has them."""

    words: tuple[Word, ...]
    asked: int
    mended: bool
    typed: tuple[str, ...]
    hints: tuple[str, ...] = ()


def vocabulary_of(counts: Iterable[tuple[str, int]]) -> Vocabulary:
    """A vocabulary of (word, documents) pairs that knows the words of the synonyms too: nobody mends those."""
    return Vocabulary(dict.fromkeys(synonym_words(), 1) | dict(counts))


def understand(
    text: str, vocabulary: Vocabulary, known_stem: Callable[[str], bool], *, loosely: bool = False
) -> Meaning:
    """Understand a query against the words that an index has; near spellings of known words when `loosely`.

    `known_stem` tells whether any document has a stem. Words that cannot match anything are left out of
    `Meaning.words`: they can only empty a result, never narrow it. In a whole sentence what is known from the synonyms
    is what it is about, and all else but a place is a hint; so are soft words anywhere beside others.
    """
    raw = words(text)[:_LOOKED_AT]
    idioms = synonyms().find_idioms([stem(word) for word in raw])
    result = [_word((), found, [], []) for found in idioms]
    typed = _besides(raw, idioms) if idioms else query_words(text)
    spelled, mended = _spell(typed, vocabulary, known_stem)
    stems = [stem(word) for word in spelled]
    phrases = {found.start: found for found in synonyms().find(stems)}
    soft: list[Word] = []
    plain: list[Word] = []
    at = 0
    while at < len(stems):
        found = phrases.get(at)
        end = found.end if found else at + 1
        alone = end == at + 1
        last = end == len(stems)
        completions = vocabulary.completions(typed[at]) if last and alone and len(typed[at]) > 1 else []
        near = vocabulary.neighbours(typed[at]) if alone and (loosely or mended[at]) else []
        # A known word is not the beginning of another: "car" does not find "career", but "pant" finds "pantry".
        begins = typed[at] not in vocabulary and not mended[at]
        if loosely and not begins:
            near += completions
        one = _word(tuple(stems[at:end]), found, completions if begins else [], near)
        if found:
            result.append(one)
        elif spelled[at] in SOFT_WORDS:
            soft.append(one)
        else:
            plain.append(one)
        at = end
    hints = soft
    if result and _is_sentence(raw):
        places = _place_stems(raw)
        result += [word for word in plain if not places.isdisjoint(word.own)]
        hints = soft + [word for word in plain if places.isdisjoint(word.own)]
    else:
        result += plain
    if not result:
        result, hints = soft, []
    return Meaning(
        words=tuple(word for word in result if _possible(word, known_stem)),
        asked=len(result),
        mended=any(mended),
        typed=tuple(map(stem, raw[:12])),
        hints=tuple(dict.fromkeys(one for word in hints for one in word.own if known_stem(one))),
    )


def _is_sentence(raw: list[str]) -> bool:
    """Whether somebody tells what they need, rather than naming what they look for."""
    return len(raw) >= SENTENCE_WORDS and not TALK_WORDS.isdisjoint(raw)


def _place_stems(raw: list[str]) -> set[str]:
    """Stems of the words that may be the name of a place by what stands before them."""
    return {stem(word) for before, word in zip(raw, raw[1:], strict=False) if before in PLACE_WORDS}


def _besides(raw: list[str], idioms: list[Found]) -> list[str]:
    """The telling words of a query outside of its idioms: possibly none, stop words never."""
    inside = {at for found in idioms for at in range(found.start, found.end)}
    rest = " ".join(word for at, word in enumerate(raw) if at not in inside)
    return [word for word in query_words(rest) if word not in STOP_WORDS]


def _spell(
    typed: list[str], vocabulary: Vocabulary, known_stem: Callable[[str], bool]
) -> tuple[list[str], list[bool]]:
    """The words, those that nothing has mended to their commonest near spelling, and which were."""
    spelled, mended = [], []
    for at, word in enumerate(typed):
        begun = at == len(typed) - 1 and len(word) > 1 and bool(vocabulary.completions(word))
        known = begun or word in vocabulary or known_stem(stem(word))
        nearest = [] if known else vocabulary.neighbours(word)
        spelled.append(nearest[0] if nearest else word)
        mended.append(bool(nearest))
    return spelled, mended


def _word(own: tuple[str, ...], found: Found | None, completions: list[str], near: list[str]) -> Word:
    longer = dict.fromkeys(stem(word) for word in completions)
    exact = [Way((one,), COMPLETION_WEIGHT) for one in longer if (one,) != own]
    if found:
        # The file names the closest meaning first.
        phrases = _shortest(own, found.means)
        weight = SYNONYM_WEIGHT if own else IDIOM_WEIGHT
        exact += [Way(one, weight * (1 - at / len(phrases) / 2)) for at, one in enumerate(phrases)]
        if len(own) > 1:
            exact.append(Way(own, PHRASE_WEIGHT))
    taken = {own, *(way.stems for way in exact)}
    loose = []
    for spelling in near:
        stems = (stem(spelling),)
        if stems not in taken:
            taken.add(stems)
            loose.append(Way(stems, LOOSE_WEIGHT))
    needs, last_needs = (found.needs, found.last_needs) if found else ((), ())
    return Word(own, tuple(exact), tuple(loose), needs, last_needs)


def _shortest(own: tuple[str, ...], phrases: tuple[tuple[str, ...], ...]) -> list[tuple[str, ...]]:
    """The phrases that can find more than the word itself or a shorter phrase does: with "shelter" among them,
    "emergency shelter" finds nothing new, and costs a search."""
    single = {phrase for phrase in (own, *phrases) if len(phrase) == 1 or (phrase and phrase == own)}
    return [
        phrase
        for phrase in phrases
        if not any(other != phrase and set(phrase).issuperset(other) for other in single)
    ]


def _possible(word: Word, known_stem: Callable[[str], bool]) -> bool:
    # What can be matched at least loosely stays in the exact pass too: there it may match nothing, and say so.
    if word.needs or word.loose_needs or (word.own and all(map(known_stem, word.own))):
        return True
    return any(all(map(known_stem, way.stems)) for way in (*word.exact, *word.loose))
