"""What matching needs to know of a service, read from its rows when it is indexed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from search.matching.papers import read_papers
from search.matching.reach import read_reach
from search.matching.reading import read_whom


def match_facts(
    service: Any,
    needs: Collection[str],
    audience_terms: Iterable[str],
    required: Sequence[Any],
    kinds: Iterable[str],
    tracks: Sequence[Any],
) -> dict[str, Any]:
    """The fields of a `Document` that matching asks for, the same for all locations of a service.

    `required` are its rows of `required_document`, `kinds` the types of its locations, `tracks` its row of
    `service_track`, if there is one.
    """
    description = service.description or ""
    who = service.eligibility_description or ""
    whom = read_whom(service.name, description, who, tuple(audience_terms))
    record = tracks[0] if tracks else None
    return {
        "organization_id": str(service.organization_id) if service.organization_id else "",
        "only_for": tuple(whom.only_for),
        "meant_for": tuple(whom.meant_for),
        "welcomes": tuple(whom.welcomes),
        "papers": read_papers(
            [row.document for row in required if row.document],
            filter(None, (service.application_process, who, description)),
        ),
        "reach": read_reach(service.name, f"{description} . {who}", needs, kinds),
        "capacity": service.capacity or "",
        "closed": service.status == "temporarily closed",
        "track": record.score if record else None,
        "answer_hours": record.answer_hours if record else None,
    }
