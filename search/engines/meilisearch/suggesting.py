"""Suggestions as somebody types: needs from the catalog, names from Meilisearch's own prefix search."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from search.engines import Suggestion
from search.engines.embedded.suggesting import suggested_needs
from search.engines.meilisearch.knowledge import Knowledge
from search.text import words

if TYPE_CHECKING:
    from meilisearch import Client

_LOOKED_AT = 60
_KINDS: tuple[Literal["organization", "service"], ...] = ("organization", "service")


def suggest(client: Client, index: str, knowledge: Knowledge, text: str, limit: int) -> list[Suggestion]:
    """Needs first, then organizations and services with a word that begins so; typos are mended as in a search."""
    typed = words(text)
    if not typed or limit <= 0:
        return []
    if not knowledge.count:
        # Without a single document Meilisearch does not know of the fields to look in.
        return suggested_needs(" ".join(typed))[: max(2, limit // 2)]
    found = _matching(client, index, typed, limit)
    if not found:
        mended = [(knowledge.vocabulary.neighbours(word) or [word])[0] for word in typed]
        if mended != typed:
            found = _matching(client, index, mended, limit)
    return found


def _matching(client: Client, index: str, typed: list[str], limit: int) -> list[Suggestion]:
    prefix = " ".join(typed)
    found = suggested_needs(prefix)[: max(2, limit // 2)]
    seen = {suggestion.text.casefold() for suggestion in found}
    told = client.multi_search([_asked(index, prefix, "organization"), _asked(index, prefix, "name")])[
        "results"
    ]
    named: list[tuple[bool, str, Suggestion]] = []
    for kind, field, answer in zip(_KINDS, ("organization", "name"), told, strict=True):
        for hit in answer["hits"]:
            begins = _begins(words(hit[field]), prefix)
            if begins is not None:
                id_ = hit["service"] if kind == "service" else None
                named.append(
                    (not begins, hit[field].strip(), Suggestion(text=hit[field].strip(), kind=kind, id=id_))
                )
    for _later, _text, suggestion in sorted(named, key=lambda entry: entry[0]):
        if suggestion.text.casefold() not in seen and len(found) < limit:
            seen.add(suggestion.text.casefold())
            found.append(suggestion)
    return found


def _asked(index: str, prefix: str, field: str) -> dict[str, Any]:
    return {
        "indexUid": index,
        "q": prefix,
        "attributesToSearchOn": [field],
        "attributesToRetrieve": [field, "service"],
        "matchingStrategy": "all",
        "limit": _LOOKED_AT,
    }


def _begins(name: list[str], prefix: str) -> bool | None:
    """Whether a name begins so; None when no later word of it does either."""
    places = [at for at in range(len(name)) if " ".join(name[at:]).startswith(prefix)]
    return 0 in places if places else None
