"""Track records: how well referrals to a service have gone, smoothed so that a newcomer is not punished.

Shares are those of a Beta prior with `PRIOR_STRENGTH` imagined referrals of an average service: after one refusal a
newcomer is a little below average, after eight the record is half its own. What comes out is one number for a service;
the counts behind it are kept nowhere.
"""

from __future__ import annotations

import msgspec

from search.matching import weights as w


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the referrals to one service; `hours` is the median time to the first answer, None without any."""

    sent: int
    """Those that were answered, or could have been by now."""
    answered: int = 0
    accepted: int = 0
    """Of the answered ones."""
    ended: int = 0
    """Accepted ones that have come to an end."""
    helped: int = 0
    """Ended ones after which the person got help."""
    hours: float | None = None


class Track(msgspec.Struct, frozen=True):
    """The record of a service: `score` between 0 and 1, `answer_hours` where enough were answered to tell."""

    score: float
    answer_hours: float | None


def smoothed(successes: int, trials: int, prior: float) -> float:
    """The mean of a Beta distribution whose prior has mean `prior` and weighs `PRIOR_STRENGTH` trials."""
    return (successes + prior * w.PRIOR_STRENGTH) / (trials + w.PRIOR_STRENGTH)


def speed(hours: float) -> float:
    """From a median time to the first answer to 1 at once, one half at `PRIOR_HOURS`, towards 0."""
    return w.PRIOR_HOURS / (w.PRIOR_HOURS + max(hours, 0.0))


def score(counts: Counts) -> float:
    """The smoothed record of any counts, also of none: then that of an average service."""
    hours = w.PRIOR_HOURS if counts.hours is None else counts.hours
    answers = counts.answered if counts.hours is not None else 0
    quick = (speed(hours) * answers + speed(w.PRIOR_HOURS) * w.PRIOR_STRENGTH) / (answers + w.PRIOR_STRENGTH)
    parts = {
        "answered": smoothed(counts.answered, counts.sent, w.PRIOR_ANSWERED),
        "accepted": smoothed(counts.accepted, counts.answered, w.PRIOR_ACCEPTED),
        "helped": smoothed(counts.helped, counts.ended, w.PRIOR_HELPED),
        "speed": quick,
    }
    return sum(w.TRACK_PARTS[name] * value for name, value in parts.items())


NEUTRAL = score(Counts(sent=0))
"""What a service without a record counts as: an average one."""


def track_of(counts: Counts) -> Track | None:
    """The record that is kept, rounded; None with fewer than `FEWEST_REFERRALS`, for one would tell of one person."""
    if counts.sent < w.FEWEST_REFERRALS:
        return None
    told = counts.hours if counts.answered >= w.FEWEST_ANSWERS else None
    return Track(round(score(counts), 2), None if told is None else float(max(1, round(told))))
