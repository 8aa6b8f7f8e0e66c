"""The serving process as `make run` starts it, or several of them, and browsers that ask it one page after another."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from bench.installation import Installation
from core import security

ROOT = Path(__file__).parent.parent


class Browser:
    """One connection to the server, kept open, with the cookie of one login session or none."""

    def __init__(self, port: int, token: str = "") -> None:
        self._connection = HTTPConnection("127.0.0.1", port, timeout=120)
        self._headers = {"Cookie": f"handrail-session={token}"} if token else {}
        self.token = token

    def get(self, path: str) -> tuple[float, bytes]:
        """Ask for a page and read all of it; return milliseconds and what came. Raises when it is not a 200."""
        return self._ask("GET", path, None, {200})

    def drain(self, path: str) -> tuple[float, int]:
        """Read a long answer piece by piece; return milliseconds and how many lines it had."""
        started = time.perf_counter()
        self._connection.request("GET", path, headers=self._headers)
        response = self._connection.getresponse()
        if response.status != 200:
            raise RuntimeError(f"GET {path}: {response.status}")
        lines = 0
        while piece := response.read(1024 * 1024):
            lines += piece.count(b"\n")
        return (time.perf_counter() - started) * 1000, lines

    def look(self, path: str) -> bytes:
        """What a page about the server itself says, also when that is "not ready"."""
        return self._ask("GET", path, None, {200, 503})[1]

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def post(self, path: str, form: dict[str, str]) -> float:
        """Send a form and return milliseconds; raises when that does not lead on to another page (303)."""
        return self._ask("POST", path, urlencode(form), {303})[0]

    def _ask(self, method: str, path: str, body: str | None, wanted: set[int]) -> tuple[float, bytes]:
        kind = {"Content-Type": "application/x-www-form-urlencoded"} if body is not None else {}
        started = time.perf_counter()
        self._connection.request(method, path, body, self._headers | kind)
        response = self._connection.getresponse()
        content = response.read()
        took = (time.perf_counter() - started) * 1000
        if response.status not in wanted:
            raise RuntimeError(f"{method} {path}: {response.status} {content[:300]!r}")
        return took, content


class Server:
    """A running server."""

    def __init__(self, port: int, process: subprocess.Popen[bytes], settings: Any) -> None:
        self.port = port
        self.process = process
        self._settings = settings
        self._browsers: list[Browser] = []

    def browser(self, token: str = "") -> Browser:
        """A new connection, closed when the server ends."""
        self._browsers.append(Browser(self.port, token))
        return self._browsers[-1]

    def close(self) -> None:
        """Close all connections."""
        for browser in self._browsers:
            browser.close()

    def _asked(self, path: str) -> bytes:
        """What a connection of its own answers."""
        browser = Browser(self.port)
        try:
            return browser.look(path)
        finally:
            browser.close()

    def guard(self, token: str) -> dict[str, str]:
        """The two hidden fields that every form carries, as the server would have rendered them."""
        return {
            "_csrf": security.csrf_token(self._settings, token),
            "_key": security.csrf_token(self._settings, ""),
        }

    def state(self) -> dict[str, str]:
        """What `/readyz` says."""
        found: dict[str, str] = json.loads(self._asked("/readyz"))
        return found

    def at_rest(self) -> bool:
        """Whether no job runs and none is due; those that come every hour or day always wait."""
        lines = self._asked("/metrics").decode().splitlines()
        figures = dict(line.split() for line in lines if not line.startswith("#"))
        return float(figures["handrail_jobs_late_seconds"]) == float(figures["handrail_jobs_running"]) == 0

    def megabytes(self, what: str = "VmRSS") -> float | None:
        """Memory of the process: what it holds now, or `VmHWM`, the most it ever held. None where /proc is not."""
        try:
            lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        except OSError:
            return None
        return next((round(int(line.split()[1]) / 1000, 1) for line in lines if line.startswith(what)), None)


@contextmanager
def serving(installed: Installation, workers: int = 1, seconds: float = 120) -> Iterator[Server]:
    """Serve an installation until the block ends; raises with the server's own words when it does not start.

    It is ready when all `workers` have said so in the log.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    as_make_run = {"HANDRAIL_BASE_URL": f"http://127.0.0.1:{port}", "MALLOC_ARENA_MAX": "2"}
    environment = installed.whole_environment | as_make_run
    words = ["-m", "litestar", "run", "--host", "127.0.0.1", "--port", str(port), "--wc", str(workers)]
    log = installed.folder / "server.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, *words], cwd=ROOT, env=environment, stdout=output, stderr=output
        )
    server = Server(port, process, installed.settings)
    try:
        _wait(server, seconds, log, workers)
        yield server
    except Exception as error:
        error.add_note("What the server said last:\n" + log.read_text()[-3000:])
        raise
    finally:
        server.close()
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(server: Server, seconds: float, log: Path, workers: int) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and server.process.poll() is None:
        try:
            server.state()
        except OSError:
            pass
        else:
            if log.read_bytes().count(b"Application startup complete") >= workers:
                return
        time.sleep(0.1)
    raise RuntimeError(f"the server did not start:\n{log.read_text()[-4000:]}")


def one_by_one(browser: Browser, paths: Sequence[str]) -> list[float]:
    """Milliseconds of each page, asked for one after another."""
    return [browser.get(path)[0] for path in paths]
