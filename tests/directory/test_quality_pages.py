"""The report of listings as a page and as a command: who sees whose, what leads where, and files that run nothing."""

import json
from pathlib import Path

import pytest
from sqlalchemy import select, update

from core.database import Database
from directory.models import Organization, Service
from directory.quality import CHECKS, GAPS
from tests.directory.quality_listings import sound
from tests.support.cast import Cast
from tests.support.http import Http, sign_in
from tests.support.server import command


async def listings(database: Database, number: int = 1) -> None:
    """Add a listing of Omar's pantry and others of nobody that signs in, all never checked."""
    async with database.transaction() as db:
        db.add(Organization(id=Cast.pantry.id, name=Cast.pantry.name))
        own = await sound(db, "Own groceries", None)
        own.service.organization_id = Cast.pantry.id
        for at in range(number):
            (await sound(db, f"Other {at}")).service.name = f"=cmd|'/C calc'!A{at} <b>"
        await db.flush()
        await db.execute(update(Service).values(assured_date=None))


async def test_it_works(http: Http, database: Database) -> None:
    await listings(database)
    await sign_in(http, Cast.cora)
    page = (await http.get("/listings/quality")).text
    assert "Never checked" in page and 'href="/listings/quality/list?check=never-checked"' in page
    assert "county list" in page and "Made here" in page
    page = (await http.get("/listings/quality/list?check=never-checked")).text
    assert "Own groceries" in page and "&lt;b&gt;" in page and "<b> " not in page
    page = (await http.get("/listings/quality/list?check=never-checked&source=-")).text
    assert "Own groceries" in page and "calc" not in page
    service = await _service(database, "Own groceries")
    assert f'href="/services/{service.id}"' in page
    page = (await http.get("/listings/quality?source=county+list")).text
    assert "check=never-checked&amp;source=county%20list" in page


async def test_an_organization_sees_its_own_listings_only(http: Http, database: Database) -> None:
    await listings(database)
    await sign_in(http, Cast.omar)
    assert 'href="/listings/quality"' in (await http.get("/listings")).text
    for address in ("/listings/quality", "/listings/quality.csv", *_lists()):
        answer = await http.get(address)
        assert answer.status_code == 200, address
        assert "calc" not in answer.text and "county list" not in answer.text, address
    assert "Own groceries" in (await http.get("/listings/quality/list?check=never-checked")).text
    assert (await http.get("/listings/quality?source=county+list")).status_code == 404


def _lists() -> list[str]:
    return [
        f"/listings/quality/list{kind}?check={code}" for code in (*CHECKS, *GAPS) for kind in ("", ".csv")
    ]


async def test_others_may_not_look(http: Http, database: Database) -> None:
    addresses = ("/listings/quality", "/listings/quality.csv", *_lists()[:2])
    for address in addresses:
        assert (await http.get(address)).status_code == 303, address
    await sign_in(http, Cast.nina)
    for address in addresses:
        assert (await http.get(address)).status_code == 403, address


async def test_files_run_nothing_in_a_spreadsheet(http: Http, database: Database) -> None:
    await listings(database)
    async with database.transaction() as db:
        await db.execute(update(Service).where(Service.source.is_not(None)).values(source="@sum(1)"))
    await sign_in(http, Cast.ada)
    answer = await http.get("/listings/quality/list.csv?check=never-checked")
    assert "'=cmd|" in answer.text and ",=cmd" not in answer.text
    assert answer.headers["content-type"].startswith("text/csv")
    answer = await http.get("/listings/quality.csv")
    assert "'@sum(1)" in answer.text and "\n@sum" not in answer.text
    assert "never-checked" in answer.text


async def test_long_lists_go_on(http: Http, database: Database) -> None:
    await listings(database, 51)
    await sign_in(http, Cast.ada)
    address = "/listings/quality/list?check=never-checked"
    first = (await http.get(address)).text
    assert first.count("calc") + first.count("Own groceries</a>") == 50 and "From the beginning" not in first
    after = first.partition("&amp;after=")[2].partition('"')[0]
    second = (await http.get(f"{address}&after={after}")).text
    assert second.count("calc") + second.count("Own groceries</a>") == 2
    assert "From the beginning" in second and "after=" not in second


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("quality/list", 404),
        ("quality/list?check=nonsense", 404),
        ("quality/list.csv?check=%00", 400),
        ("quality/list?check=stale&after=1%27--", 400),
        ("quality/list?check=stale&source=%27%3B+DROP", 200),
        ("quality/list?check=stale&source=%F0%9F%92%A5", 200),
        ("quality?source=nobody", 404),
    ],
)
async def test_nonsense_is_refused(http: Http, query: str, status: int) -> None:
    await sign_in(http, Cast.ada)
    assert (await http.get(f"/listings/{query}")).status_code == status


async def test_an_empty_directory_says_so(http: Http) -> None:
    await sign_in(http, Cast.ada)
    assert "No listing yet" in (await http.get("/listings/quality")).text
    assert "Nothing found" in (await http.get("/listings/quality/list?check=stale")).text


async def _service(database: Database, name: str) -> Service:
    async with database.transaction(write=False) as db:
        return (await db.scalars(select(Service).where(Service.name == name))).one()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_the_command_tells_the_same(database: Database, database_url: str, tmp_path: Path) -> None:
    await listings(database)
    env = {"HANDRAIL_DATA_DIR": str(tmp_path), "HANDRAIL_DATABASE_URL": database_url, "HANDRAIL_DEMO": "1"}
    told = command("directory", "quality", env=env)
    assert told.returncode == 0, told.stderr
    assert "2  Never checked [never-checked]" in told.stdout and "== county list" in told.stdout
    told = command("directory", "quality", "--source", "-", "--format", "json", env=env)
    assert json.loads(told.stdout)["all"]["findings"]["never-checked"] == 1
    told = command("directory", "quality", "--list", "never-checked", "--format", "csv", env=env)
    assert told.stdout.count("'=cmd|") == 1 and "Own groceries" in told.stdout
    told = command("directory", "quality", "--list", "never-checked", "--source", "nobody", env=env)
    assert (told.returncode, told.stdout) == (0, "")
    told = command("directory", "quality", "--list", "nonsense", env=env)
    assert told.returncode == 2 and "out-of-reach" in told.stderr
