"""Ranks and exclusions for any candidates and any seeker."""

from __future__ import annotations

import random
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search.engines import Document
from search.matching import parts
from search.matching.exclusions import RULES, excluded
from search.matching.ranking import Ranked, choose, choose_excluded, rank
from search.matching.seeker import AGE_BANDS, Seeker, age_band
from search.matching.track import NEUTRAL
from search.matching.weights import LEAST, MOST, WEIGHTS
from tests.search.engine_support import CENTRE, NOW
from tests.search.matching_support import NEED, candidates, listing, listings, seeker, seekers

AT = NOW.timestamp()


def ranked(held: list[Document], who: Seeker) -> Ranked:
    asked: dict[str, Any] = (
        {} if who.place else {"lat": None, "lon": None, "radius_m": None, "area_words": ()}
    )
    return rank(candidates(held, **asked), who, NEED, AT)


def one(who: Seeker, **fields: Any) -> Ranked:
    """The rank of a single listing."""
    return ranked([listing("one", **fields)], who)


@given(held=listings(), who=seekers())
def test_every_part_and_rank_lies_between_nothing_and_one(held: list[Document], who: Seeker) -> None:
    result = ranked(held, who)
    assert set(result.parts) == set(WEIGHTS)
    for values in (*result.parts.values(), result.rank):
        assert ((values >= 0) & (values <= 1)).all()
    assert (result.rank[result.excluded == 0] > 0).all()


@given(held=listings(), who=seekers(), seed=st.integers(0, 1000))
def test_the_order_of_candidates_changes_nothing(held: list[Document], who: Seeker, seed: int) -> None:
    mixed = random.Random(seed).sample(held, len(held))
    first, second = ranked(held, who), ranked(mixed, who)

    def shown(result: Ranked, rows: list[int]) -> list[bytes]:
        return [result.found.service[row] for row in rows]

    assert shown(first, choose(first)) == shown(second, choose(second))
    assert shown(first, choose_excluded(first)) == shown(second, choose_excluded(second))


@given(held=listings(), who=seekers(), near=st.integers(0, 60), further=st.integers(1, 60))
def test_nearer_never_ranks_lower(held: list[Document], who: Seeker, near: int, further: int) -> None:
    for document in held[:3]:
        there = msgspec.structs.replace(document, lat=CENTRE[0] + near / 100, lon=CENTRE[1])
        beyond = msgspec.structs.replace(there, lat=CENTRE[0] + (near + further) / 100)
        assert ranked([there], who).rank[0] >= ranked([beyond], who).rank[0]


@given(held=listings(), who=seekers())
def test_known_mismatches_are_never_shown_and_are_told_with_a_reason(
    held: list[Document], who: Seeker
) -> None:
    result = ranked(held, who)
    rows = choose(result)
    assert len(rows) <= MOST
    for row in rows:
        assert not any(rule(result.found, who)[row] for rule in RULES.values())
    for row in choose_excluded(result):
        assert RULES[result.reason(row)](result.found, who)[row]


@given(held=listings(), who=seekers())
def test_of_whom_nothing_is_known_nothing_but_closed_full_and_area_excludes(
    held: list[Document], who: Seeker
) -> None:
    nobody = Seeker(needs=who.needs, place=who.place)
    told = {ranked(held, nobody).reason(row) for row in range(len(ranked(held, nobody).rank))}
    assert told <= {"", "closed", "full", "area"}


@given(held=listings(), who=seekers())
def test_what_a_listing_does_not_say_never_excludes(held: list[Document], who: Seeker) -> None:
    silent = [
        msgspec.structs.replace(
            document, min_age=None, max_age=None, only_for=(), areas=(), bounded=False, accessible=None,
            capacity="", closed=False,
        )
        for document in held
    ]  # fmt: skip
    assert not ranked(silent, who).excluded.any()


@given(held=listings(), who=seekers(), another=st.sampled_from(sorted(AGE_BANDS)))
def test_saying_more_of_oneself_shuts_out_more_and_lets_in_nothing(
    held: list[Document], who: Seeker, another: str
) -> None:
    silent = msgspec.structs.replace(who, age_band="")
    said = msgspec.structs.replace(who, age_band=another)
    # An older relative or a child may be known by age alone, so only groups that age does not tell are compared.
    plain = [document for document in held if not document.only_for]
    before = excluded(ranked(plain, silent).found, silent) > 0
    after = excluded(ranked(plain, said).found, said) > 0
    assert (after | ~before).all()


@given(held=listings(), who=seekers())
def test_choices_are_of_different_organizations_while_there_are_some(
    held: list[Document], who: Seeker
) -> None:
    result = ranked(held, who)
    rows = choose(result)
    organizations = [int(result.found.organization[row]) for row in rows]
    there = {int(n) for n in result.found.organization[result.excluded == 0]}
    known = {number for number in organizations if number}
    assert len(known) + organizations.count(0) >= min(LEAST, len(there), len(rows))
    assert all(organizations.count(number) <= LEAST for number in known)
    apart = [int(result.found.organization[row]) for row in choose(result, most=8, of_different=True)]
    assert len({number for number in apart if number}) == len([number for number in apart if number])


@given(held=listings(), who=seekers())
def test_the_unwanted_are_left_out(held: list[Document], who: Seeker) -> None:
    result = ranked(held, who)
    rows = choose(result)
    if rows:
        avoid = frozenset({int(result.found.organization[rows[0]])})
        assert all(int(result.found.organization[row]) not in avoid for row in choose(result, avoid))


@settings(max_examples=30)
@given(age=st.integers(0, 119))
def test_every_age_has_a_band(age: int) -> None:
    first, last, _words = AGE_BANDS[age_band(age)]
    assert first <= age <= last


@pytest.mark.parametrize(
    ("fields", "said", "why"),
    [
        ({"closed": True}, {}, "closed"),
        ({"capacity": "full"}, {}, "full"),
        ({"capacity": "waiting"}, {}, ""),
        ({"min_age": 60}, {"age_band": "25-54"}, "age"),
        ({"min_age": 62}, {"age_band": "60-64"}, ""),
        ({"max_age": 17}, {"age_band": "18-24"}, "age"),
        ({"max_age": 17.99}, {"age_band": "18-24"}, "age"),
        ({"max_age": 17}, {"age_band": "25-54", "is_true": ("families",)}, ""),
        ({"min_age": 60}, {"age_band": "25-54", "is_true": ("seniors",)}, ""),
        ({"min_age": 60}, {}, ""),
        ({"only_for": ("women",)}, {"is_true": ("men",)}, "audience"),
        ({"only_for": ("women",)}, {"is_true": ("women",)}, ""),
        ({"only_for": ("women",)}, {}, ""),
        ({"only_for": ("women", "men")}, {"is_true": ("men",)}, ""),
        ({"only_for": ("veterans",)}, {"not_true": ("veterans",)}, "audience"),
        ({"only_for": ("veterans+women",)}, {"is_true": ("women",)}, ""),
        ({"only_for": ("veterans+women",)}, {"is_true": ("women",), "not_true": ("veterans",)}, "audience"),
        ({"only_for": ("seniors",)}, {"age_band": "25-54"}, ""),
        ({"only_for": ("seniors",)}, {"age_band": "18-24"}, "audience"),
        ({"only_for": ("members",)}, {}, ""),
        ({"welcomes": ("veterans",)}, {"not_true": ("veterans",)}, ""),
        ({"areas": ("69899",), "bounded": True}, {}, "area"),
        ({"areas": ("69899",), "bounded": False}, {}, ""),
        ({"areas": ("69899",), "bounded": True, "serves_everywhere": True}, {}, ""),
        ({"areas": ("69812",), "bounded": True}, {}, ""),
        ({"areas": ("69899",), "bounded": True}, {"place": None}, ""),
        ({"accessible": False}, {"mobility": ("step-free",)}, "steps"),
        ({"accessible": False, "reach": ("home",)}, {"mobility": ("step-free",)}, ""),
        ({"accessible": None}, {"mobility": ("step-free",)}, ""),
        ({"papers": ("photo-id",)}, {"lacks_papers": ("photo-id",)}, ""),
        ({"papers": ("photo-id",)}, {"shows_no_papers": True}, ""),
        ({"languages": ("en",)}, {"languages": ("es",)}, ""),
    ],
)  # fmt: skip
def test_what_excludes_and_what_does_not(fields: dict, said: dict, why: str) -> None:
    result = one(seeker(**said), **fields)
    assert result.reason(0) == why


@pytest.mark.parametrize(
    ("said", "best", "middle", "worst"),
    [
        ({"languages": ("es",)}, {"languages": ("es",)}, {}, {"languages": ("en",)}),
        ({"mobility": ("step-free",)}, {"accessible": True}, {"accessible": None}, {"accessible": False}),
        ({"age_band": "25-54"}, {"min_age": 18}, {"min_age": 40}, {"min_age": 60}),
        ({"is_true": ("veterans",)}, {"welcomes": ("veterans",)}, {}, {"only_for": ("students",)}),
        ({"has_papers": ("photo-id",)}, {"papers": ("photo-id",)}, {"papers": ("income",)}, {"closed": True}),
        ({}, {"areas": ("69812",)}, {}, {"areas": ("69899",), "bounded": True}),
        ({}, {"capacity": "room"}, {"capacity": ""}, {"capacity": "waiting"}),
        ({}, {"weekly": ((0, 10_080),)}, {"always_open_known": False}, {"closed": True}),
        ({}, {}, {"updated": 0, "verified": 20_300}, {"updated": 0, "verified": 19_000}),
        ({}, {"track": 0.9}, {"track": None}, {"track": 0.2}),
        ({}, {"needs": (NEED,)}, {"needs": (NEED, "legal-help")}, {"needs": (NEED, "legal-help", "depression")}),
        ({"mobility": ("home-bound",)}, {"reach": ("home",)}, {"reach": ("phone",), "lat": CENTRE[0] + 0.3}, {}),
    ],
)  # fmt: skip
def test_unknown_stands_between_what_fits_and_what_does_not(
    said: dict, best: dict, middle: dict, worst: dict
) -> None:
    who = seeker(**said)
    values = [one(who, **fields) for fields in (best, middle, worst)]
    ranks = [float(value.rank[0]) if not value.excluded[0] else 0.0 for value in values]
    assert ranks == sorted(ranks, reverse=True)
    assert ranks[0] > ranks[2]


def test_who_has_no_car_minds_the_way_more() -> None:
    away = {"lat": CENTRE[0] + 0.05}
    with_car, without = one(seeker(), **away), one(seeker(mobility=("no-car",)), **away)
    assert without.parts["distance"][0] < with_car.parts["distance"][0]
    comes = one(seeker(mobility=("no-car",)), reach=("home",), **away)
    assert comes.rank[0] > without.rank[0]


def test_a_service_that_speaks_to_more_of_the_needs_is_not_worse_for_it() -> None:
    both = {"needs": (NEED, "legal-help")}
    asked = seeker(needs=(NEED, "legal-help"))
    assert one(asked, **both).parts["need"][0] == one(asked).parts["need"][0]
    assert one(seeker(), **both).parts["need"][0] < one(seeker()).parts["need"][0]


def test_a_newcomer_is_an_average_service() -> None:
    newcomer, average = one(seeker(), track=None), one(seeker(), track=NEUTRAL)
    assert newcomer.rank[0] == pytest.approx(average.rank[0], rel=1e-6)
    found = candidates([listing("new"), listing("known", track=0.9)])
    assert parts.track(found, NEUTRAL).tolist() == pytest.approx([NEUTRAL, 0.9])
    assert np.isnan(found.track[0])
