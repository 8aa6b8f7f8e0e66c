"""From a query to the filter expressions that Meilisearch is asked with.

Each lets through at least what the query means. Those of time and place let through a little more, which is sorted out
above the engine; all others are exact.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from search.engines import Query
from search.engines.meilisearch.cells import cover
from search.engines.meilisearch.layout import EVERYWHERE, KNOWN, word
from search.engines.meilisearch.opening import ANY, slot_at
from search.engines.words import Meaning, Way, Word

Filter = str
"""An expression that can stand in another as it is; "" lets everything through."""


def all_of(filters: Iterable[Filter]) -> Filter:
    """What passes every one of these."""
    return " AND ".join(one for one in filters if one)


def any_of(filters: Sequence[Filter]) -> Filter:
    """What passes one of these; at least one is given."""
    return filters[0] if len(filters) == 1 else f"({' OR '.join(filters)})"


def among(field: str, values: Iterable[str]) -> Filter:
    """What has one of these values in a field; nothing has when there are none."""
    listed = ", ".join(map(quoted, dict.fromkeys(values)))
    return f"{field} IN [{listed}]"


def having(field: str, values: Iterable[str]) -> Filter:
    """What has every one of these values in a field."""
    return all_of(f"{field} = {quoted(value)}" for value in values)


def quoted(value: str) -> str:
    """A value as it stands in a filter, whatever it holds: what somebody types must not become part of the question."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def place_filter(query: Query, *, surely: bool = False) -> Filter:
    """What may be inside the circle or serves it; `surely` what is known to be without measuring."""
    if query.lat is None or query.lon is None or query.radius_m is None:
        return ""
    inside, rim = cover(query.lat, query.lon, query.radius_m)
    cells = inside if surely else [*inside, *rim]
    return any_of([among("cells", cells), serving_filter(query)])


def circle_filter(lat: float, lon: float, radius_m: float) -> Filter:
    """What may stand inside a circle."""
    inside, rim = cover(lat, lon, radius_m)
    return among("cells", [*inside, *rim])


def serving_filter(query: Query) -> Filter:
    """What has no position and serves the place of a query."""
    return among("areas", [EVERYWHERE, *map(word, query.area_words)])


def plain_filter(query: Query) -> Filter:
    """The filters that no facet belongs to."""
    filters = []
    if query.accessible is not None:
        filters.append(among("accessible", [KNOWN[query.accessible]]))
    if query.age is not None:
        filters.append(f"min_age <= {query.age} AND max_age >= {query.age}")
    if query.eligibility:
        filters.append(among("eligibility", map(word, query.eligibility)))
    return all_of(filters)


def facet_filters(query: Query) -> dict[str, Filter]:
    """The filters that belong to a facet, by its name."""
    filters = {}
    if query.needs:
        filters["need"] = among("needs", query.needs)
    if query.languages:
        filters["language"] = among("languages", (code.lower() for code in query.languages))
    if query.open_at is not None:
        filters["open_now"] = among("open", [ANY, slot_at(query.open_at)])
    if query.free is not None:
        filters["free"] = among("free", [KNOWN[query.free]])
    if query.cities:
        filters["city"] = among("city", map(word, query.cities))
    return filters


def all_but_one(filters: dict[str, Filter]) -> Filter:
    """What passes all of the facets' filters, or all but one: what the counts of the facets are made of."""
    if len(filters) < 2:
        return ""
    return any_of(
        [f"({all_of(other for name, other in filters.items() if name != without)})" for without in filters]
    )


def exact_filter(meaning: Meaning) -> Filter:
    """What has every word of a meaning exactly."""
    return all_of(word_filter(one, one.exact, one.needs) for one in meaning.words)


def loose_filters(meaning: Meaning) -> list[Filter]:
    """For each word of a meaning, what has it exactly or loosely."""
    return [
        word_filter(one, (*one.exact, *one.loose), (*one.needs, *one.loose_needs)) for one in meaning.words
    ]


def word_filter(word: Word, ways: Sequence[Way], needs: Sequence[str]) -> Filter:
    """What has all of the word's own stems, or one of the ways, or one of the needs."""
    single = [way.stems[0] for way in ways if len(way.stems) == 1]
    several = [" ".join(way.stems) for way in ways if len(way.stems) > 1]
    if len(word.own) == 1:
        single.insert(0, word.own[0])
    options = [among("stems", single)] if single else []
    if len(word.own) > 1:
        options.append(f"({having('stems', word.own)})")
    if several:
        options.append(among("phrases", several))
    if needs:
        options.append(among("needs", needs))
    return any_of(options)


def named_filter(meaning: Meaning) -> Filter:
    """What has every word of a meaning, in one way or another, in its very name."""
    filters = []
    for one in meaning.words:
        stems = [*one.own, *(way.stems[0] for way in one.exact if len(way.stems) == 1)]
        filters.append(among("named", stems) if len(one.own) < 2 else having("named", one.own))
    return all_of(filters)


def just(number: int, filters: Sequence[Filter]) -> Filter:
    """What passes so many of these, and no more."""
    if number == len(filters):
        return at_least(number, filters)
    return f"{at_least(number, filters)} AND NOT ({at_least(number + 1, filters)})"


def at_least(number: int, filters: Sequence[Filter]) -> Filter:
    """What passes at least so many of these, more than none of them."""
    if number == 1:
        return any_of(filters)
    if number == len(filters):
        return f"({all_of(filters)})"
    first, rest = filters[0], filters[1:]
    return any_of([f"({first} AND {at_least(number - 1, rest)})", at_least(number, rest)])
