"""Asking servers on the network whose addresses people typed: never this machine or its neighbours, never without end.

A name is resolved once, each address it has is looked at, and the connection goes to the very address that was looked
at: a name that changes what it means in between changes nothing. No proxies, no cookies, no redirects to elsewhere.
"""

import asyncio
import socket
import ssl
import zlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from email.utils import parsedate_to_datetime
from functools import lru_cache
from http.client import HTTPConnection, HTTPException, HTTPResponse
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Any
from urllib.parse import urljoin, urlsplit

import msgspec

from core import clock
from core.i18n import N_

Network = IPv4Network | IPv6Network

LONGEST = 64 * 1024**2
"""Bytes of an answer, unpacked."""

PATIENCE_S = 60.0
MOST_REDIRECTS = 3
_PART = 64 * 1024

_threads = ThreadPoolExecutor(4, thread_name_prefix="outbound")


class Told(Exception):
    """Something that went wrong, told in one sentence: in English as the message, and ready to be translated."""

    def __init__(self, sentence: str, **values: str | int) -> None:
        super().__init__(sentence % values if values else sentence)
        self.sentence: list[Any] = [sentence, values]


class Refused(Told):
    """The address may not be asked, or what it answers cannot be taken; the sentence says why."""


class Away(Told):
    """There is no whole answer now, and another time there may be one."""

    rest = 0.0
    """How many seconds the server asked to be left alone."""


class Answer(msgspec.Struct, frozen=True):
    """What a server answered: its headers by lower-case name, and the body, unpacked."""

    status: int
    headers: dict[str, str]
    body: bytes


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Tell whether an address is one of the open internet, looking into those that carry another one within."""
    if isinstance(address, IPv6Address):
        within = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
        if any(address in network for network in _CARRIERS):
            within.append(IPv4Address(int(address) & 0xFFFFFFFF))
        if any(one is not None and not is_public(one) for one in within):
            return False
        if address.ipv4_mapped:
            return True
    return address.is_global and not address.is_multicast


_CARRIERS = (IPv6Network("64:ff9b::/96"), IPv6Network("::ffff:0:0:0/96"), IPv6Network("::/96"))
"""Networks whose last 32 bits are an address of the older kind."""


def check_address(url: str, near: Sequence[Network] = ()) -> str:
    """Return the host of an http(s) address; raise `Refused` for what may not be asked, as far as it shows unresolved.

    `near` are private networks that may be asked all the same.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise Refused(N_("The address cannot be read.")) from None
    if parts.scheme not in {"http", "https"} or not host or port == 0:
        raise Refused(N_("The address has to begin with https:// or http:// and name a server."))
    if parts.username is not None or parts.password is not None:
        raise Refused(N_("The address may not hold a name or a password."))
    if any(ord(character) < 33 or ord(character) > 126 for character in url):
        raise Refused(N_("The address holds a character that does not belong into one."))
    with suppress(ValueError):
        _check_ip(ip_address(host), near)
    return host


def _check_ip(address: IPv4Address | IPv6Address, near: Sequence[Network]) -> None:
    plain = address.ipv4_mapped if isinstance(address, IPv6Address) and address.ipv4_mapped else address
    if any(plain in network for network in near if network.version == plain.version):
        return
    if not is_public(address):
        raise Refused(N_("The address leads into a private network, which is not asked."))


async def get(
    url: str,
    headers: dict[str, str],
    *,
    near: Sequence[Network] = (),
    patience: float = PATIENCE_S,
    most: int = LONGEST,
) -> Answer:
    """Ask for an address and return the answer, whatever its status below 500 but 429.

    `patience` seconds are for the whole answer. A redirect is followed within the same server, and not at all with an
    `Authorization`. Raises `Refused` and `Away`.
    """
    for _ in range(MOST_REDIRECTS + 1):
        answer = await _get_once(url, headers, near, patience, most)
        if answer.status == 429 or answer.status >= 500:
            away = Away(N_("The server answers %(status)s."), status=answer.status)
            away.rest = _rest(answer.headers.get("retry-after", ""))
            raise away
        if answer.status not in {301, 302, 303, 307, 308}:
            return answer
        target = urljoin(url, answer.headers.get("location", ""))
        if _server(target) != _server(url):
            raise Refused(N_("The server leads on to another one, which is not followed."))
        if "Authorization" in headers:
            raise Refused(N_("The server leads on to another address, which is not followed with a key."))
        url = target
    raise Refused(N_("The server leads on and on."))


async def _get_once(
    url: str, headers: dict[str, str], near: Sequence[Network], patience: float, most: int
) -> Answer:
    host = check_address(url, near)
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    loop = asyncio.get_running_loop()
    connection: _Connection | None = None
    try:
        async with asyncio.timeout(patience):
            address = await loop.run_in_executor(_threads, _resolve, host, port, near)
            connection = _Connection(host, port, address, parts.scheme == "https", patience)
            path = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
            return await loop.run_in_executor(_threads, _ask, connection, path, headers, most)
    except TimeoutError:
        raise Away(N_("The server does not answer in time.")) from None
    except (ssl.SSLError, ssl.CertificateError):
        raise Refused(N_("No secure connection: the certificate of the server is not in order.")) from None
    except (OSError, HTTPException, ValueError, UnicodeError):
        raise Away(N_("The server cannot be reached, or breaks off.")) from None
    finally:
        if connection is not None:
            # Whoever waits no longer closes the line: the thread that reads from it ends at once.
            connection.cut()


def _resolve(host: str, port: int, near: Sequence[Network]) -> str:
    """Return an address of a host; raises `Refused` when any address it has is none to be asked."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = [str(sockaddr[0]).partition("%")[0] for *_rest_of_it, sockaddr in found]
    for address in addresses:
        _check_ip(ip_address(address), near)
    return addresses[0]


class _Connection(HTTPConnection):
    """A connection to one address of a host, under the host's name."""

    def __init__(self, host: str, port: int, address: str, secure: bool, timeout: float) -> None:
        super().__init__(host, port, timeout=timeout)
        self._address, self._secure = address, secure
        self.default_port = 443 if secure else 80  # what the header Host leaves out

    def connect(self) -> None:
        self.sock: Any = socket.create_connection((self._address, self.port), self.timeout)
        if self._secure:
            self.sock = _context().wrap_socket(self.sock, server_hostname=self.host)

    def cut(self) -> None:
        with suppress(OSError, AttributeError):
            self.sock.shutdown(socket.SHUT_RDWR)


@lru_cache(maxsize=1)
def _context() -> ssl.SSLContext:
    return ssl.create_default_context()


def _ask(connection: _Connection, path: str, headers: dict[str, str], most: int) -> Answer:
    try:
        connection.request("GET", path, headers={"Accept-Encoding": "gzip"} | headers)
        response = connection.getresponse()
        told = {name.lower(): text for name, text in response.getheaders()}
        return Answer(response.status, told, _body(response, told.get("content-encoding", ""), most))
    finally:
        connection.close()


def _body(response: HTTPResponse, packed: str, most: int) -> bytes:
    """Read the body, unpacked as it comes: what would grow beyond `most` is never held as a whole."""
    packed = packed.strip().lower()
    if packed not in {"", "identity", "gzip", "x-gzip"}:
        raise Refused(N_("The server packs its answer in a way that was not asked for."))
    unpack = zlib.decompressobj(31) if "gzip" in packed else None
    body = bytearray()
    while part := response.read1(_PART):
        if unpack is None:
            body += part
        while unpack is not None and part and not unpack.eof:
            try:
                body += unpack.decompress(part, _PART * 16)
            except zlib.error:
                raise Refused(N_("The server's answer is packed, and cannot be unpacked.")) from None
            part = unpack.unconsumed_tail
            if len(body) > most:
                break
        if len(body) > most:
            raise Refused(N_("The server's answer is longer than %(most)s MB."), most=most // 1024**2)
    if response.length or (unpack is not None and not unpack.eof and body):
        raise HTTPException("cut off")
    return bytes(body)


def _server(url: str) -> tuple[str, str, int | None]:
    try:
        parts = urlsplit(url)
        return parts.scheme, parts.hostname or "", parts.port
    except ValueError:
        raise Refused(N_("The server leads on to an address that cannot be read.")) from None


def _rest(text: str) -> float:
    """Read Retry-After, seconds or a date; 0 for what is neither."""
    if text.strip().isdigit():
        return min(float(text), 86_400.0)
    try:
        return min(max((parsedate_to_datetime(text) - clock.now()).total_seconds(), 0.0), 86_400.0)
    except (ValueError, TypeError):
        return 0.0
