"""The one place where the packages meet: `create_app` builds the application that the litestar command serves."""

import asyncio
import importlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from click import Group
from litestar import Litestar
from litestar.datastructures import CacheControlHeader, State
from litestar.di import Provide
from litestar.plugins import CLIPlugin
from litestar.static_files import create_static_files_router

from accounts import audit
from accounts.sessions import SessionMiddleware
from core import crypto, failures, logs, security, web
from core import pages as core_pages
from core.database import Database
from core.jobs import Worker
from core.middleware import RequestMiddleware
from core.settings import Settings

ROOT = Path(__file__).parent
PACKAGES = ("accounts", "directory", "search", "care", "referrals")


class Commands(CLIPlugin):
    """Adds the command group of each package to the `litestar` command."""

    def on_cli_init(self, cli: Group) -> None:
        """Add the groups, as Litestar asks."""
        for package in ("core", *PACKAGES):
            if (ROOT / package / "cli.py").exists():
                cli.add_command(importlib.import_module(f"{package}.cli").group)


def package_handlers() -> list:
    found = []
    for package in PACKAGES:
        for name in ("pages", "api"):
            if (ROOT / package / f"{name}.py").exists():
                found += importlib.import_module(f"{package}.{name}").handlers
        if (ROOT / package / "jobs.py").exists():
            importlib.import_module(f"{package}.jobs")
    return found


def create_app(settings: Settings | None = None, *, worker: bool = True) -> Litestar:
    """Return the application; raises `SettingsError` with everything that is missing."""
    settings = settings or Settings.from_env()
    crypto.configure(settings)
    logs.configure()
    database = Database(settings.database_url)

    @asynccontextmanager
    async def lifespan(app: Litestar) -> AsyncIterator[None]:
        runner = Worker(database, settings, app.state.resources)
        task = asyncio.create_task(runner.run()) if worker else None
        try:
            yield
        finally:
            if task is not None:
                await runner.stop()
                await task
            await database.dispose()

    return Litestar(
        route_handlers=[
            *core_pages.handlers,
            *package_handlers(),
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
        plugins=[Commands()],
        guards=[web.protect],
        exception_handlers=failures.HANDLERS,
        before_send=[security.add_headers, logs.log_access],
        middleware=[RequestMiddleware(), SessionMiddleware()],
        lifespan=[lifespan],
        openapi_config=None,
        logging_config=None,
        request_max_body_size=1_000_000,
        state=State(
            {
                "settings": settings,
                "database": database,
                "checks": {},
                "resources": {},
                "on_denied": audit.on_denied,
            }
        ),
    )
