"""A disk without room: nothing half-written is left, and what could not be done is done once there is room again."""

import errno
import os
import stat
from datetime import timedelta

import pytest
import time_machine

from core import clock, jobs
from core.database import Database
from core.mail import Mail, send_mail
from core.settings import Settings


async def test_a_mail_waits_for_room(database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch):
    async with database.transaction() as db:
        number = await send_mail(db, to="omar@pantry.example", subject="Can you help?", text="/act/token")

    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        assert await jobs.run_due(database, settings) == 0
    assert list(settings.mail_dir.iterdir()) == []
    async with database.transaction(write=False) as db:
        assert (await db.get_one(Mail, number)).state == "waiting"
    with time_machine.travel(clock.now() + timedelta(minutes=5), tick=False):
        assert await jobs.run_due(database, settings) == 1
    (file,) = settings.mail_dir.iterdir()
    assert b"/act/token" in file.read_bytes()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
