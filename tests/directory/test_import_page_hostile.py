"""The page on which staff import a table, for those who are not meant to, and for files that mean harm."""

import asyncio
import io
import json
import random
import uuid
import zipfile
from typing import Any

import pytest
from openpyxl import Workbook
from sqlalchemy import func, select, update

from accounts.models import Agency, User
from core.database import Database
from core.jobs import run_due
from core.settings import Settings
from directory.intake.desk import MAX_BYTES
from directory.models import Location, Metadata, Organization, Phone, Service, ServiceAtLocation
from tests.directory.test_import_page import (
    HEADER,
    begun,
    bring,
    entries,
    imported,
    rows,
    services,
    table,
    tried,
)
from tests.support.casework import add_service
from tests.support.cast import Cast
from tests.support.http import Http, post_form, sign_in

PATHS = (
    ("GET", ""),
    ("POST", ""),
    ("GET", "/preview"),
    ("GET", "/report.csv"),
    ("GET", "/rows?line=2"),
    ("POST", "/rows"),
    ("POST", "/run"),
    ("GET", "/done"),
    ("POST", "/drop"),
)


async def status(http: Http, method: str, address: str) -> int:
    if method == "GET":
        return (await http.get(address)).status_code
    return (await post_form(http, address, {"version": "1", "f-name": "0", "cell-2-0": "x"})).status_code


async def test_nobody_else_reaches_an_import(http: Http, database: Database) -> None:
    await sign_in(http, Cast.omar)
    at = await begun(http, table(rows(3)))
    await tried(http, database, at)
    for member, expected in ((Cast.sam, 404), (Cast.ada, 404), (Cast.nina, 403), (Cast.cora, 403)):
        await sign_in(http, member)
        denied = len(await entries(database, "denied"))
        for method, path in PATHS:
            assert await status(http, method, at + path) == expected, (member.name, method, path)
        assert len(await entries(database, "denied")) == denied + len(PATHS)
        found = await http.get("/listings/import")
        assert found.status_code == (403 if expected == 403 else 200)
        assert "list.csv" not in found.text
    assert (await bring(http, table(rows(3)))).status_code == 403
    await sign_in(http, Cast.omar)
    assert await status(http, "GET", f"{at}/preview") == 200
    assert await services(database) == []
    for method, path in PATHS:
        assert await status(http, method, f"/listings/import/{uuid.uuid4()}{path}") == 404


async def test_who_is_no_administrator_any_more_has_no_table_for_all(http: Http, database: Database) -> None:
    await sign_in(http, Cast.sam)
    at = await begun(http, table(rows(3)))
    async with database.transaction() as db:
        await db.execute(update(User).where(User.id == Cast.sam.user_id).values(role="provider"))
    assert (await http.get(at)).status_code == 404
    assert "list.csv" not in (await http.get("/listings/import")).text


def archive(**files: str) -> bytes:
    """Return a zip archive of tables."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as package:
        for name, text in files.items():
            package.writestr(f"{name}.csv", text)
    return stream.getvalue()


async def whole(database: Database) -> dict[str, list[Any]]:
    """Return what a listing that somebody else keeps is made of."""
    async with database.transaction(write=False) as db:
        return {
            model.__tablename__: [
                tuple(row) for row in await db.execute(select(model.__table__).order_by(model.__table__.c.id))
            ]
            for model in (Organization, Service, Location, ServiceAtLocation, Phone, Metadata)
        }


async def test_an_organization_imports_nothing_but_its_own_listings(http: Http, database: Database) -> None:
    async with database.transaction() as db:
        other = await add_service(db, organization=Cast.elsewhere.id)
        await db.execute(update(Organization).values(source="state list"))
        await db.execute(update(Service).values(source="state list"))
    before = await whole(database)
    theirs, org = str(other.id), str(other.organization_id)
    package = archive(
        organizations=f"id,name,description\n{org},Taken over,x\n{uuid.uuid4()},Another,y\n",
        services=f"id,organization_id,name,status\n{theirs},{org},Taken over,active\nmine,{org},Mine,active\n",
        phones=f"id,service_id,organization_id,number\n1,{theirs},,555\n2,,{org},556\n3,mine,,(698) 555-0123\n",
        locations=f"id,organization_id,name,latitude,longitude,location_type\nroom,{org},Room,41.5,-93.5,physical\n",
        services_at_location=f"id,service_id,location_id\n1,{theirs},room\n2,mine,room\n",
        metadata=f"id,resource_id,resource_type,last_action_date,last_action_type,field_name,previous_value,"
        f"replacement_value,updated_by\n1,{theirs},service,2026-01-01,update,name,a,b,Nina\n",
    )
    await sign_in(http, Cast.omar)
    at = await begun(http, package, "all.zip")
    await run_due(database, http.settings)
    preview = (await http.get(f"{at}/preview")).text
    assert "only those are taken from a file of your own listings" in preview
    await imported(http, database, at)
    after = await whole(database)
    for name, found in before.items():
        assert [row for row in after[name] if row in found] == found, name
    new = {name: [row for row in after[name] if row not in before[name]] for name in after}
    assert {name: len(found) for name, found in new.items()} == {
        "organization": 1,
        "service": 1,
        "location": 1,
        "service_at_location": 1,
        "phone": 1,
        "metadata": 0,
    }
    async with database.transaction(write=False) as db:
        mine = (await db.scalars(select(Service).where(Service.name == "Mine"))).one()
        assert mine.organization_id == Cast.pantry.id
        link = (
            await db.scalars(select(ServiceAtLocation).where(ServiceAtLocation.service_id == mine.id))
        ).one()
        assert link.source == mine.source == "import Harlow Food Shelf"


async def test_a_table_with_the_id_of_anothers_listing_changes_nothing_of_it(
    http: Http, database: Database
) -> None:
    async with database.transaction() as db:
        other = await add_service(db, organization=Cast.elsewhere.id)
        await db.execute(update(Service).values(source="state list"))
    before = await whole(database)
    lines = [[str(other.id), "Someone else", *line] for line in rows(2)[:1]] + [
        ["", "Someone else", *rows(2)[1]]
    ]
    await sign_in(http, Cast.omar)
    at = await begun(http, table(lines, ["Id", "Organization", *HEADER]))
    assert (
        "What these columns say about organizations is not used: Organization." in (await http.get(at)).text
    )
    await tried(http, database, at, **{"f-id": "0", "f-organization": "1"})
    await imported(http, database, at)
    after = await whole(database)
    assert [row for row in after["service"] if row in before["service"]] == before["service"]
    async with database.transaction(write=False) as db:
        assert not await db.scalar(
            select(func.count()).where(Phone.service_id == other.id, Phone.source.is_not(None))
        )
        links = select(ServiceAtLocation).where(ServiceAtLocation.service_id == other.id)
        assert all(one.source is None for one in await db.scalars(links))
    mine = [one for one in await services(database) if one.id != other.id]
    assert [(one.name, one.organization_id) for one in mine] == [
        ("Cupboard 1", Cast.pantry.id),
        ("Cupboard 2", Cast.pantry.id),
    ]


async def test_an_administrator_imports_for_every_organization_of_the_file(
    http: Http, database: Database
) -> None:
    lines = [["Lantern House" if index % 2 else "Millrace", *line] for index, line in enumerate(rows(4))]
    await sign_in(http, Cast.ada)
    at = await begun(http, table(lines, ["Agency name", *HEADER]))
    await tried(http, database, at)
    await imported(http, database, at)
    async with database.transaction(write=False) as db:
        assert set(await db.scalars(select(Organization.name))) == {"Lantern House", "Millrace"}
        assert set(await db.scalars(select(Organization.source))) == {"import Alder County Family Services"}


async def test_an_organization_without_a_listing_gets_one_and_one_with_keeps_its_own(
    http: Http, database: Database
) -> None:
    for _ in range(2):
        await sign_in(http, Cast.omar)
        at = await begun(http, table(rows(2)))
        await tried(http, database, at)
        await imported(http, database, at)
    async with database.transaction(write=False) as db:
        (mine,) = await db.scalars(select(Organization))
        assert (mine.id, mine.name) == (Cast.pantry.id, "Harlow Food Shelf")


async def test_organizations_of_one_name_have_sources_of_their_own(http: Http, database: Database) -> None:
    async with database.transaction() as db:
        db.add(Agency(id=uuid.uuid4(), name=Cast.pantry.name))
    await sign_in(http, Cast.omar)
    at = await begun(http, table(rows(1)))
    await tried(http, database, at)
    await imported(http, database, at)
    async with database.transaction() as db:
        await db.execute(update(Agency).where(Agency.id == Cast.pantry.id).values(name="Renamed"))
    await sign_in(http, Cast.omar)
    at = await begun(http, table(rows(1)))
    await tried(http, database, at)
    await imported(http, database, at)
    assert [one.source for one in await services(database)] == [
        f"import Harlow Food Shelf {str(Cast.pantry.id)[:8]}"
    ]


def workbook(lines: list[list[Any]]) -> bytes:
    stream = io.BytesIO()
    book = Workbook()
    sheet = book.create_sheet("Services", 0)
    for line in [HEADER, *lines]:
        sheet.append(line)
    book.save(stream)
    return stream.getvalue()


def bomb() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("services.csv", b"name\n" + b"0" * 200_000_000)
    return stream.getvalue()


def ndjson(lines: list[list[str]]) -> bytes:
    return "\n".join(json.dumps(dict(zip(HEADER, line, strict=True))) for line in lines).encode()


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("list.csv", table(rows(3))),
        ("list.txt", table(rows(3)).replace(b",", b"\t")),
        ("a picture.png", workbook(rows(3))),
        ("list.pdf", ndjson(rows(3))),
        ("..\\..\\etc/passwd", "\ufeff".encode() + table(rows(3))),
        ("list.csv", table(rows(3)).decode().encode("utf-16")),
    ],
    ids=["csv", "tsv", "workbook", "rows of JSON", "a way out", "utf-16"],
)
async def test_what_a_file_is_is_seen_by_what_it_holds(
    http: Http, database: Database, settings: Settings, name: str, data: bytes
) -> None:
    await sign_in(http, Cast.omar)
    at = await begun(http, data, name)
    assert "What would change" in await tried(http, database, at)
    await imported(http, database, at)
    assert [one.name for one in await services(database)] == ["Cupboard 1", "Cupboard 2", "Cupboard 3"]
    assert len(list((settings.data_dir / "imports").iterdir())) == 1


async def test_hsds_documents_go_straight_to_the_preview(http: Http, database: Database) -> None:
    document = {
        "id": str(uuid.uuid4()),
        "name": "Ladder to work",
        "status": "active",
        "organization": {"id": str(uuid.uuid4()), "name": "Somebody", "description": "x"},
        "phones": [{"id": str(uuid.uuid4()), "number": "(698) 555-0142"}],
    }
    await sign_in(http, Cast.omar)
    answer = await bring(http, json.dumps(document).encode(), "one.json")
    assert answer.headers["location"].endswith("/preview")
    await run_due(database, http.settings)
    at = answer.headers["location"].removesuffix("/preview")
    assert (await http.get(at)).headers["location"] == f"{at}/preview"
    await imported(http, database, at)
    (found,) = await services(database)
    assert (found.name, found.organization_id) == ("Ladder to work", Cast.pantry.id)


FILES: list[tuple[str, bytes, str]] = [
    ("nothing", b"", "Choose the file"),
    ("empty", b"", "is empty"),
    ("a PDF", b"%PDF-1.7 " + bytes(range(256)), "not a table"),
    ("a picture", b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "not a table"),
    ("a page", b"<!doctype html><script>alert(1)</script>", "not a table"),
    ("noise", random.Random(7).randbytes(4000), "table.csv"),
    ("only names", b"name,phone\n", "no row below"),
    ("many columns", table([["x"] * 10_000], [f"c{n}" for n in range(10_000)]), "10000 columns"),
    (
        "some more columns than can be offered",
        table([["x"] * 201], [f"c{n}" for n in range(201)]),
        "201 columns",
    ),
    ("a bomb", bomb(), "unpacks to far more"),
    ("half an archive", archive(services="name\nx\n")[:60], "table.zip"),
    ("an archive of no tables", b"PK\x05\x06" + b"\0" * 18, "holds no CSV"),
    ("an old workbook", b"\xd0\xcf\x11\xe0" + b"\0" * 600, "save it as .xlsx"),
    ("two tables", archive(a="x,y\n1,2\n", b="x,y\n1,2\n"), ""),
    ("a link out of the archive", archive(**{"../services": "name\nx\n"}), "points outside"),
]


@pytest.mark.parametrize(("name", "data", "told"), FILES, ids=[name for name, _, _ in FILES])
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_what_is_no_table_is_refused_with_why(
    http: Http, settings: Settings, name: str, data: bytes, told: str
) -> None:
    await sign_in(http, Cast.omar)
    answer = await bring(http, data, "" if name == "nothing" else "list.csv")
    assert answer.status_code == 422
    assert told in answer.text
    folder = settings.data_dir / "imports"
    assert not folder.exists() or list(folder.iterdir()) == []


@pytest.mark.parametrize("data", [b'{"a": [1, 2]}', b"[" * 100_000, b"{"], ids=["other", "deep", "cut off"])
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_json_that_says_nothing_to_us_is_refused_when_it_is_tried_out(
    http: Http, database: Database, data: bytes
) -> None:
    await sign_in(http, Cast.omar)
    answer = await bring(http, data, "one.json")
    assert answer.status_code == 303
    await run_due(database, http.settings)
    assert "This table cannot be imported." in (await http.get(answer.headers["location"])).text


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_large_files_are_taken_here_and_nowhere_else(http: Http) -> None:
    await sign_in(http, Cast.omar)
    line = b"Cupboard,Groceries for a week\n"
    large = b"Program name,What they do\n" + line * (9_900_000 // len(line))
    assert (await bring(http, large)).status_code == 303
    answer = await bring(http, large + line * (150_000 // len(line)))
    assert answer.status_code == 422
    assert "at most 10 MB" in answer.text
    for answer in (
        await bring(http, large + large),
        await http.post("/account/password", data=http.guard(), files={"file": ("x", b"x" * 1_100_000)}),
    ):
        assert answer.status_code == 400
        assert "That is too large" in answer.text
    assert MAX_BYTES == 10_000_000


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_form_of_another_site_brings_nothing(http: Http, settings: Settings) -> None:
    await sign_in(http, Cast.omar)
    answer = await http.post(
        "/listings/import", data={"_key": "k" * 20}, files={"file": ("x.csv", table(rows(1)))}
    )
    assert answer.status_code == 400
    answer = await post_form(http, "/listings/import", {"file": "typed, not brought"})
    assert answer.status_code == 422


async def test_what_stands_in_a_table_is_text_on_every_page(http: Http, database: Database) -> None:
    lines = rows(3)
    lines[0][0], lines[1][5] = "<script>alert(1)</script> & more", "<img src=x onerror=alert(2)>"
    await sign_in(http, Cast.omar)
    at = await begun(http, table(lines, [*HEADER[:7], "<b>note</b>"]))
    pages = [
        (await http.get(at)).text,
        await tried(http, database, at),
        (await http.get(f"{at}/rows?line=3")).text,
    ]
    pages.append(await imported(http, database, at))
    for text in pages:
        assert "<script>alert" not in text
        assert "<img src=x" not in text
        assert "<b>note" not in text


async def test_others_bring_tables_while_one_is_imported(http: Http, database: Database) -> None:
    await sign_in(http, Cast.omar)
    first = await begun(http, table(rows(90)))
    await tried(http, database, first)
    second = await begun(http, table(rows(3)))
    await post_form(http, f"{first}/run", {"version": "1"})
    answers = await asyncio.gather(
        run_due(database, http.settings),
        bring(http, table(rows(5))),
        http.get(second),
        http.get(f"{first}/preview"),
    )
    assert [one.status_code for one in answers[1:]][:2] == [303, 200]
    assert len(await entries(database, "listing.imported")) == 1
    assert len(await services(database)) == 90
