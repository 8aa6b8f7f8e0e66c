"""How a test database comes to have its tables."""

import app  # noqa: F401  importing the app imports every table
from core import schema
from core.database import Base, Database


async def build(url: str) -> None:
    """Give the empty database at `url` the newest schema."""
    if schema.newest():
        await schema.upgrade(url)
        return
    database = Database(url)
    async with database.transaction() as db:
        await (await db.connection()).run_sync(Base.metadata.create_all)
    await database.dispose()
