"""HSDS packages of CSV files: what becomes of their rows, the first time and again."""

import json
from datetime import time
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from core.database import Database
from core.jobs import Job
from directory.importing import ImportOptions, ImportRefused, Report, import_directory
from directory.models import (
    HSDS_TABLES,
    Address,
    Attribute,
    Language,
    Location,
    Organization,
    Phone,
    Schedule,
    Service,
    ServiceArea,
    ServiceAtLocation,
    TaxonomyTerm,
)
from tests.support.packages import MODERN, changed, package, zipped


async def bring(database: Database, path: Path, **options: Any) -> Report:
    return await import_directory(database, path, ImportOptions(**options))


async def all_of(database: Database, model: Any, source: str = "harbor") -> list[Any]:
    """Rows of one source, so that what every test database holds does not count."""
    column = model.imported_from if model.__tablename__ == "funding" else model.source
    async with database.transaction(write=False) as db:
        return list(await db.scalars(select(model).where(column == source).order_by(model.source_id)))


async def jobs(database: Database) -> list[str]:
    async with database.transaction(write=False) as db:
        payloads = await db.scalars(select(Job.payload).where(Job.kind == "search.index"))
    return sorted(service for payload in payloads for service in payload["service_ids"])


async def test_it_works(database: Database, tmp_path: Path) -> None:
    report = await bring(database, package(tmp_path))
    assert report.total("refused") == 0
    organizations = {row.source_id: row for row in await all_of(database, Organization)}
    assert organizations["o1"].description == "Meals & more"
    assert organizations["o1"].website == "http://www.harbor.example"
    assert (
        organizations["o2"].parent_organization_id == organizations["o3"].id
    )  # it stands further down in the file
    supper, groceries = await all_of(database, Service)
    assert (supper.name, supper.status, supper.organization_id) == (
        "Hot supper",
        "active",
        organizations["o1"].id,
    )
    assert supper.extra == {"colour": "green"}  # a column HSDS does not know is kept
    assert groceries.status == "inactive"
    (location,) = await all_of(database, Location)
    assert (location.latitude, location.longitude, location.location_type) == (42.05, -101.4, "physical")
    (link,) = await all_of(database, ServiceAtLocation)
    assert (link.service_id, link.location_id, link.description) == (
        supper.id,
        location.id,
        "Use the side door",
    )
    (address,) = await all_of(database, Address)
    assert (address.city, address.country) == ("Harlow", None)
    first, second = await all_of(database, Phone)
    assert (first.number, first.e164) == ("(698) 555-0101", "+16985550101")
    assert (second.number, second.e164) == ("ask at the door", None)
    (language,) = await all_of(database, Language)
    assert language.code == "es"
    (attribute,), (term,) = await all_of(database, Attribute), await all_of(database, TaxonomyTerm)
    assert (attribute.link_id, attribute.taxonomy_term_id, term.name) == (supper.id, term.id, "Food")


async def test_hours_in_words_become_a_schedule_and_keep_their_words(
    database: Database, tmp_path: Path
) -> None:
    await bring(database, package(tmp_path))
    weekly, read = await all_of(database, Schedule)
    assert (weekly.byday, weekly.opens_at, weekly.closes_at) == ("MO,TU", time(17), time(19, 30))
    assert (read.freq, read.byday, read.opens_at, read.closes_at) == ("WEEKLY", "FR", time(9), time(12))
    assert read.extra == {"description": "Fridays 9 am to noon"}


async def test_importing_again_changes_nothing(database: Database, tmp_path: Path) -> None:
    await bring(database, package(tmp_path))
    before = await jobs(database)
    assert len(before) == 2  # one for each service
    again = await bring(database, package(tmp_path))
    counts = {what for counter in again.changes.values() for what, number in counter.items() if number}
    assert counts == {"unchanged"}
    assert again.services_to_index == 0
    assert await jobs(database) == before


async def test_changed_row_updates_and_its_service_is_indexed(database: Database, tmp_path: Path) -> None:
    await bring(database, package(tmp_path))
    supper, _ = await all_of(database, Service)
    renamed = changed(MODERN, "services", 0, name="Hot supper and tea")
    report = await bring(database, package(tmp_path, renamed))
    assert report.changes["service"] == {"unchanged": 1, "updated": 1}
    assert report.services_to_index == 1
    after, _ = await all_of(database, Service)
    assert (after.id, after.name) == (supper.id, "Hot supper and tea")


@pytest.mark.parametrize(
    ("stem", "values"),
    [
        ("organizations", {"name": "Harbour Table"}),
        ("locations", {"name": "Pier house"}),
        ("addresses", {"address_1": "2 Pier Road"}),
        ("schedules", {"opens_at": "18:00"}),
        ("phones", {"number": "(698) 555-0102"}),
        ("service_at_location", {"description": "Use the front door"}),
    ],
)
async def test_what_belongs_to_a_service_has_it_indexed(
    database: Database, tmp_path: Path, stem: str, values: dict[str, str]
) -> None:
    await bring(database, package(tmp_path))
    report = await bring(database, package(tmp_path, changed(MODERN, stem, 0, **values)))
    assert report.services_to_index == 1, report.lines()


async def test_row_that_is_gone_is_removed_where_its_owner_is_still_there(
    database: Database, tmp_path: Path
) -> None:
    await bring(database, package(tmp_path))
    fewer = MODERN | {"phones": MODERN["phones"][:1], "services": MODERN["services"][:1]}
    report = await bring(database, package(tmp_path, fewer))
    assert [row.source_id for row in await all_of(database, Phone)] == ["p1"]
    assert report.changes["phone"]["removed"] == 1
    # A service may have referrals: it stays, and that is told.
    assert len(await all_of(database, Service)) == 2
    assert report.changes["service"]["no longer in the files, kept"] == 1


async def test_package_without_a_table_takes_nothing_away(database: Database, tmp_path: Path) -> None:
    await bring(database, package(tmp_path))
    (tmp_path / "harbor" / "phones.csv").unlink()
    await bring(database, tmp_path / "harbor")
    assert len(await all_of(database, Phone)) == 2


async def test_dry_run_tells_everything_and_writes_nothing(database: Database, tmp_path: Path) -> None:
    report = await bring(database, package(tmp_path), dry_run=True)
    assert report.changes["service"] == {"added": 2}
    assert await all_of(database, Service) == []
    assert await jobs(database) == []


async def test_local_knowledge_survives_an_update(database: Database, tmp_path: Path) -> None:
    await bring(database, package(tmp_path))
    async with database.transaction() as db:
        service = (await db.scalars(select(Service).where(Service.source_id == "s1"))).one()
        service.capacity = "full"
        location = (await db.scalars(select(Location).where(Location.source_id == "l1"))).one()
        location.confidential = True
    tables = changed(changed(MODERN, "services", 0, name="Supper"), "locations", 0, name="Pier")
    await bring(database, package(tmp_path, tables))
    supper, _ = await all_of(database, Service)
    (location,) = await all_of(database, Location)
    assert (supper.name, supper.capacity) == ("Supper", "full")
    assert (location.name, location.confidential) == ("Pier", True)


async def test_same_ids_in_two_sources_are_different_rows(database: Database, tmp_path: Path) -> None:
    await bring(database, package(tmp_path, name="harbor"))
    await bring(database, package(tmp_path, name="valley"))
    mine, theirs = await all_of(database, Service), await all_of(database, Service, "valley")
    assert {row.source_id for row in mine} == {row.source_id for row in theirs}
    assert not {row.id for row in mine} & {row.id for row in theirs}


async def test_uuids_stay_as_they_are(database: Database, tmp_path: Path) -> None:
    identity = "6f0fbd9e-2a3c-4a7f-9f57-0d3a1b9f4c11"
    await bring(database, package(tmp_path, {"services": [{"id": identity, "name": "Supper"}]}))
    (service,) = await all_of(database, Service)
    assert str(service.id) == identity


async def test_service_of_an_unknown_organization_stays_and_is_linked_later(
    database: Database, tmp_path: Path
) -> None:
    lonely = {"services": MODERN["services"][:1]}
    report = await bring(database, package(tmp_path, lonely))
    (supper,) = await all_of(database, Service)
    assert supper.organization_id is None
    assert supper.extra["organization_id"] == "o1"
    assert any(reason.startswith("names an organization that is nowhere") for _, _, reason in report.reasons)
    await bring(database, package(tmp_path, {"organizations": MODERN["organizations"][:1], **lonely}))
    (supper,) = await all_of(database, Service)
    assert supper.organization_id is not None
    assert supper.extra == {"colour": "green"}


async def test_reference_into_the_database_is_found(database: Database, tmp_path: Path) -> None:
    await bring(database, package(tmp_path))
    more = {"phones": [{"id": "p9", "service_id": "s2", "number": "698-555-0109"}]}
    folder = package(tmp_path, more, name="more")
    report = await bring(database, folder, source="harbor", format="hsds-csv")
    assert report.total("refused") == 0
    assert "p9" in {row.source_id for row in await all_of(database, Phone)}
    assert report.services_to_index == 1


async def test_row_of_nothing_known_is_refused_and_told(database: Database, tmp_path: Path) -> None:
    tables = MODERN | {
        "phones": [*MODERN["phones"], {"id": "p3", "service_id": "s99", "number": "698-555-0103"}]
    }
    path = tmp_path / "report.json"
    report = await bring(database, package(tmp_path, tables), report=path)
    assert report.rows["phone"]["refused"] == 1
    told = json.loads(path.read_text())
    (row,) = (row for row in told["rows"] if row["outcome"] == "refused")
    assert (row["file"], row["line"]) == ("phones.csv", 4)
    assert "service_id s99" in row["why"][0]


async def test_second_row_with_the_same_id_is_refused(database: Database, tmp_path: Path) -> None:
    tables = MODERN | {"services": [*MODERN["services"], {"id": "s1", "name": "Another"}]}
    report = await bring(database, package(tmp_path, tables))
    assert report.rows["service"] == {"taken": 2, "refused": 1}


async def test_report_names_every_row(database: Database, tmp_path: Path) -> None:
    path = tmp_path / "report.txt"
    await bring(database, package(tmp_path), report=path)
    text = path.read_text()
    for stem, rows in MODERN.items():
        for number in range(len(rows)):
            assert f"\n{stem}.csv:{number + 2}: " in f"\n{text}"
    assert "ask at the door" in text


async def test_first_version_of_hsds(database: Database, tmp_path: Path) -> None:
    tables = {
        "organizations": [
            {"id": "1", "name": "Mill House", "url": "https://mill.example", "description": "Helps"}
        ],
        "services": [{"id": "7", "organization_id": "1", "name": "Beds", "fees": "Free", "status": ""}],
        "locations": [{"id": "5", "organization_id": "1", "name": "Mill", "latitude": "", "longitude": ""}],
        "postal_addresses": [
            {
                "id": "",
                "organization_id": "1",
                "address_1": "2 Mill Lane",
                "city": "Millbrook",
                "postal_code": "69802",
            }
        ],
        "phones": [
            {"id": "", "location_id": "5", "number": "698-555-0110"},
            {"id": "", "location_id": "5", "number": ""},
        ],
        "regular_schedules": [
            {"id": "", "location_id": "5", "weekday": "Monday", "opens_at": "9:00", "closes_at": "24:00"},
            {"id": "", "location_id": "5", "weekday": "Tuesday", "opens_at": "", "closes_at": ""},
            {"id": "", "location_id": "5", "weekday": "Someday", "opens_at": "9:00", "closes_at": "10:00"},
        ],
        "holiday_schedules": [
            {
                "id": "",
                "location_id": "5",
                "start_date": "2026-12-25",
                "end_date": "2026-12-25",
                "closed": "TRUE",
            }
        ],
        "eligibility": [{"id": "1", "service_id": "7", "eligibility": "Adults"}],
        "taxonomy": [{"id": "BH", "name": "Housing", "parent_id": "", "vocabulary": "Invented"}],
        "service_taxonomy": [{"id": "", "service_id": "7", "taxonomy_id": "BH", "taxonomy_detail": ""}],
        "accessibility_for_disabilities": [{"id": "", "location_id": "5", "accessibility": "Ramp"}],
    }
    report = await bring(database, package(tmp_path, tables))
    assert report.total("refused") == 0, report.lines()
    (organization,) = await all_of(database, Organization)
    assert organization.website == "https://mill.example"
    (beds,) = await all_of(database, Service)
    assert (beds.status, beds.fees_description, beds.eligibility_description) == ("active", "Free", "Adults")
    (address,) = await all_of(database, Address)
    assert (address.organization_id, address.location_id, address.address_type) == (
        organization.id,
        None,
        "postal",
    )
    assert [phone.number for phone in await all_of(database, Phone)] == ["698-555-0110", None]
    schedules = await all_of(database, Schedule)
    rows = {(row.byday, row.opens_at, row.closes_at, str(row.valid_from)) for row in schedules}
    assert ("MO", time(9), time(0), "None") in rows
    assert ("TU", None, None, "None") in rows  # closed
    assert (None, None, None, "2026-12-25") in rows  # closed that day
    assert {"weekday": "Someday", "opens_at": "9:00"} in [row.extra for row in schedules]
    (term,), (attribute,) = await all_of(database, TaxonomyTerm), await all_of(database, Attribute)
    assert (term.name, term.taxonomy, attribute.link_id) == ("Housing", "Invented", beds.id)
    # No file links services to locations: where the organization has one only, there is no doubt.
    assert [link.service_id for link in await all_of(database, ServiceAtLocation)] == [beds.id]
    again = await bring(database, package(tmp_path, tables))
    assert {what for counter in again.changes.values() for what in counter} == {"unchanged"}


async def test_service_without_a_name_is_kept_and_hidden(database: Database, tmp_path: Path) -> None:
    await bring(database, package(tmp_path, {"services": [{"id": "", "name": "", "organization_id": "o1"}]}))
    (service,) = await all_of(database, Service)
    assert (service.name, service.status) == ("Unnamed service", "inactive")


async def test_archive_with_a_descriptor_names_the_source(database: Database, tmp_path: Path) -> None:
    from tests.support.packages import table

    entries: dict[str, str | bytes] = {f"data/{stem}.csv": table(rows) for stem, rows in MODERN.items()}
    resources = [{"name": stem, "path": f"data/{stem}.csv"} for stem in MODERN]
    entries["datapackage.json"] = json.dumps({"name": "harbor-data", "resources": resources})
    await bring(database, zipped(tmp_path, entries))
    assert len(await all_of(database, Service, "harbor-data")) == 2


async def test_every_table_can_be_imported(database: Database, tmp_path: Path) -> None:
    """One row for each of the 24 tables, owners first, and back to rows of that table."""
    links = {
        "service_id": "service", "location_id": "location", "organization_id": "organization", "unit_id": "unit",
        "service_at_location_id": "service_at_location", "taxonomy_term_id": "taxonomy_term",
        "taxonomy_id": "taxonomy",
    }  # fmt: skip
    tables: dict[str, list[dict[str, Any]]] = {}
    for stem, model in HSDS_TABLES.items():
        columns = model.__table__.columns
        row: dict[str, Any] = {"id": f"{stem}-1"}
        row |= {
            column: f"{table}-1" for column, table in links.items() if column in columns and table != stem
        }
        row |= {"name": f"A {stem}"} if "name" in columns else {}
        row |= {"link_id": "service-1", "link_entity": "service"} if stem == "attribute" else {}
        row |= {"resource_id": "service-1", "resource_type": "service"} if stem == "metadata" else {}
        row |= {"source": "The county"} if stem == "funding" else {}
        row |= {"description": "Told"} if "description" in columns else {}
        tables[stem] = [row]
    report = await bring(database, package(tmp_path, tables))
    assert report.total("refused") == 0, report.lines()
    for stem, model in HSDS_TABLES.items():
        assert [row.source_id for row in await all_of(database, model)] == [f"{stem}-1"], stem


async def test_empty_tables_are_refused(database: Database, tmp_path: Path) -> None:
    folder = tmp_path / "harbor"
    folder.mkdir()
    (folder / "services.csv").write_text("id,name\n")
    with pytest.raises(ImportRefused, match="empty"):
        await bring(database, folder)


async def test_jobs_name_no_more_than_two_hundred_services_each(database: Database, tmp_path: Path) -> None:
    services = [{"id": f"s{number}", "name": f"Service {number}"} for number in range(450)]
    await bring(database, package(tmp_path, {"services": services}))
    async with database.transaction(write=False) as db:
        payloads = list(await db.scalars(select(Job.payload).where(Job.kind == "search.index")))
        number = await db.scalar(select(func.count()).select_from(Service).where(Service.source == "harbor"))
    assert sorted(len(payload["service_ids"]) for payload in payloads) == [50, 200, 200]
    assert number == 450


SQUARE = {"type": "Polygon", "coordinates": [[[-102, 41], [-101, 41], [-101, 42], [-102, 42], [-102, 41]]]}
KML = """<?xml version="1.0"?><kml xmlns="http://www.opengis.net/kml/2.2"><Polygon><outerBoundaryIs><LinearRing>
<coordinates>-102,41 -101,41 -101,42 -102,41</coordinates></LinearRing></outerBoundaryIs></Polygon></kml>"""


async def test_shapes_of_areas_served_are_kept_as_they_are_or_refused(
    database: Database, tmp_path: Path
) -> None:
    areas = [
        {"id": "1", "service_id": "s1", "name": "County", "extent": json.dumps(SQUARE), "extent_type": "geojson"},
        {"id": "2", "service_id": "s1", "name": "County", "extent": KML, "extent_type": "kml"},
        {"id": "3", "service_id": "s1", "name": "County", "extent": "<b>69812</b>, 69813", "extent_type": "text"},
        {"id": "4", "service_id": "s1", "name": "Harlow", "extent": '{"type": "Polygon"', "extent_type": "geojson"},
        {"id": "5", "service_id": "s1", "name": "Harlow", "extent": '{"type": "Polygon", "coordinates": '
         "[[[41, -102], [41, -101], [42, -101]]]}", "extent_type": ""},
    ]  # fmt: skip
    report = await bring(database, package(tmp_path, MODERN | {"service_areas": areas}))
    rows = await all_of(database, ServiceArea)
    assert [row.extent for row in rows] == [json.dumps(SQUARE), KML, "69812, 69813", None, None]
    assert [row.name for row in rows] == ["County", "County", "County", "Harlow", "Harlow"]
    assert rows[3].extra == {"extent": '{"type": "Polygon"'}
    told = " ".join(reason for table, _, reason in report.reasons if table == "service_area")
    assert "extent: The shape is not readable JSON: kept aside" in told
    assert "longitude comes first" in told


async def test_rules_that_are_neither_weekly_nor_monthly(database, tmp_path):
    rule = {"service_id": "7", "opens_at": "09:00", "closes_at": "17:00", "dtstart": "2026-01-05"}
    tables = {
        "organizations": [{"id": "1", "name": "Mill Neighbors", "description": "Neighbors."}],
        "services": [{"id": "7", "organization_id": "1", "name": "Beds", "status": "active"}],
        "schedules": [
            {"id": "11111111-1111-4111-8111-111111111111", **rule, "freq": "daily"},
            {"id": "22222222-2222-4222-8222-222222222222", **rule, "freq": "YEARLY", "byday": "2TU"},
        ],
    }
    report = await bring(database, package(tmp_path, tables))
    assert report.total("refused") == 0, report.lines()
    rows = sorted(await all_of(database, Schedule), key=lambda row: row.freq or "")
    assert [(row.freq, row.byday, row.opens_at) for row in rows] == [
        (None, None, None),
        ("WEEKLY", "MO,TU,WE,TH,FR,SA,SU", time(9)),
    ]
    assert (
        rows[0].description == "YEARLY; byday 2TU; opens_at 09:00:00; closes_at 17:00:00; dtstart 2026-01-05"
    )
