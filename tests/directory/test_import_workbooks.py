"""Workbooks: their sheets as tables, and what is done about those that mean harm."""

import resource
import subprocess
import sys
import zipfile
from collections.abc import Callable
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sqlalchemy import func, select

from core.database import Database
from directory.importing import ImportOptions, ImportRefused, Report, import_directory
from directory.importing.workbooks import text_of
from directory.models import HSDS_TABLES, Address, Location, Phone, Schedule, Service
from tests.support.packages import MODERN
from tests.support.tools import ROOT

Sheets = dict[str, list[list[Any]]]
DAY = datetime.fromisoformat("2024-05-01")  # as workbooks have days: with a time, without a zone


def workbook(folder: Path, sheets: Sheets, name: str = "listings.xlsx") -> Path:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    path = folder / name
    book.save(path)
    return path


def tables(named: dict[str, list[dict[str, Any]]]) -> Sheets:
    sheets: Sheets = {}
    for title, rows in named.items():
        header = list(dict.fromkeys(name for row in rows for name in row))
        sheets[title] = [header, *([row.get(name) for name in header] for row in rows)]
    return sheets


async def rows_of(database: Database, model: Any, source: str) -> list[Any]:
    async with database.transaction(write=False) as db:
        return list(await db.scalars(select(model).where(model.source == source).order_by(model.source_id)))


async def test_one_sheet_goes_through_the_mapping(database: Database, tmp_path: Path) -> None:
    sheet: list[list[Any]] = [
        ["Food shelves of the county", None],
        [],
        ["Service Name", "Phone", "Zip", "Address", "City", "State", "Last Verified", "Hours", "Remark"],
        [
            "Harbor Table",
            6985550101,
            2134,
            "1 Pier Road",
            None,
            None,
            DAY,
            "Mon 9am-5pm",
            "a",
        ],
        ["CafÃ© Pier", "698-555-0102", "69812", "2 Pier Road", "Harlow", "NE", "5/2/2024", None, True],
    ]
    path = workbook(tmp_path, {"List": sheet})
    report = await import_directory(database, path, ImportOptions())
    assert any("Food shelves of the county" in remark for remark in report.remarks)
    cafe, harbor = await rows_of(database, Service, "spreadsheet")
    assert (harbor.name, harbor.assured_date) == ("Harbor Table", date(2024, 5, 1))
    assert (cafe.name, cafe.extra["Service Name"]) == ("Café Pier", "CafÃ© Pier")
    assert cafe.extra["Remark"] == "true"
    assert cafe.extra["Last Verified"] == "5/2/2024"
    assert [phone.e164 for phone in await rows_of(database, Phone, "spreadsheet")] == [
        "+16985550102",
        "+16985550101",
    ]
    zips = {
        address.address_1: address.postal_code for address in await rows_of(database, Address, "spreadsheet")
    }
    assert zips == {"1 Pier Road": "02134", "2 Pier Road": "69812"}
    again = await import_directory(database, path, ImportOptions())
    assert {what for counter in again.changes.values() for what, n in counter.items() if n} == {"unchanged"}


async def test_sheets_that_are_tables_go_as_a_package(database: Database, tmp_path: Path) -> None:
    path = workbook(
        tmp_path, tables(MODERN) | {"Read me": [["Made", "by"], ["nobody", "here"]]}, "harbor.xlsx"
    )
    report = await import_directory(database, path, ImportOptions())
    assert report.total("refused") == 0
    assert [service.name for service in await rows_of(database, Service, "harbor")] == [
        "Hot supper",
        "Groceries",
    ]
    (location,) = await rows_of(database, Location, "harbor")
    assert (location.latitude, location.longitude) == (42.05, -101.4)
    weekly, _ = await rows_of(database, Schedule, "harbor")
    assert weekly.opens_at == time(17)
    assert "harbor.xlsx [Read me] is no table of HSDS and was left out." in report.remarks


async def test_formulas_are_read_by_what_they_came_to(database: Database, tmp_path: Path) -> None:
    sheet = [
        ["Name", "Description", "Fees"],
        ["Harbor Table", '=HYPERLINK("http://x.example","Meals")', "=1+1"],
    ]
    path = workbook(tmp_path, {"List": sheet})
    with_value = tmp_path / "valued.xlsx"
    rewritten(
        path, with_value, {"xl/worksheets/sheet1.xml": lambda text: text.replace("<v />", "<v>2</v>", 1)}
    )
    report = await import_directory(database, with_value, ImportOptions())
    (service,) = await rows_of(database, Service, "spreadsheet")
    assert service.description == "2"
    assert service.extra["Fees"] == "'=1+1"
    assert ("listing", "repaired", "a formula without its value: kept aside") in report.reasons


def test_cells_are_text_as_they_are_shown() -> None:
    values = [69812.0, 42.05, 10**20, True, date(2024, 5, 1), DAY, time(9, 30), "=1", 1e300]
    assert [text_of(value) for value in values] == [
        "69812",
        "42.05",
        "100000000000000000000",
        "true",
        "2024-05-01",
        "2024-05-01",
        "09:30",
        "=1",
        "1e+300",
    ]


def rewritten(path: Path, to: Path, changes: dict[str, Callable[[str], str]]) -> Path:
    """Write a workbook with some of its parts changed."""
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            content = old.read(entry)
            if change := changes.get(entry.filename):
                content = change(content.decode()).encode()
            new.writestr(entry.filename, content)
        for part in changes.keys() - set(old.namelist()):
            new.writestr(part, changes[part](""))
    return to


def hostile(part: str, change: Callable[[str], str]) -> Callable[[Path], Path]:
    def write(folder: Path) -> Path:
        path = workbook(folder, {"List": [["Name", "Phone"], ["Harbor Table", "698-555-0101"]]})
        return rewritten(path, folder / "hostile.xlsx", {part: change})

    return write


TEXTS = "xl/sharedStrings.xml"
SHEET = "xl/worksheets/sheet1.xml"
LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
LAUGHS = f'<!DOCTYPE x [<!ENTITY l0 "ha">{LAUGHS}]>'


def laughing(text: str) -> str:
    declaration, _, rest = text.partition("?>") if text.startswith("<?xml") else ("", "", text)
    return LAUGHS + rest.replace("Harbor Table", "&l9;")


def strings(text: str) -> str:
    namespace = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return f'<sst xmlns="{namespace}"><si><t>{text}</t></si></sst>'


def cells(count: int) -> str:
    return "".join(f"<c><v>{number * 2654435761 % 2**32}</v></c>" for number in range(count))


def noise(count: int) -> str:
    """Text that packs badly, so that it is no bomb by its ratio."""
    return "".join(f"{number * 2654435761 % 2**32:x}" for number in range(count))


BAD: list[tuple[str, Callable[[Path], Path], str]] = [
    ("entities in the texts", hostile(TEXTS, lambda _: LAUGHS + strings("&l9;")), "document type"),
    ("entities in a sheet", hostile(SHEET, laughing), "document type"),
    ("entities in the styles", hostile("xl/styles.xml", lambda text: LAUGHS + text), "document type"),
    (
        "a row of a million cells",
        hostile(SHEET, lambda text: text.replace("</row>", cells(1_000_000) + "</row>", 1)),
        "cells",
    ),
    (
        "a row that does not exist",
        hostile(SHEET, lambda text: text.replace('r="2"', 'r="2000000000"')),
        "more than 1,048,576 rows",
    ),
    (
        "a cell that does not exist",
        hostile(SHEET, lambda text: text.replace('"B2"', '"ZZZZZZ2"')),
        "not a workbook that can be read",
    ),
    (
        "a text of 20 MB",
        hostile(TEXTS, lambda _: strings(noise(2_500_000))),
        "more than a million characters",
    ),
    ("a bomb", hostile(TEXTS, lambda _: strings("a" * 50_000_000)), "far more than it says"),
    (
        "nested without end",
        hostile(SHEET, lambda text: text.replace("<sheetData>", f"{'<a>' * 90_000}<sheetData>")),
        "nested",
    ),
    ("no XML", hostile(SHEET, lambda text: text[:-40]), "is not XML"),
    (
        "a text that is not there",
        hostile(
            SHEET,
            lambda text: text.replace('t="inlineStr"', 't="s"').replace("<is><t>Name</t></is>", "<v>99</v>"),
        ),
        "not a workbook that can be read",
    ),
    (
        "styles without end",
        hostile(
            "xl/styles.xml",
            lambda text: text.replace(
                "<cellXfs", "".join(f'<x n="{n * 7919}"/>' for n in range(600_000)) + "<cellXfs"
            ),
        ),
        "more than a table needs",
    ),
    ("nothing in it", lambda folder: workbook(folder, {"List": [], "Other": [[None]]}), "no sheet with rows"),
    (
        "several tables",
        lambda folder: workbook(folder, {"A": [["Name"], ["x"]], "B": [["Name"], ["y"]]}),
        "holds 2 files",
    ),
]


@pytest.mark.parametrize(("write", "reason"), [bad[1:] for bad in BAD], ids=[bad[0] for bad in BAD])
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_refused_in_one_line(
    database: Database, tmp_path: Path, write: Callable[[Path], Path], reason: str
) -> None:
    async def counts() -> dict[str, int | None]:
        async with database.transaction(write=False) as db:
            return {
                name: await db.scalar(select(func.count()).select_from(model))
                for name, model in HSDS_TABLES.items()
            }

    before = await counts()
    with pytest.raises(ImportRefused) as refused:
        await import_directory(database, write(tmp_path), ImportOptions())
    assert reason in str(refused.value)
    assert "\n" not in str(refused.value)
    assert await counts() == before


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_size_a_sheet_declares_is_not_believed(database: Database, tmp_path: Path) -> None:
    path = hostile(SHEET, lambda text: text.replace('ref="A1:B2"', 'ref="A1:XFD1048576"'))(tmp_path)
    report = await import_directory(database, path, ImportOptions())
    assert taken(report) == 1


def taken(report: Report) -> int:
    return report.total("taken") + report.total("repaired")


MEASURE = """
import resource, sys
from pathlib import Path
from directory.importing.errors import ImportRefused
from directory.importing.files import open_package
from directory.importing.rows import Lines, read_rows
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    with open_package(Path(sys.argv[1])) as package:
        for file in package.files:
            for row in read_rows(Lines(file)):
                pass
except ImportRefused as refused:
    print(refused)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


@pytest.mark.parametrize(
    "name",
    ["a row of a million cells", "a bomb", "a text of 20 MB", "entities in the texts", "styles without end"],
)
def test_memory_stays_bounded(tmp_path: Path, name: str) -> None:
    """No more than 64 MB on top of what the program takes anyway, and never more than 2 GB of addresses."""
    path = next(write for title, write, _ in BAD if title == name)(tmp_path)
    result = subprocess.run(
        [sys.executable, "-c", MEASURE, str(path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (2 * 1024**3, 2 * 1024**3)),
    )
    why, kilobytes = result.stdout.splitlines()
    assert why.endswith(".")
    assert int(kilobytes) < 64 * 1024
