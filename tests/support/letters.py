"""Mail that a demo server wrote into its data folder instead of sending it."""

import asyncio
import re
import time
from collections.abc import Callable
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path


def received(folder: Path) -> list[EmailMessage]:
    """Return all mail in the order it was written."""
    files = sorted((folder / "mail").glob("*.eml"), key=lambda path: path.stat().st_mtime_ns)
    return [message_from_bytes(path.read_bytes(), policy=policy.default) for path in files]


def body(message: EmailMessage) -> str:
    """Return the text of a mail."""
    part = message.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


async def wait_for(folder: Path, wanted: Callable[[EmailMessage], bool], seconds: float = 20) -> EmailMessage:
    """Return the newest mail that is wanted, waiting for the worker to write it."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = [message for message in received(folder) if wanted(message)]
        if found:
            return found[-1]
        await asyncio.sleep(0.1)
    subjects = [message["subject"] for message in received(folder)]
    raise AssertionError(f"no such mail came; these did: {subjects[-8:]}")


def link_in(message: EmailMessage) -> str:
    """Return the address of the link in a mail, without the host."""
    found = re.search(r"https?://[^/\s]+(/\S+)", body(message))
    assert found is not None, body(message)
    return found[1]
