"""How long it takes to match three needs of a seeker, from the index to the choice.

Every seeker stands somewhere else, so that nothing is answered from what was asked before. What the page does beyond it,
reading the rows of the few that are shown, is measured over HTTP with everything else.
"""

from __future__ import annotations

from datetime import UTC, datetime, time
from random import Random
from time import perf_counter
from typing import Any

from bench.corpus import TODAY, zip_codes
from bench.corpus_words import KINDS
from bench.results import Row, row
from directory.needs import NEEDS
from search.engines import Engine
from search.engines.candidates import Candidates
from search.matching.matching import match
from search.matching.seeker import AGE_BANDS, Seeker
from search.places import Place, gazetteer

_NEEDS = sorted({need for kind in KINDS for need in kind.needs if need in NEEDS})
_NOON = datetime.combine(TODAY, time(17), UTC)


class _Asked:
    """Stands for the search of a process: matching asks nothing of it but candidates."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def candidates(self, query: Any, limit: int, at: datetime) -> Candidates:
        """Ask the engine alone."""
        return await self._engine.candidates(query, limit, at)


def seekers(count: int, seed: int = 23) -> list[Seeker]:
    """Seekers with three needs each, where people live; one in three without a car, one in three speaks Spanish."""
    random = Random(seed)
    found = []
    for code, lat, lon in zip_codes(count, seed):
        known = gazetteer().by_zip(code)
        words = known.area_words if known else (code,)
        found.append(
            Seeker(
                needs=tuple(random.sample(_NEEDS, 3)),
                place=Place(lat, lon, code, "zip", "UTC", words),
                age_band=random.choice(list(AGE_BANDS)),
                languages=("es",) if random.random() < 0.33 else ("en",),
                is_true=("families",) if random.random() < 0.4 else (),
                mobility=("no-car",) if random.random() < 0.33 else (),
            )
        )
    return found


async def three_needs(engine: Engine, size: int, count: int) -> Row:
    """The row `match.three_needs`: milliseconds from seeker to choice, of `count` seekers."""
    people = seekers(count)
    asked: Any = _Asked(engine)
    times = []
    matched = 0
    for seeker in people:
        started = perf_counter()
        found = await match(asked, seeker, at=_NOON)
        times.append((perf_counter() - started) * 1000)
        matched += sum(len(one.chosen) for one in found)
    return row("match.three_needs", size, times, note=f"{matched / len(people):.1f} matches a seeker")
