"""What is done with keys: make one, change its limit, revoke it for good."""

import secrets
from datetime import date, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.audit import audit
from accounts.keys.forms import KeyForm
from accounts.keys.models import PREFIX_LENGTH, ApiKey, ApiKeyUse
from accounts.rules import Actor
from core import clock, crypto
from core.database import new_id
from core.errors import WrongState
from core.i18n import gettext as _

#: How long it is kept how many requests a key made on a day.
USES_KEPT = timedelta(days=90)


class Made(NamedTuple):
    """A new key: its row, and the key itself, which nobody can be shown again."""

    row: ApiKey
    key: str


async def make(db: AsyncSession, actor: Actor | None, organization_id: UUID, form: KeyForm) -> Made:
    """Make a key for a partner of an organization; without an `actor` a command did."""
    # Letters and digits only, so that a double click takes all of it and no command line reads it as an option.
    key = secrets.token_hex(32)
    row = ApiKey(id=new_id(), organization_id=organization_id, name=form.name, mail=form.mail)
    row.prefix, row.key_hash = key[:PREFIX_LENGTH], crypto.hash_token(key)
    row.per_10_minutes, row.expires_on = form.per_10_minutes, form.expires_on
    row.created_by = actor.user_id if actor else None
    db.add(row)
    await db.flush()
    await _record(db, actor, row, "key.make")
    return Made(row, key)


async def change_limit(db: AsyncSession, actor: Actor, row: ApiKey, per_10_minutes: int) -> None:
    """Let a key make more or fewer requests, from the next one on."""
    _refuse_revoked(row)
    row.per_10_minutes = per_10_minutes
    await _record(db, actor, row, "key.limit")


async def revoke(db: AsyncSession, actor: Actor | None, row: ApiKey) -> None:
    """Shut a key for good, from the next request on; without an `actor` a command did."""
    _refuse_revoked(row)
    row.revoked_at = clock.now()
    await _record(db, actor, row, "key.revoke")


def _refuse_revoked(row: ApiKey) -> None:
    if row.revoked_at is not None:
        raise WrongState(_("This key is revoked already."))


async def _record(db: AsyncSession, actor: Actor | None, row: ApiKey, action: str) -> None:
    await audit(
        db,
        actor,
        action=action,
        subject_type="api_key",
        subject_id=row.id,
        organization_id=row.organization_id,
        per_10_minutes=row.per_10_minutes,
    )


async def forget_old(db: AsyncSession, today: date) -> None:
    """Delete counts of days too long ago to be shown."""
    await db.execute(delete(ApiKeyUse).where(ApiKeyUse.day < today - USES_KEPT))
