"""Answering a query by looking at every document in turn: slow, short, and what the words of the protocol mean.

The SQL engine answers with it from the few documents that its tables gave; tests hold other engines against it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from math import inf

import msgspec
import numpy as np

from directory.opening.dayrules import Timetable
from directory.opening.dayrules import is_open as open_at_clock
from search.engines import FACETS, MOST_CITIES, Answer, Document, Facets, Hit, Query
from search.engines.embedded.schedules import local_time
from search.engines.ranking import blend, freshness
from search.engines.vocabulary import Vocabulary
from search.engines.words import HINT_WEIGHT, NEED_WEIGHT, Meaning, Way, Word, understand, vocabulary_of
from search.geo import distance_m
from search.text import city_name, fold, highlights, name_key, query_words, stem, words

_FIELDS = {"name": 4.0, "alternate_name": 3.0, "keywords": 2.0, "organization": 2.0, "description": 1.0}
_CALLED = {"name": 6.0, "alternate_name": 6.0, "organization": 3.0}
"""What the whole phrase is worth in a name, on top of its words."""
_HIGHLIGHTED = ("name", "alternate_name", "organization", "description")


class Read(msgspec.Struct):
    """A document with its words, and what a query made of it. Of the document's own texts only the name is looked at."""

    document: Document
    stems: list[str]
    """All stems in order (`stems_of`), with a gap after each field."""
    distance: float | None = None
    score: float = 0.0
    passed: frozenset[str] = frozenset()
    """Facets whose own filter the document does not pass are missing here."""
    by_field: list[frozenset[str]] = []
    """The stems of each of `_FIELDS`, then all of them; filled when first asked for."""

    def sets(self) -> list[frozenset[str]]:
        """The stems of each of `_FIELDS`, and last those of the whole document."""
        if not self.by_field:
            start = 0
            for _field in _FIELDS:
                end = self.stems.index("", start)
                self.by_field.append(frozenset(self.stems[start:end]))
                start = end + 1
            self.by_field.append(frozenset(self.stems))
        return self.by_field


class Known(msgspec.Struct, frozen=True):
    """The words of a whole directory: what a query is understood against."""

    vocabulary: Vocabulary
    has_stem: Callable[[str], bool]
    """Whether any document has a stem."""

    def meaning(self, text: str, *, loosely: bool = False) -> Meaning:
        """What a text means to this directory."""
        return understand(text, self.vocabulary, self.has_stem, loosely=loosely)


def known_words(documents: Iterable[Document]) -> Known:
    """The words of these documents."""
    counts = Counter(word for one in documents for word in set(_spellings(one)))
    return Known(vocabulary_of(counts.items()), frozenset(map(stem, counts)).__contains__)


def answer_plainly(
    documents: Iterable[Document], query: Query, now: datetime, known: Known | None = None
) -> Answer:
    """Answer a query over exactly these documents; `now` is the moment of `open_now` and of freshness.

    `known` are the words of the directory that the documents are a part of; without it they are all there is.
    """
    read = [Read(document, stems_of(document)) for document in documents]
    inside = narrowed(read, query, now)
    notice = None
    meaning = None
    if query_words(query.text):
        known = known or known_words(one.document for one in read)
        inside, meaning, notice = _with_words(known, inside, query.text)
    return conclude(inside, query, now, meaning, notice)


def narrowed(read: Iterable[Read], query: Query, now: datetime) -> list[Read]:
    """Those that all filters let through but the ones facets belong to; which of these each passes is noted in it."""
    inside = [one for one in read if _is_inside(one, query) and _passes_plain_filters(one.document, query)]
    for one in inside:
        one.passed = _passed_facets(one.document, query, now)
    return inside


def conclude(
    inside: Sequence[Read], query: Query, now: datetime, meaning: Meaning | None, notice: str | None
) -> Answer:
    """The answer when exactly these match, whatever they pass of the facets' filters."""
    shown = _one_per_service([one for one in inside if len(one.passed) == len(FACETS)], query)
    ranks = _ranks(shown, query, now, by_text=meaning is not None)
    order = sorted(range(len(shown)), key=lambda at: _sort_key(shown[at], ranks[at], query))
    page = order[max(query.offset, 0) : max(query.offset, 0) + max(query.limit, 0)]
    stems = frozenset[str]().union(*(word.stems for word in meaning.words)) if meaning else frozenset[str]()
    return Answer(
        hits=[_hit(shown[at], ranks[at], stems) for at in page],
        total=len(shown),
        facets=_facets(inside, query, now) if query.want_facets else {},
        notice=notice,
    )


def is_open(document: Document, at: datetime) -> bool | None:
    """Whether a document is open at an aware moment, near or far; None when nobody knows."""
    if not (document.always_open_known or document.rules):
        return None
    table = Timetable(
        document.weekly,
        document.rules,
        document.always_open_known,
        document.calendar,
        document.on_holidays,
    )
    return open_at_clock(table, local_time(at, document.time_zone))


def stems_of(document: Document) -> list[str]:
    """All stems of a document in order, an empty one after each of its texts."""
    texts = [getattr(document, field) for field in _FIELDS]
    result: list[str] = []
    for text in (*texts, document.city, document.region, document.postal_code):
        result += [*map(stem, words(text)), ""]
    return result


def _is_inside(one: Read, query: Query) -> bool:
    document = one.document
    if query.lat is None or query.lon is None:
        return True
    if document.lat is None or document.lon is None:
        wanted = {fold(word) for word in query.area_words}
        serves = document.serves_everywhere or any(fold(area) in wanted for area in document.areas)
        return query.radius_m is None or serves
    one.distance = distance_m(query.lat, query.lon, document.lat, document.lon)
    return query.radius_m is None or one.distance <= query.radius_m


def _passes_plain_filters(document: Document, query: Query) -> bool:
    if query.accessible is not None and document.accessible is not query.accessible:
        return False
    if query.age is not None:
        if document.min_age is not None and query.age < document.min_age:
            return False
        if document.max_age is not None and query.age > document.max_age:
            return False
    return not query.eligibility or not set(query.eligibility).isdisjoint(document.eligibility)


def _passed_facets(document: Document, query: Query, now: datetime) -> frozenset[str]:
    languages = {code.lower() for code in query.languages}
    cities = {fold(city).strip() for city in query.cities}
    passes = {
        "need": not query.needs or not set(query.needs).isdisjoint(document.needs),
        "language": not languages or not languages.isdisjoint(document.languages),
        "open_now": query.open_at is None or is_open(document, query.open_at) is True,
        "free": query.free is None or document.free is query.free,
        "city": not cities or fold(document.city).strip() in cities,
    }
    return frozenset(name for name, passed in passes.items() if passed)


def _with_words(known: Known, inside: list[Read], text: str) -> tuple[list[Read], Meaning, str | None]:
    """Those with every word exactly; when no filter leaves any, those with most words, exactly or loosely."""
    meaning = known.meaning(text)
    if not meaning.words:
        return [], meaning, "no_words"
    exact = exactly(inside, meaning)
    notice = "mended" if meaning.mended else None
    if len(meaning.words) < meaning.asked:
        notice = "fewer_words"
    if any(len(one.passed) == len(FACETS) for one in exact):
        return exact, meaning, notice
    loose_meaning = known.meaning(text, loosely=True)
    matched, most = loosely(inside, loose_meaning)
    if matched:
        return matched, loose_meaning, "fewer_words" if most < loose_meaning.asked else "loosely"
    return exact, meaning, notice


def exactly(inside: Iterable[Read], meaning: Meaning) -> list[Read]:
    """Those that have every word exactly, with their scores."""
    found = []
    for one in inside:
        scores = [_score(one, word, word.exact, word.needs) for word in meaning.words]
        if all(scores):
            score = sum(scores) + _called_so(one, meaning) + _hinted(one, meaning)
            found.append(msgspec.structs.replace(one, score=score))
    return found


def loosely(inside: Iterable[Read], meaning: Meaning) -> tuple[list[Read], int]:
    """Those with most words, exactly or loosely, and how many that is: as many as any has that passes all filters."""
    matched: dict[int, list[Read]] = {}
    for one in inside:
        scores = [
            _score(one, word, (*word.exact, *word.loose), (*word.needs, *word.loose_needs))
            for word in meaning.words
        ]
        if any(scores):
            had = sum(1 for score in scores if score)
            matched.setdefault(had, []).append(msgspec.structs.replace(one, score=sum(scores)))
    for most in sorted(matched, reverse=True):
        if any(len(one.passed) == len(FACETS) for one in matched[most]):
            return matched[most], most
    return [], 0


def _spellings(document: Document) -> list[str]:
    texts = [getattr(document, field) for field in _FIELDS]
    return words(" ".join((*texts, document.city, document.region, document.postal_code)))


def _score(one: Read, word: Word, ways: Sequence[Way], needs: Sequence[str]) -> float:
    """What a document is worth for one word; 0 when it does not have it."""
    *fields, here = one.sets()
    score = 0.0
    if word.own and here.issuperset(word.own):
        boosts = zip(fields, _FIELDS.values(), strict=True)
        found = 1.0 + sum(boost for field, boost in boosts if not field.isdisjoint(word.own))
        named = len(fields[0].intersection(word.own)) / len(word.own)
        score += word.own_weight * found + (1 - word.own_weight) * named * _FIELDS["name"]
    score += sum(
        # A name that says it is worth as much again, as on the embedded engine.
        way.weight * (2.0 if fields[0].issuperset(way.stems) else 1.0)
        for way in ways
        if here.issuperset(way.stems) and _stands_in(way.stems, one.stems)
    )
    return score + sum(NEED_WEIGHT for need in needs if need in one.document.needs)


def _hinted(one: Read, meaning: Meaning) -> float:
    """What a document is worth for the hints that it has."""
    return HINT_WEIGHT * sum(_score(one, Word((hint,)), (), ()) for hint in meaning.hints)


def _called_so(one: Read, meaning: Meaning) -> float:
    """What a document is worth for being called by the very phrase that was typed, stop words and all."""
    if len(meaning.typed) < 2:
        return 0.0
    # The gap after each field keeps a phrase from running from one into the next.
    starts = [0, *(at + 1 for at, stem in enumerate(one.stems) if not stem)]
    spans = dict(zip(_FIELDS, zip(starts, starts[1:], strict=False), strict=False))
    return sum(
        boost
        for field, boost in _CALLED.items()
        if _stands_in(meaning.typed, one.stems[slice(*spans[field])])
    )


def _stands_in(phrase: tuple[str, ...], stems: list[str]) -> bool:
    size = len(phrase)
    return size == 1 or any(tuple(stems[at : at + size]) == phrase for at in range(len(stems) - size + 1))


def _one_per_service(read: Sequence[Read], query: Query) -> list[Read]:
    """The nearest place of each service; without a place asked for, the one that matches best; else the first."""

    def preference(one: Read) -> float:
        near = inf if one.distance is None else one.distance
        return -one.score if query.lat is None or query.lon is None else near

    best: dict[str, Read] = {}
    for one in sorted(read, key=preference):
        best.setdefault(one.document.service_id, one)
    return list(best.values())


def _ranks(shown: Sequence[Read], query: Query, now: datetime, *, by_text: bool) -> list[float]:
    near = query.lat is not None and query.lon is not None
    distances = [np.nan if one.distance is None else one.distance for one in shown]
    documents = [one.document for one in shown]
    fresh = freshness(
        np.array([document.updated for document in documents], np.int64),
        np.array([-1 if d.verified is None else d.verified for d in documents], np.int64),
        now.timestamp(),
    )
    result: list[float] = blend(
        np.array([one.score for one in shown], np.float64) if by_text else None,
        np.array(distances, np.float64) if near else None,
        fresh,
        np.array([document.popularity for document in documents], np.float32),
    ).tolist()
    return result


def _sort_key(one: Read, rank: float, query: Query) -> tuple[float | bytes, bytes]:
    tie = one.document.service_id.encode()
    if query.sort == "distance" and query.lat is not None and query.lon is not None:
        return inf if one.distance is None else one.distance, tie
    if query.sort == "name":
        return name_key(one.document.name), tie
    if query.sort == "updated":
        return -float(one.document.updated), tie
    return -rank, tie


def _hit(one: Read, rank: float, stems: frozenset[str]) -> Hit:
    document = one.document
    marks = {field: highlights(getattr(document, field), stems) for field in _HIGHLIGHTED} if stems else {}
    return Hit(
        service_id=document.service_id,
        location_id=document.location_id,
        distance_m=None if one.distance is None else round(one.distance, 1),
        score=rank,
        highlights={field: spans for field, spans in marks.items() if spans},
    )


def _facets(inside: Sequence[Read], query: Query, now: datetime) -> Facets:
    """Distinct services by value; each facet over what all filters but its own let through."""
    moment = query.open_at or now
    cities = {fold(one.document.city).strip(): city_name(one.document.city) for one in reversed(inside)}
    owners: dict[str, dict[str, set[str]]] = {facet: {} for facet in FACETS}
    for one in inside:
        document = one.document
        city = cities.get(fold(document.city).strip())
        values = {
            "need": document.needs,
            "language": document.languages,
            "open_now": ("yes",) if is_open(document, moment) else (),
            "free": ("yes",) if document.free else (),
            "city": (city,) if city else (),
        }
        for facet in FACETS:
            if one.passed.issuperset(set(FACETS) - {facet}):
                for value in values[facet]:
                    owners[facet].setdefault(value, set()).add(document.service_id)
    facets = {facet: {value: len(ids) for value, ids in found.items()} for facet, found in owners.items()}
    most = sorted(facets["city"], key=lambda city: (-facets["city"][city], fold(city)))[:MOST_CITIES]
    wanted = {fold(city).strip() for city in query.cities}
    facets["city"] = {c: count for c, count in facets["city"].items() if c in most or fold(c) in wanted}
    return facets
