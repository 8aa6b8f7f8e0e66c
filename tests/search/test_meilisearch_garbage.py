"""What answers at the address of Meilisearch is something else: every search is told that it is away, none breaks."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from search.engines import EngineAway, Query
from search.engines.meilisearch import MeilisearchEngine
from search.engines.meilisearch.knowledge import Knowledge
from search.engines.words import vocabulary_of
from search.turns import FileTurns


class Stranger(ThreadingHTTPServer):
    """A server that answers everything with the same."""

    status, body = 200, b""
    asked = 0


class _Answer(BaseHTTPRequestHandler):
    server: Stranger

    def _answer(self) -> None:
        self.server.asked += 1
        self.rfile.read(int(self.headers.get("content-length") or 0))
        self.send_response(self.server.status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(self.server.body)))
        self.send_header("location", "/elsewhere")
        self.end_headers()
        self.wfile.write(self.server.body)

    do_GET = do_POST = _answer

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def stranger() -> Iterator[Stranger]:
    server = Stranger(("127.0.0.1", 0), _Answer)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


def engine_at(stranger: Stranger, folder: Path) -> MeilisearchEngine:
    """An engine that knows an index from before."""
    address = f"http://127.0.0.1:{stranger.server_port}"
    engine = MeilisearchEngine(address, "secret", FileTurns(folder), answer_s=5)
    engine._knowledge = Knowledge("build", vocabulary_of({"bread": 1}.items()), {"bread"})
    engine._look_if_due = lambda: None  # type: ignore[method-assign]
    return engine


BODIES = (
    b"{}", b"[]", b"null", b"7", b"<html>", b"", b"[" * 50_000, b'{"results": 5, "total": 1}',
    b'{"results": [{}], "total": 1}', b'{"results": [null], "total": "x"}', b'{"results": [], "total": null}',
    b'{"results": [{"id": "a", "place": "x", "copy": "!", "spelled": 1}], "total": 1}',
)  # fmt: skip


@pytest.mark.parametrize("body", BODIES)
async def test_an_answer_of_another_form_is_no_answer(
    stranger: Stranger, tmp_path: Path, body: bytes
) -> None:
    stranger.body = body
    engine = engine_at(stranger, tmp_path)
    with pytest.raises(EngineAway):
        await engine.search(Query(text="bread"))
    with suppress(EngineAway):
        await engine.look()
    engine.close()


async def test_nobody_is_led_to_another_server(stranger: Stranger, tmp_path: Path) -> None:
    stranger.status, stranger.body = 307, b"{}"
    engine = engine_at(stranger, tmp_path)
    with pytest.raises(EngineAway):
        await engine.search(Query(text="bread"))
    assert stranger.asked == 1
    engine.close()
