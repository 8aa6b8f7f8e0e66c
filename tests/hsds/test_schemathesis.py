"""The API against its own description, by schemathesis: every operation with thousands of right and wrong questions.

`HANDRAIL_TEST_CASES` sets how many are made for each operation, beside those that are listed for it.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.hsds.documents import written, written_in_full
from tests.hsds.listings import LISTS
from tests.hsds.values import EMAILS
from tests.support.server import Server, clean_environment, command

CASES = os.environ.get("HANDRAIL_TEST_CASES", "8")

LEAST = 10
"""Questions that each operation must be asked on average, those listed for it included."""

NOT_OURS = ("positive_data_acceptance", "negative_data_rejection")
"""Checks of what is done otherwise on purpose. What is blank or null was not said; a distance needs a postcode, and one
that there is: no description says that, `rules` does."""

pytestmark = pytest.mark.shared_data


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The demo county and documents of every kind, served as `make run` serves them."""
    folder = tmp_path_factory.mktemp("served")
    server = Server(folder)
    _run(server, "database", "upgrade")
    package = folder / "package"
    package.mkdir()
    for table in LISTS.keys() - {"service_at_location"}:
        made = [written(table, seed, shared=seed % 2 == 1) for seed in range(40)]
        path = package / f"{table}.json"
        documents = [without_odd_mail(one) for one in (*made, written_in_full(table))]
        path.write_text(json.dumps(documents), encoding="utf-8")
    _run(server, "directory", "import", str(package), "--format", "hsds-json")
    server.start()
    try:
        yield server
    finally:
        server.stop()


def without_odd_mail(value: Any) -> Any:
    """Return a document without mail addresses that have a sign @ and nothing else of one.

    They are valid to the usual checker, and told as they came; the one of schemathesis knows better.
    """
    if isinstance(value, dict):
        kept = {name: without_odd_mail(one) for name, one in value.items()}
        return {name: one for name, one in kept.items() if "email" not in name or one in EMAILS[:6]}
    return [without_odd_mail(one) for one in value] if isinstance(value, list) else value


def _run(server: Server, *words: str) -> None:
    done = command(*words, env=server.env)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_answer_is_as_described(server: Server, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    done = subprocess.run(
        [
            sys.executable, "-m", "schemathesis.cli", "run", f"{server.url}/hsds/openapi.json", "--max-examples", CASES,
            "--continue-on-failure", "--seed", "1", "--generation-database", "none", "--no-color", "--warnings", "off",
            "--exclude-checks", ",".join(NOT_OURS), "--report-json-path", str(report),
        ],
        cwd=tmp_path,
        env=clean_environment(),
        capture_output=True,
        text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr[-2_000:]
    told = json.loads(report.read_text(encoding="utf-8"))
    operations, cases = told["operations"], told["test_cases"]
    assert told["complete"] and operations["tested"] == operations["total"] >= 16
    assert cases["generated"] - cases["without_checks"] >= LEAST * operations["total"], cases
