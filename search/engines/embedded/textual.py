"""From the words of a query to the rows that have them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import tantivy
from tantivy import Occur, Query

from search.engines.embedded.grid import spots_near
from search.engines.embedded.schema import BOOSTS, NEED, ROW, SPOT, WORDS, schema
from search.engines.embedded.snapshot import Pulled, Snapshot
from search.engines.words import HINT_WEIGHT, NEED_WEIGHT, Meaning, Way, Word, understand

_MATCH_BOOST = 0.4
"""What a word is worth for standing anywhere at all: city, region, postal code included."""
_NAME_PHRASE_BOOST = 6.0
_WAY_SCORE = 4.0
"""What a way of weight 1 is worth; a word itself comes to 10 or 20 when it stands in a name."""
_SCORED_WAYS = 40
"""More completions than these still match, but all count alike."""
_MOST_CELLS = 600
"""A wider circle is left to the columns."""


class Near(NamedTuple):
    """The surroundings of a place: runs of grid cells (first, last), and the areas that it lies in."""

    cells: tuple[tuple[int, int], ...]
    area_words: tuple[str, ...]


def meaning_of(snapshot: Snapshot, text: str, *, loosely: bool = False) -> Meaning:
    """What a text means to this index."""
    searcher = snapshot.searcher
    return understand(
        text, snapshot.vocabulary, lambda stem: searcher.doc_freq(WORDS, stem) > 0, loosely=loosely
    )


def pull_exact(snapshot: Snapshot, text: str, meaning: Meaning, near: Near | None) -> Pulled:
    """Rows that have every word of the meaning exactly (its unknown words are not in it)."""
    key = (text, near, "exact")
    pulled = snapshot.remembered(key)
    if pulled is None:
        parts = [(Occur.Must, _word_query(snapshot, word, word.exact, word.needs)) for word in meaning.words]
        parts += [(Occur.Should, query) for query in _name_queries(snapshot, meaning)]
        parts += [
            (Occur.Should, Query.boost_query(_field_query(hint), HINT_WEIGHT)) for hint in meaning.hints
        ]
        rows, scores = _pull(snapshot, parts, near)
        pulled = Pulled(rows, scores, np.full(len(rows), len(meaning.words), np.int8))
        snapshot.remember(key, pulled)
    return pulled


def pull_any(snapshot: Snapshot, text: str, meaning: Meaning, near: Near | None) -> Pulled:
    """Rows that have at least one word of the meaning, exactly or loosely, and how many each has."""
    key = (text, near, "any")
    pulled = snapshot.remembered(key)
    if pulled is None:
        found = []
        for word in meaning.words:
            ways, needs = (*word.exact, *word.loose), (*word.needs, *word.loose_needs)
            found.append(_pull(snapshot, [(Occur.Must, _word_query(snapshot, word, ways, needs))], near))
        rows, at = np.unique(np.concatenate([rows for rows, _ in found]), return_inverse=True)
        scores = np.bincount(at, weights=np.concatenate([scores for _, scores in found]), minlength=len(rows))
        pulled = Pulled(rows, scores, np.bincount(at, minlength=len(rows)).astype(np.int8))
        snapshot.remember(key, pulled)
    return pulled


def _pull(
    snapshot: Snapshot, parts: list[tuple[Occur, Query]], near: Near | None
) -> tuple[np.ndarray, np.ndarray]:
    if near is not None and sum(last - first + 1 for first, last in near.cells) <= _MOST_CELLS:
        spots = spots_near(near.cells, near.area_words)
        inside = Query.const_score_query(Query.term_set_query(schema(), SPOT, spots), 0.0)
        parts = [*parts, (Occur.Must, inside)]
    searcher = snapshot.searcher
    hits = searcher.search(Query.boolean_query(parts), limit=max(searcher.num_docs, 1), count=False).hits
    if not hits:
        return np.zeros(0, np.int32), np.zeros(0, np.float64)
    scores, addresses = zip(*hits, strict=True)
    rows = np.array(searcher.fast_field_values(ROW, list(addresses)), np.int32)
    order = np.argsort(rows)
    return rows[order], np.array(scores, np.float64)[order]


def _word_query(snapshot: Snapshot, word: Word, ways: Sequence[Way], needs: Sequence[str]) -> Query:
    """Documents with the whole of the word's own stems, or one of the ways, or one of the needs."""
    own = [_field_query(stem) for stem in word.own]
    if len(own) > 1:
        needed = [(Occur.Must, Query.boost_query(one, word.own_weight)) for one in own]
        named = [Query.term_query(schema(), "name", stem) for stem in word.own]
        boost = BOOSTS["name"] * (1 - word.own_weight)
        own = [
            Query.boolean_query([*needed, *((Occur.Should, Query.boost_query(one, boost)) for one in named)])
        ]
    options = own
    known = [way for way in ways if all(snapshot.searcher.doc_freq(WORDS, stem) for stem in way.stems)]
    for way in known[:_SCORED_WAYS]:
        options.append(_way_query(way))
    if len(known) > _SCORED_WAYS:
        single = [way.stems[0] for way in known if len(way.stems) == 1]
        rest = Query.term_set_query(schema(), WORDS, single)
        options.append(Query.const_score_query(rest, _WAY_SCORE * known[-1].weight))
        options += [_way_query(way) for way in known[_SCORED_WAYS:] if len(way.stems) > 1]
    for need in needs:
        tagged = Query.term_query(schema(), NEED, need)
        options.append(Query.const_score_query(tagged, _WAY_SCORE * NEED_WEIGHT))
    return Query.boolean_query([(Occur.Should, option) for option in options])


def _field_query(stem: str) -> Query:
    """Documents with a stem, worth more the more telling the fields are that it stands in."""
    parts = [Query.boost_query(Query.term_query(schema(), WORDS, stem), _MATCH_BOOST)]
    parts += [
        Query.boost_query(Query.term_query(schema(), field, stem), boost) for field, boost in BOOSTS.items()
    ]
    return Query.boolean_query([(Occur.Should, part) for part in parts])


def _way_query(way: Way) -> Query:
    """Documents that match in another way; a constant score, since a synonym is not better for being rare."""
    if len(way.stems) > 1:
        anywhere, in_name = (_phrase_query(field, way.stems) for field in (WORDS, "name"))
    else:
        anywhere, in_name = (Query.term_query(schema(), field, way.stems[0]) for field in (WORDS, "name"))
    return Query.boolean_query(
        [
            (Occur.Should, Query.const_score_query(anywhere, _WAY_SCORE * way.weight)),
            (Occur.Should, Query.const_score_query(in_name, 2 * _WAY_SCORE * way.weight)),
        ]
    )


def _phrase_query(field: str, stems: Sequence[str]) -> Query:
    words: list[str | tuple[int, str]] = list(stems)
    return Query.phrase_query(schema(), field, words)


def _name_queries(snapshot: Snapshot, meaning: Meaning) -> list[Query]:
    """What lifts a service whose name is the very phrase that was typed, stop words and all."""
    stems = meaning.typed
    if len(stems) < 2 or not all(snapshot.searcher.doc_freq(WORDS, stem) for stem in stems):
        return []
    return [
        Query.boost_query(_phrase_query(field, stems), boost)
        for field, boost in (("name", _NAME_PHRASE_BOOST), ("organization", _NAME_PHRASE_BOOST / 2))
    ]


def shown_texts(snapshot: Snapshot, rows: Sequence[int]) -> dict[int, bytes]:
    """The stored texts of rows, in MessagePack."""
    searcher = snapshot.searcher
    result = {}
    for row in rows:
        hits = searcher.search(Query.term_query(schema(), ROW, row), limit=1, count=False).hits
        if hits:
            stored: tantivy.Document = searcher.doc(hits[0][1])
            result[row] = bytes(stored.get_first("shown") or b"")
    return result
