"""The outbox: real SMTP, files, and workers that are killed at every point where it matters."""

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from datetime import timedelta
from email import message_from_bytes, policy
from pathlib import Path
from uuid import UUID

import msgspec
import pytest
import time_machine
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from core import clock, jobs, mail
from core.database import Database
from core.jobs import run_due
from core.mail import Mail, send_mail
from core.settings import Settings
from tests.support.mailbox import Mailbox

ROOT = Path(__file__).parent.parent.parent
TO = "omar@pantry.example"


async def written(database: Database, **changes: str) -> UUID:
    async with database.transaction() as db:
        fields = {"to": TO, "subject": "A person needs food", "text": "Open the link.\n.\nGrüße"} | changes
        return await send_mail(db, **fields)


async def state(database: Database, id: UUID) -> Mail:
    async with database.transaction(write=False) as db:
        return await db.get_one(Mail, id)


def through(settings: Settings, smtp: Mailbox) -> Settings:
    return msgspec.structs.replace(settings, smtp_url=smtp.url)


async def test_it_works(database: Database, settings: Settings, smtp: Mailbox):
    id = await written(database, reply_to="office@county.example")
    assert await run_due(database, through(settings, smtp)) == 1
    (message,) = smtp.messages
    assert message["to"] == TO and message["reply-to"] == "office@county.example"
    assert message["subject"] == "A person needs food"
    assert message["message-id"] == f"<{id}@handrail.example>"
    assert message.get_content().splitlines() == ["Open the link.", ".", "Grüße"]
    sent = await state(database, id)
    assert sent.state == "sent" and sent.text is None, "the text is not kept"


async def test_nothing_readable_lies_in_the_database(database: Database):
    await written(database)
    async with database.transaction(write=False) as db:
        for table in ("mail", "job"):
            rows = str((await db.execute(text(f"SELECT * FROM {table}"))).all())
            assert "omar" not in rows and "needs food" not in rows and "link" not in rows


async def test_without_a_server_mails_are_files_that_can_be_written_again(
    database: Database, settings: Settings
):
    id = await written(database)
    assert await run_due(database, settings) == 1
    (file,) = settings.mail_dir.iterdir()
    first = file.read_bytes()
    message = message_from_bytes(first, policy=policy.default)
    assert message["to"] == TO and str(id) in file.name
    async with database.transaction() as db:
        await db.execute(text("UPDATE mail SET state = 'waiting'"))
        row = await db.get_one(Mail, id)
        row.to, row.text = TO, "Open the link.\n.\nGrüße"
    await mail.deliver(database, settings, id)
    assert [path.name for path in settings.mail_dir.iterdir()] == [file.name] and file.read_bytes() == first


@pytest.mark.parametrize(
    "changes",
    [
        {"to": "omar@pantry.example\r\nBcc: everyone@elsewhere.example"},
        {"to": "omar@pantry.example, sam@elsewhere.example"},
        {"to": "Omar <omar@pantry.example>"},
        {"to": ""},
        {"to": "a" * 250 + "@b.example"},
        {"reply_to": "x@y.example\nX: y"},
        {"subject": "Hello\r\nBcc: everyone@elsewhere.example"},
        {"subject": "Hello\u2028there"},
        {"subject": " "},
        {"subject": "x" * 201},
    ],
)
async def test_headers_cannot_be_smuggled_in(db: AsyncSession, changes: dict[str, str]):
    with pytest.raises(ValueError):
        await send_mail(db, **({"to": TO, "subject": "Hello", "text": "there"} | changes))
    assert (await db.scalars(select(Mail))).all() == []


async def test_a_server_that_asks_to_wait_gets_it_later_and_once(
    database: Database, settings: Settings, smtp: Mailbox
):
    id = await written(database)
    smtp.refusing = True
    with time_machine.travel(clock.now()) as time:
        for _ in range(4):
            assert await run_due(database, through(settings, smtp)) == 0
            assert (await state(database, id)).state == "waiting"
            time.shift(timedelta(hours=1))
        smtp.refusing = False
        assert await run_due(database, through(settings, smtp)) == 1
    assert len(smtp.messages) == 1


async def test_a_server_that_is_away_for_an_hour(database: Database, settings: Settings, smtp: Mailbox):
    id = await written(database)
    away = msgspec.structs.replace(settings, smtp_url="smtp://127.0.0.1:9")
    with time_machine.travel(clock.now(), tick=False) as time:
        for _ in range(12):
            await run_due(database, away)
            time.shift(timedelta(minutes=5))
        async with database.transaction(write=False) as db:
            assert (await jobs.counts(db)).dead == 0
        time.shift(timedelta(hours=1))
        assert await run_due(database, through(settings, smtp)) == 1
    assert (await state(database, id)).state == "sent" and len(smtp.messages) == 1


async def test_a_mail_refused_for_good_is_shown_and_can_be_sent_again(
    database: Database, settings: Settings, smtp: Mailbox, monkeypatch: pytest.MonkeyPatch
):
    async def handle_RCPT(server, session, envelope, address, options) -> str:
        return "550 no such person"

    monkeypatch.setattr(smtp, "handle_RCPT", handle_RCPT, raising=False)
    id = await written(database)
    await run_due(database, through(settings, smtp))
    refused = await state(database, id)
    assert refused.state == "refused" and refused.note == "the server refused it for good, code 550"
    assert refused.text is not None and smtp.messages == []
    async with database.transaction() as db:
        assert [row.id for row in await mail.unsent(db)] == [id]
        assert (await jobs.counts(db)).dead == 1
        assert await mail.send_again(db, id)
        assert not await mail.send_again(db, id)


async def test_a_connection_that_breaks_before_the_answer_leaves_it_uncertain(
    database: Database, settings: Settings, smtp: Mailbox, monkeypatch: pytest.MonkeyPatch
):
    async def handle_DATA(server, session, envelope) -> str:
        smtp.messages.append(message_from_bytes(envelope.content, policy=policy.default))
        server.transport.abort()
        return "250 OK"

    monkeypatch.setattr(smtp, "handle_DATA", handle_DATA)
    id = await written(database)
    await run_due(database, through(settings, smtp))
    with time_machine.travel(clock.now() + timedelta(days=1)):
        await run_due(database, through(settings, smtp))
    assert (await state(database, id)).state == "uncertain"
    assert len(smtp.messages) == 1, "it is not sent again by itself"
    monkeypatch.undo()
    async with database.transaction() as db:
        assert await mail.send_again(db, id)
    await run_due(database, through(settings, smtp))
    assert (await state(database, id)).state == "sent" and len(smtp.messages) == 2


async def test_two_workers_hand_over_once(database: Database, settings: Settings, smtp: Mailbox):
    id = await written(database)
    settings = through(settings, smtp)
    both = await asyncio.gather(
        *(mail.deliver(database, settings, id) for _ in range(2)), return_exceptions=True
    )
    assert len(smtp.messages) == 1
    assert sum(error is None for error in both) >= 1


KILLED_WORKER = """
import asyncio, os, signal, sys
from pathlib import Path
import aiosmtplib
from core import crypto, mail
from core.database import Database
from core.jobs import Worker
from core.settings import Settings

url, smtp, data, kill_at = sys.argv[1:]

def die(point):
    if kill_at == point:
        os.kill(os.getpid(), signal.SIGKILL)

real_record, real_data, real_connect = mail._record, aiosmtplib.SMTP.data, aiosmtplib.SMTP.connect

async def record(database, mail_id, before, after, *rest):
    die(f"before {after}")
    await real_record(database, mail_id, before, after, *rest)
    die(f"after {after}")

async def data_phase(self, *rest, **named):
    answer = await real_data(self, *rest, **named)
    die("after the text")
    return answer

async def connect(self, *rest, **named):
    die("before connecting")
    return await real_connect(self, *rest, **named)

mail._record, aiosmtplib.SMTP.data, aiosmtplib.SMTP.connect = record, data_phase, connect

async def main():
    settings = Settings(data_dir=Path(data), database_url=url, smtp_url=smtp,
        secret_key="a secret key of the tests, long enough", encryption_keys=(bytes(range(32)),))
    crypto.configure(settings)
    await Worker(Database(url), settings, lease=0.5, poll=0.05).run()

asyncio.run(main())
"""


@pytest.mark.parametrize(
    ("kill_at", "received", "ends_as"),
    [
        ("before connecting", 1, "sent"),
        ("before handing_over", 1, "sent"),
        ("after handing_over", 0, "uncertain"),
        ("after the text", 1, "uncertain"),
        ("after sent", 1, "sent"),
    ],
)
async def test_a_killed_worker_never_sends_twice_and_loses_nothing_silently(
    database: Database,
    settings: Settings,
    smtp: Mailbox,
    tmp_path: Path,
    kill_at: str,
    received: int,
    ends_as: str,
):
    id = await written(database)
    script = tmp_path / "worker.py"
    script.write_text(KILLED_WORKER)

    async def work(kill_at: str, done: Callable[[], object]) -> int:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            str(script),
            database.url,
            smtp.url,
            str(tmp_path),
            kill_at,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
        )
        async with asyncio.timeout(30):
            while process.returncode is None and not await done():  # type: ignore[misc]
                await asyncio.sleep(0.05)
        if process.returncode is None:
            process.send_signal(signal.SIGKILL)
        return await process.wait()

    async def never() -> bool:
        return False

    async def drained() -> bool:
        async with database.transaction(write=False) as db:
            return not (await db.scalars(select(jobs.Job.id).where(jobs.Job.kind == "core.send_mail"))).all()

    assert await work(kill_at, never) == -signal.SIGKILL
    assert not await drained()
    await work("never", drained)
    assert (await state(database, id)).state == ends_as
    assert len(smtp.messages) == received
    async with database.transaction(write=False) as db:
        assert [row.id for row in await mail.unsent(db)] == ([id] if ends_as == "uncertain" else [])
