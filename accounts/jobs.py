"""What is tidied away regularly: sessions, counts and form keys whose time is over."""

from datetime import timedelta

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.keys import actions as key_actions
from accounts.models import LoginSession
from core import attempts, clock, idempotency
from core.jobs import Payload, every


@every(timedelta(hours=1).total_seconds(), "accounts.tidy")
async def tidy(db: AsyncSession, _payload: Payload) -> None:
    """Delete what can no longer be of use."""
    await db.execute(delete(LoginSession).where(LoginSession.expires_at < clock.now()))
    await attempts.forget_old(db)
    await idempotency.forget_old(db)
    await key_actions.forget_old(db, clock.now().date())
