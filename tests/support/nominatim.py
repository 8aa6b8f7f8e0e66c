"""A geocoder on loopback that speaks Nominatim's protocol over real HTTP, well or badly as a test wishes."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec


def answer(lat: float | str, lon: float | str, kind: str = "house", **address: str) -> dict[str, Any]:
    """One place as Nominatim tells it; `address` holds its parts, as in house_number="12", state="Nebraska"."""
    told = {"country": "United States", "country_code": "us"} | address
    return {
        "place_id": 1,
        "licence": "none",
        "lat": str(lat),
        "lon": str(lon),
        "class": "place",
        "type": kind,
        "addresstype": kind,
        "name": "",
        "display_name": ", ".join(told.values()),
        "importance": 0.3,
        "address": told,
    }


class Nominatim:
    """The server: set `answers` by words of the question, or `behave` to make it fail in some way."""

    def __init__(self) -> None:
        self.answers: dict[str, list[dict[str, Any]]] = {}
        """Answers to questions that hold the key, in lower case; any other question gets an empty list."""
        self.behave = "well"
        """`well`, `html`, `malformed`, `odd` (JSON of another form), `429`, `500`, `silent`, `drip` or `endless`."""
        self.questions: list[dict[str, str]] = []
        self.agents: list[str] = []
        self.times: list[float] = []
        self.stopping = threading.Event()
        owner = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                owner.handle(self)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]

    @property
    def setting(self) -> str:
        """What `HANDRAIL_GEOCODER` is set to, so that tests need not wait a second between questions."""
        return f"nominatim+http://127.0.0.1:{self.port}?rate=1000"

    def handle(self, request: BaseHTTPRequestHandler) -> None:
        """Answer one request in the way that was asked for."""
        query = {name: values[-1] for name, values in parse_qs(urlsplit(request.path).query).items()}
        self.questions.append(query)
        self.agents.append(request.headers.get("User-Agent", ""))
        self.times.append(time.monotonic())
        if self.behave in {"429", "500"}:
            request.send_response(int(self.behave))
            request.send_header("Retry-After", "120")
            request.end_headers()
        elif self.behave == "silent":
            self.stopping.wait(30)
        elif self.behave in {"drip", "endless"}:
            self._trickle(request)
        else:
            self._send(request, self._body(query.get("q", "").lower()))

    def _body(self, question: str) -> bytes:
        if self.behave == "html":
            return b"<html><body>Bandwidth limit</body></html>"
        if self.behave == "malformed":
            return b'[{"lat": "42.0"'
        if self.behave == "odd":
            return b'[["lat", "lon"], 7, null]'
        found = next((places for words, places in self.answers.items() if words in question), [])
        return msgspec.json.encode(found)

    def _send(self, request: BaseHTTPRequestHandler, body: bytes) -> None:
        request.send_response(200)
        request.send_header("Content-Type", "application/json")
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)

    def _trickle(self, request: BaseHTTPRequestHandler) -> None:
        """A byte now and then, so that no single read ever times out; or far more than anybody asked for."""
        request.send_response(200)
        request.end_headers()
        part, pause = (b" ", 0.05) if self.behave == "drip" else (b" " * 65_536, 0.0)
        try:
            while not self.stopping.wait(pause):
                request.wfile.write(part)
        except OSError:
            pass

    @contextmanager
    def running(self) -> Iterator["Nominatim"]:
        """Serve until the end of the block."""
        thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self.stopping.set()
            self._server.shutdown()
            self._server.server_close()
            thread.join()
