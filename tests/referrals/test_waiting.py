"""What the worklist calls declined: it follows every change that it depends on."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from care import queries as care_queries
from core.settings import Settings
from referrals import actions, queries
from referrals.models import Answer, Referral
from tests.support.casework import a_referral, add_service, send
from tests.support.cast import Cast

NINA, CORA = Cast.nina.actor, Cast.cora.actor


async def declined(db: AsyncSession, settings: Settings) -> Referral:
    referral = await a_referral(db, settings)
    by = actions.By("receiver", None, "mail")
    await actions.move(db, settings, referral, "rejected", by, Answer(reason="no-funds"), referral.version)
    return referral


async def waiting(db: AsyncSession) -> list[UUID]:
    await db.flush()
    listed = [row.id for row, _client in await queries.worklist(db, CORA, "declined")]
    assert (await queries.worklist_counts(db, CORA))["declined"] == len(listed)
    return listed


async def test_it_waits_while_its_need_does(db: AsyncSession, settings: Settings) -> None:
    referral = await declined(db, settings)
    assert await waiting(db) == [referral.id]
    need = await care_queries.need(db, NINA, referral.need_id)
    need.close("unmet", "Nobody has room")
    assert await waiting(db) == []
    need.reopen()
    assert await waiting(db) == [referral.id]
    need.wants_help = "no"
    assert await waiting(db) == []


async def test_it_waits_again_when_the_next_one_was_a_mistake(db: AsyncSession, settings: Settings) -> None:
    referral = await declined(db, settings)
    other = await add_service(db, "Hot meals", organization=UUID(int=7))
    need = await care_queries.need(db, NINA, referral.need_id)
    following = await send(db, settings, NINA, need, other, previous_id=str(referral.id))
    assert await waiting(db) == []
    by = actions.By("sender", NINA, "app")
    await actions.move(db, settings, following, "entered-in-error", by, Answer(), following.version)
    assert await waiting(db) == [referral.id]
