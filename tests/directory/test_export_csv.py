"""The directory as an HSDS package of CSV files: valid, whole, and the same again after a journey."""

import csv
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import msgspec
import pytest
from frictionless import validate
from sqlalchemy import select

from core.database import Database
from directory.importing import ImportOptions, import_directory
from directory.importing.files import open_package
from directory.importing.hsds_csv import HsdsCsv
from directory.importing.ids import as_uuid, row_id
from directory.importing.records import Record
from directory.models import (
    Address,
    CostOption,
    Funding,
    Location,
    Metadata,
    Organization,
    Phone,
    Schedule,
    Service,
    ServiceAtLocation,
    ServiceCapacity,
    Taxonomy,
    TaxonomyTerm,
    Unit,
)
from tests.support.exported import Tables, empty_database, export, tables
from tests.support.packages import package
from tests.support.tools import shared_data

NOON = datetime(2026, 11, 23, 18, tzinfo=UTC)


def listing() -> list[Any]:
    """Return rows with a value of every type, of which some are no values of the standard."""
    organization = Organization(
        name="Harbor Table", description='Meals, "warm"\nand cold', year_incorporated=1999
    )
    place = Location(
        organization=organization,
        name="Pier hall",
        latitude=42.05,
        longitude=-101.4,
        addresses=[Address(address_1="1 Pier Road", city="Harlow", postal_code="00501", country="US")],
    )
    service = Service(
        organization=organization,
        name="=HYPERLINK(1)",
        url="http://[broken",
        email="not a mail@address",
        capacity="room",
        assured_date=date(2026, 11, 2),
        minimum_age=17.5,
        last_modified=NOON,
        extra={"colour": "green", "opens": ["a", {"b": 1}], "Name": "As written", "source": "mine", "given_x": "y"},
        service_at_locations=[ServiceAtLocation(location=place, description="Side door")],
        schedules=[
            Schedule(
                freq="WEEKLY", byday="MO", opens_at=time(9), closes_at=time(17, 30), timezone="America/Chicago",
                valid_from=date(2026, 1, 1), extra={"opens_at": "9:00 AM", "hours": "Mondays"},
            )
        ],
        phones=[Phone(number="+1 698-555-0101", extension="12 or 13", e164="+16985550101")],
        cost_options=[CostOption(amount=2.5, currency="USD")],
        funding=[Funding(source="The county", imported_from="harbor", source_id="f1")],
        capacities=[ServiceCapacity(unit=Unit(name="bed"), available=3, updated=NOON)],
    )  # fmt: skip
    terms = [
        Taxonomy(name="Invented", description=None),
        TaxonomyTerm(name="Food", code="BD-5000", source="harbor", source_id="t1"),
    ]
    return [organization, service, *terms]


async def stored(database: Database) -> Service:
    rows = listing()
    async with database.transaction() as db:
        db.add_all(rows)
        await db.flush()
        found: Service = rows[1]
        db.add(
            Metadata(
                resource_id=found.id, resource_type="service", field_name="name", last_action_date=NOON,
                last_action_type="update", previous_value="Old", replacement_value="New", updated_by="Ada",
            )
        )  # fmt: skip
    return found


def faults(path: Path) -> list[str]:
    """Return what frictionless finds wrong with a package: types, keys, references, the descriptor itself."""
    report = validate(str(path))
    found = [error.message for error in report.errors]
    return found + [f"{task.name}: {error.message}" for task in report.tasks for error in task.errors]


async def test_it_works(database: Database, tmp_path: Path) -> None:
    service = await stored(database)
    folder = await export(database, tmp_path / "out")
    assert faults(folder / "datapackage.json") == []
    told = tables(folder)
    (row,) = told["services"]
    assert row["id"] == str(service.id)
    assert row["name"] == "=HYPERLINK(1)"
    assert (row["url"], row["email"]) == ("", "")
    assert (row["assured_date"], row["minimum_age"]) == ("2026-11-02", "17.5")
    assert (row["capacity"], row["colour"], row["opens"]) == ("room", "green", '["a", {"b": 1}]')
    assert (row["given_Name"], row["given_source"], row["given_given_x"]) == ("As written", "mine", "y")
    (hours,) = told["schedules"]
    assert (hours["opens_at"], hours["given_opens_at"], hours["hours"]) == ("09:00", "9:00 AM", "Mondays")
    assert told["addresses"][0]["postal_code"] == "00501"
    assert (told["funding"][0]["source"], told["funding"][0]["imported_from"]) == ("The county", "harbor")
    assert told["metadata"][0]["updated_by"] == "", "who works here is nobody's business outside"
    assert row["source"] == ""


async def test_a_value_that_is_none_of_the_standard_stands_beside(database: Database, tmp_path: Path) -> None:
    await stored(database)
    first, second = await journey(database, tmp_path)
    for told in (tables(first), tables(second)):
        (telephone,), (hours,), (service,) = told["phones"], told["schedules"], told["services"]
        assert (telephone["extension"], telephone["given_extension"]) == ("", "12 or 13")
        assert (hours["timezone"], hours["given_timezone"]) == ("", "America/Chicago")
        assert service["given_url"] == "http://[broken"


async def test_our_own_columns_come_back(database: Database, tmp_path: Path) -> None:
    await stored(database)
    folder = await export(database, tmp_path / "out")
    async with empty_database(tmp_path) as other:
        report = await import_directory(other, folder, ImportOptions())
        assert report.total("repaired") == report.total("refused") == 0
        async with other.transaction(write=False) as db:
            hours = (await db.scalars(select(Schedule))).one()
            assert (hours.timezone, hours.opens_at) == ("America/Chicago", time(9))
            assert hours.extra == {"opens_at": "9:00 AM", "hours": "Mondays"}
            telephone = (await db.scalars(select(Phone))).one()
            assert (telephone.extension, telephone.e164) == ("12 or 13", "+16985550101")
            service = (await db.scalars(select(Service))).one()
            assert (service.capacity, service.source, service.source_id) == ("room", None, None)


async def test_an_archive_is_valid_too_and_always_the_same(database: Database, tmp_path: Path) -> None:
    await stored(database)
    first = await export(database, tmp_path / "out.zip")
    second = await export(database, tmp_path / "again.zip")
    assert faults(first) == []
    assert first.read_bytes() == second.read_bytes()


async def journey(database: Database, folder: Path, **options: Any) -> tuple[Path, Path]:
    """Export, import that into an empty database, export again; return both packages."""
    first = await export(database, folder / "first", **options)
    async with empty_database(folder) as other:
        await import_directory(other, first, ImportOptions())
        second = await export(other, folder / "second")
        again = await import_directory(other, first, ImportOptions())
        assert {what for counter in again.changes.values() for what, n in counter.items() if n} <= {
            "unchanged"
        }
    return first, second


def differences(first: Path, second: Path) -> list[str]:
    """Return the lines, in any order, that only one of two packages has; a few will do."""
    files = {file.name for folder in (first, second) for file in folder.iterdir()}
    found: list[str] = []
    for name in sorted(files):
        left, right = (Counter(lines(folder / name)) for folder in (first, second))
        found += [f"{name} before: {line!r}" for line in left - right]
        found += [f"{name} after: {line!r}" for line in right - left]
    return found[:6]


def lines(file: Path) -> list[bytes]:
    return file.read_bytes().split(b"\n") if file.exists() else []


async def test_the_same_again_after_a_journey(database: Database, tmp_path: Path) -> None:
    await stored(database)
    first, second = await journey(database, tmp_path)
    assert differences(first, second) == []


async def test_a_journey_of_older_files(database: Database, tmp_path: Path) -> None:
    await import_directory(database, package(tmp_path), ImportOptions())
    first, second = await journey(database, tmp_path)
    assert differences(first, second) == []
    assert faults(first / "datapackage.json") == []
    assert {row["source"] for row in tables(second)["services"]} == {"harbor"}
    assert {row["source_id"] for row in tables(second)["services"]} == {"s1"}


async def test_only_one_source(database: Database, tmp_path: Path) -> None:
    await stored(database)
    await import_directory(database, package(tmp_path), ImportOptions())
    folder = await export(database, tmp_path / "out", source="harbor")
    assert faults(folder / "datapackage.json") == []
    assert {row["source"] for rows in tables(folder).values() for row in rows if "source" in row} <= {
        "harbor",
        "The county",
    }
    assert [row["name"] for row in tables(folder)["services"]] == ["Hot supper"]


async def test_columns_of_strangers_are_not_taken_for_ours(database: Database, tmp_path: Path) -> None:
    """`source` and `given_name` mean something else in a package that was not exported here."""
    path = package(
        tmp_path, {"services": [{"id": "s1", "name": "Supper", "source": "radio", "given_name": "Ann"}]}
    )
    await import_directory(database, path, ImportOptions())
    (row,) = tables(await export(database, tmp_path / "out"))["services"]
    assert (row["source"], row["source_id"]) == ("harbor", "s1")
    assert (row["given_source"], row["given_given_name"]) == ("radio", "Ann")


class Original:
    """The rows of a package, each with the id that it has here."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with open_package(folder) as opened:
            reader = HsdsCsv(opened)
            records = [record for record in reader.records(lambda _: None) if isinstance(record, Record)]
        self.source = reader.source
        self.ids = {(record.file, record.line): self._id(record) for record in records if record.drafts}

    def _id(self, record: Record) -> str:
        draft = record.drafts[0]
        return str(as_uuid(row_id(self.source, draft.table, draft.key)))

    def rows(self) -> Iterator[tuple[str, str, dict[str, str]]]:
        """Yield the file, the id and the cells of each row."""
        for file in sorted(self.folder.glob("*.csv")):
            with file.open(encoding="utf-8-sig", newline="") as stream:
                reader = csv.DictReader(stream)
                line = 2
                for row in reader:
                    yield file.name, self.ids[file.name, line], row
                    line = reader.line_num + 1


def missing(original: Original, told: Tables) -> list[str]:
    """Return every non-blank cell of the original files that is not in the exported row of the same record."""
    by_id = {row["id"]: row for rows in told.values() for row in rows}
    hidden = 0
    found = []
    for file, identity, cells in original.rows():
        row = by_id.get(identity)
        if row is None:
            hidden += 1
            continue
        texts = {text.strip() for text in row.values()}
        # References are told by our ids; the row they lead to tells its own id of before.
        texts |= {by_id[text]["source_id"] for text in row.values() if text in by_id}
        found += [
            f"{file}, {name}: {cell!r}"
            for name, cell in cells.items()
            if cell and cell.strip() and cell.strip() not in texts
        ]
    assert hidden <= 1, "one service has no name and is not published"
    return found


@pytest.mark.shared_data
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_of_real_listings_no_cell_is_lost(database: Database, tmp_path: Path) -> None:
    folder = shared_data("legal_aid")
    await import_directory(database, folder, ImportOptions())
    first, second = await journey(database, tmp_path)
    assert differences(first, second) == []
    assert faults(first / "datapackage.json") == []
    assert missing(Original(folder), tables(first)) == []


@pytest.mark.shared_data
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_real_listings_of_a_spreadsheet_survive_the_journey(database: Database, tmp_path: Path) -> None:
    from tests.directory.test_import_real import PANTRIES

    path = shared_data("pantries") / "input_records.ndjson"
    await import_directory(database, path, ImportOptions(mapping=PANTRIES))
    first, second = await journey(database, tmp_path)
    assert differences(first, second) == []
    assert faults(first / "datapackage.json") == []


async def test_odd_names_and_texts_survive_the_journey(database: Database, tmp_path: Path) -> None:
    service = Service(
        name="Supper",
        last_modified=NOON,
        extra={"a,b": "1", 'c"d': "2", "Über\u2028schrift": "x\r\ny", "e;f|g\th": ";"},
    )
    async with database.transaction() as db:
        db.add(service)
    first, second = await journey(database, tmp_path)
    assert differences(first, second) == []
    descriptor = msgspec.json.decode((first / "datapackage.json").read_bytes())
    assert descriptor["profile"] == "tabular-data-package"
    assert faults(first / "datapackage.json") == []
