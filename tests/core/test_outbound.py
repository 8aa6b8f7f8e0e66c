"""Addresses that people typed are asked with care: nothing private, nothing endless, nothing that leads elsewhere."""

import gzip
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address, ip_network

import pytest

from core import outbound
from core.outbound import Away, Refused, check_address, get, is_public
from core.settings import Settings, SettingsError

LOOPBACK = (ip_network("127.0.0.0/8"),)
Behave = Callable[[BaseHTTPRequestHandler], None]


@contextmanager
def serving(behave: Behave) -> Iterator[str]:
    """Serve on loopback, and return the address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            with suppress(OSError):
                behave(self)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def sending(status: int = 200, body: bytes = b"{}", **headers: str) -> Behave:
    def behave(request: BaseHTTPRequestHandler) -> None:
        request.send_response(status)
        for name, value in headers.items():
            request.send_header(name.replace("_", "-"), value)
        request.end_headers()
        request.wfile.write(body)

    return behave


PRIVATE = [
    "http://169.254.169.254/latest/meta-data",
    "http://10.1.2.3/hsds",
    "http://192.168.0.1/",
    "http://172.16.0.1/",
    "http://127.0.0.1:8000/",
    "http://0.0.0.0/",
    "http://100.64.0.1/",
    "http://224.0.0.1/",
    "http://[::1]/",
    "http://[::]/",
    "http://[fe80::1]/",
    "http://[fd00::1]/",
    "http://[::ffff:10.0.0.1]/",
    "http://[64:ff9b::7f00:1]/",
    "http://[2002:7f00:1::]/",
    "http://[::127.0.0.1]/",
    "http://[::ffff:0:127.0.0.1]/",
]


@pytest.mark.parametrize("url", PRIVATE)
async def test_private_addresses_are_refused(url: str):
    with pytest.raises(Refused, match="private network"):
        check_address(url)
    with pytest.raises(Refused, match="private network"):
        await get(url, {})


@pytest.mark.parametrize(
    "url",
    ["ftp://example.org/", "file:///etc/passwd", "//example.org", "https://", "http://user:pw@example.org/",
     "http://example.org:0/", "http://example.org:99999/", "http://exa mple.org/", "http://example.org/\r\nX: y", "http://[::1"],
)  # fmt: skip
async def test_what_is_no_address_is_refused(url: str):
    with pytest.raises(Refused):
        check_address(url)
    with pytest.raises(Refused):
        await get(url, {})


@pytest.mark.parametrize("found", ["127.0.0.1", "10.0.0.7", "169.254.169.254", "::1"])
async def test_a_name_that_leads_into_a_private_network_is_refused(
    monkeypatch: pytest.MonkeyPatch, found: str
):
    """Also a name that has a public address besides: whoever asks again may get the other one."""
    family = socket.AF_INET6 if ":" in found else socket.AF_INET
    answers = [
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.215.14", 80)),
        (family, socket.SOCK_STREAM, 6, "", (found, 80)),
    ]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_more: answers)
    with pytest.raises(Refused, match="private network"):
        await get("http://inside.example.org/", {})


async def test_other_spellings_of_loopback_are_refused():
    for host in ("localhost", "2130706433", "0x7f.1", "127.1"):
        with pytest.raises((Refused, Away)):
            await get(f"http://{host}:9/", {})


def test_public_addresses_are_public():
    for address in ("93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"):
        assert is_public(ip_address(address))


async def test_what_the_settings_name_may_be_asked():
    with serving(sending(body=b'{"a": 1}')) as url:
        answer = await get(f"{url}/x?y=1", {}, near=LOOPBACK)
        assert (answer.status, answer.body) == (200, b'{"a": 1}')
        with pytest.raises(Refused):
            await get(url, {}, near=(ip_network("10.0.0.0/8"),))


def test_networks_are_read_from_the_settings(tmp_path):
    env = {"HANDRAIL_DATA_DIR": str(tmp_path), "HANDRAIL_DEMO": "1"}
    settings = Settings.from_env(env | {"HANDRAIL_NEAR_NETWORKS": "10.2.0.0/16, 127.0.0.1/32"})
    assert [str(one) for one in settings.near_networks] == ["10.2.0.0/16", "127.0.0.1/32"]
    assert Settings.from_env(env).near_networks == ()
    with pytest.raises(SettingsError, match="NEAR_NETWORKS"):
        Settings.from_env(env | {"HANDRAIL_NEAR_NETWORKS": "everything"})


async def test_redirects_stay_on_the_server_and_never_carry_a_key():
    seen: list[str] = []

    def behave(request: BaseHTTPRequestHandler) -> None:
        seen.append(request.path)
        target = {
            "/a": "/b",
            "/round": "/round",
            "/out": "http://169.254.169.254/",
            "/port": "http://127.0.0.1:1/",
        }
        if request.path in target:
            sending(302, b"", Location=target[request.path])(request)
        else:
            sending()(request)

    with serving(behave) as url:
        assert (await get(f"{url}/a", {}, near=LOOPBACK)).status == 200
        with pytest.raises(Refused, match="with a key"):
            await get(f"{url}/a", {"Authorization": "Bearer x"}, near=LOOPBACK)
        with pytest.raises(Refused, match="on and on"):
            await get(f"{url}/round", {}, near=LOOPBACK)
        for path in ("/out", "/port"):
            with pytest.raises(Refused, match="another one"):
                await get(f"{url}{path}", {}, near=LOOPBACK)
    assert seen == ["/a", "/b", "/a", *["/round"] * 4, "/out", "/port"]


async def test_packed_answers_are_unpacked_and_bombs_are_not():
    small, bomb = gzip.compress(b"[1]"), gzip.compress(bytes(40 * 1024**2))
    with serving(sending(body=small, Content_Encoding="gzip")) as url:
        assert (await get(url, {}, near=LOOPBACK)).body == b"[1]"
    with (
        serving(sending(body=bomb, Content_Encoding="gzip")) as url,
        pytest.raises(Refused, match="longer than 1 MB"),
    ):
        await get(url, {}, near=LOOPBACK, most=1024**2)
    with (
        serving(sending(body=b"no gzip at all", Content_Encoding="gzip")) as url,
        pytest.raises(Refused, match="cannot be unpacked"),
    ):
        await get(url, {}, near=LOOPBACK)
    with (
        serving(sending(body=b"x", Content_Encoding="br")) as url,
        pytest.raises(Refused, match="not asked for"),
    ):
        await get(url, {}, near=LOOPBACK)
    with (
        serving(sending(body=small[:-6], Content_Encoding="gzip")) as url,
        pytest.raises(Away, match="breaks off"),
    ):
        await get(url, {}, near=LOOPBACK)


async def test_an_endless_answer_is_left():
    def behave(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.end_headers()
        while True:
            request.wfile.write(b" " * 65_536)

    with serving(behave) as url, pytest.raises(Refused, match="longer than 2 MB"):
        await get(url, {}, near=LOOPBACK, most=2 * 1024**2)


@pytest.mark.parametrize(
    "part", [b"", b"HTTP/1.1 200 OK\r\nX-", b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"]
)
async def test_a_silent_or_dripping_answer_is_not_waited_for(part: bytes):
    stop = threading.Event()

    def behave(request: BaseHTTPRequestHandler) -> None:
        request.wfile.write(part)
        while part and not stop.wait(0.02):
            request.wfile.write(b"x")
        stop.wait(30)

    with serving(behave) as url:
        try:
            with pytest.raises(Away, match="in time"):
                await get(url, {}, near=LOOPBACK, patience=0.3)
        finally:
            stop.set()


@pytest.mark.parametrize(
    "told, rest",
    [
        ("120", 120),
        ("0", 0),
        ("-5", 0),
        ("soon", 0),
        ("9" * 30, 86_400),
        ("Wed, 21 Oct 2099 07:28:00 GMT", 86_400),
    ],
)
async def test_how_long_a_server_asks_to_be_left(told: str, rest: float):
    with serving(sending(429, Retry_After=told)) as url, pytest.raises(Away) as away:
        await get(url, {}, near=LOOPBACK)
    assert away.value.rest == rest
    assert away.value.sentence == ["The server answers %(status)s.", {"status": 429}]


async def test_a_certificate_that_is_not_in_order_is_told():
    with serving(sending()) as url, pytest.raises((Refused, Away)):
        await get(url.replace("http:", "https:"), {}, near=LOOPBACK, patience=5)


async def test_the_name_is_looked_up_once(monkeypatch: pytest.MonkeyPatch):
    """A name that changes what it means between the look and the connection changes nothing."""
    real, asked = socket.getaddrinfo, []

    def look_up(host, *args, **more):
        if host == "turning.example.org":
            asked.append(host)
            assert len(asked) == 1, "looked up again"
            host = "127.0.0.1"
        return real(host, *args, **more)

    monkeypatch.setattr(outbound.socket, "getaddrinfo", look_up)
    hosts = []

    def behave(request: BaseHTTPRequestHandler) -> None:
        hosts.append(request.headers["Host"])
        sending()(request)

    with serving(behave) as url:
        named = url.replace("127.0.0.1", "turning.example.org")
        assert (await get(named, {}, near=LOOPBACK)).status == 200
    assert hosts == [named.removeprefix("http://")]
