"""Mailed links and codes: how an organization without an account reaches one referral, and only that one."""

import uuid

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from core import clock
from core.crypto import hash_token, new_code, new_token, same
from core.errors import TooMany, WrongState
from core.i18n import gettext as _
from core.mail import send_mail
from referrals import messages
from referrals.models import (
    CODE_LIFE,
    CODE_TRIES,
    LINK_LIFE,
    VIEWING_TIME,
    Referral,
    ReferralLink,
)

#: A code is mailed at most this often for one link, so that nobody can flood an organization's mailbox.
CODES_PER_LINK = 10


async def make(db: AsyncSession, referral: Referral, address: str, purpose: str) -> tuple[ReferralLink, str]:
    """Make a link for a referral; return it with its token, which is kept nowhere."""
    token = new_token()
    now = clock.now()
    link = ReferralLink(referral_id=referral.id, token_hash=hash_token(token), purpose=purpose)
    link.receiver_id = referral.receiver_id
    link.address, link.created_at, link.expires_at = address, now, now + LINK_LIFE
    db.add(link)
    await db.flush()
    return link, token


async def close_all(db: AsyncSession, referral_id: uuid.UUID) -> None:
    """Let all links of a referral die."""
    await db.execute(
        update(ReferralLink)
        .where(ReferralLink.referral_id == referral_id, ReferralLink.used_at.is_(None))
        .values(used_at=clock.now())
        .execution_options(synchronize_session="fetch")
    )


async def lock_all(db: AsyncSession, referral_id: uuid.UUID) -> None:
    """Let nobody else use or close the links of a referral until this transaction ends.

    Whoever moves a referral takes links first, then the need, the referral, and the audit trail last: two people who
    take them in different orders would wait for each other for ever.
    """
    query = select(ReferralLink.id).where(ReferralLink.referral_id == referral_id).order_by(ReferralLink.id)
    await db.execute(query.with_for_update())


async def address_of(db: AsyncSession, referral_id: uuid.UUID) -> str:
    """Return the mail address a referral was last sent to, or an empty string when it never was."""
    query = select(ReferralLink).where(ReferralLink.referral_id == referral_id)
    newest = await db.scalar(query.order_by(ReferralLink.created_at.desc()).limit(1))
    return newest.address if newest is not None else ""


async def mail_code(db: AsyncSession, link: ReferralLink) -> None:
    """Mail a fresh code to the address the link was mailed to; raises `WrongState` or `TooMany`."""
    await db.refresh(link, with_for_update=True)
    now = clock.now()
    if not link.works(now):
        raise WrongState(_("This link does not work any more."))
    if link.codes_sent >= CODES_PER_LINK:
        raise TooMany(_("Too many codes were asked for. Please call the sender."), retry_after=86400)
    digits = new_code()
    link.code_hash, link.code_expires_at = hash_token(f"{link.id}:{digits}"), now + CODE_LIFE
    link.code_tries, link.codes_sent = 0, link.codes_sent + 1
    subject, text = messages.code(digits)
    await send_mail(db, to=link.address, subject=subject, text=text)


async def check_code(db: AsyncSession, link: ReferralLink, digits: str) -> str | None:
    """Return a viewer's token after the right code, None after a wrong one; every try is counted.

    Raises `WrongState` when the code is too old, was used, or was tried too often.
    """
    await db.refresh(link, with_for_update=True)
    now = clock.now()
    typed = "".join(character for character in digits if character.isdigit())
    fresh = link.code_expires_at is not None and link.code_expires_at > now
    if not link.works(now) or not link.code_hash or not fresh or link.code_tries >= CODE_TRIES:
        raise WrongState(_("This code does not work any more. Ask for a new one."))
    link.code_tries += 1
    if not same(link.code_hash, hash_token(f"{link.id}:{typed}")):
        await db.flush()
        return None
    viewer = new_token()
    link.code_hash, link.viewer_hash, link.viewer_until = "", hash_token(viewer), now + VIEWING_TIME
    await db.flush()
    return viewer


def may_view(link: ReferralLink, viewer: str | None) -> bool:
    """Tell whether this browser typed the right code a short while ago."""
    now = clock.now()
    if not viewer or not link.viewer_hash or link.viewer_until is None or link.viewer_until < now:
        return False
    return link.works(now) and same(link.viewer_hash, hash_token(viewer))
