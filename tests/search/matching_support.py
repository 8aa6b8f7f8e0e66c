"""Candidates and seekers as the tests of matching draw them."""

from __future__ import annotations

from math import isnan
from typing import Any

from hypothesis import strategies as st

from search.engines import Document, Query
from search.engines.candidates import Candidates, CodeColumn
from search.engines.plain_candidates import candidates_of
from search.matching.audiences import AUDIENCES, HOUSEHOLD
from search.matching.papers import PAPERS
from search.matching.seeker import AGE_BANDS, MOBILITY, Seeker
from search.places import Place
from tests.search.engine_support import CENTRE, NOW, document

NEED = "food-insecurity"
FALLS = Place(
    *CENTRE, "Alder Falls, NE", "zip", "America/Chicago",
    ("69812", "698xx", "69xxx", "alder falls, ne", "alder falls", "alder county, ne", "nebraska"),
)  # fmt: skip
EVERYWHERE = 40_000_000.0
"""A radius that holds the whole Earth, in metres."""


def query(**fields: Any) -> Query:
    """A query for all candidates of the need around Alder Falls."""
    given: dict[str, Any] = {
        "needs": (NEED,),
        "lat": FALLS.lat,
        "lon": FALLS.lon,
        "radius_m": EVERYWHERE,
        "area_words": FALLS.area_words,
    }
    return Query(**(given | fields))


def candidates(documents: list[Document], limit: int = 10_000, **fields: Any) -> Candidates:
    """All of the documents as candidates."""
    return candidates_of(documents, query(**fields), limit, NOW)


def listing(service: str, **fields: Any) -> Document:
    """A document that speaks to the need, of an organization of its own."""
    given: dict[str, Any] = {
        "needs": (NEED, "food"),
        "organization_id": f"org-{service}",
        "always_open_known": True,
        "updated": int(NOW.timestamp()),
    }
    return document(service, **(given | fields))


def seeker(**fields: Any) -> Seeker:
    """A seeker at Alder Falls of whom nothing else is known."""
    given: dict[str, Any] = {"needs": (NEED,), "place": FALLS}
    return Seeker(**(given | fields))


def rows_of(found: Candidates) -> list[dict[str, Any]]:
    """Candidates as plain values, sets of codes sorted."""
    return [
        {name: _plain(getattr(found, name), row) for name in found.__struct_fields__}
        for row in range(len(found))
    ]


def _plain(column: Any, row: int) -> Any:
    if isinstance(column, CodeColumn):
        return tuple(sorted(set(column.of(row))))
    value = column[row].item()
    if isinstance(value, float):
        return None if isnan(value) else round(value, 3)
    return value


_CODES = sorted(set(AUDIENCES) - {"members"})
AREAS = ((), ("69812",), ("nebraska",), ("69801", "69899"), ("elk county, ne",))


@st.composite
def listings(draw: st.DrawFn, most: int = 12) -> list[Document]:
    """Listings of the need with any facts that matching looks at."""
    found = []
    for number in range(draw(st.integers(0, most))):
        placed = draw(st.booleans()) or draw(st.booleans())
        hours = draw(st.booleans())
        some = st.lists(st.sampled_from(_CODES), max_size=2, unique=True)
        found.append(
            listing(
                f"service-{number}",
                organization_id=draw(st.sampled_from(("org-1", "org-2", f"org-of-{number}", ""))),
                lat=CENTRE[0] + draw(st.integers(-60, 60)) / 100 if placed else None,
                lon=CENTRE[1] + draw(st.integers(-60, 60)) / 100 if placed else None,
                needs=(
                    NEED,
                    *draw(st.lists(st.sampled_from(("depression", "food", "legal-help")), unique=True)),
                ),
                languages=tuple(draw(st.lists(st.sampled_from(("en", "es", "so")), max_size=2, unique=True))),
                accessible=draw(st.sampled_from((True, False, None))),
                min_age=draw(st.sampled_from((None, 13, 18, 60))),
                max_age=draw(st.sampled_from((None, 12, 24))),
                only_for=tuple(draw(some)) if draw(st.integers(0, 3)) == 0 else (),
                welcomes=tuple(draw(some)),
                papers=tuple(draw(st.lists(st.sampled_from(("photo-id", "income", "none")), max_size=1))),
                reach=tuple(draw(st.lists(st.sampled_from(("phone", "home")), max_size=1))),
                capacity=draw(st.sampled_from(("", "room", "waiting", "full"))),
                closed=draw(st.integers(0, 5)) == 0,
                areas=draw(st.sampled_from(AREAS)),
                bounded=draw(st.booleans()),
                serves_everywhere=draw(st.integers(0, 4)) == 0,
                always_open_known=hours,
                weekly=((0, draw(st.sampled_from((1, 10_079)))),) if hours else (),
                updated=int(NOW.timestamp()) - draw(st.integers(0, 900)) * 86_400,
                verified=draw(st.sampled_from((None, 20_000, 20_300))),
                track=draw(st.sampled_from((None, 0.3, 0.52, 0.9))),
                answer_hours=draw(st.sampled_from((None, 5.0, 70.0))),
            )
        )
    return found


@st.composite
def seekers(draw: st.DrawFn) -> Seeker:
    """Any seeker of the need."""
    said = draw(st.lists(st.sampled_from(HOUSEHOLD), max_size=4, unique=True))
    cut = draw(st.integers(0, len(said)))
    papers = draw(st.lists(st.sampled_from(sorted(PAPERS)), max_size=3, unique=True))
    return seeker(
        place=draw(st.sampled_from((FALLS, None))),
        age_band=draw(st.sampled_from(("", *AGE_BANDS))),
        languages=tuple(draw(st.lists(st.sampled_from(("en", "es", "vi")), max_size=2, unique=True))),
        is_true=tuple(said[:cut]),
        not_true=tuple(said[cut:]),
        mobility=tuple(draw(st.lists(st.sampled_from(sorted(MOBILITY)), max_size=2, unique=True))),
        has_papers=tuple(papers[:1]),
        lacks_papers=tuple(papers[1:]),
        shows_no_papers=draw(st.booleans()),
    )
