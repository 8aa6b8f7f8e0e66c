"""The one place where the packages meet: `create_app` builds the application that the litestar command serves."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from pathlib import Path

import click
from litestar import Litestar
from litestar.datastructures import CacheControlHeader, State
from litestar.di import Provide
from litestar.handlers import BaseRouteHandler, HTTPRouteHandler
from litestar.plugins import CLIPlugin
from litestar.static_files import create_static_files_router

from accounts import cli as accounts_cli
from accounts import jobs as account_jobs
from accounts import pages as account_pages
from accounts.audit import on_denied
from accounts.keys import limits
from accounts.sessions import SessionMiddleware
from care import pages as care_pages
from core import cli as core_cli
from core import crypto, failures, logs, security, serving, web
from core import pages as core_pages
from core.database import Database
from core.jobs import Worker
from core.middleware import RequestMiddleware
from core.settings import Settings, SettingsError
from directory import cli as directory_cli
from directory import pages as directory_pages
from directory.duplicates import jobs as duplicate_jobs
from directory.hsds import answers as hsds_answers
from directory.hsds import api as hsds_api
from directory.hsds import guide as hsds_guide
from directory.intake import jobs as intake_jobs
from directory.sources import cli as source_cli
from directory.sources import jobs as source_jobs
from directory.sources import pages as source_pages
from referrals import jobs as referral_jobs
from referrals import pages as referral_pages
from referrals import today as referral_today
from search import api as search_api
from search import cli as search_cli
from search import jobs as search_jobs
from search import need_pages
from search import pages as search_pages
from search.basket import chosen as search_basket
from search.basket import pages as basket_pages
from search.coverage import coverage
from search.hours import clocks
from search.matching import api as match_api
from search.matching import pages as match_pages
from search.places import cli as places_cli
from search.places import jobs as place_jobs
from search.state import open_search
from seeds import demo

ROOT = Path(__file__).parent
COMMANDS = (core_cli, accounts_cli, directory_cli, search_cli)
HANDLERS: list[BaseRouteHandler] = [
    *core_pages.handlers,
    *account_pages.handlers,
    *directory_pages.handlers,
    *hsds_api.handlers,
    *hsds_guide.handlers,
    *source_pages.handlers,
    *search_pages.handlers,
    *need_pages.handlers,
    *search_api.handlers,
    *match_pages.handlers,
    *match_api.handlers,
    *basket_pages.handlers,
    *care_pages.handlers,
    *referral_pages.handlers,
]
#: Importing these registers what the worker can do, and what the page of today shows.
REGISTERED = (
    account_jobs,
    duplicate_jobs,
    intake_jobs,
    source_jobs,
    source_cli,
    search_jobs,
    place_jobs,
    places_cli,
    referral_jobs,
    referral_today,
)


for _handler in HANDLERS:
    # Mail scanners and load balancers ask by HEAD whether an address is there; the server leaves the body out.
    if isinstance(_handler, HTTPRouteHandler) and "GET" in _handler.http_methods:
        _handler.http_methods = _handler.http_methods | {"HEAD"}


class Commands(CLIPlugin):
    """Adds the commands of all packages to the litestar command, and makes `run` serve with several workers well."""

    def on_cli_init(self, cli: click.Group) -> None:
        """Register one group for each package that has commands, and the worker."""
        for module in COMMANDS:
            cli.add_command(module.group)
        cli.add_command(worker_command)

    @contextmanager
    def server_lifespan(self, app: Litestar) -> Iterator[None]:
        """With several web workers, be their supervisor rather than wait for one."""
        if command := serving.several(click.get_current_context().params):
            serving.become(command)
        yield


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
    """Return the application; without `settings` those of the environment, where a wrong one ends the program.

    With `worker` jobs run inside this process too, which is what one machine needs.
    """
    settings = settings or _settings_of_environment()
    crypto.configure(settings)
    logs.configure()

    @asynccontextmanager
    async def lifespan(app: Litestar) -> AsyncIterator[None]:
        shared: Database = app.state.database
        settings: Settings = app.state.settings
        await shared.check_role()
        if settings.demo:
            await demo.load(shared, settings)
        async with open_search(settings, shared) as search:
            app.state.search = search
            app.state.clocks_of = clocks
            app.state.coverage = partial(coverage, search.places)
            app.state.checks = {"search": search.check}
            if worker:
                serving.settle()
                async with _working(Worker(shared, settings, {"search": search})):
                    yield
            else:
                yield
        await shared.dispose()

    return Litestar(
        route_handlers=[
            *HANDLERS,
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
        before_send=[
            hsds_answers.open_to_all,
            security.add_headers,
            limits.add_headers,
            logs.log_access,
        ],
        middleware=[RequestMiddleware(), SessionMiddleware()],
        plugins=[Commands()],
        lifespan=[lifespan],
        openapi_config=None,
        request_max_body_size=1_000_000,
        state=first_state(settings, Database(settings.database_url)),
    )


def first_state(settings: Settings, database: Database) -> State:
    """Return what an application knows before it serves: its installation, and what packages lend to one another."""
    return State(
        {
            "settings": settings,
            "database": database,
            "checks": {},
            "on_denied": on_denied,
            "page_facts": (search_basket.page_facts,),
        }
    )


def _settings_of_environment() -> Settings:
    """Read the settings; what is wrong with them is told to whoever started this, and nothing starts."""
    try:
        return Settings.from_env()
    except SettingsError as error:
        raise SystemExit(str(error)) from None


@asynccontextmanager
async def _working(worker: Worker) -> AsyncIterator[None]:
    task = asyncio.create_task(worker.run())
    try:
        yield
    finally:
        await worker.stop()
        await task
