"""How referrals to each service have gone, told to matching as one smoothed number without the people behind it."""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from core import clock
from core.database import insert_into
from core.jobs import enqueue
from directory.models import Service
from referrals.models import HELPED, Referral
from search.matching.track import Counts, Track, track_of
from search.models import ServiceTrack

#: Older referrals tell little of how a service is now.
LOOKED_BACK = timedelta(days=730)
#: How many services one job of the index is told of.
SERVICES_PER_JOB = 200

_COLUMNS = (
    Referral.service_id,
    Referral.state,
    Referral.reason,
    Referral.outcome,
    Referral.sent_at,
    Referral.respond_by,
    Referral.first_response_at,
)


async def refresh(db: AsyncSession) -> int:
    """Count anew, write what has changed and have those services indexed; return how many they are."""
    now = clock.now()
    tracks = await _tracks(db, now)
    stored = {
        row.service_id: Track(row.score, row.answer_hours)
        for row in await db.execute(
            select(ServiceTrack.service_id, ServiceTrack.score, ServiceTrack.answer_hours)
        )
    }
    changed = [id_ for id_, track in tracks.items() if stored.get(id_) != track]
    gone = [id_ for id_ in stored if id_ not in tracks]
    if changed or gone:
        await db.execute(delete(ServiceTrack).where(ServiceTrack.service_id.in_([*changed, *gone])))
    if changed:
        rows = [
            {"service_id": id_, "score": tracks[id_].score, "answer_hours": tracks[id_].answer_hours}
            for id_ in changed
        ]
        await db.execute(insert_into(db, ServiceTrack), rows)
    touched = [str(id_) for id_ in (*changed, *gone)]
    for start in range(0, len(touched), SERVICES_PER_JOB):
        await enqueue(db, "search.index", {"service_ids": touched[start : start + SERVICES_PER_JOB]})
    return len(touched)


async def _tracks(db: AsyncSession, now: datetime) -> dict[uuid.UUID, Track]:
    """The records of all services that have one and are still there."""
    sent = Referral.sent_at >= now - LOOKED_BACK
    real = Referral.state.not_in(("draft", "entered-in-error"))
    query = select(*_COLUMNS).where(real, sent, Referral.service_id.in_(select(Service.id)))
    by_service: dict[uuid.UUID, list[Any]] = defaultdict(list)
    for row in await db.execute(query):
        by_service[row.service_id].append(row)
    found = {id_: track_of(counts(rows, now)) for id_, rows in by_service.items()}
    return {id_: track for id_, track in found.items() if track is not None}


def counts(rows: Iterable[Any], now: datetime) -> Counts:
    """What became of some referrals to one service.

    Left out is what says nothing of the service: not yet due, taken back by the sender, not wanted any more.
    """
    answered = [row for row in rows if row.first_response_at is not None and row.reason != "client-declined"]
    silent = [row for row in rows if row.first_response_at is None and _is_overdue(row, now)]
    accepted = [row for row in answered if row.state != "rejected"]
    ended = [row for row in accepted if row.state in {"completed", "failed"}]
    return Counts(
        sent=len(answered) + len(silent),
        answered=len(answered),
        accepted=len(accepted),
        ended=len(ended),
        helped=sum(row.state == "completed" and row.outcome in HELPED for row in ended),
        hours=_median_hours(answered),
    )


def _is_overdue(row: Any, now: datetime) -> bool:
    return row.state == "requested" and row.respond_by is not None and row.respond_by < now


def _median_hours(answered: Sequence[Any]) -> float | None:
    hours = [(row.first_response_at - row.sent_at).total_seconds() / 3600 for row in answered]
    return median(hours) if hours else None
