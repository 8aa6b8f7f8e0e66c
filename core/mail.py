"""Mail: an outbox row and a job in the caller's transaction, sent later, and never twice.

A mail passes through `waiting -> handing_over -> sent`. `handing_over` is committed immediately before the server is
given the text, when sender and recipient are already accepted. A worker that dies before that mark leaves a mail that
is simply sent later. One that dies after it leaves a mail that may or may not have gone out: nobody can know, so it is
parked as `uncertain` for an administrator, who can send it again. Once the server has accepted or refused it,
everything is certain again. Without an SMTP server mails become `.eml` files, whose names make writing them repeatable.

Text and addresses are encrypted; both are deleted once the mail is sent. No mail names a client.
"""

import asyncio
import contextlib
import os
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any, Literal
from urllib.parse import parse_qs, unquote, urlsplit
from uuid import UUID

import aiosmtplib
import msgspec
from sqlalchemy import CursorResult, Index, String, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from core import clock
from core.crypto import Encrypted
from core.database import Base, Database, new_id
from core.jobs import GiveUp, Payload, batch_job, enqueue, resources
from core.settings import Settings, is_loopback

State = Literal["waiting", "handing_over", "sent", "uncertain", "refused"]

_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})*")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]")
_TIMEOUT = 30.0


class Mail(Base):
    """A mail of the outbox. `note` says why it is not sent, in the words of the protocol."""

    __tablename__ = "mail"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    to: Mapped[str] = mapped_column("to_address", Encrypted("mail.to"))
    reply_to: Mapped[str | None] = mapped_column(Encrypted("mail.reply_to"))
    subject: Mapped[str] = mapped_column(Encrypted("mail.subject"))
    text: Mapped[str | None] = mapped_column(Encrypted("mail.text"))
    state: Mapped[str] = mapped_column(String(20), default="waiting")
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    note: Mapped[str | None] = mapped_column(String(200))


Index("ix_mail_unsent", Mail.state, sqlite_where=Mail.state != "sent", postgresql_where=Mail.state != "sent")


def valid_address(address: str) -> bool:
    """Tell whether this is one plain mail address (`name@host`, no display name) that fits in a header."""
    return len(address) <= 254 and _ADDRESS.fullmatch(address) is not None


async def send_mail(
    db: AsyncSession, *, to: str, subject: str, text: str, reply_to: str | None = None
) -> UUID:
    """Put a plain-text mail into the outbox, in the caller's transaction; return its id.

    Raises `ValueError` for an address or a subject that could smuggle further headers in.
    """
    if not valid_address(to) or (reply_to and not valid_address(reply_to)):
        raise ValueError("not a mail address")
    if not subject.strip() or len(subject) > 200 or _CONTROL.search(subject):
        raise ValueError("a subject is one line of at most 200 characters")
    now = clock.now()
    mail = Mail(id=new_id(), to=to, reply_to=reply_to or None, subject=subject, text=text, state="waiting")
    mail.created_at = mail.changed_at = now
    db.add(mail)
    await db.flush()
    await enqueue(db, "core.send_mail", {"mail_id": str(mail.id)})
    return mail.id


async def unsent(db: AsyncSession, limit: int = 100) -> Sequence[Mail]:
    """Return the mails that an administrator has to look at: uncertain and refused ones, newest first."""
    wanted = select(Mail).where(Mail.state.in_(["uncertain", "refused"])).order_by(Mail.changed_at.desc())
    return (await db.scalars(wanted.limit(limit))).all()


async def send_again(db: AsyncSession, mail_id: UUID) -> bool:
    """Send an uncertain or refused mail once more, as an administrator decided; False when it is neither."""
    if not await _move(db, mail_id, ("uncertain", "refused"), "waiting", None):
        return False
    await enqueue(db, "core.send_mail", {"mail_id": str(mail_id)})
    return True


@batch_job("core.send_mail", size=1, alone=False)
async def _send(database: Database, payloads: list[Payload]) -> None:
    settings = resources().settings
    for payload in payloads:
        await deliver(database, settings, UUID(payload["mail_id"]))


async def deliver(database: Database, settings: Settings, mail_id: UUID) -> None:
    """Send one mail; raises `GiveUp` when it never can be, another exception when it may later."""
    async with database.transaction() as db:
        mail = await db.get(Mail, mail_id)
        if mail is None:
            return
        if mail.state == "handing_over":
            await _move(
                db,
                mail_id,
                ("handing_over",),
                "uncertain",
                "the worker died while the server was given the text",
            )
            return
    if mail.state != "waiting":
        return
    message = build_message(mail, settings)
    if settings.smtp_url:
        await _hand_to_server(database, settings.smtp_url, mail, message)
    else:
        await asyncio.to_thread(
            write_file, settings.mail_dir, f"{mail.created_at:%Y%m%dT%H%M%S}-{mail.id}.eml", message
        )
        await _record(database, mail.id, "waiting", "sent")


def build_message(mail: Mail, settings: Settings) -> EmailMessage:
    """Return the mail as a message; the same row always gives the same bytes, its Message-ID included."""
    server = urlsplit(settings.smtp_url)
    host = urlsplit(settings.base_url).hostname or "localhost"
    domain = host if "." in host and not host.replace(".", "").isdigit() else "handrail.example"
    message = EmailMessage(policy=policy.SMTP)
    message["From"] = f"Handrail <{parse_qs(server.query).get('from', [f'handrail@{domain}'])[0]}>"
    message["To"] = mail.to
    if mail.reply_to:
        message["Reply-To"] = mail.reply_to
    message["Subject"] = mail.subject
    message["Date"] = mail.created_at
    message["Message-ID"] = f"<{mail.id}@{domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.text or "", cte="quoted-printable")
    return message


def write_file(folder: Path, name: str, message: EmailMessage) -> None:
    """Write a message as a whole file or not at all; writing it again changes nothing.

    It is readable by its owner alone: it holds a link that opens without signing in.
    """
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / f".{name}.{os.getpid()}"
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(message.as_bytes())
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, folder / name)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class WrittenMail(msgspec.Struct, frozen=True):
    """A mail that became a file, as its reader would see it."""

    sent_at: datetime
    to: str
    subject: str
    text: str


def read_files(folder: Path, limit: int = 50) -> list[WrittenMail]:
    """Return the newest mails that `write_file` left in a folder, newest first."""
    files = sorted(folder.glob("*.eml"), key=lambda path: path.stat().st_mtime, reverse=True)[:limit]
    mails = []
    for path in files:
        message = message_from_bytes(path.read_bytes(), policy=policy.default)
        body = message.get_body(preferencelist=("plain",))
        if body is not None:
            sent_at = datetime.fromtimestamp(path.stat().st_mtime, tz=UTC)
            mails.append(
                WrittenMail(sent_at, str(message["to"]), str(message["subject"]), body.get_content())
            )
    return mails


async def _hand_to_server(database: Database, url: str, mail: Mail, message: EmailMessage) -> None:
    """Send over SMTP in two halves, the mark between them."""
    client = await _connected(url)
    try:
        try:
            await client.mail(_sender(message))
            await client.rcpt(mail.to)
        except aiosmtplib.SMTPResponseException as error:
            if error.code >= 500:
                await _refused(database, mail.id, "waiting", error.code)
            raise
        await _record(database, mail.id, "waiting", "handing_over")
        try:
            await client.data(message.as_bytes())
        except aiosmtplib.SMTPResponseException as error:
            # An answer of the server is certain: it did not take the mail.
            if error.code >= 500:
                await _refused(database, mail.id, "handing_over", error.code)
            await _record(database, mail.id, "handing_over", "waiting")
            raise
        except BaseException as error:
            await _record(
                database, mail.id, "handing_over", "uncertain", "the connection broke before the answer"
            )
            if isinstance(error, Exception):
                return
            raise
        await _record(database, mail.id, "handing_over", "sent")
    finally:
        with contextlib.suppress(Exception):
            await client.quit()
        client.close()


def _sender(message: EmailMessage) -> str:
    return str(message["From"].addresses[0].addr_spec)


async def _connected(url: str) -> aiosmtplib.SMTP:
    """Connect as the setting says: `smtps` is TLS from the start; `smtp` changes to it, always before a password."""
    parts = urlsplit(url)
    own_machine = is_loopback(url)
    client = aiosmtplib.SMTP(
        hostname=parts.hostname,
        port=parts.port or (465 if parts.scheme == "smtps" else 587),
        username=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
        use_tls=parts.scheme == "smtps",
        start_tls=False if own_machine or parts.scheme == "smtps" else (True if parts.username else None),
        timeout=_TIMEOUT,
    )
    await client.connect()
    return client


async def _refused(database: Database, mail_id: UUID, before: State, code: int) -> None:
    note = f"the server refused it for good, code {code}"
    await _record(database, mail_id, before, "refused", note)
    raise GiveUp(note)


async def _record(
    database: Database, mail_id: UUID, before: State, after: State, note: str | None = None
) -> None:
    async with database.transaction() as db:
        # A slow worker may have been given up for dead and its mail parked; it knows better what became of it.
        moved = await _move(
            db, mail_id, (before, "uncertain") if before == "handing_over" else (before,), after, note
        )
    if not moved:
        raise RuntimeError("another worker has this mail")


async def _move(
    db: AsyncSession, mail_id: UUID, before: tuple[State, ...], after: State, note: str | None
) -> bool:
    values: dict[str, Any] = {"state": after, "changed_at": clock.now(), "note": note}
    if after == "sent":
        # Nobody needs them any more, and who was written to is nobody's business afterwards.
        values |= {"text": None, "to": ""}
    result = await db.execute(update(Mail).where(Mail.id == mail_id, Mail.state.in_(before)).values(values))
    return isinstance(result, CursorResult) and result.rowcount == 1
