"""`make conformance`: every engine against every kind of check, as a table.

The tests of this folder run in this process; what failed is told in full below the table.
"""

from __future__ import annotations

import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console
from rich.table import Table

from tests.search.conformance.judging import (
    NAMES,
    Verdict,
    judgments,
    mean_precision,
    mean_reciprocal_rank,
)
from tests.search.conformance.stage import KINDS, Stage

CHECKS = {
    "test_sets": "generated listings",
    "test_real_sets": "real listings, demo county",
    "test_relevance": "relevance",
}
"""What the files of the suite are called in the table."""


class Results:
    """Gathers what pytest reports, and the stage that the tests used."""

    def __init__(self) -> None:
        """Nothing yet."""
        self.outcomes: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
        self.problems: list[str] = []
        self.stage: Stage | None = None

    @pytest.hookimpl
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count each test once: at its call, or where it was skipped or failed before that."""
        if report.when == "call" or report.outcome != "passed":
            self.outcomes[_check(report.nodeid), _kind(report.nodeid)][report.outcome] += 1
        if report.failed:
            self.problems.append(f"{report.nodeid}\n{report.longreprtext}")

    @pytest.hookimpl
    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """What cannot even be read is a failure too."""
        if report.failed:
            self.problems.append(report.longreprtext)

    @pytest.hookimpl
    def pytest_fixture_post_finalizer(self, fixturedef: pytest.FixtureDef[object]) -> None:
        """Keep the stage: it knows the verdicts."""
        if fixturedef.argname == "stage" and fixturedef.cached_result is not None:
            found = fixturedef.cached_result[0]
            if isinstance(found, Stage):
                self.stage = found


def main() -> int:
    """Run the suite, print its tables, and return how it went as an exit code."""
    results = Results()
    out, sys.stdout = sys.stdout, StringIO()
    try:
        with Console(stderr=True).status("Asking every engine; this takes a minute or two ..."):
            code = pytest.main(
                ["-q", "-p", "no:cacheprovider", str(Path(__file__).parent)], plugins=[results]
            )
    finally:
        sys.stdout = out
    console = Console()
    # A pipe has no width of its own, and a folded figure cannot be read.
    console.width = max(console.width, 110)
    console.print(_outcome_table(results))
    if results.stage is not None:
        console.print(_relevance_table({kind: results.stage.heard(kind) for kind in KINDS}))
    for problem in results.problems:
        console.print(problem, markup=False, highlight=False)
    return int(code)


def _check(nodeid: str) -> str:
    """The name of a check from the id of its test: "generated listings: radius is exact"."""
    file, _, test = nodeid.partition("::")
    words = test.partition("[")[0].removeprefix("test_").replace("_", " ")
    return f"{CHECKS.get(Path(file).stem, Path(file).stem)}: {words}"


def _kind(nodeid: str) -> str:
    """The engine that a test was about; empty for one that is about none."""
    parameters = nodeid.partition("[")[2].rstrip("]").replace("_", " ").split("-")
    return next((kind for kind in KINDS if kind in parameters), "")


def _outcome_table(results: Results) -> Table:
    table = Table(title="Every engine, every check", title_justify="left")
    table.add_column("check")
    for kind in KINDS:
        table.add_column(kind, justify="right")
    for check in dict.fromkeys(check for check, _kind in results.outcomes):
        cells = [results.outcomes.get((check, kind)) for kind in KINDS]
        if any(cells):
            table.add_row(check, *map(_cell, cells))
    others = sum((found for (_check, kind), found in results.outcomes.items() if not kind), Counter[str]())
    if others:
        table.add_row("the judgments themselves", _cell(others), *[""] * (len(KINDS) - 1))
    return table


def _cell(outcomes: Counter[str] | None) -> str:
    if not outcomes:
        return ""
    words = {"passed": "[green]passed[/]", "failed": "[red]failed[/]", "skipped": "[yellow]skipped[/]"}
    several = sum(outcomes.values()) > 1
    return ", ".join(f"{number} {words[one]}" if several else words[one] for one, number in outcomes.items())


def _relevance_table(heard: dict[str, list[Verdict]]) -> Table:
    kinds = [kind for kind, verdicts in heard.items() if verdicts]
    title = "First right answer (MRR) and right ones among five (P@5); held out: not looked at while tuning"
    table = Table(title=title, title_justify="left")
    table.add_column("searches")
    table.add_column("n", justify="right")
    for kind in kinds:
        table.add_column(f"{kind}\nMRR", justify="right")
        table.add_column("\nP@5", justify="right")

    def add(name: str, kept: Callable[[Verdict], bool]) -> None:
        parts = {kind: [one for one in heard[kind] if kept(one)] for kind in kinds}
        number = max((len(part) for part in parts.values()), default=0)
        cells = [cell for kind in kinds for cell in _figures(parts[kind])]
        if number:
            table.add_row(name, str(number), *cells)

    for group in dict.fromkeys(one.group for one in judgments()):
        for held_out in (False, True):
            name = group.replace("_", " ") + (", held out" if held_out else "")
            add(name, lambda one, g=group, h=held_out: (one.judgment.group, one.judgment.held_out) == (g, h))  # type: ignore[misc]
    table.add_section()
    add("all held out", lambda one: one.judgment.held_out)
    add("all", lambda one: True)
    return table


def _figures(verdicts: Iterable[Verdict]) -> tuple[str, str]:
    heard = list(verdicts)
    if not heard:
        return "", ""
    several = [one for one in heard if one.judgment.group != NAMES]
    return f"{mean_reciprocal_rank(heard):.3f}", f"{mean_precision(several):.3f}" if several else ""


if __name__ == "__main__":
    sys.exit(main())
