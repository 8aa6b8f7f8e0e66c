"""The page on which staff import a table: what is drafted, tried out, put right and imported, and for whom."""

import csv
import io
import re
import secrets
from typing import Any
from uuid import UUID

import httpx
from sqlalchemy import select

from accounts.models import AuditEntry
from core.database import Database
from core.jobs import run_due
from core.settings import Settings
from directory.models import Organization, Phone, Service
from tests.support.cast import Cast
from tests.support.http import Http, post_form, sign_in

HEADER = ["Program name", "What they do", "Street", "Town", "ZIP", "Telephone", "Open", "Internal note"]


def rows(number: int) -> list[list[str]]:
    """Return invented services."""
    return [
        [
            f"Cupboard {index}",
            "Groceries for a week, once a month, for whoever asks.",
            f"{index} Lantern Street",
            "Harlow",
            "69812",
            f"(698) 555-01{index:02}",
            "Mon-Fri 9am-5pm",
            f"ask for box {index}",
        ]
        for index in range(1, number + 1)
    ]


def table(lines: list[list[str]], header: list[str] = HEADER) -> bytes:
    """Return a table as CSV."""
    stream = io.StringIO()
    csv.writer(stream).writerows([header, *lines])
    return stream.getvalue().encode()


async def bring(http: Http, data: bytes, name: str = "list.csv") -> httpx.Response:
    """Upload a file as the form of the page does."""
    return await http.post("/listings/import", data=http.guard(), files={"file": (name, data)})


async def begun(http: Http, data: bytes, name: str = "list.csv") -> str:
    """Upload a file that is taken, and return the address of its import."""
    answer = await bring(http, data, name)
    assert answer.status_code == 303, answer.text
    return re.sub(r"/preview$", "", answer.headers["location"])


def chosen(html: str) -> dict[str, list[str]]:
    """Return what the form about columns would send, as it was drafted."""
    form: dict[str, list[str]] = {}
    for name, options in re.findall(r'<select id="[^"]*" name="(f-[^"]*)"[^>]*>(.*?)</select>', html, re.DOTALL):
        form.setdefault(name, []).extend(re.findall(r'<option value="(\d+)" selected>', options))
    version = re.search(r'name="version" value="(\d+)"', html)
    return form | {"version": [version[1]]} if version else form


async def tried(http: Http, database: Database, at: str, **changed: Any) -> str:
    """Send the columns as drafted but for what is changed, let the job run, and return the page of the trial."""
    form = chosen((await http.get(at)).text) | changed
    answer = await post_form(http, at, form)
    assert answer.status_code == 303, answer.text
    await run_due(database, http.settings)
    return (await http.get(f"{at}/preview")).text


async def imported(http: Http, database: Database, at: str, version: str = "1") -> str:
    """Have a version imported, and return the page of what came of it."""
    answer = await post_form(http, f"{at}/run", {"version": version})
    assert answer.status_code == 303, answer.text
    await run_due(database, http.settings)
    return (await http.get(f"{at}/done")).text


async def services(database: Database) -> list[Service]:
    async with database.transaction(write=False) as db:
        return list(await db.scalars(select(Service).order_by(Service.name)))


async def test_it_works(http: Http, database: Database, settings: Settings) -> None:
    await sign_in(http, Cast.omar)
    assert "/listings/import" in (await http.get("/listings")).text
    at = await begun(http, table(rows(3)))
    offered = (await http.get(at)).text
    assert "Which column holds what" in offered
    assert "Cupboard 1" in offered
    assert "ask for box 2" in offered.partition("Kept, but not shown")[2]
    preview = await tried(http, database, at)
    assert "What would change" in preview
    assert await services(database) == []
    done = await imported(http, database, at)
    assert "The table is imported." in done
    found = await services(database)
    assert [one.name for one in found] == ["Cupboard 1", "Cupboard 2", "Cupboard 3"]
    assert {one.organization_id for one in found} == {Cast.pantry.id}
    assert {one.source for one in found} == {"import Harlow Food Shelf"}
    assert all(f"/services/{one.id}" in done for one in found)
    assert not list((settings.data_dir / "imports" / at.rpartition("/")[2]).glob("upload.csv"))
