"""Facts of candidates: the embedded engine and the database engine against looking at every document."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from core.database import Database
from search.documents import documents
from search.engines import Document, Query
from search.engines.embedded.candidates import candidates as cut_out
from search.engines.plain_candidates import candidates_of
from search.engines.sql import SqlEngine
from tests.search.engine_support import CENTRE, NOW, engine_of
from tests.search.listings import county
from tests.search.matching_support import NEED, candidates, listing, listings, query, rows_of


def in_order(rows: list[dict]) -> list[dict]:
    """Rows by service and location."""
    return sorted(rows, key=lambda row: (row["service"], row["location"]))


QUERIES = st.sampled_from(
    (
        query(),
        query(radius_m=15_000.0),
        query(radius_m=None),
        query(lat=None, lon=None, radius_m=None, area_words=()),
        query(needs=(NEED, "legal-help"), radius_m=40_000.0),
        query(needs=()),
    )
)


@given(held=listings(), asked=QUERIES, limit=st.sampled_from((1, 3, 100)))
@settings(max_examples=25, deadline=None)
def test_the_embedded_engine_tells_what_every_document_tells(
    held: list[Document], asked: Query, limit: int
) -> None:
    with TemporaryDirectory() as folder:
        engine = asyncio.run(engine_of(Path(folder), held))
        found = cut_out(engine.snapshot, asked, limit, NOW)
    assert in_order(rows_of(found)) == in_order(rows_of(candidates_of(held, asked, limit, NOW)))


async def test_an_edit_is_seen_at_once(tmp_path: Path) -> None:
    engine = await engine_of(tmp_path, [listing("a", capacity="room"), listing("b")])
    await engine.replace(["a"], [listing("a", capacity="full", only_for=("women",))])
    found = await engine.candidates(query(), 10, NOW)
    assert [(row["service"], row["capacity"], row["only_for"]) for row in in_order(rows_of(found))] == [
        (b"a", 3, ("women",)),
        (b"b", 0, ()),
    ]


async def test_facts_outlive_the_process(tmp_path: Path) -> None:
    held = [listing("a", papers=("photo-id",), track=0.7, areas=("69812",), bounded=True)]
    await engine_of(tmp_path, held)
    from search.engines.embedded import EmbeddedEngine

    found = await EmbeddedEngine(tmp_path).candidates(query(), 10, NOW)
    assert rows_of(found) == rows_of(candidates(held))


def test_the_nearest_of_each_need_are_taken_and_as_many_without_a_place() -> None:
    held = [listing(f"{n}", lat=CENTRE[0] + n / 100) for n in range(6)]
    held += [listing(f"line-{n}", lat=None, lon=None, serves_everywhere=True, updated=n) for n in range(6)]
    found = candidates(held, limit=2)
    assert sorted(found.service.tolist()) == [b"0", b"1", b"line-4", b"line-5"]
    assert np.isnan(found.distance_m).sum() == 2


def test_open_is_told_for_the_moment_asked() -> None:
    opens = (NOW.weekday() * 1440 + 12 * 60, NOW.weekday() * 1440 + 13 * 60)
    held = [listing("noon", weekly=(opens,))]
    assert candidates_of(held, query(), 5, NOW).open.tolist() == [1]
    assert candidates_of(held, query(), 5, NOW + timedelta(hours=3)).open.tolist() == [0]


async def test_the_database_engine_tells_the_same(database: Database) -> None:
    await county(database)
    held = [one async for one in documents(database)]
    asked = query(needs=("food-insecurity",), radius_m=30_000.0)
    found = await SqlEngine(database).candidates(asked, 10, NOW)
    assert in_order(rows_of(found)) == in_order(rows_of(candidates_of(held, asked, 10, NOW)))
    assert {row["service"] for row in rows_of(found)}
