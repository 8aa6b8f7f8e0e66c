"""Mappings drafted for tables that nobody has seen before."""

import csv
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from core.database import Database
from directory.importing import ImportOptions, ImportRefused, import_directory
from directory.importing.drafting import Draft, draft_mapping, plain_words
from directory.importing.mapping import load_mapping
from directory.models import Phone, Schedule, Service
from tests.support.packages import table
from tests.support.tools import ROOT, shared_data


def draft(rows: list[dict[str, Any]]) -> Draft:
    return draft_mapping(list(rows[0]), rows)


def columns(found: Draft) -> dict[str, tuple[str, ...]]:
    return {guess.field: guess.columns for guess in found.guesses}


ROW = {
    "name": "Harbor Table {}",
    "phone": "(698) 555-01{:02}",
    "street": "{} Pier Road",
    "town": "Harlow",
    "state": "NE",
    "zip": "69812",
    "hours": "Mon-Fri 9am - 5pm",
    "mail": "table{}@harbor.example",
    "web": "www.harbor{}.example",
    "lat": "42.05{}",
    "lon": "-101.4{}",
}


def rows(headers: dict[str, str], count: int = 8) -> list[dict[str, Any]]:
    """Rows of one invented table whose columns are called as `headers` says."""
    return [{headers[key]: text.format(number) for key, text in ROW.items()} for number in range(count)]


def test_it_works_in_english() -> None:
    names = [
        "Agency Name",
        "Tel. No.",
        "Street Addr",
        "Town",
        "St",
        "ZIP5",
        "Days/Hours",
        "E-Mail",
        "webSite",
        "Lat.",
        "LNG",
    ]
    found = columns(draft(rows(dict(zip(ROW, names, strict=True)))))
    fields = [
        "name",
        "phone",
        "address_1",
        "city",
        "state_province",
        "postal_code",
        "hours",
        "email",
        "url",
        "latitude",
        "longitude",
    ]
    assert {field: found[field][0] for field in fields} == dict(zip(fields, names, strict=True))


def test_it_works_in_spanish() -> None:
    names = [
        "Nombre",
        "Teléfono",
        "Dirección",
        "Ciudad",
        "Estado",
        "Código Postal",
        "Horario de atención",
        "Correo electrónico",
        "Página web",
        "Latitud",
        "Longitud",
    ]
    found = columns(draft(rows(dict(zip(ROW, names, strict=True)))))
    assert set(found) == {
        "name",
        "phone",
        "address_1",
        "city",
        "state_province",
        "postal_code",
        "hours",
        "email",
        "url",
        "latitude",
        "longitude",
    }


def test_near_misses_are_unsure_and_said_so() -> None:
    found = draft([{"Servce Nmae": f"Meals {number}", "Phnoe": "hidden"} for number in range(5)])
    guess = next(guess for guess in found.guesses if guess.field == "name")
    assert guess.columns == ("Servce Nmae",)
    assert "# Unsure" in found.to_toml()


def test_contents_speak_where_headers_do_not() -> None:
    headers = {key: f"Field{number}" for number, key in enumerate(ROW, start=1)}
    found = columns(draft(rows(headers)))
    for key, field in {
        "name": "name",
        "phone": "phone",
        "street": "address_1",
        "state": "state_province",
        "zip": "postal_code",
        "hours": "hours",
        "mail": "email",
        "web": "url",
        "lat": "latitude",
        "lon": "longitude",
    }.items():
        assert found[field] == (headers[key],), field


def test_contents_speak_against_a_header() -> None:
    found = draft(
        [{"Name": f"Meals {n}", "Email": f"698-555-01{n:02}", "Phone": "a@b.example"} for n in range(9)]
    )
    assert columns(found)["phone"] == ("Email",)
    assert columns(found)["email"] == ("Phone",)


def test_several_telephones_are_all_taken() -> None:
    found = draft(
        [{"Name": f"Meals {n}", "Phone 1": "698-555-0101", "Phone 2": "698-555-0102"} for n in range(4)]
    )
    assert columns(found)["phone"] == ("Phone 1", "Phone 2")
    assert 'phone = [["Phone 1", "Phone 2"]]' in found.to_toml()


def test_what_fits_nothing_is_left_over() -> None:
    found = draft([{"Name": f"Meals {n}", "Blob": "7", "Color": "green"} for n in range(4)])
    assert found.left_over == ("Blob", "Color")
    assert '#   "Color"' in found.to_toml()


@pytest.mark.parametrize(
    "header",
    [
        [],
        [""],
        ["a" * 10_000],
        ['x"\n]', "[name]"],
        ["名前", "\x00"],
        ["name"] * 3,
        [f"c{n}" for n in range(2_000)],
    ],
)
def test_no_header_is_too_odd(header: list[str]) -> None:
    found = draft_mapping(header, [dict.fromkeys(header, "<b>" * 100)] * 3)
    assert isinstance(found.to_toml("odd"), str)


def test_draft_is_read_as_a_mapping(tmp_path: Path) -> None:
    names = dict(zip(ROW, ["Name [of it]", "Tel. No.", *list(ROW)[2:]], strict=True))
    path = tmp_path / "mapping.toml"
    path.write_text(draft(rows(names)).to_toml('my "source"'), encoding="utf-8")
    mapping = load_mapping(path)
    assert mapping.name == 'my "source"'
    assert {"name", "phone", "city", "latitude"} <= set(mapping.fields)


def test_headers_are_compared_by_their_words() -> None:
    assert {plain_words(text) for text in ("serviceName", "SERVICE_NAME", "Sérvice  name:")} == {
        "service name"
    }


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_drafted_mapping_brings_the_listings_in(database: Database, tmp_path: Path) -> None:
    names = [
        "Recurso",
        "Tel.",
        "Domicilio",
        "Municipio",
        "Edo.",
        "C.P.",
        "Cuando",
        "Correo",
        "Sitio",
        "Y",
        "X",
    ]
    listed = rows(dict(zip(ROW, names, strict=True)))
    path, mapping = tmp_path / "lista.csv", tmp_path / "mapping.toml"
    path.write_text(table(listed), encoding="utf-8")
    with pytest.raises(ImportRefused, match="draft-mapping"):
        await import_directory(database, path, ImportOptions())
    mapping.write_text(draft(listed).to_toml("lista"), encoding="utf-8")
    report = await import_directory(database, path, ImportOptions(mapping=mapping))
    assert report.total("refused") == 0
    async with database.transaction(write=False) as db:
        for model in (Service, Phone, Schedule):
            assert (
                await db.scalar(select(func.count()).select_from(model).where(model.source == "lista")) == 8
            )


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_import_says_when_few_columns_are_known(database: Database, tmp_path: Path) -> None:
    path = tmp_path / "odd.csv"
    path.write_text(table([{"Name": "Meals", "Blob": "1", "Glow": "2", "Phone": "698-555-0101", "Hum": "x"}]))
    report = await import_directory(database, path, ImportOptions())
    assert any("draft-mapping" in remark and "2 of 5 columns" in remark for remark in report.remarks)


def command(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"HANDRAIL_DATA_DIR": str(folder / "var"), "HANDRAIL_DEMO": "1"}
    called = [str(Path(sys.executable).parent / "litestar"), "directory", "draft-mapping", *arguments]
    return subprocess.run(
        called, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False
    )


def test_command_prints_or_writes_the_draft(tmp_path: Path) -> None:
    path, output = tmp_path / "food.csv", tmp_path / "mapping.toml"
    path.write_text(table(rows({key: key for key in ROW})), encoding="utf-8")
    printed = command(tmp_path, str(path))
    assert printed.returncode == 0, printed.stderr
    assert 'name = "food"' in printed.stdout
    written = command(tmp_path, str(path), "--output", str(output))
    assert written.returncode == 0
    assert output.read_text(encoding="utf-8") == printed.stdout
    assert (
        command(tmp_path, str(path), "--output", str(output)).returncode == 1
    )  # what a person changed is not written over


@pytest.mark.shared_data
def test_pantries_with_odd_headers_are_recognised(tmp_path: Path) -> None:
    """Nine tenths of what real rows say under odd headers goes where it belongs."""
    odd = {
        "name": "Nm of Site",
        "address": "Where",
        "city": "Town/City",
        "state": "ST.",
        "zip": "Postal",
        "phone": "Call",
        "hours": "When Open?",
        "latitude": "Y coord",
        "longitude": "X coord",
        "website": "Link",
    }
    path = shared_data("pantries") / "input_records.ndjson"
    records = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    listed = [
        {odd[key]: row.get(key) for key in odd}
        for row in records
        if isinstance(row.get("address"), str) and row.get("name")
    ]
    flat = tmp_path / "flat.csv"
    with flat.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, list(odd.values()))
        writer.writeheader()
        writer.writerows(listed)
    with flat.open(newline="", encoding="utf-8") as stream:
        found = columns(draft_mapping(list(odd.values()), list(csv.DictReader(stream))))
    wanted = {
        "name": "name",
        "address": "address_1",
        "city": "city",
        "state": "state_province",
        "zip": "postal_code",
        "phone": "phone",
        "hours": "hours",
        "latitude": "latitude",
        "longitude": "longitude",
        "website": "url",
    }
    right = [key for key, field in wanted.items() if found.get(field, ("",))[0] == odd[key]]
    assert len(right) >= 9, (right, found)
