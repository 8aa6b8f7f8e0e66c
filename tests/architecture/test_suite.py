"""The suite runs its tests in several processes, and keeps together what shares something dear."""

import subprocess
import sys
from pathlib import Path

GROUPED = """
import os
import pytest

@pytest.mark.xdist_group("together")
@pytest.mark.parametrize("number", range(6))
def test_one(number):
    with open("processes", "a") as file:
        print(os.getpid(), file=file)
"""


def test_tests_of_a_group_run_in_one_process(tmp_path: Path) -> None:
    """A release of pytest was once silently too new for this: every dear thing was made twice."""
    (tmp_path / "test_grouped.py").write_text(GROUPED)
    words = ["-m", "pytest", "--quiet", "--numprocesses", "2", "--dist", "loadgroup", "--rootdir", "."]
    done = subprocess.run([sys.executable, *words], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    processes = (tmp_path / "processes").read_text().split()
    assert len(processes) == 6
    assert len(set(processes)) == 1
