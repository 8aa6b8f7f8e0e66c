"""Listings that real organizations published: what the importer promises about them, counted."""

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from core.database import Database
from directory.coordinates import in_united_states
from directory.importing import ImportOptions, Report, import_directory
from directory.models import Location, Organization, Phone, Schedule, Service
from tests.support.tools import ROOT, shared_data

pytestmark = pytest.mark.shared_data

PANTRIES = ROOT / "seeds" / "mappings" / "pantries.toml"


async def number(database: Database, model: Any, source: str, *conditions: Any) -> int:
    async with database.transaction(write=False) as db:
        question = select(func.count()).select_from(model).where(model.source == source, *conditions)
        return await db.scalar(question) or 0


async def test_legal_aid_loses_nothing(database: Database) -> None:
    folder = shared_data("legal_aid")
    report = await import_directory(database, folder, ImportOptions())
    counts = [
        await number(database, model, "legal_aid")
        for model in (Service, Location, Phone, Organization, Schedule)
    ]
    assert counts == [430, 520, 982, 33, 2492]
    assert report.total("refused") == 0
    told = {(table, reason): tally for (table, _, reason), tally in report.reasons.items()}
    missing = told["service", "names an organization that is nowhere, its id is kept"]
    assert (missing.rows, len(missing.details)) == (341, 125)
    assert await number(database, Service, "legal_aid", Service.organization_id.is_(None)) == 341
    again = await import_directory(database, folder, ImportOptions())
    assert {what for counter in again.changes.values() for what, n in counter.items() if n} == {"unchanged"}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_pantries_become_listings_with_places_and_hours(database: Database) -> None:
    path = shared_data("pantries") / "input_records.ndjson"
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    report = await import_directory(database, path, ImportOptions(mapping=PANTRIES))
    await check_outcomes(database, report, rows)
    await check_places(database, rows)
    await check_hours(database, rows)
    again = await import_directory(database, path, ImportOptions(mapping=PANTRIES))
    assert {what for counter in again.changes.values() for what, n in counter.items() if n} == {"unchanged"}


async def check_outcomes(database: Database, report: Report, rows: list[dict[str, Any]]) -> None:
    """Each of 2,861 records is a listing, a part of one, or refused for a reason."""
    listings = report.rows["listing"]
    assert sum(listings.values()) == len(rows) == 2861
    assert listings["taken"] + listings["repaired"] + listings["merged"] >= 2700
    assert listings["merged"] <= 20
    assert await number(database, Service, "pantries") == listings["taken"] + listings["repaired"]
    assert {reason for _, outcome, reason in report.reasons if outcome == "refused"} == {
        "statistics of a scraper, not a listing",
        "a test record, not a listing",
        "a sample record, not a listing",
    }


def given_coordinates(row: dict[str, Any]) -> bool:
    """Tell whether a row says where it is; 0, 0 is what these files write for nothing."""
    inner = row["location"] if isinstance(row.get("location"), dict) else {}
    pairs = [(row.get("latitude"), row.get("longitude")), (row.get("Latitude"), row.get("Longitude"))]
    pairs.append((inner.get("latitude"), inner.get("longitude")))
    return any(
        latitude and longitude and float(latitude) and float(longitude) for latitude, longitude in pairs
    )


async def check_places(database: Database, rows: list[dict[str, Any]]) -> None:
    async with database.transaction(write=False) as db:
        places = (
            await db.execute(
                select(Location.latitude, Location.longitude).where(
                    Location.source == "pantries", Location.latitude.is_not(None)
                )
            )
        ).all()
    assert all(in_united_states(place.latitude, place.longitude) for place in places)
    assert len(places) >= 0.98 * sum(map(given_coordinates, rows))
    # The 338 that were given in metres are of a food bank of the capital, all within fifty miles of it.
    around = [p for p in places if abs(p.latitude - 38.9) < 0.8 and abs(p.longitude + 77.0) < 0.9]
    assert len(around) >= 330


_DAY = re.compile(r"\b(?:mon|tue|wed|thu|fri|sat|sun)|daily|weekday", re.IGNORECASE)
_TIME = re.compile(r"\d\s*(?::\d\d)?\s*(?:a|p)\.?m|\d:\d\d|noon", re.IGNORECASE)


async def check_hours(database: Database, rows: list[dict[str, Any]]) -> None:
    """Nine tenths of the hours that name a day and a time are schedules, those of the month among them."""
    named = [text for row in rows for text in (row.get("hours"), row.get("Hours_of_Operation")) if text]
    named = [text for text in named if _DAY.search(text) and _TIME.search(text)]
    timed = (Schedule.source == "pantries", Schedule.freq.is_not(None), Schedule.opens_at.is_not(None))
    services = func.count(Schedule.service_id.distinct())
    async with database.transaction(write=False) as db:
        scheduled = await db.scalar(select(services).where(*timed)) or 0
        monthly = await db.scalar(select(services).where(*timed, Schedule.freq == "MONTHLY")) or 0
    assert scheduled >= 0.9 * len(named)
    assert monthly >= 100


async def test_report_of_real_listings_names_every_row(database: Database, tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    await import_directory(database, shared_data("legal_aid"), ImportOptions(report=path, dry_run=True))
    told = json.loads(path.read_text())
    assert Counter(row["file"] for row in told["rows"]) == {
        "locations.csv": 520, "organizations.csv": 33, "phones.csv": 982,
        "postal_addresses.csv": 33, "regular_schedules.csv": 2492, "services.csv": 430,
    }  # fmt: skip
    assert await number(database, Service, "legal_aid") == 0
