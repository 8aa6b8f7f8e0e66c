"""A small HSDS API on loopback that another directory could be: with pages, a clock, and many ways to misbehave."""

import gzip
import hashlib
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit
from uuid import NAMESPACE_DNS, uuid5

import msgspec

Document = dict[str, Any]


def an_id(name: str) -> str:
    """Return the same id for the same name."""
    return str(uuid5(NAMESPACE_DNS, f"{name}.example"))


def service(number: int, **changes: Any) -> Document:
    """Return an invented service with everything nested in it; three of them share an organization."""
    owner = number // 3
    place = an_id(f"place {owner}")
    return {
        "id": an_id(f"service {number}"),
        "name": f"Service {number:03}",
        "description": f"What number {number} does.",
        "status": "active",
        "organization": {
            "id": an_id(f"organization {owner}"),
            "name": f"Organization {owner}",
            "description": "Invented.",
            "phones": [{"id": an_id(f"desk {owner}"), "number": f"(698) 555-{owner:04}"}],
        },
        "phones": [{"id": an_id(f"phone {number}"), "number": f"(698) 556-{number:04}"}],
        "schedules": [
            {
                "id": an_id(f"schedule {number}"), "freq": "WEEKLY", "byday": "MO,TU", "opens_at": "09:00",
                "closes_at": "17:00",
            }
        ],
        "service_at_locations": [
            {
                "id": an_id(f"at {number}"),
                "location": {
                    "id": place,
                    "location_type": "physical",
                    "name": f"Hall {owner}",
                    "latitude": 42.05,
                    "longitude": -101.4,
                    "addresses": [
                        {
                            "id": an_id(f"address {owner}"), "address_1": f"{owner + 1} Pier Road", "city": "Harlow",
                            "state_province": "NE", "postal_code": "69812", "country": "US", "address_type": "physical",
                        }
                    ],
                },
            }
        ],
        **changes,
    }  # fmt: skip


class HsdsApi:
    """The API. `services` may be changed while it runs; so may how it behaves."""

    def __init__(self, count: int = 0, per_page: int = 10) -> None:
        self.services: dict[str, Document] = {}
        self.modified: dict[str, datetime] = {}
        self.others: dict[str, list[Document]] = {}
        """Further lists by path, such as `/organizations`."""
        self.per_page = per_page
        self.full, self.minimal, self.since = True, True, True
        """Whether it knows the parameters `full`, `minimal` and `modified_after`."""
        self.key = ""
        self.before: Callable[[str, dict[str, str]], Any] = lambda _path, _query: None
        """Called for each request; what it returns is sent in place of the answer: (status, headers, body)."""
        self.asked: list[str] = []
        self.agents: set[str] = set()
        self.unsent = 0
        """How often it was enough to say that a page is as it was."""
        self._known = ""
        self.stopping = threading.Event()
        for number in range(count):
            self.put(service(number), ago=timedelta(days=30))
        owner = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                owner.handle(self)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/hsds"

    def put(self, document: Document, ago: timedelta = timedelta(0)) -> str:
        """Add a service, or change one; return its id."""
        moment = datetime.now(UTC) - ago
        self.services[document["id"]] = document | {"last_modified": f"{moment:%Y-%m-%dT%H:%M:%S}Z"}
        self.modified[document["id"]] = moment
        return str(document["id"])

    def change(self, number: int, **changes: Any) -> Document:
        """Change some fields of a service."""
        document = deepcopy(self.services[an_id(f"service {number}")]) | changes
        self.put(document)
        return document

    def take(self, number: int) -> None:
        """Take a service off."""
        del self.services[an_id(f"service {number}")]

    def handle(self, request: BaseHTTPRequestHandler) -> None:
        """Answer one request."""
        parts = urlsplit(request.path)
        query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        path = unquote(parts.path).removeprefix("/hsds")
        self.asked.append(request.path.removeprefix("/hsds"))
        self.agents.add(request.headers.get("User-Agent", ""))
        self._known = request.headers.get("If-None-Match", "")
        instead = self.before(path, query)
        if self.key and request.headers.get("Authorization") != f"Bearer {self.key}":
            instead = (401, {}, b"{}")
        status, headers, body = instead or self.answer(path, query)
        try:
            if callable(body):
                body(request)
                return
            request.send_response(status)
            for name, value in ({"Content-Type": "application/json"} | headers).items():
                request.send_header(name, value)
            if "Content-Length" not in headers:
                request.send_header("Content-Length", str(len(body)))
            request.end_headers()
            request.wfile.write(body)
        except OSError:
            pass

    def answer(self, path: str, query: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        """Return what the API says, packed."""
        found = self._found(path, query)
        if found is None:
            return 404, {}, b'{"error": "there is no such thing"}'
        body = msgspec.json.encode(found)
        tag = f'"{hashlib.sha256(body).hexdigest()[:20]}"'
        if self._known == tag:
            self.unsent += 1
            return 304, {"ETag": tag}, b""
        return 200, {"Content-Encoding": "gzip", "ETag": tag}, gzip.compress(body)

    def _found(self, path: str, query: dict[str, str]) -> Any:
        if path in {"", "/"}:
            return {"version": "3.2", "profile": "https://profile.example.org", "openapi_url": "https://x.example",
                    "publisher": "Alder Information Line"}  # fmt: skip
        if path == "/services":
            return self._page(self._listed(query), query)
        if path.startswith("/services/"):
            return self.services.get(path.removeprefix("/services/"))
        for name, documents in self.others.items():
            if path == name:
                return self._page(documents, query)
            if path.startswith(f"{name}/"):
                return next((one for one in documents if one["id"] == path.rpartition("/")[2]), None)
        return None

    def _listed(self, query: dict[str, str]) -> list[Document]:
        documents = list(self.services.values())
        if self.since and "modified_after" in query:
            since = datetime.fromisoformat(query["modified_after"].replace("Z", "+00:00"))
            documents = [one for one in documents if self.modified[one["id"]] >= since]
        if self.minimal and query.get("minimal") == "true":
            return [{"id": one["id"], "last_modified": "2026-01-01T00:00:00Z"} for one in documents]
        if self.full and query.get("full") == "true":
            return documents
        flat = ("id", "name", "description", "status", "organization")
        return [{name: one[name] for name in flat if name in one} for one in documents]

    def _page(self, documents: list[Document], query: dict[str, str]) -> Document:
        size = min(self.per_page, int(query.get("per_page", "50")))
        number = int(query.get("page", "1"))
        contents = documents[(number - 1) * size : number * size]
        pages = max(1, -(-len(documents) // size))
        return {
            "total_items": len(documents), "total_pages": pages, "page_number": number, "size": len(contents),
            "first_page": number == 1, "last_page": number >= pages, "empty": not contents, "contents": contents,
        }  # fmt: skip

    @contextmanager
    def running(self) -> Iterator["HsdsApi"]:
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
