"""The application, put together once for all tests of a process: that takes longer than most tests."""

from functools import lru_cache
from pathlib import Path

from litestar import Litestar
from litestar.handlers import BaseRouteHandler

from tests.support.databases import settings_for


@lru_cache
def built_app(*more: BaseRouteHandler) -> Litestar:
    """Return the application of this process, or another one that has more addresses."""
    from app import create_app

    app = create_app(settings_for("sqlite+aiosqlite:///:memory:", Path()), worker=False)
    for handler in more:
        app.register(handler)
    return app
