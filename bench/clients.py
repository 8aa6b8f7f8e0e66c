"""Many clients at once, as light as they can be.

They share the machine with the server that is measured, and what they cost it cannot give: so all of them live in one
process and one thread, each a socket that is kept open, asks as soon as it was answered, and looks at nothing of an
answer but its status and its length. That takes some 0.05 ms of the processor for each answer.
"""

from __future__ import annotations

import selectors
import socket
from collections.abc import Iterator, Sequence
from time import perf_counter

CLIENTS = 16
_MOST_S = 120.0


class _Client:
    """One connection: what it waits for since when, and what has come so far."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=_MOST_S)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._path = ""
        self._since = 0.0
        self._came = b""
        self._length = -1

    def ask(self, path: str) -> None:
        """Ask for the next page."""
        self._path, self._came, self._length = path, b"", -1
        self._since = perf_counter()
        self.socket.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())

    def hear(self) -> float | None:
        """Take in what came; the milliseconds it took when that is all. Raises when it is not a 200."""
        part = self.socket.recv(1 << 18)
        self._came += part
        if self._length < 0:
            self._length = self._measure()
        if not part or 0 <= self._length < len(self._came):
            raise RuntimeError(f"{self._path}: the answer ends early or late: {self._came[:300]!r}")
        return (perf_counter() - self._since) * 1000 if len(self._came) == self._length else None

    def _measure(self) -> int:
        """Bytes of the whole answer; -1 while its head is not complete."""
        end = self._came.find(b"\r\n\r\n")
        if end < 0:
            return -1
        head = self._came[:end].lower()
        if b" 200 " not in head[:16]:
            raise RuntimeError(f"{self._path}: {self._came[:300]!r}")
        at = head.index(b"content-length:") + len(b"content-length:")
        return end + 4 + int(head[at:].split(b"\r\n", 1)[0])


def at_once(port: int, paths: Sequence[str], clients: int = CLIENTS) -> tuple[list[float], float]:
    """Milliseconds of each page when so many clients ask at the same time, and how many pages a second came."""
    left = iter(paths)
    times: list[float] = []
    some = [_Client(port) for _ in range(min(clients, len(paths)))]
    started = perf_counter()
    try:
        with selectors.DefaultSelector() as waiting:
            for client in some:
                client.ask(next(left))
                waiting.register(client.socket, selectors.EVENT_READ, client)
            while len(times) < len(paths):
                times += _heard(waiting, left)
    finally:
        for client in some:
            client.socket.close()
    return times, len(times) / (perf_counter() - started)


def _heard(waiting: selectors.BaseSelector, left: Iterator[str]) -> list[float]:
    """The answers that have come by now; who has got one asks again while there is something left to ask."""
    ready = waiting.select(_MOST_S)
    if not ready:
        raise RuntimeError(f"no answer for {_MOST_S:.0f} seconds")
    times = []
    for key, _events in ready:
        took = key.data.hear()
        if took is None:
            continue
        times.append(took)
        path = next(left, None)
        if path is None:
            waiting.unregister(key.data.socket)
        else:
            key.data.ask(path)
    return times
