"""How geopy reaches a geocoder from here: one request, one deadline for all of it, no redirects, no proxies, no log."""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any
from urllib.parse import urlsplit

import msgspec
from geopy.adapters import AdapterHTTPError, BaseAsyncAdapter
from geopy.exc import GeocoderParseError, GeocoderServiceError, GeocoderTimedOut, GeocoderUnavailable

LONGEST_ANSWER = 500_000
"""Bytes of an answer that are read; five places take a tenth of it."""

AT_ONCE = 4

# geopy writes addresses into its log: each into that of its own requests, and the rate limiter once more.
logging.getLogger("geopy").setLevel(logging.CRITICAL)

_threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="geocoder")


class DeadlineAdapter(BaseAsyncAdapter):
    """An adapter whose `timeout` is for the whole answer: one that drips, byte by byte, is cut off all the same."""

    is_available = True

    def __init__(self, *, proxies: Any, ssl_context: Any) -> None:
        """Take what geopy gives every adapter; proxies of the environment are not for addresses of people."""
        super().__init__(proxies=proxies, ssl_context=ssl_context)
        self._ssl = ssl_context if isinstance(ssl_context, ssl.SSLContext) else ssl.create_default_context()

    async def get_json(self, url: str, *, timeout: float, headers: dict[str, str]) -> Any:
        """The decoded answer; raises geopy's errors, none of which tells the address that was asked for."""
        text = await self.get_text(url, timeout=timeout, headers=headers)
        try:
            return msgspec.json.decode(text.encode())
        except (msgspec.DecodeError, RecursionError):
            raise GeocoderParseError("The answer is not JSON.") from None

    async def get_text(self, url: str, *, timeout: float, headers: dict[str, str]) -> str:
        """The text of the answer; raises geopy's errors."""
        parts = urlsplit(url)
        kind: Any = HTTPConnection
        more: dict[str, Any] = {}
        if parts.scheme == "https":
            kind, more = HTTPSConnection, {"context": self._ssl}
        connection = kind(parts.hostname, parts.port, timeout=timeout, **more)
        path = f"{parts.path or '/'}?{parts.query}"
        try:
            async with asyncio.timeout(timeout):
                status, told, body = await asyncio.get_running_loop().run_in_executor(
                    _threads, _fetch, connection, path, headers
                )
        except TimeoutError:
            raise GeocoderTimedOut("No answer in time.") from None
        except ConnectionError:
            raise GeocoderUnavailable("No connection.") from None
        except (OSError, HTTPException, ValueError):
            raise GeocoderServiceError("No readable answer.") from None
        finally:
            # Whoever waits no longer closes the line: the thread that reads from it ends at once.
            _cut(connection)
        if status != 200:
            raise AdapterHTTPError(f"Status {status}.", status_code=status, headers=told, text="")
        return body.decode(errors="replace")


def _fetch(
    connection: HTTPConnection, path: str, headers: dict[str, str]
) -> tuple[int, dict[str, str], bytes]:
    try:
        connection.request("GET", path, headers=headers | {"Accept": "application/json"})
        response = connection.getresponse()
        body = b""
        while part := response.read1(65_536):
            body += part
            if len(body) > LONGEST_ANSWER:
                raise ValueError("too long")
        return response.status, {name.lower(): text for name, text in response.getheaders()}, body
    finally:
        connection.close()


def _cut(connection: HTTPConnection) -> None:
    with suppress(OSError, AttributeError):
        connection.sock.shutdown(socket.SHUT_RDWR)
