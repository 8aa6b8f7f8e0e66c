"""The referral's own rules, without a database: which move follows which, by whom, and what it must say."""

from datetime import date, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import clock
from core.errors import WrongState
from referrals.models import (
    MOVED_BY,
    NEEDS_REASON,
    OUTCOMES,
    REASONS,
    STATES,
    TERMINAL,
    TRANSITIONS,
    Answer,
    Referral,
)

#: DOMAIN's moves, written out by hand so that a slip in the table shows.
ALLOWED = {
    ("draft", "requested"), ("requested", "accepted"), ("requested", "rejected"), ("requested", "cancelled"),
    ("accepted", "in-progress"), ("accepted", "on-hold"), ("accepted", "cancelled"), ("accepted", "completed"),
    ("accepted", "failed"), ("in-progress", "on-hold"), ("on-hold", "in-progress"), ("in-progress", "cancelled"),
    ("in-progress", "completed"), ("in-progress", "failed"), ("on-hold", "cancelled"), ("on-hold", "completed"),
    ("on-hold", "failed"),
}  # fmt: skip
FULL_ANSWER = Answer(
    reason="other", note="said why", outcome="got-help", provided="a bag", attempts=(date(2026, 1, 1),)
)


def referral(state: str) -> Referral:
    from core.database import new_id

    made = Referral(state=state, receiver_id=new_id(), categories=[])
    made.reason = made.outcome = made.provided = made.reason_note = made.business_state = ""
    return made


def test_it_works() -> None:
    found = referral("draft")
    found.move("requested", "sender")
    found.move("accepted", "receiver")
    found.move("completed", "receiver", Answer(outcome="got-help", provided="a week of groceries"))
    assert found.state == "completed"
    assert found.got_help
    assert found.closed_at is not None


@pytest.mark.parametrize(("before", "after"), list(product(STATES, STATES)))
def test_only_the_moves_of_the_standard_exist(before: str, after: str) -> None:
    allowed = (before, after) in ALLOWED or (after == "entered-in-error" and before != "entered-in-error")
    assert (after in TRANSITIONS[before]) is allowed


@pytest.mark.parametrize(("before", "after", "by"), list(product(STATES, STATES, ["sender", "receiver"])))
def test_a_refused_move_changes_nothing(before: str, after: str, by: str) -> None:
    found = referral(before)
    possible = after in TRANSITIONS[before] and by in MOVED_BY[after]
    if possible:
        found.move(after, by, FULL_ANSWER)  # type: ignore[arg-type]
        assert found.state == after
        assert (found.closed_at is not None) is (after in TERMINAL)
    else:
        with pytest.raises(WrongState):
            found.move(after, by, FULL_ANSWER)  # type: ignore[arg-type]
        assert found.state == before
        assert found.closed_at is None


def test_the_sender_cannot_answer_for_the_receiver() -> None:
    with pytest.raises(WrongState):
        referral("requested").move("accepted", "sender")


@pytest.mark.parametrize("state", sorted(NEEDS_REASON))
def test_stopping_needs_a_reason(state: str) -> None:
    found = referral("requested" if state == "rejected" else "accepted")
    with pytest.raises(WrongState):
        found.move(state, "receiver")
    with pytest.raises(WrongState):
        found.move(state, "receiver", Answer(reason="because"))
    with pytest.raises(WrongState):
        found.move(state, "receiver", Answer(reason="other", note="  "))
    assert found.is_open


def test_closing_needs_an_outcome_and_what_was_provided() -> None:
    for answer in (
        Answer(),
        Answer(outcome="fine"),
        Answer(outcome="got-help"),
        Answer(outcome="partly", provided=" "),
    ):
        with pytest.raises(WrongState):
            referral("accepted").move("completed", "receiver", answer)


def test_closed_is_not_helped() -> None:
    found = referral("accepted")
    found.move("completed", "receiver", Answer(outcome="no-help"))
    assert found.state == "completed"
    assert not found.got_help


def test_could_not_reach_takes_three_days() -> None:
    monday = date(2026, 3, 2)
    twice = Answer(reason="could-not-reach", attempts=(monday, monday, monday + timedelta(days=1)))
    with pytest.raises(WrongState):
        referral("accepted").move("failed", "receiver", twice)
    thrice = twice._replace(attempts=tuple(monday + timedelta(days=n) for n in range(3)))
    found = referral("accepted")
    found.move("failed", "receiver", thrice)
    assert found.reason == "could-not-reach"


def test_a_referral_without_receiver_cannot_be_sent() -> None:
    found = referral("draft")
    found.receiver_id = None
    with pytest.raises(WrongState):
        found.move("requested", "sender")


def test_the_first_response_is_the_receivers() -> None:
    answered, cancelled = referral("requested"), referral("requested")
    answered.move("rejected", "receiver", Answer(reason="no-capacity"))
    cancelled.move("cancelled", "sender", Answer(reason="client-declined"))
    assert answered.first_response_at is not None
    assert cancelled.first_response_at is None


def test_overdue_is_sent_and_late() -> None:
    found = referral("requested")
    found.respond_by = clock.now() - timedelta(minutes=1)
    assert found.is_overdue(clock.now())
    found.move("accepted", "receiver")
    assert not found.is_overdue(clock.now())


moves = st.tuples(
    st.sampled_from(sorted(STATES)),
    st.sampled_from(["sender", "receiver"]),
    st.builds(
        Answer,
        reason=st.sampled_from(["", *REASONS]),
        note=st.sampled_from(["", "why"]),
        outcome=st.sampled_from(["", *OUTCOMES]),
        provided=st.sampled_from(["", "a bag"]),
        attempts=st.lists(st.dates(), max_size=4).map(tuple),
    ),
)


@given(st.lists(moves, max_size=12))
def test_no_path_leads_to_a_closed_referral_that_does_not_say_how_it_ended(path: list) -> None:
    found = referral("draft")
    closed_before = False
    for to, by, answer in path:
        try:
            found.move(to, by, answer)
        except WrongState:
            continue
        assert not closed_before or to == "entered-in-error"
        closed_before = found.state in TERMINAL
        if found.state in NEEDS_REASON:
            assert found.reason in REASONS
        if found.state == "completed":
            assert found.outcome in OUTCOMES
            assert found.provided or found.outcome == "no-help"
