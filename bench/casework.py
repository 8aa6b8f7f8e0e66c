"""What daily casework costs over many referrals: inbox, worklist, a move, the report, the list of clients.

Whole pages over HTTP of people who are signed in, their audit rows included: each GET here is also a durable write.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from html import unescape
from itertools import groupby
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import func, select

from bench.caseload import Offer, Party, write_caseload
from bench.corpus import services
from bench.installation import sign_in
from bench.results import Row, row
from bench.server import Browser, Server
from care.models import Client
from core import clock
from core.database import Database
from referrals.models import Referral

MOST_REFERRALS = 100_000
"""More than any one organization has in a year."""

PAGES_DEEP = 5
_RECEIVERS = 60
_NEXT = re.compile(rb'href="([^"]*[?&;]after=[^"]+)"')


class Casework(NamedTuple):
    """Who looks at the caseload, by the tokens of their sessions, and how much there is."""

    coordinator: str
    provider: str
    provider_id: UUID
    sent: int
    received: int
    clients: int


async def prepare(database: Database, size: int, progress: Callable[[str, int, int], None]) -> Casework:
    """Write a caseload to go with a directory of `size` services, and let two people in."""
    offers = _offers(size)
    busy = offers[0].receiver
    count = min(size, MOST_REFERRALS)
    sender_id, coordinator = await sign_in(database, "Bench Care Network", "coordinator")
    _provider_id, provider = await sign_in(database, busy.name, "provider", busy.id)
    await write_caseload(database, count, Party(sender_id, "Bench Care Network"), offers, progress)
    async with database.transaction(write=False) as db:
        sent, received, clients = [
            await db.scalar(select(func.count()).where(condition)) or 0
            for condition in (
                Referral.sender_id == sender_id,
                Referral.receiver_id == busy.id,
                Client.organization_id == sender_id,
            )
        ]
    return Casework(coordinator, provider, busy.id, sent, received, clients)


def _offers(size: int) -> list[Offer]:
    """One service of each of the first organizations of the corpus, which were imported before."""
    offers = []
    for own, entries in groupby(
        services(min(size, 20 * _RECEIVERS)), lambda entry: entry["organization"]["id"]
    ):
        first = next(entries)
        receiver = Party(UUID(own), first["organization"]["name"])
        offers.append(Offer(UUID(first["service"]["id"]), first["service"]["name"], receiver))
    return offers[:_RECEIVERS]


async def casework_rows(server: Server, database: Database, casework: Casework, rounds: int) -> list[Row]:
    """Look at every list `rounds` times, a few pages deep, and move as many referrals from sent to closed."""

    def coordinator() -> Browser:
        return server.browser(casework.coordinator)

    def provider() -> Browser:
        return server.browser(casework.provider)

    inbox = [f"/inbox?show={show}" for show in ("waiting", "under-way", "closed")]
    worklist = [f"/worklist?tab={tab}" for tab in ("overdue", "declined", "unanswered", "under-way")]
    moves = await _moves(server, database, casework, provider(), 2 * rounds)
    return [
        row(
            "referrals.inbox",
            casework.received,
            _lists(provider(), inbox, rounds),
            note="page of 25, any depth",
        ),
        row(
            "referrals.worklist",
            casework.sent,
            _lists(coordinator(), worklist, rounds),
            note="page of 25, any depth",
        ),
        row("referrals.move", casework.received, moves, note="accept, then close with an outcome"),
        row(
            "referrals.dashboard",
            casework.sent,
            _reports(coordinator(), rounds),
            note="report: 90 days, a year, all",
        ),
        row(
            "care.caseload",
            casework.clients,
            _lists(coordinator(), ["/clients"], 3 * rounds),
            note="page of 30, any depth",
        ),
    ]


def _lists(browser: Browser, paths: Sequence[str], rounds: int) -> list[float]:
    """Milliseconds of each page of each list, the first pages most often."""
    times: list[float] = []
    for path in paths:
        browser.get(path)
    for turn in range(rounds):
        for path in paths:
            following: str | None = path
            for _page in range(1 + turn % PAGES_DEEP):
                if following is None:
                    break
                took, content = browser.get(following)
                times.append(took)
                found = _NEXT.search(content)
                following = unescape(found[1].decode()) if found else None
    return times


def _reports(browser: Browser, rounds: int) -> list[float]:
    this_year = clock.today("UTC").year
    paths = ["/reports", f"/reports?since={this_year}-01-01", f"/reports?since={this_year - 5}-01-01"]
    for path in paths:
        browser.get(path)
    return [browser.get(path)[0] for _turn in range(rounds) for path in paths]


async def _moves(
    server: Server, database: Database, casework: Casework, browser: Browser, count: int
) -> list[float]:
    """Accept referrals that wait for an answer, then close each with an outcome."""
    waiting = select(Referral.id, Referral.version).where(
        Referral.receiver_id == casework.provider_id, Referral.state == "requested"
    )
    async with database.transaction(write=False) as db:
        rows = (await db.execute(waiting.order_by(Referral.sent_at.desc()).limit(count))).all()
    times = []
    closing = {"to": "completed", "outcome": "got-help", "provided": "Groceries for a week"}
    for own, version in rows:
        for step, words in enumerate(({"to": "accepted"}, closing)):
            form = words | server.guard(casework.provider) | {"version": str(version + step)}
            times.append(browser.post(f"/referrals/{own}/move", form))
    return times
