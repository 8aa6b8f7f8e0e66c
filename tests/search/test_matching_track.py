"""Track records: smoothed, so that a newcomer is not punished and one person's referral tells nothing."""

from hypothesis import given
from hypothesis import strategies as st

from search.matching.track import NEUTRAL, Counts, score, smoothed, speed, track_of
from search.matching.weights import FEWEST_ANSWERS, FEWEST_REFERRALS, TRACK_PARTS


@st.composite
def counts(draw: st.DrawFn) -> Counts:
    sent = draw(st.integers(0, 60))
    answered = draw(st.integers(0, sent))
    accepted = draw(st.integers(0, answered))
    ended = draw(st.integers(0, accepted))
    helped = draw(st.integers(0, ended))
    hours = draw(st.floats(0, 1000)) if answered else None
    return Counts(sent=sent, answered=answered, accepted=accepted, ended=ended, helped=helped, hours=hours)


@given(counts())
def test_a_score_lies_between_nothing_and_one(one: Counts) -> None:
    assert 0 < score(one) < 1


@given(counts())
def test_helping_once_more_never_lowers_it(one: Counts) -> None:
    better = Counts(
        sent=one.sent + 1,
        answered=one.answered + 1,
        accepted=one.accepted + 1,
        ended=one.ended + 1,
        helped=one.helped + 1,
        hours=one.hours if one.hours is not None else 0.0,
    )
    assert score(better) >= score(one) - 0.02
    assert smoothed(one.helped + 1, one.ended + 1, 0.36) >= smoothed(one.helped, one.ended, 0.36)


def test_parts_of_the_record_are_shares_of_one() -> None:
    assert sum(TRACK_PARTS.values()) == 1


def test_a_newcomer_is_average_and_one_refusal_hardly_tells() -> None:
    refused_once = score(Counts(sent=1, answered=1, accepted=0, hours=5.0))
    always_refused = score(Counts(sent=40, answered=40, accepted=0, hours=5.0))
    helped_often = score(Counts(sent=40, answered=40, accepted=40, ended=40, helped=36, hours=5.0))
    assert always_refused < refused_once < NEUTRAL + 0.01
    assert abs(refused_once - NEUTRAL) < 0.03
    assert helped_often > NEUTRAL + 0.2


def test_silence_counts_against_a_service() -> None:
    assert score(Counts(sent=20)) < NEUTRAL - 0.05


def test_quick_answers_count_for_it() -> None:
    assert speed(0.0) == 1.0
    assert speed(2.0) > speed(48.0) == 0.5 > speed(400.0)


def test_small_counts_are_not_told() -> None:
    few = Counts(sent=FEWEST_REFERRALS - 1, answered=4, accepted=4, ended=4, helped=4, hours=2.0)
    assert track_of(few) is None
    some = Counts(sent=FEWEST_REFERRALS, answered=FEWEST_REFERRALS, accepted=5, ended=5, helped=5, hours=2.4)
    told = track_of(some)
    assert told is not None
    assert told.answer_hours is None
    many = Counts(sent=FEWEST_ANSWERS, answered=FEWEST_ANSWERS, accepted=9, ended=9, helped=9, hours=2.4)
    told = track_of(many)
    assert told is not None
    assert told.answer_hours == 2.0
    assert told.score == round(told.score, 2)
