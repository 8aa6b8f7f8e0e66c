"""What happens to referrals by themselves: one reminder after two business days, and the end of those asked in vain."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core import clock
from core.jobs import enqueue, every, job, resources
from core.mail import send_mail
from referrals import actions, links, messages, track
from referrals.models import TAKEN, Answer, Referral


@job("referrals.nudge")
async def nudge(db: AsyncSession, payload: dict) -> None:
    """Remind the receiver when the answer is due and has not come; harmless to run again."""
    referral = await db.scalar(select(Referral).where(Referral.id == UUID(payload["referral_id"])))
    if referral is None or not referral.is_overdue(clock.now()):
        return
    zone = await actions.zone_of(db, referral.sender_id)
    await actions.nudge(db, resources().settings, referral, actions.By("sender", None, "system"), zone)


@job("referrals.let_go_others")
async def let_go_others(db: AsyncSession, payload: dict) -> None:
    """Have the others of a round taken back, each by a job of its own: their locks must not be held all at once."""
    others = select(Referral.id).where(
        Referral.round_id == UUID(payload["round_id"]), Referral.state == "requested"
    )
    for referral_id in await db.scalars(others):
        await enqueue(db, "referrals.let_go", {"referral_id": str(referral_id)}, key=f"let-go {referral_id}")


@job("referrals.let_go")
async def let_go(db: AsyncSession, payload: dict) -> None:
    """Take back one referral because another of its round was accepted, and thank whoever was asked; once only."""
    referral = await db.scalar(select(Referral).where(Referral.id == UUID(payload["referral_id"])))
    if referral is None or referral.state != "requested":
        return
    settings = resources().settings
    address = await links.address_of(db, referral.id)
    by = actions.By("sender", None, "system")
    await actions.move(db, settings, referral, "cancelled", by, Answer(TAKEN), referral.version)
    if address:
        subject, text = messages.taken(referral)
        await send_mail(db, to=address, subject=subject, text=text)


@every(24 * 3600, "referrals.track")
async def keep_track(db: AsyncSession, payload: dict) -> None:
    """Tell matching, once a night, how referrals to each service have gone."""
    await track.refresh(db)
