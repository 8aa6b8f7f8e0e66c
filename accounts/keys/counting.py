"""Counting requests, all processes together, and deciding about each before anything is answered."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import date, timedelta
from typing import NamedTuple
from uuid import UUID
from weakref import WeakKeyDictionary

import structlog
from sqlalchemy import select, update
from sqlalchemy.exc import OperationalError, TimeoutError
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.keys.models import ApiKey, ApiKeyUse
from accounts.models import Agency
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
#: How many seconds requests wait for their turn to be counted while something large is written.
PATIENCE_S = 1.0
_LONGEST_KEY = 200
_TOGETHER = 100
_WITHOUT, _WITH, _WRONG = "open data from", "open data with", "wrong key from"


class Asking(NamedTuple):
    """What a request is counted by: the key that came with it, None without one, and where it came from."""

    key: str | None
    address: str


class OpenKey(NamedTuple):
    """A key that opens something; `today` is the day at its agency."""

    id: UUID
    per_10_minutes: int
    today: date


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


async def count_request(database: Database, asked: Asking, weight: int = 1) -> Verdict:
    """Count a request that weighs as much as `weight` ordinary ones, and decide about it.

    A key counts by itself, wherever it comes from; without one the address counts. Too many wrong keys from one address
    are no longer told apart from too many requests. While the database can take no change, keys are still checked, and
    requests answered without being counted: a large import is no reason to turn readers away.
    """
    verdict = await _queues.setdefault(database, _Queue()).count(database, asked, weight)
    if verdict is not None:
        return verdict
    async with database.transaction(write=False, sees=NOTHING) as db:
        known = asked.key is None or await _open_keys(db, {asked.key})
    return Verdict(200 if known else 401, {})


class _Turn(NamedTuple):
    """A request that waits to be counted."""

    asked: Asking
    weight: int
    verdict: asyncio.Future[Verdict | None]


class _Queue:
    """The requests of one process that wait to be counted.

    Those that come while others are counted go together in the next transaction: a crowd costs little more than one,
    and waits for nobody but other writers.
    """

    def __init__(self) -> None:
        self._waiting: list[_Turn] = []
        self._work: asyncio.Task[None] | None = None

    async def count(self, database: Database, asked: Asking, weight: int) -> Verdict | None:
        """Return what was decided, None when it could not be counted."""
        turn = _Turn(asked, weight, asyncio.get_running_loop().create_future())
        self._waiting.append(turn)
        if self._work is None or self._work.done():
            self._work = asyncio.create_task(self._count_all(database))
        return await turn.verdict

    async def _count_all(self, database: Database) -> None:
        while self._waiting:
            turns, self._waiting = self._waiting[:_TOGETHER], self._waiting[_TOGETHER:]
            try:
                verdicts = await _counted(database, turns)
            except Exception as error:
                for turn in turns:
                    if not turn.verdict.done():
                        turn.verdict.set_exception(error)
            else:
                for turn, verdict in zip(turns, verdicts, strict=True):
                    # Whoever asked may have gone away meanwhile.
                    if not turn.verdict.done():
                        turn.verdict.set_result(verdict)


_queues: WeakKeyDictionary[Database, _Queue] = WeakKeyDictionary()


async def _counted(database: Database, turns: list[_Turn]) -> Sequence[Verdict | None]:
    try:
        async with database.transaction(sees=NOTHING, patience=PATIENCE_S) as db:
            return await _count(db, turns)
    except (OperationalError, TimeoutError):
        log.warning("requests not counted", number=len(turns))
        return [None] * len(turns)


async def _count(db: AsyncSession, turns: list[_Turn]) -> list[Verdict]:
    """Count requests, those of one key or address together."""
    keys = await _open_keys(db, {turn.asked.key for turn in turns if turn.asked.key is not None})
    groups: dict[tuple[str, str], list[int]] = {}
    for number, turn in enumerate(turns):
        groups.setdefault(_subject(turn.asked, keys), []).append(number)
    verdicts: dict[int, Verdict] = {}
    # In the same order in every process, so that no two wait for each other.
    for (purpose, subject), numbers in sorted(groups.items()):
        key = keys.get(turns[numbers[0]].asked.key or "")
        limit = _limit(purpose, key)
        weights = [turns[number].weight if purpose != _WRONG else 1 for number in numbers]
        spent = await attempts.spend(db, limit, weights, purpose, subject)
        if key:
            await _note_use(db, key, sum(one.granted for one in spent))
        for number, one in zip(numbers, spent, strict=True):
            verdicts[number] = _verdict(one, limit, 401 if purpose == _WRONG else 200)
    return [verdicts[number] for number in range(len(turns))]


def _subject(asked: Asking, keys: dict[str, OpenKey]) -> tuple[str, str]:
    if asked.key is None:
        return _WITHOUT, attempts.network(asked.address)
    if asked.key in keys:
        return _WITH, str(keys[asked.key].id)
    # Counted apart, so that a partner's mistake does not shut others out who share its address.
    return _WRONG, attempts.network(asked.address)


def _limit(purpose: str, key: OpenKey | None) -> Limit:
    if key is not None:
        return Limit(key.per_10_minutes, WINDOW)
    return WRONG_KEYS if purpose == _WRONG else WITHOUT_KEY


async def _open_keys(db: AsyncSession, given: set[str]) -> dict[str, OpenKey]:
    """Return those of the given keys that open something today.

    They are looked up by their keyed hashes: how long that takes tells nothing about which keys there are.
    """
    hashes = {crypto.hash_token(key): key for key in given if 0 < len(key) <= _LONGEST_KEY}
    if not hashes:
        return {}
    wanted = (
        select(ApiKey.id, ApiKey.key_hash, ApiKey.per_10_minutes, ApiKey.expires_on, Agency.time_zone)
        .join(Agency, Agency.id == ApiKey.organization_id)
        .where(ApiKey.key_hash.in_(hashes), ApiKey.revoked_at.is_(None))
    )
    found = {}
    for row in await db.execute(wanted):
        today = clock.today(row.time_zone)
        if row.expires_on is None or today <= row.expires_on:
            found[hashes[row.key_hash]] = OpenKey(row.id, row.per_10_minutes, today)
    return found


async def _note_use(db: AsyncSession, key: OpenKey, number: int) -> None:
    if not number:
        return
    counted = insert_into(db, ApiKeyUse).values(key_id=key.id, day=key.today, count=number)
    more = counted.on_conflict_do_update(
        index_elements=["key_id", "day"], set_={"count": ApiKeyUse.count + number}
    )
    uses = await db.scalar(more.returning(ApiKeyUse.count))
    if uses == number:
        await db.execute(update(ApiKey).where(ApiKey.id == key.id).values(last_used_on=key.today))


def _verdict(spent: Spent, limit: Limit, status: int = 200) -> Verdict:
    headers = {
        "ratelimit-limit": str(limit.most),
        "ratelimit-remaining": str(spent.left),
        "ratelimit-reset": str(spent.reset),
    }
    return Verdict(status if spent.granted else 429, headers, spent.wait)
