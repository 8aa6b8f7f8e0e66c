"""The measures of DOMAIN: who answered, how fast, what was closed, and who got help, which is not the same.

Referrals count by the day they were sent; those still open count in `all` and in nothing else (censored, not dropped).
Everything is counted in the database, from columns that are not confidential.
"""

from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.rules import Actor
from core import clock
from core.i18n import gettext as _
from core.i18n import pgettext
from directory.needs import NEEDS
from referrals.models import HELPED, STATES, TAKEN, TERMINAL, Referral
from referrals.queries import visible_to

CLOSED = TERMINAL - {"entered-in-error"}


class Measures(msgspec.Struct, frozen=True):
    """Counts of one group of referrals; shares are of `total` unless a name says otherwise."""

    label: str
    total: int
    answered: int
    in_time: int
    accepted: int
    rejected: int
    closed: int
    got_help: int
    overdue: int

    @property
    def open(self) -> int:
        """How many nobody has closed yet."""
        return self.total - self.closed

    @property
    def answers(self) -> int:
        """How many were accepted or declined."""
        return self.accepted + self.rejected


class Report(msgspec.Struct, frozen=True):
    """What one page of figures shows; `first_answer` is in hours: (half within, nine of ten within), None without any."""

    since: date
    until: date
    all: Measures
    by_need: tuple[Measures, ...]
    by_receiver: tuple[Measures, ...]
    reasons: tuple[tuple[str, int], ...]
    first_answer: tuple[float | None, float | None]


def span(actor: Actor, since: date | None, until: date | None) -> tuple[date, date]:
    """Return the days a report covers: the last 90 unless said otherwise, never more than ten years."""
    last = until or clock.today(actor.time_zone)
    first = since or last - timedelta(days=89)
    return max(min(first, last), last - timedelta(days=3653)), last


def in_span(actor: Actor, since: date, until: date) -> ColumnElement[bool]:
    """Return the SQL condition of referrals that the actor's organization sent in these days, in its own time zone."""
    zone = ZoneInfo(actor.time_zone)
    begin = datetime.combine(since, time(), tzinfo=zone)
    end = datetime.combine(until + timedelta(days=1), time(), tzinfo=zone)
    own = and_(visible_to(actor), Referral.sender_id == actor.organization_id)
    real = Referral.state.not_in(("draft", "entered-in-error"))
    # Whoever was asked together with the one that said yes first never had to answer: it counts for nobody.
    due = or_(Referral.state != "cancelled", Referral.reason != TAKEN)
    return and_(own, real, due, Referral.sent_at >= begin, Referral.sent_at < end)


def _count(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)


def _columns(at: datetime) -> list[ColumnElement[int]]:
    answered = Referral.first_response_at.is_not(None)
    return [
        func.count(),
        _count(answered),
        _count(and_(answered, Referral.first_response_at <= Referral.respond_by)),
        _count(and_(answered, Referral.state != "rejected")),
        _count(and_(answered, Referral.state == "rejected")),
        _count(Referral.state.in_(CLOSED)),
        _count(and_(Referral.state == "completed", Referral.outcome.in_(HELPED))),
        _count(and_(Referral.state == "requested", Referral.respond_by < at)),
    ]


async def report(db: AsyncSession, actor: Actor, since: date, until: date) -> Report:
    """Return the figures of the referrals sent between two days, both included."""
    condition = in_span(actor, since, until)
    # Grouped once by both, and summed here: three questions would read all these referrals three times.
    by_both = select(Referral.need_code, Referral.receiver_name, *_columns(clock.now())).where(condition)
    rows = (await db.execute(by_both.group_by(Referral.need_code, Referral.receiver_name))).all()
    groups = [(need, receiver, tuple(map(int, counts))) for need, receiver, *counts in rows]
    whole = _summed("", [counts for _need, _receiver, counts in groups])
    return Report(
        since=since,
        until=until,
        all=whole,
        by_need=_by((need, counts) for need, _receiver, counts in groups),
        by_receiver=_by((receiver, counts) for _need, receiver, counts in groups)[:50],
        reasons=await _reasons(db, condition),
        first_answer=await _first_answer(db, condition, whole.answered),
    )


def _summed(label: str, groups: Sequence[tuple[int, ...]]) -> Measures:
    nothing = (0,) * (len(Measures.__struct_fields__) - 1)
    return Measures(label, *map(sum, zip(nothing, *groups, strict=True)))


def _by(labelled: Iterable[tuple[str, tuple[int, ...]]]) -> tuple[Measures, ...]:
    """Return one sum for each label, the largest first."""
    groups: dict[str, list[tuple[int, ...]]] = defaultdict(list)
    for label, counts in labelled:
        groups[label].append(counts)
    sums = [_summed(label, some) for label, some in groups.items()]
    return tuple(sorted(sums, key=lambda one: (-one.total, one.label)))


async def _reasons(db: AsyncSession, condition: ColumnElement[bool]) -> tuple[tuple[str, int], ...]:
    stopped = Referral.state.in_(("rejected", "failed", "cancelled"))
    query = select(Referral.reason, func.count()).where(condition, stopped).group_by(Referral.reason)
    return tuple((reason, number) for reason, number in await db.execute(query.order_by(func.count().desc())))


async def _first_answer(
    db: AsyncSession, condition: ColumnElement[bool], answered: int
) -> tuple[float | None, float | None]:
    """Return median and ninth decile of the hours to the first answer, read at their places in the sorted list."""
    if not answered:
        return None, None
    seconds = _seconds(db)
    ranked = (
        select(seconds.label("seconds"), func.row_number().over(order_by=seconds).label("place"))
        .where(condition, Referral.first_response_at.is_not(None))
        .subquery()
    )
    places = [min(answered, int(answered * share) + 1) for share in (0.5, 0.9)]
    query = select(ranked.c.place, ranked.c.seconds).where(ranked.c.place.in_(places))
    found = {place: float(value) / 3600 for place, value in await db.execute(query)}
    return found[places[0]], found[places[1]]


def _seconds(db: AsyncSession) -> ColumnElement[Any]:
    if db.get_bind().dialect.name == "postgresql":
        return func.extract("epoch", Referral.first_response_at - Referral.sent_at)
    return (func.julianday(Referral.first_response_at) - func.julianday(Referral.sent_at)) * 86400


def csv_header() -> list[str]:
    """Return what the columns of `csv_rows` are called."""
    return [
        _("Referral"), _("Need"), _("Receiver"), _("Service"), _("State"), _("How it ended"), _("Sent"),
        _("First answer"), _("Hours to first answer"), pgettext("referral", "Closed"), _("Got help"), _("Follows"),
    ]  # fmt: skip


async def csv_rows(db: AsyncSession, actor: Actor, since: date, until: date) -> AsyncIterator[list[object]]:
    """Give the referrals of a report as rows of a file, oldest first; nothing in them says who the people are."""
    query = select(Referral).where(in_span(actor, since, until)).order_by(Referral.sent_at, Referral.id)
    async for row in await db.stream_scalars(query.execution_options(yield_per=500)):
        hours = ""
        if row.first_response_at and row.sent_at:
            hours = f"{(row.first_response_at - row.sent_at).total_seconds() / 3600:.1f}"
        yield [
            row.id, _(NEEDS[row.need_code].name), row.receiver_name, row.service_name, _(STATES[row.state]),
            _ending(row), row.sent_at and row.sent_at.isoformat(),
            row.first_response_at and row.first_response_at.isoformat(), hours,
            row.closed_at and row.closed_at.isoformat(), _("yes") if row.got_help else _("no"), row.previous_id,
        ]  # fmt: skip


def _ending(referral: Referral) -> str:
    """Return in one word how a referral ended, for a file; empty while it is open."""
    if referral.state == "completed":
        return referral.outcome
    return referral.reason if referral.state in CLOSED else ""
