"""The plain SQL search against looking at every document, on both databases, and against the embedded engine."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest

from core.clock import now
from core.database import Database
from directory.models import (
    Address,
    Language,
    Location,
    Organization,
    Schedule,
    Service,
    ServiceArea,
    ServiceAtLocation,
)
from search.documents import documents
from search.engines import Document, Query
from search.engines.plain import answer_plainly
from search.engines.sql import SqlEngine
from search.text import name_key
from tests.search.engine_support import CENTRE, engine_of

PLACES = {"Alder Falls": CENTRE, "Millbrook": (42.30, -101.4), "Harlow": (43.9, -101.4)}

LISTINGS = (
    ("Alder Falls Food Pantry", "Groceries once a week.", ("Alder Falls", "Millbrook")),
    ("Noon Kitchen", "Hot meals every day. Free.", ("Alder Falls",)),
    ("Night Shelter", "Beds for men and women.", ("Millbrook",)),
    ("Mercado Comunitario", "Comida para niños y familias.", ("Harlow",)),
    ("Job Center", "Resumes, interviews, apprenticeships.", ("Alder Falls", "Harlow")),
    ("Eviction Help Line", "A lawyer calls you back.", ()),
    ("Counseling by Phone", "Talk with a therapist.", ()),
)

NEAR: dict[str, Any] = {"lat": CENTRE[0], "lon": CENTRE[1], "radius_m": 16_093.44}


QUERIES = (
    Query(),
    Query(text="pantry", **NEAR),
    Query(text="fod pantrry", **NEAR, area_words=("69812",)),
    Query(text="place to sleep tonight"),
    Query(text="abogado"),
    Query(text="niños"),
    Query(text="comida gratis", area_words=("69812",), **NEAR),
    Query(text="harlow job"),
    Query(text="zzzz"),
    Query(**NEAR, area_words=("69812",), sort="distance"),
    Query(**NEAR, sort="name"),
    Query(lat=0.0, lon=0.0, radius_m=1000.0),
    Query(needs=("food",), sort="updated"),
    Query(languages=("es",), age=17.0, sort="name"),
    Query(open_at=datetime(2026, 11, 4, 18, tzinfo=UTC), cities=("Alder Falls",), sort="name"),
    Query(text="meals", needs=("housing",)),
)


@pytest.fixture
async def filled(database: Database) -> Database:
    """The database with LISTINGS in it."""
    async with database.transaction() as db:
        organization = Organization(name="Alder County Neighbors", description="Invented.")
        places = {
            city: Location(name=f"{city} House", latitude=lat, longitude=lon)
            for city, (lat, lon) in PLACES.items()
        }
        db.add_all([organization, *places.values()])
        await db.flush()
        for city, place in places.items():
            db.add(Address(location_id=place.id, city=city, state_province="NE", postal_code="69812"))
        for number, (name, description, cities) in enumerate(LISTINGS):
            service = Service(
                organization_id=organization.id,
                name=name,
                description=description,
                last_modified=datetime(2026, 6, 1, tzinfo=UTC) + timedelta(days=number),
                assured_date=date(2026, 8, 1),
                minimum_age=18 if number % 2 else None,
            )
            db.add(service)
            await db.flush()
            db.add(Language(service_id=service.id, code="es" if number % 2 else "en"))
            db.add(
                Schedule(
                    service_id=service.id,
                    freq="WEEKLY",
                    byday="MO,TU,WE",
                    opens_at=time(9),
                    closes_at=time(17),
                )
            )
            for city in cities:
                db.add(ServiceAtLocation(service_id=service.id, location_id=places[city].id))
            if not cities:
                db.add(ServiceArea(service_id=service.id, name="Alder Falls, 69812"))
        db.add(Service(name="Closed Food Pantry", status="defunct"))
    # Reading once with tagging gives the services their needs, as indexing does.
    assert len([one async for one in documents(database)]) == 9
    return database


async def held(database: Database) -> list[Document]:
    return [one async for one in documents(database, tag=False)]


async def test_answers_equal_those_of_brute_force(filled: Database, tmp_path: Path) -> None:
    everything = await held(filled)
    fallback, embedded = SqlEngine(filled), await engine_of(tmp_path / "index", everything)
    for query in QUERIES:
        expected = answer_plainly(everything, query, now())
        got = await fallback.search(query)
        assert got.exact
        assert [hit.service_id for hit in got.hits] == [hit.service_id for hit in expected.hits], query
        assert (got.total, got.facets) == (expected.total, expected.facets), query
        indexed = await embedded.search(query)
        assert (indexed.total, indexed.facets) == (expected.total, expected.facets), query


async def test_a_misspelt_search_finds_the_same_first(filled: Database) -> None:
    engine = SqlEngine(filled)
    right, wrong = [await engine.search(Query(text=text, **NEAR)) for text in ("pantry", "fod pantrry")]
    assert right.hits[0].service_id == wrong.hits[0].service_id


async def test_too_many_services_are_said_to_be_at_least(
    filled: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("search.engines.sql.MOST_SERVICES", 3)
    monkeypatch.setattr("search.engines.sql.MOST_BROWSED", 3)
    answer = await SqlEngine(filled).search(Query())
    assert (answer.total, answer.exact) == (3, False)
    narrow = await SqlEngine(filled).search(Query(text="pantry"))
    assert (narrow.total, narrow.exact) == (1, True)


async def test_a_directory_too_large_to_know_is_asked_for_words_and_mended_by_names(
    filled: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("search.engines.sql.MOST_SERVICES", 4)
    engine = SqlEngine(filled)
    therapist = await engine.search(Query(text="therapist"))
    assert (therapist.total, therapist.exact) == (1, True)
    mended = await engine.search(Query(text="kitchn zzzz"))
    assert (mended.total, mended.exact) == (1, False)


async def test_new_words_are_known_at_once(filled: Database) -> None:
    engine = SqlEngine(filled)
    assert (await engine.search(Query(text="quiltmaking"))).notice == "no_words"
    async with filled.transaction() as db:
        db.add(Service(name="Quiltmaking Circle"))
    assert (await engine.search(Query(text="quiltmakign"))).total == 1


async def test_suggestions(filled: Database) -> None:
    engine = SqlEngine(filled)
    assert [one.text for one in await engine.suggest("shel")] == ["Night Shelter"]
    assert [(one.text, one.kind) for one in await engine.suggest("alder")] == [
        ("Alder County Neighbors", "organization"),
        ("Alder Falls Food Pantry", "service"),
    ]
    assert await engine.suggest("%") == []
    names = [one.text for one in await engine.suggest("c", limit=20) if one.kind == "service"]
    assert names == sorted(names, key=name_key)
    assert "Closed Food Pantry" not in names
