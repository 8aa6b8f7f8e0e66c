"""Fixtures of the browser tests: one chromium and one demo server for all of them, a window for each."""

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page

from tests.support.browser import PHONE, chromium, window
from tests.support.server import Server, command


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The demo county, served as `make run` serves it. Tests share it, so each works on what it made itself."""
    # What is pulled from is served by the tests, on this very machine.
    server = Server(tmp_path_factory.mktemp("demo"), {"HANDRAIL_NEAR_NETWORKS": "127.0.0.0/8"})
    upgraded = command("database", "upgrade", env=server.env)
    assert upgraded.returncode == 0, upgraded.stderr
    server.start(seconds=180)
    yield server
    server.stop()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Chromium."""
    async with chromium() as browser:
        yield browser


@pytest_asyncio.fixture(loop_scope="session")
async def page(browser: Browser, demo: Server) -> AsyncIterator[Page]:
    """A laptop-sized window on the demo, signed out."""
    async with window(browser, demo.url) as page:
        yield page


@pytest_asyncio.fixture(loop_scope="session")
async def phone(browser: Browser, demo: Server) -> AsyncIterator[Page]:
    """A phone-sized window on the demo, signed out."""
    async with window(browser, demo.url, viewport=PHONE, has_touch=True, is_mobile=True) as page:
        yield page
