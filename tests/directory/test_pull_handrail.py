"""One Handrail pulls from another: what it tells under `/hsds` arrives as it is there, and stays so."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest
import uvicorn
from sqlalchemy import select

from core.database import Database
from core.settings import Settings
from directory.actions import report_full
from directory.hsds.nested import documents
from directory.importing import ImportOptions, import_directory
from directory.models import Service
from directory.sources import actions, driving, queries, remote
from directory.sources.models import Pull
from tests.support.databases import settings_for
from tests.support.packages import package
from tests.support.server import free_port


@asynccontextmanager
async def serving(settings: Settings) -> AsyncIterator[None]:
    """Serve a whole Handrail on loopback, in this very process."""
    from app import create_app

    config = uvicorn.Config(
        create_app(settings, worker=False),
        port=int(settings.base_url.rpartition(":")[2]),
        log_level="critical",
    )
    server = uvicorn.Server(config)
    server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
    task = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.02)
    try:
        yield
    finally:
        server.should_exit = True
        await task


async def told(database: Database) -> dict[str, Any]:
    async with database.transaction(write=False) as db:
        ids = list(await db.scalars(select(Service.id).order_by(Service.id)))
        return {str(one["id"]): one for one in await documents(db, "service", ids)}


async def test_it_ends_like_the_other_and_follows_it(
    database: Database,
    settings: Settings,
    sqlite_template: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(remote, "PAUSE_S", 0.0)
    monkeypatch.setattr(remote, "PER_PAGE", 1)
    (tmp_path / "other").mkdir()
    shutil.copy(sqlite_template, tmp_path / "other" / "handrail.db")
    other = msgspec.structs.replace(
        settings_for(f"sqlite+aiosqlite:///{tmp_path / 'other' / 'handrail.db'}", tmp_path / "other"),
        base_url=f"http://127.0.0.1:{free_port()}",
    )
    there = Database(other.database_url)
    await import_directory(there, package(tmp_path), ImportOptions())
    here = msgspec.structs.replace(settings, near_networks=(ip_network("127.0.0.0/8"),))

    async def pull() -> Pull:
        async with database.transaction() as db:
            source = await queries.source_named(db, "the others")
            if source is None:
                source = await actions.add_source(
                    db, None, name="the others", address=f"{other.base_url}/hsds"
                )
            assert source is not None
            begun = await actions.begin_pull(db, source, at_once=True, by_job=False)
        return await driving.drive(database, here, begun, lambda *_told: None)

    async with serving(other):
        first = await pull()
        assert first.state == "applied" and await told(there)
        assert await told(database) == await told(there)
        async with there.transaction() as db:
            await report_full(db, UUID(next(iter(await told(there)))))
        second = await pull()
        assert not second.is_whole and second.counts["service"]["updated"] == 1
        assert await told(database) == await told(there)
    await there.dispose()
