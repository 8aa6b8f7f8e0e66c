"""Where exports go: whole or not at all, and over nothing that is not theirs. And the command that does it."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from core.database import Database
from directory.exporting import ExportRefused
from directory.exporting.rows import Reading
from directory.exporting.target import new_file, new_folder
from directory.importing import ImportOptions, import_directory
from tests.support.exported import export, tables
from tests.support.packages import package
from tests.support.tools import ROOT


class Broken(Exception):
    """Stands for whatever goes wrong half way."""


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_is_there_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "out.json"
    path.write_text("before")
    with pytest.raises(Broken), new_file(path) as part:
        part.write_text("half")
        raise Broken
    assert path.read_text() == "before"
    with new_file(path) as part:
        part.write_text("after")
        assert path.read_text() == "before"
    assert (path.read_text(), names(tmp_path)) == ("after", ["out.json"])


def test_a_folder_is_there_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "out"
    for content in ("first", "second"):
        with new_folder(path) as part:
            (part / "datapackage.json").write_text(content)
        assert (path / "datapackage.json").read_text() == content
    with pytest.raises(Broken), new_folder(path) as part:
        (part / "services.csv").write_text("half")
        raise Broken
    assert (names(tmp_path), names(path)) == (["out"], ["datapackage.json"])


def test_what_is_not_ours_is_left_alone(tmp_path: Path) -> None:
    thesis = tmp_path / "thesis"
    thesis.mkdir()
    (thesis / "chapter.txt").write_text("years of work")
    (thesis / "datapackage.json").write_text("{}")
    with pytest.raises(ExportRefused), new_folder(thesis):
        pass
    with pytest.raises(ExportRefused), new_file(thesis):
        pass
    with pytest.raises(ExportRefused), new_folder(thesis / "chapter.txt"):
        pass
    with pytest.raises(ExportRefused), new_file(tmp_path / "nowhere" / "out.json"):
        pass
    link = tmp_path / "link"
    link.symlink_to(thesis)
    with pytest.raises(ExportRefused), new_folder(link):
        pass
    assert (thesis / "chapter.txt").read_text() == "years of work"


@pytest.mark.parametrize("name", ["out.txt", "out.csv", "out.xls"])
async def test_an_ending_that_says_nothing_is_refused(database: Database, tmp_path: Path, name: str) -> None:
    with pytest.raises(ExportRefused):
        await export(database, tmp_path / name)
    with pytest.raises(ExportRefused):
        await export(database, tmp_path / name, format="xlsx")


@pytest.mark.parametrize("name", ["out.json", "out.ndjson"])
async def test_documents_one_by_one(database: Database, tmp_path: Path, name: str) -> None:
    empty = (await export(database, tmp_path / f"empty-{name}")).read_text()
    assert empty == ("[]" if name == "out.json" else "")
    await import_directory(database, package(tmp_path), ImportOptions())
    text = (await export(database, tmp_path / name)).read_text()
    found = json.loads(text) if name == "out.json" else [json.loads(line) for line in text.splitlines()]
    assert [service["name"] for service in found] == ["Hot supper"]
    assert found[0]["service_at_locations"][0]["location"]["addresses"][0]["city"] == "Harlow"


async def test_more_rows_than_are_read_at_once(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    services = [{"id": f"s{number}", "name": f"Supper {number}"} for number in range(7)]
    await import_directory(database, package(tmp_path, {"services": services}), ImportOptions())
    monkeypatch.setattr("directory.exporting.rows.CHUNK", 3)
    monkeypatch.setattr("directory.exporting.hsds_json.AT_ONCE", 3)
    told = tables(await export(database, tmp_path / "out"))
    assert sorted(row["source_id"] for row in told["services"]) == [f"s{number}" for number in range(7)]
    listed = json.loads((await export(database, tmp_path / "out.json")).read_text())
    assert len({service["id"] for service in listed}) == 7


async def test_all_of_it_is_of_one_moment(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is added while an export runs is not half in it."""
    await import_directory(database, package(tmp_path), ImportOptions())
    more = {
        "services": [{"id": "s9", "name": "Late supper"}],
        "phones": [{"id": "p9", "service_id": "s9", "number": "1"}],
    }
    late = package(tmp_path, more, name="late")
    count = Reading.rows

    async def meanwhile(reading: Reading, table: str):
        if table == "phone":
            await import_directory(database, late, ImportOptions())
        async for rows in count(reading, table):
            yield rows

    monkeypatch.setattr(Reading, "rows", meanwhile)
    told = tables(await export(database, tmp_path / "out"))
    assert {row["source"] for row in told["phones"]} == {"harbor"}


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"HANDRAIL_DATA_DIR": str(folder / "var"), "HANDRAIL_DEMO": "1"}
    command = [str(Path(sys.executable).parent / "litestar"), "directory", *arguments]
    return subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False
    )


def test_the_command(tmp_path: Path) -> None:
    assert run(tmp_path, "import", str(package(tmp_path))).returncode == 0
    out = tmp_path / "out"
    done = run(tmp_path, "export", str(out))
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip().endswith(f"rows were exported to {out}.")
    assert "datapackage.json" in names(out)
    refused = run(tmp_path, "export", str(tmp_path / "harbor"))
    assert refused.returncode == 1
    assert refused.stderr.strip().startswith("Not exported:")
    assert "services.csv" in names(tmp_path / "harbor")


def test_a_killed_export_leaves_nothing_under_the_name(tmp_path: Path) -> None:
    rows = [
        {"id": f"s{number}", "name": f"Supper {number}", "description": "x" * 500} for number in range(3_000)
    ]
    assert run(tmp_path, "import", str(package(tmp_path, {"services": rows}))).returncode == 0
    environment = os.environ | {"HANDRAIL_DATA_DIR": str(tmp_path / "var"), "HANDRAIL_DEMO": "1"}
    out = tmp_path / "out.ndjson"
    command = [str(Path(sys.executable).parent / "litestar"), "directory", "export", str(out)]
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL)
    try:
        while process.poll() is None and not list(tmp_path.glob(".out.ndjson.*.part")):
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
    finally:
        process.wait()
    assert not out.exists() or len(out.read_text().splitlines()) == 3_000
