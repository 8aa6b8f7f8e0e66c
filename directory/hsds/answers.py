"""How `/hsds/` answers: as JSON that can be kept, as lines without end, and readable from the pages of others."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Sequence
from email.utils import format_datetime
from typing import Any
from uuid import UUID

import msgspec
from litestar import Request, Response
from litestar.types import Message, Scope
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core import clock
from core.database import NOTHING, Database
from directory.hsds import lists
from directory.hsds.lists import STREAMED, Wanted
from directory.hsds.values import moment_of, utc_of
from directory.models import Service

JSON, NDJSON = "application/json", "application/x-ndjson"

_encode = msgspec.json.Encoder().encode
_encode_lines = msgspec.json.Encoder().encode_lines
_FOR_ALL = (
    (b"access-control-allow-origin", b"*"),
    (b"access-control-allow-methods", b"GET, HEAD, POST, OPTIONS"),
    (b"access-control-allow-headers", b"authorization, content-type, if-none-match, x-api-key"),
    (
        b"access-control-expose-headers",
        b"etag, last-modified, retry-after, ratelimit-limit, ratelimit-remaining, ratelimit-reset",
    ),
    (b"access-control-max-age", b"86400"),
    (b"cross-origin-resource-policy", b"cross-origin"),
)


async def open_to_all(message: Message, scope: Scope) -> None:
    """Let pages of other sites read what is under `/hsds`: it is public, and no cookie is looked at for it."""
    if message["type"] == "http.response.start" and f"{scope['path']}/".startswith("/hsds/"):
        message["headers"] = [*message.get("headers", []), *_FOR_ALL]


async def minimal(db: AsyncSession, ids: Sequence[UUID]) -> list[dict[str, Any]]:
    """Return of each service its id and when it was last modified, as its document tells both."""
    columns = (Service.id, Service.last_modified, Service.given)
    rows = await db.execute(select(*columns).where(Service.id.in_(ids)).order_by(Service.id))
    found = []
    for identity, modified, given in rows:
        says = (given or {}).get("says", {})
        told = says.get("last_modified") or (moment_of(modified) if modified else None)
        found.append({"id": says.get("id", identity)} | ({"modified_date": told} if told else {}))
    return found


async def _lots(
    database: Database, wanted: Wanted, shape: str, *, minimal_only: bool
) -> AsyncIterator[list[dict[str, Any]]]:
    if not minimal_only:
        async for found in lists.everything(database, wanted, shape):
            yield found
        return
    last: UUID | None = None
    while True:
        async with lists.turn(database), database.transaction(write=False, sees=NOTHING) as db:
            ids = await wanted.after(db, last, STREAMED)
            found = await minimal(db, ids)
        if not ids:
            return
        yield found
        last = ids[-1]


async def lines(database: Database, wanted: Wanted, shape: str, *, minimal: bool) -> AsyncIterator[bytes]:
    """Yield all documents of a list, one to a line."""
    async for found in _lots(database, wanted, shape, minimal_only=minimal):
        yield _encode_lines(found)


async def all_minimal(database: Database, wanted: Wanted) -> AsyncIterator[bytes]:
    """Yield ids and moments of change of all services as one page; how many they were stands at its end."""
    number = 0
    yield b'{"contents":['
    async for found in _lots(database, wanted, "", minimal_only=True):
        yield (b"," if number else b"") + _encode(found)[1:-1]
        number += len(found)
    ending = {
        "total_items": number,
        "total_pages": 1 if number else 0,
        "page_number": 1,
        "size": number,
        "first_page": True,
        "last_page": True,
        "empty": number == 0,
    }
    yield b"]," + _encode(ending)[1:]


def answer(request: Request, content: Any) -> Response[Any]:
    """Answer with JSON that can be kept and asked for again: unchanged, it is not sent a second time."""
    body = _encode(content)
    tag = f'W/"{hashlib.blake2b(body, digest_size=16).hexdigest()}"'
    headers = {"etag": tag, "cache-control": "public, no-cache"}
    if modified := _last_modified(content):
        headers["last-modified"] = modified
    if request.method != "POST" and _matches(request.headers.get("if-none-match", ""), tag):
        return Response(None, status_code=304, headers=headers)
    return Response(body, media_type=JSON, headers=headers)


def _last_modified(content: Any) -> str | None:
    """Return when the newest of what is told was last modified, as HTTP writes it."""
    told = content.get("contents", (content,))
    known = [moment for one in told if (moment := utc_of(one.get("last_modified")))]
    return format_datetime(min(max(known), clock.now()), usegmt=True) if known else None


def _matches(asked: str, tag: str) -> bool:
    known = {one.strip().removeprefix("W/") for one in asked.split(",")}
    return "*" in known or tag.removeprefix("W/") in known
