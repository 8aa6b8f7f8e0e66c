"""Plays the course of a referral through the rules of the model, then gives each step the time it happened at.

The transition table is asked for every move, so the demo cannot show what the product would not allow.
"""

from datetime import datetime, time, timedelta
from hashlib import sha256
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from core import clock
from referrals.actions import ANSWER_DAYS
from referrals.models import TERMINAL, Answer, Party, Referral, ReferralEvent
from seeds.county.places import TIME_ZONE
from seeds.people.story import Course, Step

ZONE = ZoneInfo(TIME_ZONE)
_MOVES = {
    "acc": "accepted",
    "rej": "rejected",
    "hold": "on-hold",
    "prog": "in-progress",
    "done": "completed",
    "fail": "failed",
    "can": "cancelled",
    "err": "entered-in-error",
}
_BUSINESS = {"sch": "scheduled", "show": "appointment-done", "noshow": "no-show"}


class Hands(NamedTuple):
    """Who made the moves: the sender's user, and the receiver's where somebody there signs in."""

    sender: UUID
    receiver: UUID | None


def working_moment(before: datetime, days: float, salt: str) -> datetime:
    """Return a moment about `days` before `before`: on a weekday in office hours when it is a day or more ago."""
    moment = before - timedelta(days=days)
    if days < 1:
        return moment
    local = moment.astimezone(ZONE)
    while local.weekday() > 4:
        local -= timedelta(days=1)
    return _in_the_day(local, salt).astimezone(moment.tzinfo)


def _in_the_day(local: datetime, salt: str) -> datetime:
    """Return some minute between nine and five on that day, always the same one for a salt."""
    minute = int.from_bytes(sha256(salt.encode()).digest()[:4]) % 480
    return datetime.combine(local.date(), time(9 + minute // 60, minute % 60), ZONE)


def _after(sent: datetime, days: float, salt: str) -> datetime:
    """Return a moment so many days after sending; whole days end on a weekday in office hours."""
    moment = sent + timedelta(days=days)
    if days < 1:
        return moment
    local = moment.astimezone(ZONE)
    while local.weekday() > 4:
        local += timedelta(days=1)
    return _in_the_day(local, salt).astimezone(moment.tzinfo)


def _before_now(wanted: datetime, last: datetime, now: datetime, salt: str) -> datetime:
    """Return the wanted moment when it is past, else one between the step before and now, on the Friday if it can.

    A course that took two days has not had them yet when today is a Sunday.
    """
    if wanted <= now:
        return wanted
    friday = now.astimezone(ZONE)
    while friday.weekday() > 4:
        friday -= timedelta(days=1)
    earlier = _in_the_day(friday, salt)
    if last < earlier <= now:
        return earlier.astimezone(now.tzinfo)
    return last + (now - last) * (0.3 + 0.4 * (sha256(salt.encode()).digest()[0] / 255))


class Replay:
    """Plays one course on a referral in state draft; `events` is what happened, oldest first."""

    def __init__(self, referral: Referral, course: Course, hands: Hands, now: datetime) -> None:
        self.referral, self.course, self.hands, self.now = referral, course, hands, now
        self.events: list[ReferralEvent] = []
        self.salt = f"{course.service} {course.days}"

    def play(self, sent_at: datetime) -> None:
        """Send it and take every step, leaving the referral as it stands now."""
        self._move("requested", "sender", sent_at, Answer())
        self.referral.created_at = sent_at
        self.referral.respond_by = clock.business_days_after(sent_at, ANSWER_DAYS, TIME_ZONE)
        last = sent_at
        for number, step in enumerate(self.course.steps):
            salt = f"{self.salt} {number}"
            wanted = max(_after(sent_at, step.days, salt), last + timedelta(minutes=3))
            last = _before_now(wanted, last, self.now, salt)
            self._take(step, last, sent_at)

    def _take(self, step: Step, at: datetime, sent_at: datetime) -> None:
        if step.verb == "nud":
            self.referral.nudged_at = at
            self._event("nudged", "sender", at, by_system=True)
        elif step.verb in _BUSINESS:
            self._appoint(step, at, sent_at)
        elif _MOVES[step.verb] != self.referral.state:  # an appointment has brought it in progress already
            by: Party = "sender" if step.verb in {"can", "err"} else "receiver"
            self._move(_MOVES[step.verb], by, at, self._answer(step, at))

    def _appoint(self, step: Step, at: datetime, sent_at: datetime) -> None:
        self.referral.business_state, self.referral.updated_at = _BUSINESS[step.verb], at
        if step.appointment is not None:
            self.referral.appointment_at = _after(sent_at, step.appointment, f"{self.salt} appointment")
        self._event("business", "receiver", at, to_state=_BUSINESS[step.verb])
        if step.verb == "sch" and self.referral.state == "accepted":
            self._move("in-progress", "receiver", at, Answer())

    def _answer(self, step: Step, at: datetime) -> Answer:
        words = self.course.last_words if step is self.course.steps[-1] else ""
        if step.verb == "done":
            return Answer(outcome=step.why, provided=words)
        tried = tuple((at - timedelta(days=days)).date() for days in (6, 3, 0))
        if not step.why:
            return Answer()
        return Answer(
            reason=step.why,
            note=words,
            attempts=tried if step.why == "could-not-reach" else (),
        )

    def _move(self, to: str, by: Party, at: datetime, answer: Answer) -> None:
        before = self.referral.move(to, by, answer)
        self.referral.updated_at = at
        if to == "requested":
            self.referral.sent_at = at
        elif before == "requested" and by == "receiver":
            self.referral.first_response_at = at
        if to in TERMINAL:
            self.referral.closed_at = at
        self._event(
            "moved",
            by,
            at,
            from_state=before,
            to_state=to,
            reason=answer.reason,
            note=answer.note or answer.provided,
        )

    def _event(self, kind: str, party: Party, at: datetime, by_system: bool = False, **texts: str) -> None:
        event = ReferralEvent(kind=kind, party=party, at=at)
        event.referral_id = self.referral.id
        event.user_id = None if by_system else getattr(self.hands, party)
        event.via = "system" if by_system else "app" if event.user_id is not None else "mail"
        event.from_state, event.to_state = texts.get("from_state", ""), texts.get("to_state", "")
        event.reason, event.note = texts.get("reason", ""), texts.get("note", "")
        self.events.append(event)
