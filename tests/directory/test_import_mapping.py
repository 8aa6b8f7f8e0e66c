"""Tables of other people through a mapping: alternatives, moves, refusals, merging, places and hours."""

import json
from datetime import date, time
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from core.database import Database
from directory.importing import ImportOptions, Report, import_directory
from directory.importing.listing import Listing, natural_key, read_listing
from directory.importing.mapping import Mapping, load_mapping
from directory.importing.rows import Row
from directory.models import (
    Address,
    Attribute,
    Language,
    Location,
    Organization,
    Phone,
    RequiredDocument,
    Schedule,
    Service,
    TaxonomyTerm,
)
from tests.support.packages import table

MAPPING = """
name = "invented"
scope = ["from"]
terms_name = "Invented terms"
[fields]
id = ["id"]
name = ["name", "Agency Name"]
organization = ["org.name"]
description = [["about", "notes"]]
address_1 = ["address.street", "address"]
city = ["city"]
state_province = ["state"]
postal_code = ["zip"]
latitude = ["lat", "places[].lat"]
longitude = ["lon", "places[].lon"]
phone = ["phone", "phones[].number"]
hours = ["hours", "week[]"]
hours_if_certain = ["notes"]
terms = ["tags[]"]
[defaults]
country = "US"
[[refuse]]
field = "kind"
matches = "test.*"
reason = "a test record"
[[move]]
from = "address_1"
matches = 'Phone:\\s*(?P<value>.+)'
to = "phone"
[[move]]
from = "hours_if_certain"
matches = 'Day: (?P<day>\\w+), time: (?P<time>.+)'
as = "{day} {time}"
to = "hours"
[[move]]
from = "name"
matches = "(?P<value>.+?) / (?P<rest>.+)"
to = "city"
when = { phone = ".*555.*" }
"""


@pytest.fixture
def mapping(tmp_path: Path) -> Path:
    path = tmp_path / "mapping.toml"
    path.write_text(MAPPING)
    return path


async def bring(
    database: Database, folder: Path, rows: list[dict[str, Any]], mapping: Path | None, **more: Any
) -> Report:
    path = folder / "listings.ndjson"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return await import_directory(database, path, ImportOptions(mapping=mapping, **more))


async def all_of(database: Database, model: Any, source: str = "invented") -> list[Any]:
    async with database.transaction(write=False) as db:
        return list(await db.scalars(select(model).where(model.source == source).order_by(model.source_id)))


def read(mapping: Path, row: dict[str, Any]) -> Listing:
    listing = read_listing(Row(1, row), load_mapping(mapping))
    assert isinstance(listing, Listing), listing
    return listing


async def test_it_works(database: Database, tmp_path: Path, mapping: Path) -> None:
    row = {
        "id": 7, "Agency Name": "Millbrook Pantry", "org": {"name": "Mill House"}, "about": "Food",
        "notes": "Bring a bag",
        "address": {"street": "2 Mill Lane"}, "city": "Millbrook", "state": "NE", "zip": "69802",
        "places": [{"lat": 0, "lon": 0}, {"lat": 41, "lon": -100}], "lat": 42.05, "lon": -101.4,
        "phones": [{"number": "698-555-0101"}, {"number": "698-555-0102"}], "hours": "Mon-Fri 9am-5pm",
        "tags": ["Pantry", "Walk up"], "colour": "green",
    }  # fmt: skip
    report = await bring(database, tmp_path, [row], mapping)
    assert report.rows["listing"] == {"taken": 1}, report.lines()
    (service,) = await all_of(database, Service)
    assert (service.name, service.description) == ("Millbrook Pantry", "Food\nBring a bag")
    # What no field tells wholly is kept: columns nobody mapped, and those of which only a part was taken.
    assert service.extra["colour"] == "green"
    assert service.extra["places"] == row["places"]
    assert not {"name", "Agency Name", "notes", "hours", "tags"} & set(service.extra)
    (organization,) = await all_of(database, Organization)
    assert (organization.name, service.organization_id) == ("Mill House", organization.id)
    (location,) = await all_of(database, Location)
    assert (location.latitude, location.longitude) == (42.05, -101.4)
    (address,) = await all_of(database, Address)
    assert (address.address_1, address.city, address.state_province, address.postal_code, address.country) == (
        "2 Mill Lane", "Millbrook", "NE", "69802", "US",
    )  # fmt: skip
    assert [phone.e164 for phone in await all_of(database, Phone)] == ["+16985550101", "+16985550102"]
    (schedule,) = await all_of(database, Schedule)
    assert (schedule.byday, schedule.opens_at, schedule.closes_at) == ("MO,TU,WE,TH,FR", time(9), time(17))
    assert {term.name for term in await all_of(database, TaxonomyTerm)} == {"Pantry", "Walk up"}
    assert {link.link_id for link in await all_of(database, Attribute)} == {service.id}


async def test_importing_again_changes_nothing(database: Database, tmp_path: Path, mapping: Path) -> None:
    rows = [
        {"name": f"Pantry {n}", "address": f"{n} Mill Lane", "zip": "69802", "tags": ["Food"]}
        for n in range(5)
    ]
    await bring(database, tmp_path, rows, mapping)
    again = await bring(database, tmp_path, list(reversed(rows)), mapping)
    assert {what for counter in again.changes.values() for what in counter} == {"unchanged"}


async def test_changed_row_updates_and_what_it_drops_goes(
    database: Database, tmp_path: Path, mapping: Path
) -> None:
    row: dict[str, Any] = {
        "id": 1,
        "name": "Pantry",
        "phones": [{"number": "698-555-0101"}, {"number": "698-555-0102"}],
    }
    await bring(database, tmp_path, [row | {"hours": "Mon, Wed 9am-5pm"}], mapping)
    row["phones"].pop()
    await bring(database, tmp_path, [row | {"name": "Big Pantry"}], mapping)
    (service,) = await all_of(database, Service)
    assert service.name == "Big Pantry"
    assert len(await all_of(database, Phone)) == 1
    assert await all_of(database, Schedule) == []


async def test_same_name_at_the_same_place_is_one_listing(
    database: Database, tmp_path: Path, mapping: Path
) -> None:
    rows = [
        {"id": 1, "name": "St. Ann's Pantry", "address": "2 North Mill Street", "zip": "69802"},
        {"id": 2, "name": "Another", "address": "2 North Mill Street", "zip": "69802"},
        {
            "id": 3,
            "name": "ST ANNS PANTRY",
            "address": "2 N. Mill St.",
            "zip": "69802-1234",
            "phone": "698-555-0101",
        },
        {"id": 4, "name": "St. Ann's Pantry", "address": "9 Far Road", "zip": "69811"},
    ]
    report = await bring(database, tmp_path, rows, mapping)
    assert report.rows["listing"] == {"taken": 3, "merged": 1}
    assert len(await all_of(database, Service)) == 3
    (phone,) = await all_of(database, Phone)  # what only the second row knew was added to the first
    assert phone.number == "698-555-0101"


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"address": "1 Mill Lane", "zip": "69802"}, {"address": "2 Mill Lane", "zip": "69802"}),
        ({"address": "1 Mill Lane", "zip": "69802"}, {"address": "1 Mill Lane", "zip": "69811"}),
        (
            {"phone": "698-555-0101", "lat": 42.05, "lon": -101.4},
            {"phone": "698-555-0101", "lat": 42.15, "lon": -101.4},
        ),
        ({"about": "in the hall"}, {"about": "in the yard"}),
    ],
    ids=["another number", "another ZIP code", "another point", "nothing but a name"],
)
def test_different_places_stay_apart(mapping: Path, first: dict[str, Any], second: dict[str, Any]) -> None:
    keys = {natural_key(read(mapping, {"name": "Pantry"} | row)) for row in (first, second)}
    assert len(keys) == 2


async def test_refusals_are_told(database: Database, tmp_path: Path, mapping: Path) -> None:
    rows = [{"name": "Real"}, {"name": "x", "kind": "testing"}, {"phone": "698-555-0101"}]
    report = await bring(database, tmp_path, rows, mapping)
    assert report.rows["listing"]["refused"] == 2
    assert {reason for _, outcome, reason in report.reasons if outcome == "refused"} == {
        "a test record",
        "no name",
    }


def test_text_in_the_wrong_column_is_moved(mapping: Path) -> None:
    listing = read(mapping, {"name": "Pantry", "address": "Phone: 698-555-0101"})
    assert listing.fields["phone"] == ["698-555-0101"]
    assert "address_1" not in listing.fields
    assert [note.reason for note in listing.repairs] == ["phone: found in address_1"]


def test_text_is_moved_in_another_form(mapping: Path) -> None:
    listing = read(mapping, {"name": "Pantry", "notes": "Day: Monday, time: 9am-11am"})
    assert listing.fields["hours"] == ["Monday 9am-11am"]


def test_text_is_moved_only_where_another_column_says_so(mapping: Path) -> None:
    moved = read(mapping, {"name": "Harlow / Pantry", "phone": "698-555-0101"})
    assert (moved.line_of("name"), moved.line_of("city")) == ("Pantry", "Harlow")
    stays = read(mapping, {"name": "Harlow / Pantry"})
    assert (stays.line_of("name"), stays.line_of("city")) == ("Harlow / Pantry", "")


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"address": "162 Kapiolani St, Hilo, HI 96720"}, ("162 Kapiolani St", "Hilo", "HI", "96720")),
        ({"address": "1 Mill Ln, Trenton, NJ 08618 (rear door)"}, ("1 Mill Ln", "Trenton", "NJ", "08618")),
        ({"address": "1 Mill Ln Trenton, NJ", "city": "Trenton"}, ("1 Mill Ln", "Trenton", "NJ", "")),
        ({"address": "1 Mill Ln", "zip": "8618", "state": "NJ"}, ("1 Mill Ln", "Trenton", "NJ", "08618")),
        (
            {"address": "1 Mill Ln", "zip": "Hilo)", "state": "HI", "city": "Hilo"},
            ("1 Mill Ln", "Hilo", "HI", ""),
        ),
        ({"address": "1 Mill Ln", "zip": "08618", "state": "CA"}, ("1 Mill Ln", "", "CA", "08618")),
    ],
    ids=[
        "all in one",
        "with a remark",
        "town known",
        "leading zero lost",
        "no ZIP code",
        "ZIP code of another state",
    ],
)
def test_address_is_taken_apart(mapping: Path, row: dict[str, Any], expected: tuple[str, ...]) -> None:
    listing = read(mapping, {"name": "Pantry"} | row)
    fields = ("address_1", "city", "state_province", "postal_code")
    assert tuple(listing.line_of(field) for field in fields) == expected


def test_second_pair_of_coordinates_is_taken_where_the_first_is_no_place(mapping: Path) -> None:
    listing = read(
        mapping, {"name": "Pantry", "lat": 0, "lon": 0, "places": [{"lat": "42.05", "lon": "-101.4"}]}
    )
    assert listing.coordinates is not None
    assert (listing.coordinates.lat, listing.coordinates.lon) == (42.05, -101.4)


async def test_hours_that_are_not_certain_stay_text(
    database: Database, tmp_path: Path, mapping: Path
) -> None:
    rows = [
        {"id": 1, "name": "A", "hours": "Call for hours"},
        {"id": 2, "name": "B", "notes": "Every 3rd Tuesday 9am-11am"},
        {"id": 3, "name": "C", "notes": "Come in through the yard"},
        {"id": 4, "name": "D", "week": [{"weekday": "Monday", "opens_at": "9 a.m.", "closes_at": "1 p.m."}]},
    ]
    await bring(database, tmp_path, rows, mapping)
    told = {row.source_id[1]: row for row in await all_of(database, Schedule)}
    assert (told["1"].description, told["1"].opens_at) == ("Call for hours", None)
    assert (told["2"].freq, told["2"].byday, told["2"].opens_at) == ("MONTHLY", "3TU", time(9))
    assert "3" not in told
    assert (told["4"].byday, told["4"].opens_at, told["4"].closes_at) == ("MO", time(9), time(13))


async def test_usual_spreadsheet_needs_no_mapping(database: Database, tmp_path: Path) -> None:
    path = tmp_path / "our listings.csv"
    row = {
        "Service Name": "Night shelter", "Agency Name": "Mill House", "Street Address": "2 Mill Lane",
        "Zip Code": "69802",
        "City": "Millbrook", "State": "NE", "Phone Number": "(698) 555-0101", "Hours of Operation": "Daily 6pm-8am",
        "Languages Spoken": "English, Spanish; Hmong", "What to bring": "Photo ID; Proof of address",
        "Last Verified": "3/10/2026", "Website": "mill.example", "Cost": "Free", "Min Age": "18", "Confidential": "yes",
    }  # fmt: skip
    path.write_text("\ufeff" + table([row]), encoding="utf-8")
    report = await import_directory(database, path, ImportOptions())
    assert report.total("refused") == 0, report.lines()
    (service,) = await all_of(database, Service, "spreadsheet")
    assert (service.verified_on, service.fees_description, service.minimum_age) == (
        date(2026, 3, 10),
        "Free",
        18,
    )
    assert service.url == "http://mill.example"
    (location,) = await all_of(database, Location, "spreadsheet")
    assert location.confidential is True
    languages = {row.name: row.code for row in await all_of(database, Language, "spreadsheet")}
    assert languages == {"English": "en", "Spanish": "es", "Hmong": "hmn"}
    documents = [row.document for row in await all_of(database, RequiredDocument, "spreadsheet")]
    assert documents == ["Photo ID", "Proof of address"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
async def test_delimiters_and_lines_within_cells(database: Database, tmp_path: Path, delimiter: str) -> None:
    path = tmp_path / "listings.csv"
    rows = [
        ["name", "description", "phone"],
        ['"Soup, daily"', '"first\nsecond"', "698-555-0101"],
        ["", "", ""],
        ["Tea", "", ""],
    ]
    path.write_text("\r\n".join(delimiter.join(row) for row in rows))
    report = tmp_path / "report.txt"
    await import_directory(database, path, ImportOptions(report=report))
    found = {row.name: row.description for row in await all_of(database, Service, "spreadsheet")}
    assert found == {"Soup, daily": "first\nsecond", "Tea": None}
    assert "listings.csv:5: listing" in report.read_text()  # the line it begins in, blank rows counted


def test_shipped_mappings_are_right() -> None:
    for path in sorted((Path(__file__).parents[2] / "seeds" / "mappings").glob("*.toml")):
        assert isinstance(load_mapping(path), Mapping), path
