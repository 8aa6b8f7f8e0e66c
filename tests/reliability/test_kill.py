"""The power may go at any instant: what was acknowledged is there, and nothing is half there."""

import asyncio
import base64
import random
import uuid
from collections import Counter
from pathlib import Path

import httpx
import msgspec
from sqlalchemy import insert, select

from accounts.audit import verify
from accounts.models import AuditEntry
from core.database import Database
from core.settings import Settings
from referrals.models import Referral, ReferralEvent
from tests.support.cast import Cast
from tests.support.http import Http, sign_in
from tests.support.server import Server
from tests.support.world import make_world

ROUNDS = 2
REFERRALS = 120
AT_ONCE = 8


def serving(settings: Settings, folder: Path) -> Server:
    """Return a server with the keys and the database of the tests, so that both can read what the other wrote."""
    keys = ",".join(base64.urlsafe_b64encode(key).decode() for key in settings.encryption_keys)
    return Server(
        folder,
        {
            "HANDRAIL_DEMO": "0",
            "HANDRAIL_DATABASE_URL": settings.database_url,
            "HANDRAIL_SECRET_KEY": settings.secret_key,
            "HANDRAIL_ENCRYPTION_KEYS": keys,
        },
    )


async def many_referrals(database: Database) -> list[uuid.UUID]:
    """Send Omar's organization many referrals, copies of one, and return their ids."""
    world = await make_world(database)
    ids = [uuid.uuid4() for _ in range(REFERRALS)]
    table = Referral.__table__
    async with database.transaction() as db:
        pattern = (await db.execute(select(table).where(table.c.id == world.referral_id))).mappings().one()
        await db.execute(insert(Referral), [{**pattern, "id": number} for number in ids])
    return ids


async def accept(http: Http, waiting: list[uuid.UUID], acknowledged: set[uuid.UUID]) -> None:
    """Accept one after another until the server is gone; note what it acknowledged."""
    while waiting:
        referral_id = waiting.pop()
        try:
            form = http.guard() | {"to": "accepted", "version": "1"}
            answer = await http.post(f"/referrals/{referral_id}/move", data=form)
        except httpx.TransportError:
            return
        if answer.status_code == 303:
            acknowledged.add(referral_id)


async def test_a_kill_during_moves_loses_no_acknowledged_one(
    database: Database, settings: Settings, tmp_path: Path
):
    ids = await many_referrals(database)
    waiting = list(ids)
    acknowledged: set[uuid.UUID] = set()
    server = serving(settings, tmp_path)
    remote = msgspec.structs.replace(settings, base_url=server.url)
    for round_number in range(ROUNDS):
        await asyncio.to_thread(server.start)
        async with Http(remote) as http:
            await sign_in(http, Cast.omar)
            moving = [asyncio.create_task(accept(http, waiting, acknowledged)) for _ in range(AT_ONCE)]
            wanted = (round_number + 1) * REFERRALS // (ROUNDS + 1)
            while len(acknowledged) < wanted and not all(task.done() for task in moving):
                await asyncio.sleep(0.005)
            await asyncio.sleep(random.random() / 50)
            server.kill()
            await asyncio.gather(*moving)

    async with database.transaction(write=False) as db:
        accepted = set(await db.scalars(select(Referral.id).where(Referral.state == "accepted")))
        told = list(
            await db.scalars(select(ReferralEvent.referral_id).where(ReferralEvent.to_state == "accepted"))
        )
        audited = list(
            await db.scalars(select(AuditEntry.subject_id).where(AuditEntry.action == "referral.accepted"))
        )
        faults = [fault async for fault in verify(db)]
    assert len(acknowledged) >= REFERRALS // 4, "the server was killed before it did anything"
    assert acknowledged <= accepted
    # Each move is there with its event and its audit row, once, or not at all.
    assert Counter(told) == Counter(audited) == Counter(accepted)
    assert faults == []
