"""The nightly count of how referrals to each service have gone."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import inspect, select
from sqlalchemy.ext.asyncio import AsyncSession

from care.models import Need
from core import clock
from core.jobs.table import Job
from directory.models import Service
from referrals import track
from referrals.models import Referral
from search.matching.track import NEUTRAL
from search.models import ServiceTrack
from tests.support.casework import add_client, add_need, add_service
from tests.support.cast import Cast

ACTOR = Cast.nina.actor


async def a_case(db: AsyncSession) -> tuple[Service, Need]:
    service = await add_service(db)
    return service, await add_need(db, ACTOR, await add_client(db, ACTOR))


async def referred(db: AsyncSession, case: tuple[Service, Need], times: int, **facts: Any) -> None:
    """So many referrals, sent a month ago and answered after six hours unless told otherwise."""
    service, need = case
    sent = clock.now() - timedelta(days=30)
    given = {
        "client_id": need.client_id, "need_id": need.id, "need_code": need.code, "urgency": "week",
        "categories": ["name"],
        "sender_id": ACTOR.organization_id, "sender_name": "CareLink", "sender_user_id": ACTOR.user_id,
        "receiver_id": service.organization_id, "service_id": service.id, "sent_at": sent,
        "respond_by": sent + timedelta(days=2), "first_response_at": sent + timedelta(hours=6),
    }  # fmt: skip
    db.add_all(Referral(**(given | facts)) for _ in range(times))
    await db.flush()


async def stored(db: AsyncSession) -> list[ServiceTrack]:
    return list(await db.scalars(select(ServiceTrack)))


async def indexed(db: AsyncSession) -> list[str]:
    """Services that the index was told of."""
    jobs = await db.scalars(select(Job).where(Job.kind == "search.index"))
    return [id_ for job in jobs for id_ in job.payload["service_ids"]]


async def test_a_service_that_helps_is_known_for_it(db: AsyncSession) -> None:
    case = await a_case(db)
    await referred(db, case, 12, state="completed", outcome="got-help")
    assert await track.refresh(db) == 1
    (row,) = await stored(db)
    assert row.service_id == case[0].id
    assert row.score > NEUTRAL + 0.1
    assert row.answer_hours == 6.0
    assert str(case[0].id) in await indexed(db)


async def test_nothing_is_written_when_nothing_changed(db: AsyncSession) -> None:
    case = await a_case(db)
    await referred(db, case, 6, state="rejected", reason="no-capacity")
    assert await track.refresh(db) == 1
    before = await indexed(db)
    assert await track.refresh(db) == 0
    assert await indexed(db) == before
    (row,) = await stored(db)
    assert row.score < NEUTRAL


async def test_few_referrals_leave_no_record(db: AsyncSession) -> None:
    case = await a_case(db)
    await referred(db, case, 4, state="completed", outcome="got-help")
    assert await track.refresh(db) == 0
    assert await stored(db) == []


async def test_a_record_ends_with_its_referrals(db: AsyncSession) -> None:
    case = await a_case(db)
    await referred(db, case, 6, state="completed", outcome="got-help")
    await track.refresh(db)
    for referral in await db.scalars(select(Referral)):
        referral.sent_at = clock.now() - track.LOOKED_BACK - timedelta(days=1)
    await db.flush()
    assert await track.refresh(db) == 1
    assert await stored(db) == []


async def test_what_says_nothing_of_the_service_does_not_count(db: AsyncSession) -> None:
    """Drafts, mistakes, what the sender took back or the person no longer wanted, and what is not due yet."""
    case = await a_case(db)
    silent: dict[str, Any] = {"first_response_at": None}
    await referred(db, case, 6, state="draft", **silent)
    await referred(db, case, 6, state="entered-in-error")
    await referred(db, case, 6, state="cancelled", reason="other", **silent)
    await referred(db, case, 6, state="rejected", reason="client-declined")
    await referred(db, case, 6, state="requested", respond_by=clock.now() + timedelta(days=1), **silent)
    assert await track.refresh(db) == 0


async def test_silence_counts_and_closed_is_not_helped(db: AsyncSession) -> None:
    case = await a_case(db)
    await referred(db, case, 10, state="requested", first_response_at=None)
    await track.refresh(db)
    (row,) = await stored(db)
    silent = row.score
    assert silent < NEUTRAL
    await referred(db, case, 10, state="completed", outcome="no-help")
    await track.refresh(db)
    unhelpful = (await stored(db))[0].score
    await referred(db, case, 30, state="completed", outcome="got-help")
    await track.refresh(db)
    assert (await stored(db))[0].score > unhelpful


async def test_a_service_of_another_directory_is_passed_over(db: AsyncSession) -> None:
    case = await a_case(db)
    await referred(db, case, 8, state="completed", outcome="got-help", service_id=UUID(int=99))
    assert await track.refresh(db) == 0


def test_the_table_holds_nothing_of_a_person() -> None:
    columns = {column.key for column in inspect(ServiceTrack).columns}
    assert columns == {"service_id", "score", "answer_hours"}
