"""From a query to its answer: matching documents are fetched in their compact form and judged as on any engine.

While at most `MOST` documents match, all of them are fetched, and sets, totals, facets, distances and order are those
of `search.engines.plain`. Beyond that `search.engines.meilisearch.wide` fetches the best and the server counts.
"""

from __future__ import annotations

from datetime import datetime
from time import perf_counter
from typing import TYPE_CHECKING, Any

from search.engines import FACETS, Answer, Hit, Query
from search.engines.meilisearch import filters, wide
from search.engines.meilisearch.knowledge import Knowledge
from search.engines.meilisearch.layout import COPIED, TEXTS, key_of, read
from search.engines.meilisearch.link import documents_fetched
from search.engines.plain import Read, conclude, exactly, loosely, narrowed
from search.engines.words import Meaning, understand
from search.text import highlights, query_words

if TYPE_CHECKING:
    from meilisearch import Client

MOST = 1_000
"""More matching documents than this are not all fetched."""

_FIRST = 150
"""So many are fetched at once: most searches match no more, and for others it shows how many there are."""


class Question:
    """One query put to one index."""

    def __init__(
        self, client: Client, index: str, knowledge: Knowledge, query: Query, now: datetime, most: int = MOST
    ) -> None:
        self.client = client
        self.index = index
        self.knowledge = knowledge
        self.query = query
        self.now = now
        self.most = most
        self.base = filters.all_of((filters.place_filter(query), filters.plain_filter(query)))
        self.by_facet = filters.facet_filters(query)
        self.every = filters.all_of(self.by_facet.values())
        self.some = filters.all_but_one(self.by_facet) if query.want_facets else self.every

    def answer(self) -> Answer:
        """The answer; `exact` is False when not all that matches was looked at."""
        started = perf_counter()
        if not query_words(self.query.text):
            answer = self._browsed()
        else:
            answer = self._with_words()
        answer.took_ms = round((perf_counter() - started) * 1000, 3)
        return answer

    def fetch(self, *asked: filters.Filter, limit: int, **more: Any) -> tuple[list[dict[str, Any]], int]:
        """Documents that pass these filters, and how many there are in all."""
        return documents_fetched(
            self.client,
            self.index,
            filter=filters.all_of((self.base, *asked)) or None,
            fields=COPIED,
            limit=limit,
            **more,
        )

    def judged(self, found: list[dict[str, Any]]) -> list[Read]:
        """Of documents that were fetched those that really pass, measured and read."""
        return narrowed(read(found), self.query, self.now)

    def count(self, *asked: filters.Filter) -> int:
        """How many documents pass these filters."""
        return documents_fetched(
            self.client, self.index, filter=filters.all_of((self.base, *asked)) or None, limit=0
        )[1]

    def _all(self, asked: filters.Filter) -> tuple[list[Read] | None, bool]:
        """All documents that match, and whether those that the facets' own filters keep out are among them.

        None for the documents when there are too many.
        """
        for limits in dict.fromkeys((self.some, self.every)):
            first = min(_FIRST, self.most)
            found, total = self.fetch(asked, limits, limit=first)
            if first < total <= self.most:
                found += self.fetch(asked, limits, limit=self.most, offset=first)[0]
            if total <= self.most:
                return self.judged(found), limits == self.some
        return None, False

    def _browsed(self) -> Answer:
        found, whole = self._all("")
        if found is None:
            return wide.answer(self, None, None)
        answer = conclude(found, self.query, self.now, None, None)
        return answer if whole else wide.counted(self, answer, "")

    def _with_words(self) -> Answer:
        meaning, notice = self._meaning(), None
        if not meaning.words:
            return conclude([], self.query, self.now, meaning, "no_words")
        if meaning.mended:
            notice = "mended"
        if len(meaning.words) < meaning.asked:
            notice = "fewer_words"
        asked = filters.exact_filter(meaning)
        found, whole = self._all(asked)
        if found is None:
            return self._marked(wide.answer(self, meaning, notice), meaning)
        exact = exactly(found, meaning)
        if any(passes(one) for one in exact):
            answer = conclude(exact, self.query, self.now, meaning, notice)
            return self._marked(answer if whole else wide.counted(self, answer, asked), meaning)
        return self._loosely() or conclude(exact, self.query, self.now, meaning, notice)

    def _loosely(self) -> Answer | None:
        """The answer of those with most words, exactly or loosely; None when no document has any."""
        meaning = self._meaning(loosely=True)
        words = filters.loose_filters(meaning)
        if not words:
            return None
        found, whole = self._all(asked := filters.at_least(1, words))
        if found is None or not whole:
            # Too many have any of the words: as many words as any document has, then.
            for most in range(len(words), 0, -1):
                asked = filters.just(most, words)
                if not self.count(asked, self.every):
                    continue
                found, whole = self._all(asked)
                if found is None:
                    answer = wide.answer(self, meaning, _loose_notice(most, meaning), most)
                    return self._marked(answer, meaning)
                if loosely(found, meaning)[0]:
                    break
        matched, had = loosely(found or [], meaning)
        if not matched:
            return None
        answer = conclude(matched, self.query, self.now, meaning, _loose_notice(had, meaning))
        return self._marked(answer if whole else wide.counted(self, answer, asked), meaning)

    def _meaning(self, *, loosely: bool = False) -> Meaning:
        return understand(
            self.query.text, self.knowledge.vocabulary, self.knowledge.has_stem, loosely=loosely
        )

    def _marked(self, answer: Answer, meaning: Meaning) -> Answer:
        """The answer with highlights: only the texts of the hits that are shown are fetched."""
        stems = frozenset[str]().union(*(word.stems for word in meaning.words))
        if answer.hits and stems:
            keys = [key_of(hit) for hit in answer.hits]
            found, _total = documents_fetched(
                self.client, self.index, ids=keys, fields=["id", *TEXTS], limit=len(keys)
            )
            texts = {one["id"]: one for one in found}
            for key, hit in zip(keys, answer.hits, strict=True):
                hit.highlights = _marks(texts.get(key, {}), stems, hit)
        return answer


def passes(one: Read) -> bool:
    """Whether a document passes the filters of all facets."""
    return len(one.passed) == len(FACETS)


def _loose_notice(had: int, meaning: Meaning) -> str:
    return "fewer_words" if had < meaning.asked else "loosely"


def _marks(texts: dict[str, Any], stems: frozenset[str], hit: Hit) -> dict[str, list[tuple[int, int]]]:
    marks = {field: highlights(texts[field], stems) for field in TEXTS if texts.get(field)}
    return {field: spans for field, spans in marks.items() if spans}
