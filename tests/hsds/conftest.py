"""Sets of listings that the API is asked about, each in a database that a whole file of tests reads."""

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from core import clock, crypto
from core.database import Database
from directory.importing import ImportOptions, import_directory
from seeds.county import build
from seeds.county.places import TIME_ZONE
from seeds.demo import write_listings
from tests.hsds.documents import written, written_in_full
from tests.hsds.listings import EXTENDED, LISTS, SETS, hidden_services, take_in
from tests.support.databases import settings_for
from tests.support.postgres import Postgres
from tests.support.tools import shared_data

ASKED = [*(("sqlite", name) for name in SETS), ("postgresql", EXTENDED)]
"""Each set in SQLite; in PostgreSQL the one that has most in it."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Ask all about one set in one process, which fills its database once."""
    for item in items:
        found = getattr(item, "callspec", None)
        if found and "asked" in found.params:
            item.add_marker(pytest.mark.xdist_group(" ".join(found.params["asked"])))


@pytest.fixture(scope="module", params=ASKED, ids=lambda pair: "-".join(pair).replace(" ", "_"))
def asked(request: pytest.FixtureRequest) -> tuple[str, str]:
    """The kind of database, and the name of the set of listings that is in it."""
    found: tuple[str, str] = request.param
    return found


@pytest.fixture
def listings(asked: tuple[str, str]) -> str:
    """The name of a set of listings."""
    return asked[1]


@pytest.fixture(scope="module")
def filled_url(
    request: pytest.FixtureRequest, asked: tuple[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The address of a database that holds a set of listings, for all tests of this file: they only read."""
    folder = tmp_path_factory.mktemp("listings")
    server, listings = asked
    if server == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_template"), folder / "handrail.db")
        url = f"sqlite+aiosqlite:///{folder / 'handrail.db'}"
        asyncio.run(fill(url, listings, folder))
        yield url
        return
    postgres: Postgres = request.getfixturevalue("postgres")
    name = postgres.create(request.getfixturevalue("postgres_template"))
    asyncio.run(fill(postgres.url(name), listings, folder))
    yield postgres.url(name)
    postgres.drop(name)


async def fill(url: str, listings: str, folder: Path) -> None:
    crypto.configure(settings_for(url, folder))
    database = Database(url)
    if listings == "the demo county":
        async with database.transaction() as db:
            await write_listings(db, build(clock.today(TIME_ZONE)))
    elif listings == "legal aid":
        await import_directory(database, shared_data("legal_aid"), ImportOptions())
    else:
        extended = listings == EXTENDED
        tables = LISTS.keys() - {"service_at_location"}
        made = {table: [written(table, seed, extended=extended) for seed in range(60)] for table in tables}
        made["service"] += [
            written("service", seed, shared=True, extended=extended) for seed in range(1_000, 1_040)
        ]
        made["service"] += hidden_services(listings)
        for table in tables:
            made[table].append(written_in_full(table))
        await take_in(database, folder, made)
    await database.dispose()
