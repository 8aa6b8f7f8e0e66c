"""The benchmarks run from end to end on a tiny directory and name their rows as promised; nothing here is timed."""

import json
from pathlib import Path

import pytest

from bench import relevance, results, spool
from bench.corpus import documents, services
from bench.other import PACKAGED
from bench.parts import PARTS, measure, usual
from bench.results import Row, row, write
from tests.search.conformance.judging import judgments

KINDS = ("build", "mix", "text", "typo", "prefix", "browse", "common", "suggest", "edit_visible")
ENGINES = ("embedded", "meilisearch") if PACKAGED.is_file() else ("embedded",)
NAMES = {
    *(f"engine.{engine}.{kind}" for engine in ENGINES for kind in KINDS),
    *(f"http.{what}{many}" for what in ("api_search", "search_page", "suggest") for many in ("", ".c16")),
    *(f"referrals.{what}" for what in ("inbox", "worklist", "move", "dashboard")),
    "engine.sql.mix",
    "import.hsds_csv",
    "import.hsds_json",
    "hsds.ndjson",
    "hsds.ndjson.full",
    "hsds.page.first",
    "hsds.page.deep",
    "care.caseload",
    "memory.serving",
}  # fmt: skip
FIGURES = {"name", "n", "p50_ms", "p95_ms", "p99_ms", "per_second", "mb", "note"}


def test_every_benchmark_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    # That the answers are good is held elsewhere; here, that the rows come.
    monkeypatch.setattr(relevance, "judgments", lambda: judgments()[::8])
    monkeypatch.setattr(relevance, "has_real_listings", lambda: False)
    told: dict[str, int] = {}
    rows: list[Row] = []
    measure(120, PARTS, lambda doing, more, total: told.update({doing: told.get(doing, 0) + more}), rows)
    assert {one["name"] for one in rows} >= NAMES
    assert all(set(one) == FIGURES for one in rows)
    assert told["Indexing"] == 120


def test_a_million_leave_the_installation_out_unless_it_is_named() -> None:
    assert usual(100_000) == PARTS
    assert not {"http", "open_data", "casework", "sql"} & set(usual(1_000_000))
    assert {"embedded", "meilisearch", "match"} <= set(usual(1_000_000))


def test_a_row_tells_the_middle_and_the_slow_ends() -> None:
    made = row("a", 5, [float(number) for number in range(1, 101)])
    assert (made["p50_ms"], made["p95_ms"], made["p99_ms"]) == (50.5, 95.05, 99.01)
    assert row("b", 5, mb=1.5)["p50_ms"] is None


def test_some_parts_leave_the_rows_of_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(results, "FOLDER", tmp_path)
    write([row("a", 1, mb=1.0), row("b", 1, mb=1.0)], "5")
    path = write([row("b", 1, mb=2.0)], "5", whole=False)
    assert {one["name"]: one["mb"] for one in json.loads(path.read_text())} == {"a": 1.0, "b": 2.0}
    write([row("c", 1)], "5")
    assert [one["name"] for one in json.loads(path.read_text())] == ["c"]


def test_documents_come_out_of_a_file_as_they_went_in(tmp_path: Path) -> None:
    count = spool.write(tmp_path / "documents", 700)
    read = [one for block in spool.read(tmp_path / "documents") for one in block]
    assert read == list(documents(700))
    assert count == len(read)


def test_the_same_seed_gives_the_same_services() -> None:
    assert list(services(30, seed=4)) == list(services(30, seed=4)) != list(services(30, seed=5))
