"""HSDS documents as files: in every form they come in, put together to rows, and refused in one line where bad."""

import io
import json
import os
import signal
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select

from core.database import Database
from directory.hsds.nested import documents
from directory.importing import ImportOptions, ImportRefused, Report, import_directory, json_text
from directory.importing.json_text import split
from directory.models import HSDS_TABLES, Language, Organization, Phone, Schedule, Service
from tests.support.tools import ROOT


def service(name: str = "Soup Kitchen", **more: Any) -> dict[str, Any]:
    return {"id": str(uuid4()), "name": name, "status": "active"} | more


def organization(name: str = "Lantern House", **more: Any) -> dict[str, Any]:
    return {
        "id": str(uuid4()),
        "name": name,
        "description": "They help.",
        "website": "https://lantern.example",
    } | more


async def take(database: Database, path: Path, **options: Any) -> Report:
    return await import_directory(database, path, ImportOptions(source="feed", **options))


async def read(database: Database, *ids: str, shape: str = "service") -> list[dict[str, Any]]:
    async with database.transaction(write=False) as db:
        found = await documents(db, shape, [UUID(one) for one in ids])
    result: list[dict[str, Any]] = json.loads(json.dumps(found, default=str))
    return result


async def count(database: Database, model: Any) -> int:
    async with database.transaction(write=False) as db:
        return await db.scalar(select(func.count()).select_from(model)) or 0


def written(folder: Path, name: str, content: Any, *, lines: bool = False) -> Path:
    path = folder / name
    path.write_text("\n".join(map(json.dumps, content)) if lines else json.dumps(content), encoding="utf-8")
    return path


@pytest.mark.parametrize("form", ["one", "list", "lines", "page", "tables", "folder", "zip"])
async def test_every_form_brings_the_same_documents(database: Database, tmp_path: Path, form: str):
    first, second = service("One"), service("Two")
    wanted = [first] if form == "one" else [first, second]
    if form == "one":
        path = written(tmp_path, "service.json", first)
    elif form == "list":
        path = written(tmp_path, "services.json", [first, second])
    elif form == "lines":
        path = written(tmp_path, "services.ndjson", [first, second], lines=True)
    elif form == "page":
        path = written(tmp_path, "page.json", {"total_items": 2, "contents": [first, second]})
    elif form == "tables":
        path = written(tmp_path, "package.json", {"services": [first, second]})
    elif form == "folder":
        path = tmp_path / "feed"
        path.mkdir()
        written(path, "a.json", first)
        written(path, "b.json", [second])
    else:
        path = tmp_path / "feed.zip"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("services.json", json.dumps([first, second]))
    await take(database, path)
    assert await read(database, *(one["id"] for one in wanted)) == wanted


async def test_the_same_child_in_several_places_is_one_row(database: Database, tmp_path: Path):
    language = {"id": str(uuid4()), "name": "Spanish", "code": "es"}
    phone = {"id": str(uuid4()), "number": "(402) 555-0147", "languages": [language]}
    place = {"id": str(uuid4()), "location_type": "physical", "phones": [phone]}
    at = {"id": str(uuid4()), "location": place, "phones": [phone]}
    one = service(phones=[phone], service_at_locations=[at], languages=[language])
    await take(database, written(tmp_path, "service.json", one))
    assert (await count(database, Phone), await count(database, Language)) == (1, 1)
    assert await read(database, one["id"]) == [one]


async def test_one_id_that_says_different_things_becomes_two_rows(database: Database, tmp_path: Path):
    identity = str(uuid4())
    one = service(phones=[{"id": identity, "number": "402-555-0147"}])
    other = service(phones=[{"id": identity, "number": "402-555-0148"}])
    path = written(tmp_path, "services.json", [one, other])
    await take(database, path)
    assert await count(database, Phone) == 2
    assert await read(database, one["id"], other["id"]) == [one, other]
    report = await take(database, path)
    assert set(report.changes["phone"]) == {"unchanged"}


async def test_an_organization_is_put_together_from_all_documents(database: Database, tmp_path: Path):
    phone = {"id": str(uuid4()), "number": "402-555-0147"}
    house = organization()
    other = service(organization={"id": house["id"], "name": house["name"], "description": "They help."})
    one = service(organization=house | {"phones": [phone]})
    report = await take(database, written(tmp_path, "services.json", [one, other]))
    told = (await read(database, other["id"]))[0]["organization"]
    assert told == house | {"phones": [phone]}
    assert not any("differently" in remark for remark in report.remarks)


async def test_what_is_said_differently_is_told(database: Database, tmp_path: Path):
    house = organization()
    one, other = service(organization=house), service(organization=house | {"name": "Lantern Home"})
    report = await take(database, written(tmp_path, "services.json", [one, other]))
    assert any("said differently" in remark for remark in report.remarks)
    assert (await read(database, one["id"]))[0]["organization"]["name"] == "Lantern Home"


async def test_hours_in_words_are_read_and_told_as_they_were_said(database: Database, tmp_path: Path):
    hours = {"id": str(uuid4()), "description": "Mon-Fri 9am-5pm, Sat 10am-2pm"}
    one = service(schedules=[hours])
    path = written(tmp_path, "service.json", one)
    await take(database, path)
    async with database.transaction(write=False) as db:
        rows = (await db.scalars(select(Schedule).order_by(Schedule.byday))).all()
    assert [row.byday for row in rows] == ["MO,TU,WE,TH,FR", "SA"]
    assert (await read(database, one["id"]))[0]["schedules"] == [hours]


async def test_a_later_document_takes_away_what_it_no_longer_says(database: Database, tmp_path: Path):
    phone = {"id": str(uuid4()), "number": "402-555-0147"}
    one = service(phones=[phone])
    await take(database, written(tmp_path, "service.json", one))
    report = await take(database, written(tmp_path, "service.json", one | {"phones": []}))
    assert report.changes["phone"]["removed"] == 1
    assert await read(database, one["id"]) == [one | {"phones": []}]


async def test_rows_of_another_source_are_left_alone(database: Database, tmp_path: Path):
    house = organization()
    one = service(organization=house)
    await take(database, written(tmp_path, "services.json", [one]))
    stolen = house | {"name": "Somebody Else", "phones": [{"id": str(uuid4()), "number": "402-555-0199"}]}
    path = written(tmp_path, "other.json", [service("Theirs", organization=stolen)])
    report = await import_directory(database, path, ImportOptions(source="other"))
    assert any("another source (feed)" in remark for remark in report.remarks)
    async with database.transaction(write=False) as db:
        kept = (await db.scalars(select(Organization).where(Organization.id == UUID(house["id"])))).one()
    assert (kept.name, kept.source) == ("Lantern House", "feed")
    assert await count(database, Phone) == 0
    assert await count(database, Service) == 2


async def test_rows_that_are_no_documents_are_told_and_the_others_taken(database: Database, tmp_path: Path):
    one = service()
    path = tmp_path / "services.ndjson"
    path.write_text(f'not json\n[1]\n"text"\n{{"colour": "red"}}\n{json.dumps(one)}\n', encoding="utf-8")
    report = await take(database, path, format="hsds-json")
    assert report.rows["document"]["refused"] == 4
    assert await read(database, one["id"]) == [one]


REFUSED = {
    "cut off": b'[{"id": "1", "name": "x"',
    "no JSON": b"<xml/>",
    "UTF-16": '{"id": "1"}'.encode("utf-16"),
    "texts": b'["a", "b"]',
    "lists": b"[[1], [2]]",
    "one bracket too many": b'{"id": "1", "name": "x", "status": "active"}]',
}


@pytest.mark.parametrize("content", REFUSED.values(), ids=REFUSED)
async def test_bad_files_are_refused_in_one_line(database: Database, tmp_path: Path, content: bytes):
    path = tmp_path / "services.json"
    path.write_bytes(content)
    with pytest.raises(ImportRefused) as refused:
        await take(database, path)
    assert "\n" not in str(refused.value)
    for model in HSDS_TABLES.values():
        assert await count(database, model) == 0


async def test_deep_and_large_documents_are_refused(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    deep = tmp_path / "deep.json"
    deep.write_bytes(b'{"a":' * 50_000 + b"1" + b"}" * 50_000)
    with pytest.raises(ImportRefused, match="No row"):
        await take(database, deep)
    monkeypatch.setattr(json_text, "MAX_DOCUMENT", 100_000)
    large = tmp_path / "large.json"
    large.write_bytes(b'[{"id": "1", "name": "' + b"x" * 3_000_000 + b'"}]')
    with pytest.raises(ImportRefused, match="more than"):
        await take(database, large)


def test_documents_are_found_wherever_the_file_is_read_apart():
    """Braces, quotes and escapes within texts are none, whatever stands at the end of a chunk."""
    wanted: Sequence[Any] = [
        {"a": 'he said "}]{[" \\', "b": ["\\\\", {"c": "é 😀"}]},
        {"empty": ""},
        {"long": "y" * 700_000, "\\": "\\\\\\"},
        {},
    ]
    for text in (
        json.dumps(wanted),
        "\n".join(map(json.dumps, wanted)),
        json.dumps(wanted, ensure_ascii=False),
    ):
        found = [json.loads(one) for one in split(_Trickle(text.encode()), "file")]
        assert found == wanted


class _Trickle(io.BytesIO):
    """A file that gives a few bytes at a time."""

    def read(self, size: int | None = -1) -> bytes:
        return super().read(min(size or 7, 7) if self.tell() < 300 else size)


KILLED = """
import asyncio, sys
from pathlib import Path
from core.database import Database
from directory.importing import ImportOptions, import_directory, shelf

async def main(url, path, work, kill_at):
    keep = shelf.Shelf.keep
    def kept(self, **marks):
        keep(self, **marks)
        number = int(next(iter(marks.values())))
        print(number, flush=True)
        if number >= kill_at > 0:
            import os, signal
            os.kill(os.getpid(), signal.SIGKILL)
    shelf.Shelf.keep = kept
    await import_directory(Database(url), Path(path), ImportOptions(source="feed", work=Path(work)))

asyncio.run(main(*sys.argv[1:4], int(sys.argv[4])))
"""


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_killed_import_goes_on_where_it_was(database: Database, tmp_path: Path):
    wanted = [service(f"Number {number}") for number in range(1_700)]
    path, work = written(tmp_path, "services.ndjson", wanted, lines=True), tmp_path / "work"

    def run(kill_at: int) -> tuple[int, list[int]]:
        done = subprocess.run(
            [sys.executable, "-c", KILLED, database.url, str(path), str(work), str(kill_at)],
            cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}, stdout=subprocess.PIPE, check=False,
        )  # fmt: skip
        return done.returncode, [int(line) for line in done.stdout.split()]

    code, kept = run(1_000)
    assert code == -signal.SIGKILL
    assert kept == [500, 1_000]
    assert await count(database, Service) == 0
    code, kept = run(0)
    assert (code, kept) == (0, [1_500, 1_700])
    assert await read(database, *(one["id"] for one in wanted)) == wanted
    assert list(work.iterdir()) == []
