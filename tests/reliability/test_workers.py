"""Several web workers over one database and one index: all tell the same, and all end together."""

import asyncio
import base64
import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import update

from core.database import Database
from core.jobs import enqueue
from core.settings import Settings
from directory.models import Service
from tests.search.listings import county, id_of
from tests.support.server import Server

WORKERS = 2
ASKED = 12
PANTRY, RENAMED = "Millrace Community Pantry", "Hollow Oak Pantry"


@pytest.fixture
async def server(database: Database, settings: Settings, tmp_path: Path) -> AsyncIterator[Server]:
    """Two workers over the county's listings, started at the same time without an index."""
    await county(database)
    keys = ",".join(base64.urlsafe_b64encode(key).decode() for key in settings.encryption_keys)
    server = Server(
        tmp_path,
        {
            "HANDRAIL_DEMO": "0",
            "HANDRAIL_DATABASE_URL": settings.database_url,
            "HANDRAIL_SECRET_KEY": settings.secret_key,
            "HANDRAIL_ENCRYPTION_KEYS": keys,
        },
        workers=WORKERS,
    )
    await asyncio.to_thread(server.start, 240)
    await until(lambda: server.log.read_bytes().count(b"Application startup complete") == WORKERS)
    yield server
    await asyncio.to_thread(server.stop)


async def until(true: Callable[[], Any], seconds: float = 60) -> None:
    """Wait until something is true; raises when it does not come to be."""
    for _ in range(int(seconds * 10)):
        if await asyncio.to_thread(true):
            return
        await asyncio.sleep(0.1)
    raise AssertionError("it never came to be")


@contextmanager
def connections(server: Server) -> Iterator[list[httpx.Client]]:
    """Connections that were all open at once: whichever worker takes one keeps it."""
    clients = [httpx.Client(base_url=server.url, timeout=30) for _ in range(ASKED)]
    try:
        yield clients
    finally:
        for client in clients:
            client.close()


def names(client: httpx.Client, query: str) -> set[str]:
    answer = client.get(f"/api/search?{query}")
    assert answer.status_code == 200, answer.text
    assert answer.json()["notice"] != "index_missing"
    return {hit["name"] for hit in answer.json()["hits"]}


def suggested(client: httpx.Client, text: str) -> set[str]:
    return {one["text"] for one in client.get(f"/api/suggest?q={text}").json()["suggestions"]}


def indexed(server: Server) -> bool:
    """Whether every worker that is asked has an index, and none of their jobs has died."""
    with connections(server) as clients:
        ready = [client.get("/readyz").json() for client in clients]
    assert all(one["jobs"].endswith("0 dead") for one in ready), ready
    return all(one["search"].endswith("by index") for one in ready)


def processes(pid: int) -> list[int]:
    """The process and all that it has started."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(one for child in children for one in processes(int(child)))]


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()


async def test_workers_tell_the_same_and_end_together(server: Server, database: Database) -> None:
    """All in one test, because starting them is what takes time."""
    await until(lambda: indexed(server))
    with connections(server) as clients:
        await an_edit_reaches_every_worker(clients, database)
        await a_withdrawn_listing_is_shown_by_none_while_the_index_still_has_it(clients, database)
    if not Path("/proc/self/task").exists():
        return
    assert server.process is not None
    all_of_them = processes(server.process.pid)
    assert len(all_of_them) > WORKERS
    await asyncio.to_thread(server.stop)
    await until(lambda: not any(map(alive, all_of_them)))


async def an_edit_reaches_every_worker(clients: list[httpx.Client], database: Database) -> None:
    """The new name is found and suggested everywhere, the old one is not."""
    assert all(PANTRY in names(client, "q=millrace") for client in clients)
    assert all(PANTRY in suggested(client, "millr") for client in clients)
    async with database.transaction() as db:
        await db.execute(update(Service).where(Service.id == id_of(PANTRY)).values(name=RENAMED))
        await enqueue(db, "search.index", {"service_ids": [str(id_of(PANTRY))]})
    await until(lambda: all(RENAMED in names(client, "q=hollow+oak") for client in clients))
    await until(lambda: all(RENAMED in suggested(client, "hollow") for client in clients))
    await until(lambda: not any(PANTRY in suggested(client, "millr") for client in clients))


async def a_withdrawn_listing_is_shown_by_none_while_the_index_still_has_it(
    clients: list[httpx.Client], database: Database
) -> None:
    """No job tells the index: the database alone decides."""
    assert all(RENAMED in names(client, "near=69812") for client in clients)
    async with database.transaction() as db:
        await db.execute(update(Service).where(Service.id == id_of(PANTRY)).values(status="inactive"))
    assert not any(RENAMED in names(client, "near=69812") for client in clients)
