"""Listings around Alder Falls, and the application that finds them."""

import pytest
from litestar import Litestar

from core.database import Database
from search.state import Search
from tests.search.listings import build, county


@pytest.fixture
async def search(database: Database, app: Litestar) -> Search:
    """The search of `app`, its index holding the listings of the tests."""
    await county(database)
    found: Search = app.state.search
    await build(found)
    return found
