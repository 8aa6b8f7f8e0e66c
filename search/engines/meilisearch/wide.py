"""When more matches than is worth fetching: the best of it is fetched, the server counts, and totals are "at least".

Which are the best follows the blend: near ones by ever wider circles, those with the words in their names before others,
then what was checked last. What is fetched is judged and ordered as ever; only what lies beyond is not looked at.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from search.engines import MOST_CITIES, Answer, Facets
from search.engines.meilisearch import filters
from search.engines.meilisearch.layout import LEAD
from search.engines.plain import conclude, exactly, loosely
from search.engines.words import Meaning
from search.text import fold

if TYPE_CHECKING:
    from search.engines.meilisearch.answering import Question

_ENOUGH = 300
"""So many of the best are fetched, more for later pages."""

_AT_MOST = 2_000
"""And no more than this; also as many as may stand in the innermost circle, which no smaller one divides."""

_FIRST_M = 1_600.0
_FARTHEST_M = 20_100_000.0
"""No two places of the Earth are farther apart."""
_WIDER = 2.0
_COUNTED = {"need": "needs", "language": "languages", "free": "free", "city": "town"}
"""The field that a facet is counted by; whether something is open the server cannot tell."""


def answer(
    question: Question, meaning: Meaning | None, notice: str | None, number_of_words: int | None = None
) -> Answer:
    """The best of what matches; with `number_of_words` of those that have so many words of a loose meaning."""
    if meaning is None:
        asked = ""
    elif number_of_words is None:
        asked = filters.exact_filter(meaning)
    else:
        asked = filters.just(number_of_words, filters.loose_filters(meaning))
    found = question.judged(_best(question, meaning, asked))
    if meaning is not None:
        found = exactly(found, meaning) if number_of_words is None else loosely(found, meaning)[0]
    answer = conclude(found, question.query, question.now, meaning, notice)
    return counted(question, answer, asked)


def _best(question: Question, meaning: Meaning | None, asked: str) -> list[dict[str, Any]]:
    query = question.query
    # At least what the page needs, several times over: some of it may be no match, and some share a service.
    most = min(max(min(question.most, _ENOUGH), 4 * (query.offset + query.limit)), _AT_MOST)
    parts = (asked, question.every)
    if query.sort == "name":
        return question.fetch(*parts, limit=most, sort=["name_key:asc"])[0]
    if query.sort == "updated":
        return question.fetch(*parts, limit=most, sort=["updated:desc"])[0]
    found: list[dict[str, Any]] = []
    if meaning is not None and query.sort == "best":
        found += nearest(question, (*parts, filters.named_filter(meaning)), most // 2)
    return found + nearest(question, parts, most)


def nearest(
    question: Question, asked: tuple[str, ...], limit: int, others: int | None = None
) -> list[dict[str, Any]]:
    """At least the `limit` nearest to the place, and the freshest `others` of what only serves it.

    Without a place the freshest.
    """
    query = question.query
    if query.lat is None or query.lon is None:
        return question.fetch(*asked, limit=limit, sort=["fresh:desc"])[0]
    far = query.radius_m if query.radius_m is not None else _FARTHEST_M
    radius = min(_FIRST_M, far)
    while True:
        circle = filters.circle_filter(query.lat, query.lon, radius)
        number = question.count(*asked, circle)
        if number >= limit or radius >= far:
            found = question.fetch(*asked, circle, limit=_AT_MOST)[0]
            within = sum((one.distance or 0.0) <= radius for one in question.judged(found))
            # Beyond the circle its cells are not complete: what stands there is not known to be the nearest.
            if within >= limit or radius >= far or number > _AT_MOST:
                break
        radius = min(radius * _WIDER, far)
    others = limit // 4 if others is None else others
    return found + question.fetch(*asked, "cells NOT EXISTS", limit=others, sort=["fresh:desc"])[0]


def counted(question: Question, answer: Answer, asked: str) -> Answer:
    """The answer with totals and facets raised to what the server counts; all of them lower bounds."""
    query = question.query
    answer.exact = False
    if query.open_at is not None:
        return answer
    base = filters.all_of((filters.place_filter(query, surely=True), filters.plain_filter(query), asked))
    wanted = list(_COUNTED.items()) if query.want_facets else []
    unfiltered = [field for facet, field in wanted if facet not in question.by_facet]
    searches = [_counting(question.index, filters.all_of((base, question.every)), unfiltered)]
    for facet, field in wanted:
        if facet in question.by_facet:
            others = filters.all_of(f for name, f in question.by_facet.items() if name != facet)
            searches.append(_counting(question.index, filters.all_of((base, others)), [field]))
    told = question.client.multi_search(searches)["results"]
    answer.total = max(answer.total, told[0]["estimatedTotalHits"])
    if query.want_facets:
        server: Facets = {}
        for one in told:
            server |= one.get("facetDistribution") or {}
        answer.facets = _raised(answer.facets, server, query.cities)
    return answer


def _counting(index: str, asked: str, fields: list[str]) -> dict[str, Any]:
    """Counts the services of which the very first document passes: each once, and no other is looked at."""
    led = filters.all_of((asked, filters.among("lead", [LEAD])))
    return {"indexUid": index, "q": "", "filter": led, "facets": fields, "limit": 0}


def _raised(facets: Facets, server: Facets, cities: tuple[str, ...]) -> Facets:
    result = {name: dict(values) for name, values in facets.items()}
    for facet, field in _COUNTED.items():
        mine = result.setdefault(facet, {})
        for value, count in server.get(field, {}).items():
            if facet == "free" and value != "yes":
                continue
            if value:
                mine[value] = max(mine.get(value, 0), count)
    counts = result.get("city", {})
    wanted = {fold(city).strip() for city in cities}
    most = sorted(counts, key=lambda city: (-counts[city], fold(city)))[:MOST_CITIES]
    result["city"] = {city: count for city, count in counts.items() if city in most or fold(city) in wanted}
    return result
