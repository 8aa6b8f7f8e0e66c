"""Every engine against the judgments: the first right answer comes first, and the first five are right."""

from __future__ import annotations

import pytest

from tests.search.conformance.corpora import COUNTY, REAL, has_real_listings
from tests.search.conformance.judging import (
    NAMES,
    REAL_LISTINGS,
    Judge,
    Verdict,
    judgments,
    mean_precision,
    mean_reciprocal_rank,
)
from tests.search.conformance.stage import EMBEDDED, MEILISEARCH, SQL, Stage

# One process for all of them: they share corpora and answers that are dear to make.
pytestmark = pytest.mark.xdist_group("conformance")

GROUPS = tuple(dict.fromkeys(one.group for one in judgments()))


@pytest.fixture(scope="session", params=(EMBEDDED, SQL, MEILISEARCH))
def verdicts(request: pytest.FixtureRequest, stage: Stage) -> list[Verdict]:
    """What one engine made of all searches that can be asked on this machine."""
    return stage.verdicts(request.param)


def test_right_answers_come_first(verdicts: list[Verdict]) -> None:
    assert mean_reciprocal_rank(verdicts) >= 0.95


def test_right_answers_come_first_in_searches_nobody_prepared_for(verdicts: list[Verdict]) -> None:
    assert mean_reciprocal_rank(one for one in verdicts if one.judgment.held_out) >= 0.9


def test_need_words_find_five_right_answers(verdicts: list[Verdict]) -> None:
    assert mean_precision(one for one in verdicts if one.judgment.group == "need_words") >= 0.9


def test_all_other_words_find_right_answers_too(verdicts: list[Verdict]) -> None:
    assert mean_precision(one for one in verdicts if one.judgment.group != "need_words") >= 0.8


def test_there_are_judgments_of_every_kind() -> None:
    every = judgments()
    assert len(every) >= 150
    assert len({(one.query.lower(), one.group) for one in every}) == len(every)
    assert 0.3 <= sum(one.held_out for one in every) / len(every) <= 0.5
    assert {NAMES, "need_words", "typos", "spanish", "colloquial", REAL_LISTINGS} <= set(GROUPS)
    for phrase in ("place to sleep tonight", "ride to dialysis", "light bill", "trabajo"):
        assert phrase in {one.query for one in every}


def test_every_judgment_has_a_right_answer_and_no_name_is_misspelt(stage: Stage) -> None:
    for name in (COUNTY, REAL) if has_real_listings() else (COUNTY,):
        documents = stage.corpus(name, EMBEDDED).documents
        judge = Judge(documents)
        known = {one.name for one in documents} | {one.organization for one in documents}
        for one in judgments():
            if (one.group == REAL_LISTINGS) == (name == REAL):
                assert judge.right_answers(one), one.query
                assert {*one.right, *one.organizations} <= known, one.query
