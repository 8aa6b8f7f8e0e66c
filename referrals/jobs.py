"""What happens to referrals by themselves: the one reminder after two business days."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core import clock
from core.jobs import job, resources
from referrals import actions
from referrals.models import Referral


@job("referrals.nudge")
async def nudge(db: AsyncSession, payload: dict) -> None:
    """Remind the receiver when the answer is due and has not come; harmless to run again."""
    referral = await db.scalar(select(Referral).where(Referral.id == UUID(payload["referral_id"])))
    if referral is None or not referral.is_overdue(clock.now()):
        return
    zone = await actions.zone_of(db, referral.sender_id)
    await actions.nudge(db, resources().settings, referral, actions.By("sender", None, "system"), zone)
