"""Nothing of a file is lost: each cell is found again, in its column or beside it; and what is mended is told."""

import csv
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from core import clock
from core.database import Database
from directory.importing import ImportOptions, Report, import_directory
from directory.importing.encodings import mended
from directory.importing.fields import Unreadable, read_date
from directory.importing.hsds_names import RENAMED, SHEETS, singular
from directory.importing.placeholders import is_placeholder
from directory.importing.verbatim import is_verbatim
from directory.models import HSDS_TABLES, Location, Phone, Schedule, Service
from tests.support.packages import package, table
from tests.support.tools import shared_data


async def all_of(database: Database, model: Any, source: str) -> list[Any]:
    async with database.transaction(write=False) as db:
        return list(await db.scalars(select(model).where(model.source == source).order_by(model.source_id)))


def rendered(value: Any) -> set[str]:
    """The ways HSDS CSV writes a value, found without the importer's help."""
    if isinstance(value, bool):
        return {"yes", "true"} if value else {"no", "false"}
    if isinstance(value, time):
        return {value.isoformat("minutes"), value.isoformat("seconds")}
    if isinstance(value, date | datetime):
        return {value.isoformat()}
    if isinstance(value, float):
        return {f"{value:g}", repr(value)}
    return {str(value)}


async def lost(database: Database, folder: Path, source: str) -> tuple[int, list[str]]:
    """Compare every cell of a package with the rows of the database; return how many there are, and which are lost."""
    names: dict[str, dict[Any, Any]] = {}
    named: dict[str, Any] = dict(HSDS_TABLES)
    for name, model in named.items():
        column = model.imported_from if name == "funding" else model.source
        async with database.transaction(write=False) as db:
            found = (await db.scalars(select(model).where(column == source))).all()
        names[name] = {row.id: row for row in found}
    cells, missing = 0, []
    for path in sorted(folder.glob("*.csv")):
        table_name, kind = SHEETS[singular(path.stem)]
        rows = list(names[table_name].values())
        owned: dict[frozenset[str], list[Any]] = {}
        for row in rows:
            owned.setdefault(owners_of(row, names), []).append(row)
        with path.open(newline="", encoding="utf-8") as stream:
            for number, line in enumerate(csv.DictReader(stream), start=2):
                told = {name: text.strip() for name, text in line.items() if text and text.strip()}
                cells += len(told)
                likely = owned.get(owners_told(told), rows)
                if all(untold(told, row, kind, names) for row in likely):
                    missing.append(f"{path.name}:{number}")
    return cells, missing


def owners_told(told: dict[str, str]) -> frozenset[str]:
    return frozenset(text for name, text in told.items() if name.endswith("_id"))


def owners_of(row: Any, names: dict[str, dict[Any, Any]]) -> frozenset[str]:
    """The ids that a row's line gave for what it belongs to, so that few rows have to be compared with a line."""
    kept = {str(text) for name, text in (row.extra or {}).items() if name.endswith("_id")}
    for name in row.__table__.columns.keys():  # noqa: SIM118 - no dict
        owner = (
            names.get(name.removesuffix("_id"), {}).get(getattr(row, name)) if name.endswith("_id") else None
        )
        if owner is not None:
            kept.add(owner.source_id)
    return frozenset(kept)


def untold(told: dict[str, str], row: Any, kind: str, names: dict[str, dict[Any, Any]]) -> list[str]:
    """Return the columns of a line that a row of the database does not tell."""
    missing = []
    for name, text in told.items():
        column = RENAMED.get(kind, {}).get(name, name)
        extra = (row.extra or {}).get(name)
        if extra == text or (name == "id" and row.source_id == text):
            continue
        value = getattr(row, column, None)
        if column.endswith("_id") and value is not None:
            owners = names.get(column.removesuffix("_id"), {})
            if value in owners and owners[value].source_id == text:
                continue
        if value is None or text not in rendered(value):
            missing.append(name)
            break
    return missing


@pytest.mark.shared_data
async def test_every_cell_of_real_listings_is_found_again(database: Database) -> None:
    folder = shared_data("legal_aid")
    await import_directory(database, folder, ImportOptions())
    cells, missing = await lost(database, folder, "legal_aid")
    assert cells > 12_000
    assert missing == []


ODD: dict[str, list[dict[str, Any]]] = {
    "organizations": [
        {"id": "o1", "name": "Harbor <b>Table</b>", "url": "harbor.example", "year_incorporated": "1,999"}
    ],
    "services": [
        {
            "id": "s1",
            "organization_id": "o1",
            "name": "Supper",
            "status": "Open",
            "fees": "None",
            "url": "http://",
            "email": "test@test.com",
            "description": "N/A",
            "assured_date": "5/1/2024",
            "Colour": "Green",
        },
        {
            "id": "s2",
            "organization_id": "nowhere",
            "name": "Beds",
            "status": "active",
            "fees": "TBD",
            "url": "",
            "email": "",
            "description": "### Beds &amp; more",
            "assured_date": "2023-02-31",
            "Colour": "",
        },
        {
            "id": "s3",
            "organization_id": "o1",
            "name": "Advice",
            "status": "",
            "fees": "",
            "url": "",
            "email": "",
            "description": "",
            "assured_date": "1900-01-01",
            "Colour": "",
        },
    ],
    "locations": [
        {"id": "l1", "organization_id": "o1", "name": "Hall", "latitude": "42.0500", "longitude": "101.4"}
    ],
    "phones": [
        {"id": "p1", "service_id": "s1", "number": "000-000-0000"},
        {"id": "p2", "service_id": "s1", "number": "N/A"},
    ],
    "addresses": [
        {
            "id": "a1",
            "location_id": "l1",
            "address_1": "1 Pier Road",
            "postal_code": "99999",
            "country": "USA",
        }
    ],
    "regular_schedules": [
        {"id": "h1", "service_id": "s1", "Weekday": "Monday", "opens_at": "9:00 AM", "closes_at": "24:00"},
        {"id": "h2", "service_id": "s1", "Weekday": "Mon.", "opens_at": "21:00", "closes_at": "17:00"},
    ],
    "holiday_schedules": [
        {
            "id": "d1",
            "service_id": "s1",
            "closed": "TRUE",
            "start_date": "12/25/2026",
            "end_date": "2026-12-25",
            "opens_at": "9:00",
        },
        {
            "id": "d2",
            "service_id": "s1",
            "closed": "no",
            "start_date": "2026-12-25",
            "end_date": "2025-12-25",
            "opens_at": "09:00",
        },
    ],
    "schedules": [
        {"id": "w1", "service_id": "s2", "freq": "DAILY", "byday": "", "description": ""},
        {"id": "w2", "service_id": "s2", "freq": "", "byday": "", "description": "Fridays 9 am to noon"},
        {"id": "w3", "service_id": "s2", "freq": "YEARLY", "byday": "MO", "description": ""},
    ],
    "payments_accepted": [{"id": "y1", "service_id": "s1", "payment": "Cash  only"}],
}


async def test_odd_cells_are_kept_beside_what_they_became(database: Database, tmp_path: Path) -> None:
    folder = package(tmp_path, ODD)
    report = await import_directory(database, folder, ImportOptions())
    assert report.total("refused") == 0
    assert (await lost(database, folder, "harbor"))[1] == []
    again = await import_directory(database, folder, ImportOptions())
    assert {what for counter in again.changes.values() for what, n in counter.items() if n} == {"unchanged"}


async def test_placeholders_say_nothing_and_are_told(database: Database, tmp_path: Path) -> None:
    report = await import_directory(database, package(tmp_path, ODD), ImportOptions())
    supper, beds, advice = await all_of(database, Service, "harbor")
    assert (supper.url, supper.email, supper.description, supper.fees_description) == (
        None,
        None,
        None,
        "None",
    )
    assert (beds.fees_description, beds.assured_date, advice.assured_date) == (None, None, None)
    assert [phone.number for phone in await all_of(database, Phone, "harbor")] == [None, None]
    told = {reason for _, _, reason in report.reasons}
    assert {
        "url: a placeholder, read as nothing said",
        "number: a placeholder, read as nothing said",
        "postal_code: a placeholder, read as nothing said",
        "assured_date: not a possible date, kept aside",
        "valid_to is before valid_from: kept as text",
    } <= told
    (location,) = await all_of(database, Location, "harbor")
    assert (location.latitude, location.longitude) == (42.05, -101.4)


async def test_days_that_cannot_be_are_kept_aside(database: Database, tmp_path: Path) -> None:
    tomorrow = (clock.now() + timedelta(days=40)).date().isoformat()
    path = tmp_path / "listings.csv"
    rows = [{"name": "Supper", "last verified": tomorrow}, {"name": "Beds", "last verified": "0203-01-01"}]
    path.write_text(table(rows), encoding="utf-8")
    report = await import_directory(database, path, ImportOptions())
    beds, supper = await all_of(database, Service, "spreadsheet")
    assert (supper.assured_date, beds.assured_date) == (None, None)
    assert {supper.extra["last verified"], beds.extra["last verified"]} == {tomorrow, "0203-01-01"}
    assert ("listing", "repaired", "assured_date: in the future, kept aside") in report.reasons


async def test_cells_of_a_table_are_kept_too(database: Database, tmp_path: Path) -> None:
    row = {
        "Name": "Harbor <b>Table</b>",
        "Website": "harbor.example",
        "Hours": "Mon-Fri 9am-5pm",
        "Status": "Open",
        "Last Verified": "5/1/2024",
        "Min Age": "18+",
        "Languages": "English / Spanish",
        "Phone": "555-555-5555",
        "Email": "n/a",
        "Address": "1 Pier Road, Harlow, NE 69812",
        "Zip": "N/A",
        "Notes": "Ring &amp; wait",
    }
    path = tmp_path / "listings.csv"
    path.write_text(table([row]), encoding="utf-8")
    report = await import_directory(database, path, ImportOptions())
    (service,) = await all_of(database, Service, "spreadsheet")
    (schedule,) = await all_of(database, Schedule, "spreadsheet")
    assert schedule.extra == {"hours": row.pop("Hours")}
    for name in row:
        assert service.extra[name] == row[name], name
    assert await all_of(database, Phone, "spreadsheet") == []
    assert ("listing", "repaired", "phone: a placeholder, read as nothing said") in report.reasons


async def test_rows_that_are_merged_keep_what_each_said(database: Database, tmp_path: Path) -> None:
    place = {"Name": "Supper", "Address": "1 Pier Road", "Zip": "69812"}
    rows = [place | {"Notes": "Warm meals", "Blob": "1"}, place | {"Notes": "Hot meals", "Blob": "2"}]
    path = tmp_path / "listings.csv"
    path.write_text(table(rows), encoding="utf-8")
    await import_directory(database, path, ImportOptions())
    (service,) = await all_of(database, Service, "spreadsheet")
    assert service.description == "Warm meals"
    assert service.extra == {"Notes": "Hot meals", "Blob": "1", "Blob (2)": "2"}


async def bring_bytes(
    database: Database, folder: Path, content: bytes, **more: Any
) -> tuple[Report, list[Any]]:
    path = folder / "listings.csv"
    path.write_bytes(content)
    report = await import_directory(database, path, ImportOptions(**more))
    return report, await all_of(database, Service, "spreadsheet")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252", "latin-1"])
async def test_encodings_are_read(database: Database, tmp_path: Path, encoding: str) -> None:
    content = "name,description\r\nCafé,Meals\r\nNiño,Comida\r\n".encode(encoding)
    report, services = await bring_bytes(database, tmp_path, content)
    assert sorted(service.name for service in services) == ["Café", "Niño"]
    told = [
        tally
        for (_, _, reason), tally in report.reasons.items()
        if reason.startswith("from here on read as Windows-1252")
    ]
    assert [(tally.rows, tally.details) for tally in told] == (
        [(1, {"listings.csv, line 2"})] if encoding in {"cp1252", "latin-1"} else []
    )


async def test_utf16_of_any_length_is_read(database: Database, tmp_path: Path) -> None:
    content = ("name\n" + "".join(f"Café {number:05}\n" for number in range(3_000))).encode("utf-16-be")
    _, services = await bring_bytes(database, tmp_path, b"\xfe\xff" + content)
    assert len(services) == 3_000


async def test_file_of_mixed_encodings_is_read_line_by_line(database: Database, tmp_path: Path) -> None:
    _, services = await bring_bytes(
        database, tmp_path, "name\nNiño\n".encode() + "Café “Pier”\n".encode("cp1252")
    )
    assert sorted(service.name for service in services) == ["Café “Pier”", "Niño"]


async def test_garbled_text_is_put_right_and_told(database: Database, tmp_path: Path) -> None:
    garbled = "name,description\nCafÃ©,The peopleâ€™s meals\nÂ¡Hola!,Soup\n".encode()
    report, services = await bring_bytes(database, tmp_path, garbled)
    assert {service.name: service.description for service in services} == {
        "Café": "The people’s meals",
        "¡Hola!": "Soup",
    }
    cafe = next(service for service in services if service.name == "Café")
    assert cafe.extra == {"name": "CafÃ©", "description": "The peopleâ€™s meals"}
    assert report.reasons["listing", "repaired", "UTF-8 that was read as Windows-1252 put right"].rows == 2


@pytest.mark.parametrize("text", ["Café", "SÃO PAULO", "CAFÉ»", "Â", "naïve", "£5 – £10", "Ã", "日本"])
def test_what_is_right_stays(text: str) -> None:
    assert mended(text) == text


def test_what_went_wrong_twice_is_put_right() -> None:
    once = "Café’s".encode().decode("cp1252")
    assert mended(once.encode().decode("cp1252")) == "Café’s"
    assert mended(once + " – naïve") == "Café’s – naïve"


@pytest.mark.parametrize(
    ("column", "text", "nothing"),
    [
        ("description", "N/A", True),
        ("description", " tbd ", True),
        ("description", "None of the above", False),
        ("fees_description", "None", False),
        ("fees_description", "unknown", True),
        ("name", "Unknown", True),
        ("number", "555-555-5555", True),
        ("number", "(698) 555-5555", True),
        ("number", "698-555-0101", False),
        ("number", "1-800-000-0000", True),
        ("number", "555-5555", True),
        ("postal_code", "99999", True),
        ("postal_code", "99950", False),
        ("email", "test@test.com", True),
        ("email", "test@county.example", False),
        ("url", "http://", True),
        ("url", "http://www.harbor.example", False),
        ("country", "NA", False),
    ],
)
def test_placeholders_are_known(column: str, text: str, nothing: bool) -> None:
    assert is_placeholder(column, text) is nothing


@pytest.mark.parametrize(
    "text", ["2023-02-31", "0203-05-01", "13/45/2024", "1900-01-01", "Tuesday", "May", "9999-12-31"]
)
def test_no_day(text: str) -> None:
    with pytest.raises(Unreadable):
        read_date(text)


def test_plain_ways_of_writing_are_verbatim() -> None:
    assert (
        is_verbatim(time(9), "09:00")
        and is_verbatim(time(9), "09:00:00")
        and not is_verbatim(time(9), "9:00")
    )
    assert is_verbatim(18.0, "18") and is_verbatim(42.05, "42.05") and not is_verbatim(42.05, "42.050")
    assert is_verbatim(True, "yes") and is_verbatim(False, "false") and not is_verbatim(True, "1")
    assert is_verbatim(date(2024, 5, 1), "2024-05-01") and not is_verbatim(date(2024, 5, 1), "5/1/2024")


async def test_schedule_that_ends_before_it_begins_is_never_a_rule(
    database: Database, tmp_path: Path
) -> None:
    await import_directory(database, package(tmp_path, ODD), ImportOptions())
    row = next(row for row in await all_of(database, Schedule, "harbor") if row.source_id == "d2")
    assert (row.freq, row.opens_at, row.valid_from, row.valid_to) == (None, None, None, None)
    assert row.extra == {
        "closed": "no",
        "start_date": "2026-12-25",
        "end_date": "2025-12-25",
        "opens_at": "09:00",
    }
