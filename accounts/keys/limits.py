"""Counting every request to the open data, by key or by network address, before anything is answered.

    @get("/hsds/services", **page("public", reads=True), guards=[limited()])
    @get("/hsds/everything", **page("public", reads=True), guards=[limited(20)])

The answers say how much is left, whether they are an answer, a refusal or an error that came later.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import NamedTuple

import structlog
from litestar import Request
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler
from litestar.types import AsyncAnyCallable, Message, Scope
from sqlalchemy import select
from sqlalchemy.exc import OperationalError, TimeoutError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload

from accounts.keys.models import ApiKey, ApiKeyUse
from core import attempts, clock, crypto
from core.attempts import Limit, Spent
from core.database import NOTHING, Database, insert_into
from core.errors import KeyRefused, TooMany
from core.i18n import gettext as _

log = structlog.get_logger("handrail.keys")

WINDOW = timedelta(minutes=10)
#: What one network address may ask without a key, and how many wrong keys it may come with.
WITHOUT_KEY = Limit(6_000, WINDOW)
WRONG_KEYS = Limit(60, WINDOW)
#: How long a request waits for its turn to be counted while something large is written.
PATIENCE_S = 1.0
_LONGEST_KEY = 200


class Asking(NamedTuple):
    """What a request is counted by: the key that came with it, None without one, and where it came from."""

    key: str | None
    address: str


class Verdict(NamedTuple):
    """What was decided: 200, 401 or 429; `headers` go with the answer, `wait` is in seconds."""

    status: int
    headers: dict[str, str]
    wait: int = 0

    def enforce(self) -> None:
        """Raise `KeyRefused` or `TooMany` unless the request may go on."""
        if self.status == 401:
            raise KeyRefused(
                _("It is unknown, has expired or was revoked. Without any key you may ask less.")
            )
        if self.status == 429:
            raise TooMany(
                _("That is more than is allowed. Try again in %(n)s s.") % {"n": self.wait}, self.wait
            )


def asking(request: Request) -> Asking:
    """Read what a request is counted by. A key is never taken from the address, which is kept in many places."""
    scheme, _space, credentials = request.headers.get("authorization", "").partition(" ")
    key = credentials.strip() if scheme.lower() == "bearer" else request.headers.get("x-api-key")
    return Asking(key, request.client.host if request.client else "")


async def count_request(database: Database, asked: Asking, weight: int = 1) -> Verdict:
    """Count a request that weighs as much as `weight` ordinary ones, in one transaction, and decide about it.

    A key counts by itself, wherever it comes from; without one the address counts. Too many wrong keys from one address
    are no longer told apart from too many requests. While the database can take no change, keys are still checked, and
    requests answered without being counted: a large import is no reason to turn readers away.
    """
    try:
        async with database.transaction(sees=NOTHING, patience=PATIENCE_S) as db:
            return await _count(db, asked, weight)
    except (OperationalError, TimeoutError):
        log.warning("request not counted")
    async with database.transaction(write=False, sees=NOTHING) as db:
        known = asked.key is None or await _open_key(db, asked.key) is not None
    return Verdict(200 if known else 401, {})


async def _count(db: AsyncSession, asked: Asking, weight: int) -> Verdict:
    if asked.key is None:
        spent = await attempts.spend(
            db, WITHOUT_KEY, weight, "open data from", attempts.network(asked.address)
        )
        return _verdict(spent, WITHOUT_KEY)
    key = await _open_key(db, asked.key)
    if key is None:
        # Counted apart, so that a partner's mistake does not shut others out who share its address.
        spent = await attempts.spend(db, WRONG_KEYS, 1, "wrong key from", attempts.network(asked.address))
        return _verdict(spent, WRONG_KEYS, 401)
    limit = Limit(key.per_10_minutes, WINDOW)
    spent = await attempts.spend(db, limit, weight, "open data with", str(key.id))
    if spent.granted:
        await _note_use(db, key)
    return _verdict(spent, limit)


async def _open_key(db: AsyncSession, given: str) -> ApiKey | None:
    """Return the key's row when it opens something today.

    It is looked up by its keyed hash: how long that takes tells nothing about which keys there are.
    """
    if not given or len(given) > _LONGEST_KEY:
        return None
    wanted = select(ApiKey).where(ApiKey.key_hash == crypto.hash_token(given))
    key = await db.scalar(wanted.options(joinedload(ApiKey.agency)))
    return key if key is not None and key.state(clock.today(key.agency.time_zone)) == "open" else None


async def _note_use(db: AsyncSession, key: ApiKey) -> None:
    today = clock.today(key.agency.time_zone)
    counted = insert_into(db, ApiKeyUse).values(key_id=key.id, day=today, count=1)
    more = counted.on_conflict_do_update(
        index_elements=["key_id", "day"], set_={"count": ApiKeyUse.count + 1}
    )
    await db.execute(more)
    if key.last_used_on != today:
        key.last_used_on = today


def _verdict(spent: Spent, limit: Limit, status: int = 200) -> Verdict:
    headers = {
        "ratelimit-limit": str(limit.most),
        "ratelimit-remaining": str(spent.left),
        "ratelimit-reset": str(spent.reset),
    }
    return Verdict(status if spent.granted else 429, headers, spent.wait)


Weight = int | Callable[[Request], int]


def limited(weight: Weight = 1) -> AsyncAnyCallable:
    """Return a guard that counts each request to a route, as much as `weight` ordinary ones or as the request says."""

    async def guard(connection: ASGIConnection, _handler: BaseRouteHandler) -> None:
        request: Request = connection  # type: ignore[assignment]
        if request.method == "OPTIONS":
            return
        heavy = weight if isinstance(weight, int) else weight(request)
        verdict = await count_request(request.app.state.database, asking(request), heavy)
        request.scope["state"]["limit_headers"] = verdict.headers
        verdict.enforce()

    return guard


async def add_headers(message: Message, scope: Scope) -> None:
    """Say in every answer to a counted request how much is left, errors included."""
    if message["type"] == "http.response.start":
        told = scope["state"].get("limit_headers", {})
        added = [(name.encode(), value.encode()) for name, value in told.items()]
        message["headers"] = [*message.get("headers", []), *added]
