"""A proxy on loopback that passes requests on after a while: a server that is slow, not away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from tests.support.server import free_port


class SlowProxy:
    """Passes bytes on to a port of this machine, those of the answers after `delay` seconds."""

    def __init__(self, port: int) -> None:
        self._to = port
        self.port = free_port()
        self.delay = 0.0
        self.mute = 0
        """How many of the next connections hear no answer at all."""
        self.connections = 0
        """How many were made so far."""
        self._open: set[asyncio.StreamWriter] = set()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        muted, self.mute = self.mute > 0, max(self.mute - 1, 0)
        with suppress(OSError):
            if muted:
                self._open.add(writer)
                while await reader.read(65_536):
                    pass
                return
            theirs, ours = await asyncio.open_connection("127.0.0.1", self._to)
            self._open |= {writer, ours}
            await asyncio.gather(self._pass(reader, ours, late=False), self._pass(theirs, writer, late=True))

    async def _pass(self, source: asyncio.StreamReader, target: asyncio.StreamWriter, *, late: bool) -> None:
        with suppress(OSError):
            while data := await source.read(65_536):
                if late:
                    await asyncio.sleep(self.delay)
                target.write(data)
                await target.drain()
        target.close()

    async def close(self) -> None:
        """Close what is still open."""
        for writer in self._open:
            writer.close()
        for writer in self._open:
            with suppress(OSError):
                await writer.wait_closed()


@asynccontextmanager
async def slow_proxy(port: int) -> AsyncIterator[SlowProxy]:
    """A proxy to a port of this machine, for as long as the block lasts."""
    proxy = SlowProxy(port)
    server = await asyncio.start_server(proxy._serve, "127.0.0.1", proxy.port)
    try:
        yield proxy
    finally:
        server.close()
        await proxy.close()
