"""Places that a file repeats for each service become one; places far from all others are told."""

from pathlib import Path
from typing import Any

from sqlalchemy import select

from core.database import Database
from directory.importing import ImportOptions, Report, import_directory
from directory.models import Address, Contact, Location, Phone, Schedule, Service, ServiceAtLocation
from tests.support.packages import Rows, package, table

EXPLODED: dict[str, Rows] = {
    "organizations": [{"id": "o1", "name": "Harbor Table"}, {"id": "o2", "name": "Mill House"}],
    "services": [
        {"id": "s1", "organization_id": "o1", "name": "Supper"},
        {"id": "s2", "organization_id": "o1", "name": "Groceries"},
        {"id": "s3", "organization_id": "o2", "name": "Beds"},
    ],
    "locations": [
        {
            "id": "l1",
            "organization_id": "o1",
            "name": "Pier Hall",
            "description": "",
            "transportation": "Bus 5",
        },
        {
            "id": "l2",
            "organization_id": "o1",
            "name": "PIER HALL",
            "description": "Second floor",
            "transportation": "Bus 5",
        },
        {"id": "l3", "organization_id": "o2", "name": "Pier Hall", "description": "", "transportation": ""},
        {"id": "l4", "organization_id": "o1", "name": "Pier Hall", "description": "", "transportation": ""},
        {"id": "l5", "organization_id": "o1", "name": "Pier Hall", "description": "", "transportation": ""},
    ],
    "service_at_location": [
        {"id": "x1", "service_id": "s1", "location_id": "l1"},
        {"id": "x2", "service_id": "s2", "location_id": "l2"},
        {"id": "x3", "service_id": "s1", "location_id": "l2"},
        {"id": "x4", "service_id": "s3", "location_id": "l3"},
    ],
    "addresses": [
        {
            "id": "a1",
            "location_id": "l1",
            "address_1": "1 Pier Road",
            "city": "Harlow",
            "postal_code": "69812",
        },
        {
            "id": "a2",
            "location_id": "l2",
            "address_1": "1 Pier Rd.",
            "city": "Harlow",
            "postal_code": "69812",
        },
        {
            "id": "a3",
            "location_id": "l3",
            "address_1": "1 Pier Road",
            "city": "Harlow",
            "postal_code": "69812",
        },
        {
            "id": "a4",
            "location_id": "l4",
            "address_1": "9 Mill Lane",
            "city": "Harlow",
            "postal_code": "69812",
        },
    ],
    "contacts": [
        {"id": "c1", "location_id": "l1", "name": "Ann"},
        {"id": "c2", "location_id": "l2", "name": "Ann"},
    ],
    "phones": [
        {"id": "p1", "location_id": "l1", "contact_id": "", "number": "698-555-0101"},
        {"id": "p2", "location_id": "l2", "contact_id": "", "number": "698-555-0101"},
        {"id": "p3", "location_id": "l2", "contact_id": "", "number": "698-555-0102"},
        {"id": "p4", "location_id": "", "contact_id": "c2", "number": "698-555-0103"},
    ],
    "schedules": [
        {
            "id": "h1",
            "service_at_location_id": "x3",
            "freq": "WEEKLY",
            "byday": "MO",
            "opens_at": "09:00",
            "closes_at": "12:00",
        },
    ],
}


async def all_of(database: Database, model: Any, source: str = "harbor") -> dict[str, Any]:
    async with database.transaction(write=False) as db:
        rows = await db.scalars(select(model).where(model.source == source).order_by(model.source_id))
        return {row.source_id: row for row in rows}


async def bring(database: Database, path: Path) -> Report:
    return await import_directory(database, path, ImportOptions())


async def test_it_works(database: Database, tmp_path: Path) -> None:
    report = await bring(database, package(tmp_path, EXPLODED))
    places = await all_of(database, Location)
    # l3 is another organization's, l4 is elsewhere, and nothing tells where l5 is.
    assert set(places) == {"l1", "l3", "l4", "l5"}
    assert places["l1"].extra == {
        "merged": [{"id": "l2", "name": "PIER HALL", "description": "Second floor"}]
    }
    assert report.rows["location"]["merged"] == 1
    assert report.total("refused") == 0
    again = await bring(database, package(tmp_path, EXPLODED))
    assert {what for counter in again.changes.values() for what, n in counter.items() if n} == {"unchanged"}


async def test_what_belonged_to_it_belongs_to_the_one_that_stays(database: Database, tmp_path: Path) -> None:
    await bring(database, package(tmp_path, EXPLODED))
    places, links = await all_of(database, Location), await all_of(database, ServiceAtLocation)
    services = await all_of(database, Service)
    assert {(link.service_id, link.location_id) for link in links.values()} == {
        (services["s1"].id, places["l1"].id),
        (services["s2"].id, places["l1"].id),
        (services["s3"].id, places["l3"].id),
    }
    assert links["x1"].extra == {"merged": [{"id": "x3", "location_id": "l2"}]}
    assert links["x2"].extra == {"location_id": "l2"}
    (schedule,) = (await all_of(database, Schedule)).values()
    assert schedule.service_at_location_id == links["x1"].id
    assert schedule.extra == {"service_at_location_id": "x3"}
    phones, contacts = await all_of(database, Phone), await all_of(database, Contact)
    assert set(contacts) == {"c1"}
    assert set(phones) == {"p1", "p3", "p4"}
    assert phones["p1"].extra == {"merged": [{"id": "p2", "location_id": "l2"}]}
    assert (phones["p3"].location_id, phones["p4"].contact_id) == (places["l1"].id, contacts["c1"].id)
    addresses = await all_of(database, Address)
    assert {key: address.address_1 for key, address in addresses.items()} == {
        "a1": "1 Pier Road",
        "a2": "1 Pier Rd.",
        "a3": "1 Pier Road",
        "a4": "9 Mill Lane",
    }


async def test_organization_is_found_through_the_services(database: Database, tmp_path: Path) -> None:
    nobodys = [row | {"organization_id": ""} for row in EXPLODED["locations"]]
    await bring(database, package(tmp_path, EXPLODED | {"locations": nobodys}))
    assert set(await all_of(database, Location)) == {"l1", "l3", "l4", "l5"}


def spread(far: dict[str, Any]) -> dict[str, Rows]:
    near = [
        {"id": f"l{n}", "name": f"Place {n}", "latitude": f"42.{n:02}", "longitude": f"-101.{n:02}"}
        for n in range(30)
    ]
    return {
        "services": [{"id": "s1", "name": "Supper"}, {"id": "s2", "name": "Advice"}],
        "locations": [*near, {"id": "head", "name": "Head office"} | far],
        "service_at_location": [{"id": "x1", "service_id": "s2", "location_id": "head"}],
        "service_areas": [{"id": "e1", "service_id": "s2", "name": "Counties of Nebraska"}],
        "addresses": [
            *(
                {"id": f"a{n}", "location_id": f"l{n}", "address_1": f"{n} Pier Road", "state_province": "NE"}
                for n in range(30)
            ),
            {"id": "ah", "location_id": "head", "address_1": "1 Long Street", "state_province": "DC"},
        ],
    }


async def far_rows(database: Database, folder: Path, tables: dict[str, Rows]) -> int:
    report = await bring(database, package(folder, tables))
    found = report.reasons.get(("location", "repaired", "far from all others: may be a head office"))
    assert "head" in await all_of(database, Location)  # told, never dropped
    return found.rows if found else 0


async def test_head_office_far_away_is_told(database: Database, tmp_path: Path) -> None:
    assert await far_rows(database, tmp_path, spread({"latitude": "38.9", "longitude": "-77.03"})) == 1


async def test_what_is_near_or_in_the_state_served_is_not(database: Database, tmp_path: Path) -> None:
    assert await far_rows(database, tmp_path, spread({"latitude": "41.25", "longitude": "-96.0"})) == 0
    served = spread({"latitude": "38.9", "longitude": "-77.03"})
    served["service_areas"][0]["name"] = "Nebraska and Washington, DC"
    assert await far_rows(database, tmp_path, served) == 0


async def test_rows_of_a_table_at_one_place_share_it(database: Database, tmp_path: Path) -> None:
    place = {
        "Agency": "Harbor Table",
        "Site name": "Pier Hall",
        "Address": "1 Pier Road",
        "City": "Harlow",
        "Zip": "69812",
    }
    rows: Rows = [
        place | {"Service name": "Supper", "Directions": "Bus 5"},
        place | {"Service name": "Groceries", "Address": "1 Pier Rd", "Directions": "Bus 5"},
        place | {"Service name": "Beds", "Agency": "Mill House", "Directions": ""},
        place | {"Service name": "Clothes", "Site name": "Annex", "Directions": ""},
    ]
    path = tmp_path / "listings.csv"
    path.write_text(table(rows), encoding="utf-8")
    report = await bring(database, path)
    places = await all_of(database, Location, "spreadsheet")
    assert sorted(place.name for place in places.values()) == ["Annex", "Pier Hall", "Pier Hall"]
    assert len(await all_of(database, ServiceAtLocation, "spreadsheet")) == 4
    assert len(await all_of(database, Address, "spreadsheet")) == 3
    groceries = next(
        s for s in (await all_of(database, Service, "spreadsheet")).values() if s.name == "Groceries"
    )
    assert groceries.extra == {"Address": "1 Pier Rd"}
    assert (
        "listing",
        "repaired",
        "at the same place as another listing: one location for both",
    ) in report.reasons
    again = await bring(database, path)
    assert {what for counter in again.changes.values() for what, n in counter.items() if n} == {"unchanged"}
