"""Every address says who may use it, before anybody writes a page that forgets to."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from litestar import Litestar
from litestar.handlers import HTTPRouteHandler

from accounts.rules import PERMISSIONS
from app import create_app
from core import web
from core.settings import Settings
from tests.support.http import Http

# What a signed-out person may send, by the first part of the address.
OPEN_TO_SEND = {"sign-in", "act", "feedback", "basket", "handout", "match", "api"}


@pytest.fixture
def closed_app(tmp_path: Path) -> Litestar:
    """The app as it is built, not started: nothing is read or written."""
    settings = Settings(
        data_dir=tmp_path,
        database_url=f"sqlite+aiosqlite:///{tmp_path}/handrail.db",
        secret_key="a secret key of the tests, long enough",
        encryption_keys=(bytes(32),),
    )
    return create_app(settings, worker=False)


def handlers(app: Litestar) -> Iterator[tuple[str, HTTPRouteHandler]]:
    """Yield all our handlers; the answers to OPTIONS, which tell methods alone, are Litestar's own."""
    for route in app.routes:
        for handler in getattr(route, "route_handlers", ()):
            if handler.http_methods != {"OPTIONS"}:
                yield route.path, handler


def test_every_route_declares_a_known_permission(closed_app: Litestar):
    unknown = {
        path: handler.opt.get("permission")
        for path, handler in handlers(closed_app)
        if handler.opt.get("permission") not in {web.PUBLIC, *PERMISSIONS}
    }
    assert unknown == {}


def test_what_strangers_may_send_is_a_short_list(closed_app: Litestar):
    open_to_all = {
        path.split("/")[1]
        for path, handler in handlers(closed_app)
        if handler.opt["permission"] == web.PUBLIC
        and "POST" in handler.http_methods
        # What only reads takes a long question by POST, and gets a transaction that can change nothing.
        and not handler.opt.get("reads")
    }
    # The catch-all, which answers 404, takes every method.
    assert open_to_all - {"{path:path}"} <= OPEN_TO_SEND


def test_what_only_reads_is_public_and_takes_questions_alone(closed_app: Litestar):
    reading = [handler for _path, handler in handlers(closed_app) if handler.opt.get("reads")]
    assert reading, "no address was found; this test no longer sees the app"
    for handler in reading:
        assert handler.opt["permission"] == web.PUBLIC
        assert handler.http_methods <= {"GET", "HEAD", "POST"}


async def test_asking_for_the_methods_of_an_address_is_no_error(http: Http):
    answer = await http.options("/healthz")
    assert answer.status_code == 204
    assert "GET" in answer.headers["allow"]


def test_reads_have_no_side_door(closed_app: Litestar):
    """No handler answers both GET and POST: what changes something is never reached by following a link."""
    both = [
        path
        for path, handler in handlers(closed_app)
        if {"GET", "POST"} <= set(handler.http_methods) and path != "/{path:path}"
    ]
    assert both == []
