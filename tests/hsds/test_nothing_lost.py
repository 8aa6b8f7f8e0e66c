"""What is imported as JSON is told again to the letter: every field of every document, whatever it holds.

`HANDRAIL_TEST_DOCUMENTS` sets how many documents are written; some thousands take minutes.
"""

import os
import uuid
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.database import Database
from tests.hsds.documents import document, renewed, written, written_in_full
from tests.hsds.listings import read_back, take_in
from tests.hsds.sameness import same
from tests.support.http import Http

pytestmark = pytest.mark.shared_data

HOW_MANY = int(os.environ.get("HANDRAIL_TEST_DOCUMENTS", "60"))

SHARES = {"service": 5, "organization": 3, "taxonomy": 1, "taxonomy_term": 1}
"""How many of ten documents are of which table."""

TOLD = 20
"""How many documents that came back different are told in full."""


def documents(*, shared: bool, many: int = HOW_MANY) -> dict[str, list[dict]]:
    return {
        table: [
            written(table, seed, shared=shared, extended=seed % 3 > 0) for seed in range(many * share // 10)
        ]
        for table, share in SHARES.items()
    }


@pytest.mark.parametrize("shared", [False, True], ids=["once", "repeated"])
async def test_documents_come_back_as_they_went_in(
    database: Database, http: Http, tmp_path: Path, shared: bool
) -> None:
    made = documents(shared=shared)
    await take_in(database, tmp_path, made)
    await _all_are_told(http, made)


async def test_full_documents_come_back_as_they_went_in(
    database: Database, http: Http, tmp_path: Path
) -> None:
    made = {table: [written_in_full(table, seed) for seed in range(3)] for table in SHARES}
    await take_in(database, tmp_path, made)
    await _all_are_told(http, made)


async def test_a_second_import_changes_nothing(database: Database, http: Http, tmp_path: Path) -> None:
    made = documents(shared=True, many=50)
    await take_in(database, tmp_path / "first", made)
    before = {
        table: [await read_back(http, table, one["id"]) for one in some] for table, some in made.items()
    }
    await take_in(database, tmp_path / "second", made)
    after = {table: [await read_back(http, table, one["id"]) for one in some] for table, some in made.items()}
    assert before == after


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@settings(
    max_examples=max(15, HOW_MANY // 20),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
async def test_one_document_comes_back_as_it_went_in(
    database: Database, http: Http, tmp_path: Path, data: st.DataObject
) -> None:
    """As above, one at a time: hypothesis makes what fails as small as it can."""
    table = data.draw(st.sampled_from(list(SHARES)))
    name = str(uuid.uuid4())
    one = renewed(data.draw(document(table, shared=data.draw(st.booleans()))), name)
    await take_in(database, tmp_path / name, {table: [one]})
    assert same(one, await read_back(http, table, one["id"])) == []


async def _all_are_told(http: Http, made: dict[str, list[dict]]) -> None:
    found: list[str] = []
    for table, some in made.items():
        for one in some:
            differences = same(one, await read_back(http, table, one["id"]))
            if differences:
                found.append(f"{table} {one['id']}:\n    " + "\n    ".join(differences[:8]))
    total = sum(map(len, made.values()))
    assert not found, f"{len(found)} of {total} differ\n" + "\n".join(found[:TOLD])
