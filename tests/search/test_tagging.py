"""How well needs are read out of listings, against labels given by reading (`labels/README.md`)."""

import csv
from collections import Counter

import pytest

from bench import tagging
from directory.needs import NEEDS
from tests.support.tools import shared_data

PRECISION, RECALL = 0.9, 0.8
FEW = 5
"""Below so many labelled listings a share says nothing; then all but one have to be right."""


def check(labelled: list[tagging.Labelled], codes: tuple[str, ...]) -> None:
    scores = tagging.score(labelled)
    for code in codes:
        one = scores[code]
        if one.right + one.missed < FEW:
            assert one.missed <= 1 and one.wrong <= 1, (code, one)
        else:
            assert one.precision >= PRECISION, (code, one)
            assert one.recall >= RECALL, (code, one)


@pytest.fixture(scope="module")
def real() -> list[tagging.Labelled]:
    shared_data("legal_aid")
    shared_data("pantries")
    return tagging.real()


@pytest.mark.parametrize("part", ["tuned", "held"])
def test_real_listings(real: list[tagging.Labelled], part: str) -> None:
    check([one for one in real if one.part == part], (*tagging.FIELD_CODES, *tagging.NEED_CODES))


def test_invented_listings_of_other_directories() -> None:
    check(tagging.invented(), tagging.FIELD_CODES)


def test_samples_are_as_large_as_they_say(real: list[tagging.Labelled]) -> None:
    assert len(real) >= 400
    assert len(tagging.invented()) >= 150
    for name in ("real.csv", "challenge.csv"):
        with (tagging.LABELS / name).open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        named = Counter(code for row in rows for key in ("needs", "unsure") for code in row[key].split())
        assert named.keys() <= set(tagging.NEED_CODES) <= NEEDS.keys()


def test_rows_of_the_results_table(real: list[tagging.Labelled]) -> None:
    rows = {one["name"]: one for one in tagging.rows()}
    assert rows["tagging.housing"]["n"] >= 550
    assert " · real " in rows["tagging.vocational"]["note"]
    assert "exam" in rows["tagging.vocational"]["note"]
    assert rows["tagging.read"]["p50_ms"] > 0
