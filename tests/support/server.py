"""The app as it is really run: a process of its own, on a free port of loopback, on a data folder of its own."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import httpx

from tests.support.tools import ROOT


def free_port() -> int:
    """Return a port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def command(*words: str, env: Mapping[str, str], timeout: float = 120) -> subprocess.CompletedProcess[str]:
    """Run `litestar ...` from the repository root to its end."""
    return subprocess.run(
        [sys.executable, "-m", "litestar", *words],
        cwd=ROOT,
        env=clean_environment() | dict(env),
        capture_output=True,
        text=True,
        timeout=timeout,
    )


def clean_environment() -> dict[str, str]:
    """Return this process's environment without any setting of Handrail."""
    return {name: value for name, value in os.environ.items() if not name.startswith("HANDRAIL_")}


class Server:
    """A serving process, or the supervisor of several `workers`. `env` holds its settings; what it prints goes to
    `log`, a file in the data folder."""

    def __init__(
        self,
        data_dir: Path,
        env: Mapping[str, str] | None = None,
        port: int | None = None,
        workers: int = 1,
    ) -> None:
        self.port = port or free_port()
        self.workers = workers
        self.url = f"http://127.0.0.1:{self.port}"
        self.data_dir = data_dir
        self.env = {
            "HANDRAIL_DATA_DIR": str(data_dir),
            "HANDRAIL_BASE_URL": self.url,
            "HANDRAIL_DEMO": "1",
            **(env or {}),
        }
        self.log = data_dir / f"server-{self.port}.log"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, seconds: float = 60) -> None:
        """Start serving and wait until `/readyz` says so; raises `RuntimeError` with the log when it does not."""
        words = ["-m", "litestar", "run", "--host", "127.0.0.1", "--port", str(self.port)]
        words += ["--wc", str(self.workers)]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, *words], cwd=ROOT, env=clean_environment() | self.env, stdout=log, stderr=log
            )
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                if httpx.get(f"{self.url}/readyz", timeout=5).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.1)
        self.stop()
        raise RuntimeError(f"the server did not become ready:\n{self.log.read_text()[-4000:]}")

    def kill(self) -> None:
        """End the process as a power cut would."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """Ask the process to end, and wait until it has."""
        self._end(signal.SIGTERM)

    def _end(self, sign: signal.Signals) -> None:
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(sign)
        try:
            self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
