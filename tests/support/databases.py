"""How a test database comes to have its tables and its people, once, before it is copied for each test."""

from pathlib import Path

from core import crypto, schema
from core.database import Database
from core.settings import Settings
from tests.support.cast import invite


def settings_for(url: str, data_dir: Path) -> Settings:
    """Return the settings of an installation of the tests; all of them share their keys."""
    return Settings(
        data_dir=data_dir,
        database_url=url,
        secret_key="a secret key of the tests, long enough",
        encryption_keys=(bytes(range(32)),),
    )


async def prepare(url: str) -> None:
    """Give the empty database at `url` the newest schema, and the cast."""
    await schema.upgrade(url)
    crypto.configure(settings_for(url, Path()))
    database = Database(url)
    await invite(database)
    await database.dispose()
