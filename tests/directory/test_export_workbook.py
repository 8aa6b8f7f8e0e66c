"""The directory as a workbook: for reading, in two languages, and never run."""

import uuid
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from core.database import Database
from core.i18n import in_language
from directory.exporting import workbook
from directory.exporting.cells import LONGEST, cell, text
from directory.models import (
    Address,
    Attribute,
    CostOption,
    Language,
    Location,
    Organization,
    Phone,
    RequiredDocument,
    Schedule,
    Service,
    ServiceAtLocation,
    TaxonomyTerm,
)
from tests.support.exported import export


def pantry(name: str = "Pantry", *, confidential: bool = False) -> Service:
    place = Location(
        name="Mill hall",
        confidential=confidential,
        latitude=42.05,
        longitude=-101.4,
        addresses=[
            Address(address_1="40 Mill Lane", city="Harlow", state_province="NE", postal_code="00501")
        ],
    )
    hours = Schedule(
        freq="WEEKLY", byday="MO,TU,WE", opens_at=time(9), closes_at=time(17, 30), valid_from=date(2026, 1, 1)
    )
    return Service(
        id=uuid.uuid4(),
        name=name,
        organization=Organization(name="Millrace"),
        eligibility_description="Anybody near.",
        minimum_age=18,
        assured_date=date(2026, 11, 2),
        last_modified=datetime(2026, 11, 2, 8, 30, tzinfo=UTC),
        phones=[Phone(number="698-555-0142", e164="+16985550142", extension="7")],
        languages=[Language(code="es", name="Spanish")],
        cost_options=[CostOption(amount=0)],
        required_documents=[RequiredDocument(document="Two bags")],
        service_at_locations=[ServiceAtLocation(location=place, schedules=[hours])],
    )


async def stored(database: Database, *services: Service) -> None:
    async with database.transaction() as db:
        db.add_all(services)
        await db.flush()
        term = TaxonomyTerm(name="Food pantries")
        db.add(term)
        await db.flush()
        db.add(Attribute(link_id=services[0].id, link_entity="service", taxonomy_term_id=term.id))


def sheet(path: Path, name: str) -> list[dict[Any, Any]]:
    """Return the rows of a sheet by the titles of its columns."""
    header, *rows = load_workbook(path)[name].iter_rows(values_only=True)
    return [dict(zip(header, row, strict=True)) for row in rows]


async def test_the_first_sheet_says_what_people_look_for(database: Database, tmp_path: Path) -> None:
    service = pantry()
    await stored(database, service)
    path = await export(database, tmp_path / "out.xlsx")
    book = load_workbook(path)
    assert book.sheetnames[0] == "Services"
    assert book["Services"].freeze_panes == "A2"
    (row,) = sheet(path, "Services")
    assert {title: row[title] for title in list(row)[:-2] if row[title] is not None} == {
        "Name": "Pantry", "Organization": "Millrace", "Place": "Mill hall", "Street": "40 Mill Lane",
        "Town": "Harlow", "State": "NE", "ZIP code": "00501", "Telephones": "(698) 555-0142 x7",
        "Opening hours": "Monday to Wednesday, 9 am to 5:30 pm", "Languages": "Spanish", "Cost": "Free",
        "Who it is for": "Anybody near.\nAge 18 and older", "Papers to bring": "Two bags", "Needs": "Food pantries",
        "Status": "Active", "Checked on": datetime(2026, 11, 2),  # noqa: DTZ001 - workbooks have no zones
    }  # fmt: skip
    assert list(row)[-2:] == ["Id of the service", "Id of the place"]
    assert row["Id of the service"] == str(service.id)


async def test_every_table_with_rows_has_a_sheet_of_typed_cells(database: Database, tmp_path: Path) -> None:
    await stored(database, pantry())
    path = await export(database, tmp_path / "out.xlsx")
    names = load_workbook(path).sheetnames
    assert "Opening hours" in names
    assert "Funding" not in names
    (hours,) = sheet(path, "Opening hours")
    assert (hours["Opens"], hours["Closes"]) == (time(9), time(17, 30))
    assert hours["Valid from"] == datetime(2026, 1, 1)  # noqa: DTZ001 - workbooks have no zones
    assert list(hours)[-1].startswith("Id of")
    (place,) = sheet(path, "Places")
    assert (place["Latitude"], place["Confidential"]) == (42.05, "No")
    (address,) = sheet(path, "Addresses")
    assert address["ZIP code"] == "00501"
    assert sheet(path, "Services in full")[0]["Last changed"].hour == 8


async def test_in_spanish(database: Database, tmp_path: Path) -> None:
    await stored(database, pantry())
    path = await export(database, tmp_path / "out.xlsx", language="es")
    (row,) = sheet(path, "Servicios")
    assert row["Horario de atención"].startswith("Lunes a miércoles")
    assert row["Idiomas"] == "Español"


async def test_a_confidential_place_has_no_address_on_the_first_sheet(
    database: Database, tmp_path: Path
) -> None:
    await stored(database, pantry(confidential=True))
    (row,) = sheet(await export(database, tmp_path / "out.xlsx"), "Services")
    assert row["Place"].startswith("The address is kept private")
    assert (row["Street"], row["Town"], row["ZIP code"]) == (None, None, None)


async def test_a_full_sheet_is_followed_by_another(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbook, "MOST_ROWS", 3)
    await stored(database, *(pantry(f"Pantry {number}") for number in range(5)))
    path = await export(database, tmp_path / "out.xlsx")
    book = load_workbook(path)
    assert [name for name in book.sheetnames if name.startswith("Services in full")] == [
        "Services in full", "Services in full 2", "Services in full 3",
    ]  # fmt: skip
    told = [row["Name"] for part in ("Services", "Services 2", "Services 3") for row in sheet(path, part)]
    assert sorted(told) == [f"Pantry {number}" for number in range(5)]


async def test_an_empty_directory_has_an_empty_sheet(database: Database, tmp_path: Path) -> None:
    path = await export(database, tmp_path / "out.xlsx")
    assert sheet(path, "Services") == []


DANGEROUS = [
    "=1+1", "+cmd|' /C calc'!A0", "-2+3+cmd", "@SUM(1)", "|calc", "%0A=1", "\t=1", "\r=1", "\t harmless", " =1",
    "\x00=1", "\x01\x02=1", "\u00a0=1", "\ufffe=1", "=1_x000D_",
]  # fmt: skip


@pytest.mark.parametrize("told", DANGEROUS)
async def test_nothing_is_run(database: Database, tmp_path: Path, told: str) -> None:
    told = told.replace("\x00", "") if database.dialect == "postgresql" else told
    await stored(database, pantry(told))
    path = await export(database, tmp_path / "out.xlsx")
    for name in ("Services", "Services in full"):
        (found,) = [one for one in load_workbook(path)[name]["A"] if one.row == 2]
        assert found.data_type == "s"
        assert found.value.startswith("'")


def test_cells() -> None:
    assert cell(date(1899, 12, 31)) == "1899-12-31"
    assert cell(True) == "Yes"
    with in_language("es"):
        assert cell(True) == "Sí"
    assert cell(3.5) == 3.5
    assert text("a\x00\x0b\x1f\ud800\uffffb") == "ab"
    assert text("_x0041_") == "_x005F_x0041_"
    assert text(" \n ") is None
    assert text("-5") == "-5", "a number is no formula"
    assert len(text("x" * 40_000) or "") == LONGEST
