"""How good the answers to the searches of `judgments.toml` are: reciprocal rank and precision at five."""

from __future__ import annotations

import tomllib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

import msgspec

from core.display import METRES_PER_MILE
from search.engines import Document, Engine, Query
from search.geo import distance_m

_FILE = Path(__file__).with_name("judgments.toml")

REAL_LISTINGS = "real_listings"
"""The group that is asked of real listings and the demo county together."""

NAMES = "names"
"""The group of searches for one thing by its name: its first place counts, not what comes after."""

LOOKED_AT = 10
"""Right answers further down are as good as none."""

_RADIUS_M = 10 * METRES_PER_MILE


class Judgment(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One search and what is right for it."""

    query: str
    right: tuple[str, ...] = ()
    organizations: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    near: str = ""
    group: str
    held_out: bool

    def accepts(self, document: Document) -> bool:
        """Whether a social worker would call this service a right answer."""
        return (
            document.name in self.right
            or document.organization in self.organizations
            or not set(self.needs).isdisjoint(document.needs)
        )


class Verdict(msgspec.Struct, frozen=True):
    """How one search fared."""

    judgment: Judgment
    reciprocal_rank: float
    """One over the rank of the first right answer; 0 when none is among the first ten."""
    precision: float
    """Right answers among the first five, as a share of five, or of all right ones where there are fewer than that."""


def judgments() -> list[Judgment]:
    """All judgments of the file."""
    return [
        msgspec.convert(entry | {"group": group, "held_out": part == "held_out"}, Judgment)
        for group, parts in tomllib.loads(_FILE.read_text(encoding="utf-8")).items()
        for part, entries in parts.items()
        for entry in entries
    ]


class Judge:
    """Puts judgments to engines that hold one corpus."""

    def __init__(self, documents: Sequence[Document]) -> None:
        """Take everything that the engines hold."""
        self._documents: dict[str, list[Document]] = defaultdict(list)
        self._places: dict[str, list[Document]] = defaultdict(list)
        for document in documents:
            self._documents[document.service_id].append(document)
            if document.lat is not None:
                self._places[document.postal_code].append(document)

    async def hear(self, engine: Engine, judgment: Judgment) -> Verdict:
        """Ask an engine one search, and judge its answer."""
        around = self._around(judgment.near) if judgment.near else {}
        answer = await engine.search(Query(text=judgment.query, limit=LOOKED_AT, want_facets=False, **around))
        found = [judgment.accepts(self._documents[hit.service_id][0]) for hit in answer.hits]
        every = self.right_answers(judgment)
        if judgment.near:
            every = {id_ for id_ in every if any(_serves(one, **around) for one in self._documents[id_])}
        return Verdict(
            judgment,
            1 / (found.index(True) + 1) if True in found else 0.0,
            sum(found[:5]) / min(5, len(every)) if every else 0.0,
        )

    def right_answers(self, judgment: Judgment) -> set[str]:
        """Ids of all services that are right, wherever they are."""
        return {id_ for id_, here in self._documents.items() if judgment.accepts(here[0])}

    def _around(self, code: str) -> dict[str, Any]:
        """Ten miles around the middle of what stands in a ZIP code."""
        here = self._places[code]
        return {
            "lat": fmean(one.lat for one in here if one.lat is not None),
            "lon": fmean(one.lon for one in here if one.lon is not None),
            "radius_m": _RADIUS_M,
            "area_words": (code, here[0].city.lower()),
        }


def _serves(document: Document, lat: float, lon: float, radius_m: float, area_words: tuple[str, ...]) -> bool:
    """Whether a listing stands around a place, or without a place of its own comes to it."""
    if document.lat is not None and document.lon is not None:
        return distance_m(lat, lon, document.lat, document.lon) <= radius_m
    return document.serves_everywhere or not set(area_words).isdisjoint(document.areas)


def mean_reciprocal_rank(verdicts: Iterable[Verdict]) -> float:
    """The mean reciprocal rank of some searches, 0 to 1."""
    return fmean(one.reciprocal_rank for one in verdicts)


def mean_precision(verdicts: Iterable[Verdict]) -> float:
    """The mean precision at five of those searches that have several right answers, 0 to 1."""
    return fmean(one.precision for one in verdicts if one.judgment.group != NAMES)
