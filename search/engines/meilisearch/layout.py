"""How a document looks in Meilisearch: words to filter by, a compact copy of it, and the settings that belong to that.

What matches is decided by `search.engines.words`, as on every engine, so Meilisearch is not asked to understand a text:
documents carry their stems, phrases, cells and codes as arrays, and a query becomes a filter over them. Its own
full-text search answers suggestions.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Sequence
from functools import lru_cache
from importlib.metadata import version
from typing import Any

import msgspec

from search.engines import Document, Hit
from search.engines.meilisearch.cells import cells_at
from search.engines.meilisearch.opening import opening_words
from search.engines.plain import Read, stems_of
from search.synonyms import synonyms
from search.text import city_name, fold, name_key, words

LAYOUT = 1
"""Raise it whenever documents are written differently: every older index is then rebuilt."""

EVERYWHERE = "*"
"""Stands among the areas of what serves everywhere."""

LEAD = "yes"
"""Marks the first document of each service: to count these is to count services, and costs next to nothing."""

KNOWN: dict[bool | None, str] = {True: "yes", False: "no"}
NO_LIMIT = (-1.0, 1_000.0)
"""Ages that stand for no lower and no upper limit."""

TEXTS = ("name", "alternate_name", "organization", "description")
"""Kept as they were given, for highlights and suggestions."""
_LEFT_OUT = frozenset({"alternate_name", "description", "keywords"})
"""What the compact copy of a document does without."""
_DEFAULTS = {field.name: field.default for field in msgspec.structs.fields(Document)}
_LONGEST = 60

SETTINGS: dict[str, Any] = {
    "distinctAttribute": "service",
    "searchableAttributes": ["name", "organization"],
    "displayedAttributes": ["*"],
    "filterableAttributes": [
        {
            "attributePatterns": [
                *("service", "stems", "named", "phrases", "needs", "languages", "eligibility"),
                *("city", "town", "free", "accessible", "areas", "cells", "open", "lead"),
            ],
            "features": {"facetSearch": False, "filter": {"equality": True, "comparison": False}},
        },
        {
            "attributePatterns": ["min_age", "max_age"],
            "features": {"facetSearch": False, "filter": {"equality": False, "comparison": True}},
        },
    ],
    "sortableAttributes": ["fresh", "name_key", "updated"],
    "rankingRules": ["words", "typo", "attribute", "exactness", "sort"],
    "proximityPrecision": "byAttribute",
    "pagination": {"maxTotalHits": 10_000_000},
    "faceting": {"maxValuesPerFacet": 2_000, "sortFacetValuesBy": {"*": "count"}},
}
"""Everything that Meilisearch is told about the index of listings."""

WORDS_SETTINGS: dict[str, Any] = {
    # An empty list would make everything searchable, and thousands of words in a row are dear.
    "searchableAttributes": ["kind"],
    "prefixSearch": "disabled",
    "filterableAttributes": [
        {
            "attributePatterns": ["kind"],
            "features": {"facetSearch": False, "filter": {"equality": True, "comparison": False}},
        }
    ],
}
"""The same for the index of words beside it."""


@lru_cache(maxsize=1)
def fingerprint() -> str:
    """Names what an index was written by: other settings, phrases or stems ask for a rebuild."""
    facts = (LAYOUT, version("tantivy"), SETTINGS, sorted(synonyms().phrases()), Document.__struct_fields__)
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:16]


def settings_differ(has: Any, wanted: Any) -> bool:
    """Whether what Meilisearch has is something else than what it is told; the order of plain lists does not matter."""
    if isinstance(wanted, dict):
        return not isinstance(has, dict) or any(
            settings_differ(has.get(name), value) for name, value in wanted.items()
        )
    return bool(has != wanted)


def word(text: str) -> str:
    """A text as a value of a filter: folded and short, a digest of it where it is long or could not be quoted."""
    folded = " ".join(fold(text).split())
    if folded and len(folded) <= _LONGEST and not set('"\\').intersection(folded) and folded.isprintable():
        return folded
    return f"#{hashlib.blake2b(folded.encode(), digest_size=12).hexdigest()}"


def key_of(one: Document | Hit) -> str:
    """The id of a document: the same for the same service at the same location."""
    name = f"{one.service_id}\0{one.location_id or ''}"
    return hashlib.blake2b(name.encode(), digest_size=16).hexdigest()


def to_stored(document: Document, place: int) -> dict[str, Any]:
    """The document as Meilisearch takes it; `place` is where it stands among those of its service, from 0."""
    stems = stems_of(document)
    named = stems[: stems.index("")]
    stored: dict[str, Any] = {
        "id": key_of(document),
        "service": document.service_id,
        "stems": sorted({one for one in stems if one}),
        "named": sorted(set(named)),
        "phrases": phrases_in(stems),
        "needs": document.needs,
        "languages": document.languages,
        "eligibility": [word(one) for one in document.eligibility],
        "city": word(document.city),
        "town": city_name(document.city),
        "free": KNOWN.get(document.free),
        "accessible": KNOWN.get(document.accessible),
        "min_age": NO_LIMIT[0] if document.min_age is None else document.min_age,
        "max_age": NO_LIMIT[1] if document.max_age is None else document.max_age,
        "open": opening_words(document),
        "fresh": max(document.updated, (document.verified or 0) * 86_400),
        "updated": document.updated,
        "name_key": name_key(document.name).decode(errors="ignore"),
        "place": place,
        "lead": None if place else LEAD,
        "copy": _copy(document),
        "spelled": " ".join(stems),
    }
    if document.lat is not None and document.lon is not None:
        stored["cells"] = cells_at(document.lat, document.lon)
    else:
        stored["areas"] = sorted({word(area) for area in document.areas})
        if document.serves_everywhere:
            stored["areas"].append(EVERYWHERE)
    for field in TEXTS:
        stored[field] = getattr(document, field)
    return stored


COPIED = ("id", "copy", "place", "spelled")
"""The fields that `read` reads."""


def read(stored: Iterable[dict[str, Any]]) -> list[Read]:
    """Documents that were fetched, each once, ready to be judged: those of one service in the order they were given."""
    decode = msgspec.msgpack.Decoder(Document).decode
    ordered = sorted({one["id"]: one for one in stored}.values(), key=lambda one: int(one["place"]))
    return [Read(decode(base64.b64decode(one["copy"])), one["spelled"].split(" ")) for one in ordered]


def _copy(document: Document) -> str:
    """All facts of a document but its longer texts, without those that are not given."""
    facts = {
        name: value
        for name in Document.__struct_fields__
        if name not in _LEFT_OUT and (value := getattr(document, name)) != _DEFAULTS[name]
    }
    return base64.b64encode(msgspec.msgpack.encode(facts)).decode()


@lru_cache(maxsize=1)
def _phrases() -> dict[str, list[tuple[str, ...]]]:
    """The phrases that a query may look for, by their first stem."""
    result: dict[str, list[tuple[str, ...]]] = {}
    for phrase in synonyms().phrases():
        result.setdefault(phrase[0], []).append(phrase)
    return result


def phrases_in(stems: Sequence[str]) -> list[str]:
    """The known phrases of several words that stand in these stems."""
    known, found = _phrases(), set()
    for at, stem in enumerate(stems):
        for phrase in known.get(stem, ()):
            if tuple(stems[at : at + len(phrase)]) == phrase:
                found.add(" ".join(phrase))
    return sorted(found)


def spellings(document: Document) -> set[str]:
    """Every word of a document as it is spelled."""
    texts = (document.name, document.alternate_name, document.keywords, document.organization)
    more = (document.description, document.city, document.region, document.postal_code)
    return set(words(" ".join((*texts, *more))))
