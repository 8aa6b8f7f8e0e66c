"""`litestar directory import` as people type it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.packages import package
from tests.support.tools import ROOT


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"HANDRAIL_DATA_DIR": str(folder / "var"), "HANDRAIL_DEMO": "1"}
    command = [str(Path(sys.executable).parent / "litestar"), "directory", "import", *arguments]
    return subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("command")


def test_it_works_and_again_changes_nothing(folder: Path) -> None:
    path = package(folder)
    first = run(folder, str(path), "--report", str(folder / "report.txt"))
    assert first.returncode == 0, first.stderr
    assert "service: 2 added" in first.stdout
    assert "services.csv:2: service taken" in (folder / "report.txt").read_text()
    second = run(folder, str(path))
    assert second.returncode == 0
    assert "service: 2 unchanged" in second.stdout


def test_refused_with_one_line_and_an_exit_code(folder: Path) -> None:
    path = folder / "bad.csv"
    path.write_bytes(b"name\nCaf\x81\n")
    result = run(folder, str(path))
    assert result.returncode == 1
    lines = [line for line in result.stderr.splitlines() if line.strip()]
    assert len(lines) == 1
    assert lines[0].startswith("Not imported: bad.csv, line 2: byte 0x81 is neither UTF-8")


def test_help_tells_the_options(folder: Path) -> None:
    result = run(folder, "--help")
    assert result.returncode == 0
    for option in ("--format", "--mapping", "--dry-run", "--report", "--source"):
        assert option in result.stdout
