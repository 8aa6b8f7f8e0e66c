"""The process that writes an index is killed, in an edit or in a rebuild: the next one finds nothing lost.

On both engines: the embedded one, whose files the dead process leaves half written, and Meilisearch, which goes on alone
with what it was told.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator

import msgspec
import pytest

from core.database import Database
from core.jobs import run_due
from core.settings import Settings
from search.documents import documents
from search.engines import Engine
from search.engines.embedded import EmbeddedEngine
from search.engines.meilisearch import MeilisearchEngine
from search.engines.sql import SqlEngine
from search.state import Search, engine_of
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
from tests.support.meilisearch import KEY, Meilisearch
from tests.support.server import clean_environment
from tests.support.tools import ROOT

_WRITER = """
import asyncio, sys
from core import crypto
from core.database import Database
from core.jobs import Worker
from core.settings import Settings
from search import jobs
from search.documents import documents
from search.engines.sql import SqlEngine
from search.state import Search, engine_of

async def main():
    settings = Settings.from_env()
    crypto.configure(settings)
    database = Database(settings.database_url)
    engine = engine_of(settings, database)
    print("started", flush=True)
    if sys.argv[1] == "rebuild":
        while True:
            await engine.rebuild(documents(database))
            print("rebuilt", flush=True)
    search = Search(database, engine, SqlEngine(database))
    await Worker(database, settings, {"search": search}).run()

asyncio.run(main())
"""


@pytest.fixture(params=["embedded", "meilisearch"])
def here(request: pytest.FixtureRequest, settings: Settings) -> Iterator[Settings]:
    """The settings of an installation with either engine."""
    if request.param == "embedded":
        yield settings
        return
    server = Meilisearch()
    server.start()
    yield msgspec.structs.replace(settings, search_url=server.url, search_key=KEY)
    server.stop()


def env_of(settings: Settings) -> dict[str, str]:
    more = {"HANDRAIL_SEARCH_URL": settings.search_url, "HANDRAIL_SEARCH_KEY": settings.search_key}
    return environment(settings, settings.data_dir, **{name: value for name, value in more.items() if value})


def start(settings: Settings, what: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", _WRITER, what],
        cwd=ROOT,
        env=clean_environment() | env_of(settings),
        stdout=subprocess.PIPE,
        text=True,
    )


async def line_of(writer: subprocess.Popen[str]) -> str:
    assert writer.stdout is not None
    return await asyncio.to_thread(writer.stdout.readline)


async def kill(writer: subprocess.Popen[str]) -> None:
    os.kill(writer.pid, signal.SIGKILL)
    await asyncio.to_thread(writer.wait)
    assert writer.stdout is not None
    writer.stdout.close()


def opened(settings: Settings, database: Database) -> Engine:
    """The engine of an installation, patient, because machines that run tests are busy."""
    engine = engine_of(settings, database)
    if isinstance(engine, MeilisearchEngine):
        engine._answer_s = 20.0
    return engine


async def close(engine: Engine) -> None:
    if isinstance(engine, MeilisearchEngine):
        await asyncio.to_thread(engine.close)


async def test_an_edit_of_a_killed_writer_is_made_by_the_next(database: Database, here: Settings) -> None:
    await write_many(database)
    moments = random.Random(5)
    engine = opened(here, database)
    await engine.rebuild(documents(database))
    for turn in range(2):
        await rename(database, MANY, f"Orchard turn{turn}")
        writer = start(here, "work")
        assert await line_of(writer) == "started\n"
        # From before it has read a row to when half of the batches are written.
        left = len(MANY)
        while turn and left == len(MANY):
            await asyncio.sleep(0.01)
            left = (await unfinished(database))[0]
        await asyncio.sleep(moments.random() * 0.1)
        await kill(writer)
        await at_once(database)
    search = Search(database, opened(here, database), SqlEngine(database))
    for _ in range(20):
        await at_once(database)
        await run_due(database, here, more={"search": search})
        if await unfinished(database) == (0, 0):
            break
    assert await unfinished(database) == (0, 0)
    await search.engine.look()
    assert (await compared(database, search.engine)).equal
    assert await totals(search.engine, "orchard", "turn1", "pantry") == [60, 60, 0]
    await close(engine)
    await close(search.engine)


async def test_a_killed_rebuild_leaves_the_old_index_and_is_done_again(
    database: Database, here: Settings
) -> None:
    await write_many(database)
    engine = opened(here, database)
    await engine.rebuild(documents(database))
    moments = random.Random(9)
    for _ in range(2):
        writer = start(here, "rebuild")
        assert await line_of(writer) == "started\n"
        await asyncio.sleep(moments.random() * 0.6)
        await kill(writer)
        await engine.look()
        assert await totals(engine, "pantry") == [60]
    assert (await compared(database, engine)).equal
    # Edits go into the index although a rebuild is noted as going on, and the next one cleans up.
    await rename(database, MANY[:10], "Orchard")
    search = Search(database, engine, SqlEngine(database))
    await at_once(database)
    await run_due(database, here, more={"search": search})
    assert await totals(engine, "orchard", "pantry") == [10, 50]
    await engine.rebuild(documents(database))
    assert (await compared(database, engine)).equal
    assert await totals(engine, "orchard", "pantry") == [10, 50]
    code, printed = await asyncio.to_thread(search_check, env_of(here))
    assert (code, printed.split()) == (0, ["0", "missing", "0", "surplus", "0", "stale"])
    if isinstance(engine, EmbeddedEngine):
        assert len([path for path in here.index_dir.iterdir() if path.is_dir()]) == 1
    await close(engine)
