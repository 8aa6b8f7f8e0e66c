"""The courses of the demo's referrals, played on days of every kind: they are told in order and end before now."""

import uuid
from datetime import UTC, datetime

import pytest

from core import clock
from referrals.models import STATES, Referral
from seeds.people.replay import Hands, Replay, working_moment
from seeds.people.story import Course, people

COURSES = [course for person in people() for trouble in person.troubles for course in trouble.courses]
SENT = [course for course in COURSES if course.days is not None]


def played(course: Course, now: datetime) -> tuple[Referral, Replay]:
    """Play a course as of `now`."""
    referral = Referral(id=uuid.uuid4(), state="draft", receiver_id=uuid.uuid4())
    replay = Replay(referral, course, Hands(uuid.uuid4(), None), now)
    replay.play(working_moment(now, course.days or 0, course.note))
    return referral, replay


@pytest.mark.parametrize(
    "now",
    [
        datetime(2026, 11, 22, 23, 30, tzinfo=UTC),  # a Sunday evening
        datetime(2026, 11, 23, 11, 5, tzinfo=UTC),  # a Monday before anybody works
        datetime(2027, 1, 1, 18, 0, tzinfo=UTC),  # a holiday
        datetime(2027, 3, 15, 20, 0, tzinfo=UTC),  # the day after clocks went forward
    ],
)
def test_courses_are_told_in_order(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: now)
    for course in SENT:
        referral, replay = played(course, now)
        times = [event.at for event in replay.events]
        assert times == sorted(times)
        assert times[-1] <= now
        assert referral.state in STATES
        if referral.closed_at is not None:
            assert referral.closed_at > referral.sent_at  # type: ignore[operator]


def test_steps_a_week_ago_were_taken_in_office_hours() -> None:
    now = datetime(2026, 11, 25, 18, 0, tzinfo=UTC)
    moment = working_moment(now, 10, "any").astimezone(clock.ZoneInfo("America/Chicago"))
    assert moment.weekday() < 5
    assert 9 <= moment.hour < 17


def test_every_service_of_the_caseload_is_told_something() -> None:
    assert all(course.note for course in COURSES)
    closed = [
        course for course in SENT if course.steps and course.steps[-1].verb in {"rej", "fail", "done", "can"}
    ]
    assert [course for course in closed if not course.last_words and course.steps[-1].why != "no-help"] == []
