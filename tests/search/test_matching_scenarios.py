"""Invented seekers in the demo county, judged by hand (`scenarios.toml`)."""

from __future__ import annotations

import tomllib
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from core.database import Database
from search.documents import documents
from search.engines.embedded import EmbeddedEngine
from search.engines.sql import SqlEngine
from search.matching.matching import match
from search.matching.seeker import Seeker
from search.matching.showing import Matches, shown
from search.matching.weights import MOST
from search.state import Search
from seeds.county import build
from seeds.demo import write_listings
from tests.support.tools import ROOT

SCENARIOS: list[dict[str, Any]] = tomllib.loads(
    (ROOT / "tests" / "search" / "scenarios.toml").read_text("utf-8")
)["scenario"]
MONDAY = date(2026, 11, 23)
MORNING = datetime(2026, 11, 23, 16, tzinfo=UTC)
"""Ten in the morning in Alder County."""

# Matching never reads the database before it shows something: one database is enough.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
async def county(database: Database, tmp_path: Path) -> Search:
    """The search of the demo county as it is on a Monday morning."""
    async with database.transaction() as db:
        await write_listings(db, build(MONDAY))
    engine = EmbeddedEngine(tmp_path / "index")
    await engine.rebuild(documents(database))
    return Search(database, engine, SqlEngine(database))


async def ask(search: Search, scenario: dict[str, Any]) -> list[Matches]:
    """What a scenario's seeker is shown."""
    place = await search.places.find(scenario["near"]) if "near" in scenario else None
    given = {
        key: tuple(value) if isinstance(value, list) else value for key, value in scenario["seeker"].items()
    }
    seeker = Seeker(place=place, **given)  # type: ignore[arg-type]
    found = await match(search, seeker, at=MORNING)
    async with search.database.transaction(write=False) as db:
        return await shown(db, seeker, found)


def wrong(matches: list[Matches], scenario: dict[str, Any]) -> list[str]:
    """What is not as it was judged, each as a sentence."""
    cards = {card.plain_name: card for one in matches for card in one.cards}
    out = {one.card.plain_name: one.code for need in matches for one in need.excluded}
    told = [f"{name} is not shown" for name in scenario.get("shown", ()) if name not in cards]
    told += [f"{name} is shown" for name in scenario.get("never", ()) if name in cards]
    for name, code in scenario.get("left_out", {}).items():
        if out.get(name) != code:
            told.append(f"{name} is left out for {out.get(name)!r}, not {code!r}")
    for key, attribute in (("says", "reasons"), ("asks", "doubts")):
        for name, part in scenario.get(key, {}).items():
            texts = getattr(cards[name], attribute) if name in cards else []
            if not any(part in text for text in texts):
                told.append(f"{name} {key} {texts}, and nothing of {part!r}")
    told += [f"{name} is shown and left out" for name in cards if name in out]
    told += [f"{one.need} has {len(one.cards)} matches" for one in matches if not 1 <= len(one.cards) <= MOST]
    return told


async def test_every_scenario_comes_out_as_judged(county: Search) -> None:
    problems = {}
    for scenario in SCENARIOS:
        matches = await ask(county, scenario)
        if told := wrong(matches, scenario):
            problems[scenario["who"]] = told
    assert problems == {}


async def test_who_is_shut_out_is_told_in_the_words_of_the_listing(county: Search) -> None:
    scenario = {"near": "69812", "seeker": {"needs": ["homelessness"], "is_true": ["men"]}}
    (matches,) = await ask(county, scenario)
    told = {one.card.plain_name: one for one in matches.excluded}
    assert told["Women's Beds at Southgate"].why == "Only for women"
    assert (
        "single women" in told["Women's Beds at Southgate"].said
        or "women's beds" in told["Women's Beds at Southgate"].said
    )
    assert told["Lantern House Night Shelter"].said == ""


async def test_there_are_enough_scenarios_and_their_services_exist(county: Search) -> None:
    names = {one.name async for one in documents(county.database, tag=False)}
    named = {
        name
        for scenario in SCENARIOS
        for key in ("shown", "never", "left_out", "says", "asks")
        for name in scenario.get(key, ())
    }
    assert named - names == set()
    assert len(SCENARIOS) >= 25
