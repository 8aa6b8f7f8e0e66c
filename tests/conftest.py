"""Fixtures of all tests. A test that asks for `database` or `db` runs twice: on SQLite and on PostgreSQL."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from litestar import Litestar
from sqlalchemy.ext.asyncio import AsyncSession

from core import crypto, logs
from core.database import Database
from core.settings import Settings
from tests.support.apps import built_app
from tests.support.cast import Cast
from tests.support.databases import prepare, settings_for
from tests.support.http import Http, running
from tests.support.mailbox import Mailbox
from tests.support.postgres import Postgres
from tests.support.tools import ROOT


# First of all, because the plugin that runs several processes looks at the groups in this hook too.
@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the browser tests in one process and on one event loop: they share a browser and a server."""
    for item in items:
        if "browser" in item.path.relative_to(ROOT / "tests").parts:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.xdist_group("browser"))
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL server, started when the first test needs it."""
    server = Postgres()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def postgres_template(postgres: Postgres) -> str:
    """The name of a PostgreSQL database with the newest schema and the cast, to be copied."""
    name = postgres.create()
    asyncio.run(prepare(postgres.url(name)))
    return name


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with the newest schema and the cast, to be copied."""
    path = tmp_path_factory.mktemp("template") / "handrail.db"
    asyncio.run(prepare(f"sqlite+aiosqlite:///{path}"))
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database with the newest schema and the cast in it, which belongs to this test alone."""
    if request.param == "sqlite":
        path = tmp_path / "handrail.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite+aiosqlite:///{path}"
        return
    template: str = request.getfixturevalue("postgres_template")
    postgres: Postgres = request.getfixturevalue("postgres")
    name = postgres.create(template)
    yield postgres.url(name)
    postgres.drop(name)


@pytest.fixture
def cast() -> type[Cast]:
    """Nina, Cora, Ada, Omar and Sam: they are in every test's database."""
    return Cast


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    """Settings of an installation with its own database and data folder."""
    return settings_for(database_url, tmp_path)


@pytest.fixture
async def database(settings: Settings) -> AsyncIterator[Database]:
    """An open `Database` of this test alone: what is written to it stays until the test ends."""
    crypto.configure(settings)
    database = Database(settings.database_url, pool_size=5)
    yield database
    await database.dispose()


class _Undo(Exception):
    """Makes a transaction roll back."""


@pytest.fixture
async def db(database: Database) -> AsyncIterator[AsyncSession]:
    """A session in one writing transaction, undone when the test ends.

    Other transactions of the same test would wait for it: a test that sends requests writes its rows in
    `async with database.transaction() as db` instead.
    """
    with suppress(_Undo):
        async with database.transaction() as session:
            yield session
            raise _Undo


@pytest.fixture
def built() -> Litestar:
    """The application of this process: what tests change of it is its state, and that each of them begins anew."""
    return built_app()


@pytest.fixture
async def app(built: Litestar, settings: Settings, database: Database) -> AsyncIterator[Litestar]:
    """The running application on `database`; its jobs run only when a test drains them with `run_due`."""
    # Here, because most tests of one package need not wait for all packages to be imported.
    from app import first_state

    logs.configure()
    # One pool for both, so that a test and a request take turns as two requests do.
    built.state = first_state(settings, database)
    async with running(built):
        yield built


@pytest.fixture
async def http(app: Litestar) -> AsyncIterator[Http]:
    """A browser-like client of `app`, signed out."""
    async with Http(app.state.settings, app) as client:
        yield client


@pytest.fixture
def smtp() -> Iterator[Mailbox]:
    """A real SMTP server on loopback."""
    mailbox = Mailbox()
    mailbox.start()
    yield mailbox
    mailbox.stop()
