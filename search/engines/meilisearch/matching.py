"""Candidates for a match: the nearest of each need, fetched and handed to the plain way of telling their facts."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

from search.engines import Document, Query
from search.engines.candidates import Candidates
from search.engines.meilisearch import wide
from search.engines.meilisearch.answering import Question
from search.engines.meilisearch.knowledge import Knowledge
from search.engines.plain_candidates import candidates_of

if TYPE_CHECKING:
    from meilisearch import Client


def candidates(
    client: Client, index: str, knowledge: Knowledge, query: Query, limit: int, at: datetime
) -> Candidates:
    """What `Engine.candidates` promises, need by need."""
    found: dict[tuple[str, str | None], tuple[tuple[str, int], Document]] = {}
    for need in query.needs or ("",):
        asked = Query(
            needs=(need,) if need else (),
            lat=query.lat,
            lon=query.lon,
            radius_m=query.radius_m,
            area_words=query.area_words,
            want_facets=False,
        )
        question = Question(client, index, knowledge, asked, at, limit)
        for number, one in enumerate(
            question.judged(wide.nearest(question, (question.every,), limit, limit))
        ):
            document = one.document
            found.setdefault(
                (document.service_id, document.location_id), ((document.service_id, number), document)
            )
    documents = [document for _order, document in sorted(found.values(), key=lambda pair: pair[0])]
    return candidates_of(documents, msgspec.structs.replace(query, text=""), limit, at)
