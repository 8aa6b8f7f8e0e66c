"""Meilisearch is killed, slow or refuses: no page fails, no edit is lost, index and database are equal in the end."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import msgspec
import pytest
from litestar import Litestar

from core.database import Database
from core.jobs import dead_letters, run_due
from core.settings import Settings
from search.documents import documents, documents_of
from search.engines import Document, EngineAway, Query
from search.engines.meilisearch import MeilisearchEngine
from search.engines.meilisearch.breaker import FAILURES
from search.state import Search
from search.turns import FileTurns
from tests.search.editing import (
    MANY,
    at_once,
    compared,
    environment,
    rename,
    search_check,
    totals,
    unfinished,
    write_many,
)
from tests.search.engine_support import document, stream
from tests.search.listings import build, county, id_of
from tests.support.http import Http, running
from tests.support.meilisearch import KEY, Meilisearch, engine_on
from tests.support.slow import slow_proxy


@pytest.fixture
def server() -> Iterator[Meilisearch]:
    """A server of this test alone: it may be killed."""
    server = Meilisearch()
    server.start()
    yield server
    server.stop()


@pytest.fixture
async def away(settings: Settings, database: Database, server: Meilisearch) -> AsyncIterator[Litestar]:
    """The application, searching with that server."""
    from app import create_app

    app = create_app(msgspec.structs.replace(settings, search_url=server.url, search_key=KEY), worker=False)
    app.state.database = database
    async with running(app):
        app.state.search.engine._answer_s = 10.0
        yield app


async def worked(app: Litestar, database: Database) -> None:
    """Run everything that waits until nothing does, as a worker does in time."""
    search: Search = app.state.search
    for _ in range(40):
        await at_once(database)
        await run_due(database, app.state.settings, more={"search": search})
        if await unfinished(database) == (0, 0):
            return
    raise AssertionError("jobs are left over")


async def until_it_answers(app: Litestar) -> None:
    """Wait until the breaker has let a probe through."""
    search: Search = app.state.search
    deadline = time.monotonic() + 60
    while (await search.ask(Query())).notice is not None:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.1)


async def test_no_page_fails_while_the_server_is_killed(
    away: Litestar, database: Database, server: Meilisearch
) -> None:
    await county(database)
    await worked(away, database)
    async with Http(away.state.settings, away) as http:
        assert "by Meilisearch" in (await http.get("/readyz")).text
        stop = asyncio.Event()
        statuses: list[int] = []

        async def ask(path: str) -> None:
            while not stop.is_set():
                statuses.append((await http.get(path)).status_code)

        asking = [
            asyncio.create_task(ask(path))
            for path in ("/search?q=pantry", "/api/search?q=food&near=69812", "/api/suggest?q=mill")
        ]
        while len(statuses) < 6:
            await asyncio.sleep(0.01)
        server.kill()
        seen = len(statuses)
        while len(statuses) < seen + 12:
            await asyncio.sleep(0.01)
        stop.set()
        await asyncio.gather(*asking)
        assert set(statuses) == {200}
        page = await http.get("/search?q=pantry")
        assert "Millrace Community Pantry" in page.text
        assert "The search index cannot be reached just now." in page.text
        assert (await http.get("/api/search?q=pantry")).json()["notice"] == "index_away"
        assert "by database" in (await http.get("/readyz")).text
        server.start()
        await until_it_answers(away)
        assert (await http.get("/api/search?q=pantry")).json()["notice"] is None


async def test_edits_of_an_outage_are_in_the_index_afterwards(
    away: Litestar, database: Database, server: Meilisearch
) -> None:
    await write_many(database)
    await worked(away, database)
    search: Search = away.state.search
    await rename(database, MANY[:40], "Orchard")
    working = asyncio.create_task(run_due(database, away.state.settings, more={"search": search}))
    await asyncio.sleep(0.15)
    server.kill()
    await working
    await rename(database, MANY[20:50], "Bakery")
    await run_due(database, away.state.settings, more={"search": search})
    waiting, dead = await unfinished(database)
    assert waiting >= 30
    assert dead == 0
    server.start()
    await worked(away, database)
    await until_it_answers(away)
    assert (await compared(database, search.engine)).equal
    assert await totals(search.engine, "orchard", "bakery", "pantry") == [20, 30, 10]


async def test_a_rebuild_that_the_server_dies_in_is_done_again(
    away: Litestar, database: Database, server: Meilisearch
) -> None:
    await write_many(database)
    await worked(away, database)
    engine = away.state.search.engine

    async def breaking() -> AsyncIterator[Document]:
        async for one in documents(database):
            yield one
        await rename(database, MANY[:5], "Orchard")
        server.kill()

    with pytest.raises(EngineAway):
        await engine.rebuild(breaking())
    server.start()
    await until_it_answers(away)
    assert await totals(engine, "pantry") == [60]
    await engine.rebuild(documents(database))
    await worked(away, database)
    assert (await compared(database, engine)).equal
    assert await totals(engine, "orchard", "pantry") == [5, 55]
    env = environment(
        away.state.settings,
        away.state.settings.data_dir,
        HANDRAIL_SEARCH_URL=server.url,
        HANDRAIL_SEARCH_KEY=KEY,
    )
    code, printed = await asyncio.to_thread(search_check, env)
    assert (code, printed.split()) == (0, ["0", "missing", "0", "surplus", "0", "stale"])


async def test_what_the_server_refuses_becomes_a_dead_letter_alone(
    away: Litestar, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await write_many(database)
    await worked(away, database)
    search: Search = away.state.search
    bad = str(id_of(MANY[3]))

    def key_of(one: object) -> str:
        id_ = str(getattr(one, "service_id", ""))
        return "no valid id" if id_ == bad else f"{id_}_{getattr(one, 'location_id', '')}"

    for module in ("layout", "writing", "answering"):
        monkeypatch.setattr(f"search.engines.meilisearch.{module}.key_of", key_of)
    await rename(database, MANY[:20], "Orchard")
    await run_due(database, away.state.settings, more={"search": search})
    assert await totals(search.engine, "orchard") == [19]
    await at_once(database)
    await run_due(database, away.state.settings, more={"search": search})
    async with database.transaction(write=False) as db:
        dead = await dead_letters(db)
    assert [letter.payload["service_ids"] for letter in dead] == [[bad]]
    assert dead[0].error is not None
    assert "refuses" in dead[0].error
    assert await unfinished(database) == (0, 1)


async def test_a_slow_server_is_left_alone_for_a_while(tmp_path: Path, server: Meilisearch) -> None:
    await engine_on(server, "handrail").rebuild(stream([document("a", name="Pantry")]))
    async with slow_proxy(server.port) as proxy:
        engine = MeilisearchEngine(proxy.url, KEY, FileTurns(tmp_path), answer_s=0.5)
        assert await engine.look()
        proxy.delay = 1.5
        for _ in range(FAILURES):
            with pytest.raises(EngineAway):
                await engine.search(Query(text="pantry"))
        assert not engine.ready
        made = proxy.connections
        started = time.process_time()
        for _ in range(50):
            with pytest.raises(EngineAway):
                await engine.search(Query(text="pantry"))
        assert proxy.connections == made, "nobody waits for a server that does not answer"
        assert time.process_time() - started < 5
        proxy.delay = 0.0
        engine._answer_s = 10.0
        deadline = time.monotonic() + 60
        while True:
            try:
                assert (await engine.search(Query(text="pantry"))).total == 1
                break
            except EngineAway:
                assert time.monotonic() < deadline
                await asyncio.sleep(0.1)
        engine.close()


async def test_the_first_of_several_processes_builds_the_index(
    away: Litestar, database: Database, server: Meilisearch
) -> None:
    await write_many(database)
    search: Search = away.state.search
    assert (await search.ask(Query(text="pantry"))).notice == "index_missing"
    other = engine_on(server, "handrail")
    both = await asyncio.gather(
        worked(away, database), other.rebuild(documents(database)), return_exceptions=True
    )
    assert both[0] is None
    await build(search)
    assert (await compared(database, search.engine)).equal
    async with other.exclusive():
        await other.replace([str(id_of(MANY[0]))], await documents_of(database, [id_of(MANY[0])]))
    assert (await compared(database, other)).equal
    other.close()
