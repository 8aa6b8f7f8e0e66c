"""The benchmarks run from end to end on a tiny directory and name their rows as promised; nothing here is timed."""

from bench.__main__ import measure
from bench.corpus import services
from bench.results import row

NAMES = {
    *(f"engine.embedded.{kind}" for kind in ("mix", "text", "typo", "prefix", "browse", "common")),
    "engine.embedded.build",
    "engine.embedded.edit_visible",
    *(f"http.{what}{many}" for what in ("api_search", "search_page", "suggest") for many in ("", ".c16")),
    *(f"referrals.{what}" for what in ("inbox", "worklist", "move", "dashboard")),
    "engine.sql.mix",
    "import.hsds_csv",
    "care.caseload",
    "memory.serving",
}  # fmt: skip
FIGURES = {"name", "n", "p50_ms", "p95_ms", "p99_ms", "per_second", "mb", "note"}


def test_every_benchmark_runs() -> None:
    told: dict[str, int] = {}
    rows = measure(120, lambda doing, more, total: told.update({doing: told.get(doing, 0) + more}))
    assert {one["name"] for one in rows} >= NAMES
    assert all(set(one) == FIGURES for one in rows)
    assert told["Indexing"] == 120


def test_a_row_tells_the_middle_and_the_slow_ends() -> None:
    made = row("a", 5, [float(number) for number in range(1, 101)])
    assert (made["p50_ms"], made["p95_ms"], made["p99_ms"]) == (50.5, 95.05, 99.01)
    assert row("b", 5, mb=1.5)["p50_ms"] is None


def test_the_same_seed_gives_the_same_services() -> None:
    assert list(services(30, seed=4)) == list(services(30, seed=4)) != list(services(30, seed=5))
