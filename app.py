"""The one place where the packages meet: `create_app` builds the application that the litestar command serves."""

import asyncio
import importlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import click
from litestar import Litestar
from litestar.datastructures import CacheControlHeader, State
from litestar.di import Provide
from litestar.handlers import BaseRouteHandler
from litestar.plugins import CLIPluginProtocol
from litestar.static_files import create_static_files_router

from accounts.audit import on_denied
from accounts.sessions import SessionMiddleware
from core import crypto, failures, logs, security, web
from core import pages as core_pages
from core.database import Database
from core.jobs import Worker
from core.middleware import RequestMiddleware
from core.settings import Settings
from search.state import open_search

ROOT = Path(__file__).parent
PACKAGES = ("core", "accounts", "directory", "search", "care", "referrals")


def parts(name: str) -> list:
    found = []
    for package in PACKAGES:
        if (ROOT / package / f"{name}.py").exists():
            found.append(importlib.import_module(f"{package}.{name}"))
    return found


class Commands(CLIPluginProtocol):
    """Adds the commands of all packages to the litestar command."""

    def on_cli_init(self, cli: click.Group) -> None:
        """Register one group for each package that has commands, and the worker."""
        for module in parts("cli"):
            cli.add_command(module.group)
        cli.add_command(worker_command)


@click.command("worker")
def worker_command() -> None:
    """Run jobs (mail, indexing, reminders) until interrupted, apart from the web process."""
    asyncio.run(_work(Settings.from_env()))


async def _work(settings: Settings) -> None:
    crypto.configure(settings)
    logs.configure()
    database = Database(settings.database_url)
    async with open_search(settings, database) as search:
        worker = Worker(database, settings, {"search": search})
        try:
            await worker.run()
        finally:
            await worker.stop()
    await database.dispose()


def create_app(settings: Settings | None = None, *, worker: bool = True) -> Litestar:
    """Return the application; raises `SettingsError` with everything that is missing.

    With `worker` jobs run inside this process too, which is what one machine needs.
    """
    settings = settings or Settings.from_env()
    crypto.configure(settings)
    logs.configure()
    database = Database(settings.database_url)
    parts("jobs")
    handlers: list[BaseRouteHandler] = [h for name in ("pages", "api") for m in parts(name) for h in m.handlers]

    @asynccontextmanager
    async def lifespan(app: Litestar) -> AsyncIterator[None]:
        shared: Database = app.state.database
        async with open_search(settings, shared) as search:
            app.state.search = search
            app.state.checks = {"search": search.check}
            if worker:
                async with _working(Worker(shared, settings, {"search": search})):
                    yield
            else:
                yield
        await shared.dispose()

    return Litestar(
        route_handlers=[
            *handlers,
            create_static_files_router(
                path="/static",
                directories=[ROOT / "static"],
                opt={"permission": web.PUBLIC},
                cache_control=CacheControlHeader(max_age=31536000, public=True, immutable=True),
                html_mode=False,
            ),
        ],
        dependencies={
            "db": Provide(web.provide_db),
            "actor": Provide(web.provide_actor, sync_to_thread=False),
        },
        guards=[web.protect],
        exception_handlers=failures.HANDLERS,
        before_send=[security.add_headers, logs.log_access],
        middleware=[RequestMiddleware(), SessionMiddleware()],
        plugins=[Commands()],
        lifespan=[lifespan],
        openapi_config=None,
        request_max_body_size=1_000_000,
        state=State({"settings": settings, "database": database, "checks": {}, "on_denied": on_denied}),
    )


@asynccontextmanager
async def _working(worker: Worker) -> AsyncIterator[None]:
    task = asyncio.create_task(worker.run())
    try:
        yield
    finally:
        await worker.stop()
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
