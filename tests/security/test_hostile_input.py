"""What nobody types on purpose: broken letters, huge numbers, foreign kinds of values. Never an error of ours."""

import itertools
import uuid
from urllib.parse import quote

import pytest
from litestar import Litestar

from core.database import Database
from tests.security.test_tenants import CONFIDENTIAL, FILLED_IN, addresses
from tests.support.casework import add_service
from tests.support.http import Http, post_form, sign_in
from tests.support.world import make_world

#: As they stand in an address, percent-encoded: NUL, invalid UTF-8, half a character, markup, too much of everything.
BROKEN = (
    "a%00b", "%ff%fe", "%ED%A0%80", "%E2%80%AEgnp%3Cscript%3E", "%25%27%22%5C", "9" * 400, "1e999",
    "%0d%0aset-cookie:%20a=b",
)  # fmt: skip
#: Each address with the names that it reads from its query.
PUBLIC = {
    "/search": ("q", "near", "radius", "need", "open_at", "age", "page"),
    "/api/search": ("q", "near", "city", "language"),
    "/api/suggest": ("q",), "/sign-in": ("next",), "/language": ("to", "next"), "/act/x": ("q",),
    "/handout": ("s", "lang", "print", "sent"),
}  # fmt: skip
STAFF = {
    "/clients": ("after",), "/referrals": ("after", "show"), "/inbox": ("after", "show"),
    "/worklist": ("tab", "after", "reminded"), "/reports": ("since", "until"), "/reports/referrals.csv": ("since",),
    "/referrals/new": ("need", "service", "location", "previous", "draft", "every"), "/account": ("done",),
    "/admin/audit": ("before",),
}  # fmt: skip
CURSORS = (
    "0001-01-01T00:00:00+23:59~00000000-0000-4000-8000-000000000000",
    "9999-12-31T23:59:59-23:59~00000000-0000-4000-8000-000000000000",
    "2026-01-01T00:00:00~00000000-0000-4000-8000-000000000000",
    "~", "2026-01-01T00:00:00Z~x",
)  # fmt: skip


def questions(pages: dict[str, tuple[str, ...]]) -> list[str]:
    """Return the addresses with one broken value in each."""
    return [f"{path}?{name}={value}" for path, names in pages.items() for name in names for value in BROKEN]


async def faults_of(http: Http, urls: list[str]) -> list[str]:
    """Return the addresses that are answered with an error of ours, or with a header that came with the question."""
    faults = []
    for url in urls:
        answer = await http.get(url)
        if answer.status_code >= 500 or answer.headers.get("set-cookie", "").startswith("a=b"):
            faults.append(f"{url[:120]}: {answer.status_code}")
    return faults


async def test_no_question_breaks_a_public_page(http: Http):
    assert await faults_of(http, questions(PUBLIC)) == []


async def test_no_form_of_strangers_breaks_a_page(http: Http, database: Database):
    """What anybody may send: the list, and mailing a hand-out."""
    faults = []
    fields = ("service", "keep", "back", "s", "lang", "to")
    for path, value in itertools.product(("/basket", "/basket/empty", "/handout/mail"), BROKEN_FIELDS):
        answer = await post_form(http, path, dict.fromkeys(fields, value))
        if answer.status_code >= 500 or answer.headers.get("location", "/")[:1] != "/":
            faults.append(f"{path} {value!r}: {answer.status_code}")
    assert faults == []


async def test_no_question_breaks_a_page_of_staff(http: Http, database: Database, cast):
    world = await make_world(database)
    await sign_in(http, cast.ada)
    pages = STAFF | {f"/clients/{world.client_id}/consents/new": ("q",)}
    assert await faults_of(http, questions(pages)) == []


@pytest.mark.parametrize("cursor", CURSORS)
async def test_a_list_goes_on_from_no_impossible_place(http: Http, cast, cursor: str):
    await sign_in(http, cast.ada)
    for path in ("/clients", "/referrals", "/inbox", "/worklist"):
        answer = await http.get(f"{path}?after={quote(cursor)}")
        assert answer.status_code in {200, 400}, path


BROKEN_FIELDS = ("\x00", "x", "x" * 36, "9" * 15, "0001-01-01T00:00+14:00")
FIELDS = ("draft_id", "previous_id", "location_id", "service_id", "need_id")


async def test_no_form_breaks_a_page(app: Litestar, http: Http, database: Database, cast):
    """All fields of a form at once hold what no field should."""
    world = await make_world(database)
    await sign_in(http, cast.ada)
    known = {name: getattr(world, name) for name in CONFIDENTIAL}
    paths = {
        one.filled({n: known.get(n, uuid.uuid4()) for n in one.parameters})
        for one in addresses(app)
        if one.method == "POST"
    }
    faults = []
    for path, value in itertools.product(sorted(paths | {"/clients/new", "/clients/find"}), BROKEN_FIELDS):
        answer = await post_form(
            http, path, dict.fromkeys((*FILLED_IN, "attempts", "email", "appointment_at", "capacity"), value)
        )
        if answer.status_code >= 500:
            faults.append(f"{path} {value}: {answer.status_code}")
    assert faults == []


async def test_no_id_in_a_form_that_sends_breaks_it(http: Http, database: Database, cast):
    world = await make_world(database)
    async with database.transaction() as db:
        service = await add_service(db)
    await sign_in(http, cast.nina)
    right = {
        "need_id": str(world.need_id),
        "service_id": str(service.id),
        "categories": "name",
        "consent": "spoken",
        "anyway": "on",
    }
    faults = []
    for name, value in itertools.product(FIELDS, BROKEN_FIELDS):
        answer = await post_form(http, "/referrals/new", right | {name: value})
        if answer.status_code >= 500:
            faults.append(f"{name}={value!r}: {answer.status_code}")
    assert faults == []


@pytest.mark.parametrize(
    "field",
    [
        {"_csrf": "é.é"},
        {"_csrf": "\x00"},
        {"_key": "\x00" * 20},
        {"_key": "é" * 20},
        {"_csrf": "x" * 100_000},
    ],
)
async def test_a_broken_guard_is_a_bad_request_at_most(http: Http, cast, field: dict[str, str]):
    await sign_in(http, cast.nina)
    answer = await post_form(http, "/worklist/nudge-all", field)
    assert answer.status_code in {303, 400}


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"_csrf=%ff&_key=%ff%fe%00", "application/x-www-form-urlencoded"),
        (b"\xff\xfe" * 100, "application/x-www-form-urlencoded"),
        (b"&".join(b"a%d=b" % n for n in range(20_000)), "application/x-www-form-urlencoded"),
        (b"a[" * 50_000, "application/x-www-form-urlencoded"),
        (b"nothing", "multipart/form-data"),
        (b"nothing", "multipart/form-data; boundary="),
        (b'--b\r\nContent-Disposition: form-data; name="_csrf"\r\n\r\n\xff\r\n--b--', "multipart/form-data; boundary=b"),
        (b"--b\r\nno header at all", "multipart/form-data; boundary=b"),
        (b"x" * 1_200_000, "application/x-www-form-urlencoded"),
    ],
)  # fmt: skip
async def test_a_body_that_is_no_form_is_a_bad_request(http: Http, cast, content: bytes, kind: str):
    await sign_in(http, cast.nina)
    for path in ("/sign-in", "/worklist/nudge-all", "/act/x/accept"):
        answer = await http.post(path, content=content, headers={"content-type": kind})
        assert answer.status_code == 400, path


async def test_broken_cookies_are_no_cookies(http: Http):
    for name, value in itertools.product(
        ("session", "visitor", "known", "language", "list"), ("é", "\x01", "x" * 3000, "a.b")
    ):
        header = f"handrail-{name}={value}".encode("latin-1")
        for path in ("/today", "/sign-in"):
            answer = await http.get(path, headers={b"cookie": header})
            assert answer.status_code < 500, (name, value, path)


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "TRACE", "PATCH", "DELETE", "PUT", "PROPFIND"])
@pytest.mark.parametrize("path", ["/", "/clients", "/static/handrail.css", "/act/x"])
async def test_other_methods_are_refused_quietly(http: Http, method: str, path: str):
    answer = await http.request(method, path)
    assert answer.status_code < 500
    if method not in {"HEAD", "OPTIONS"}:
        assert answer.status_code in {400, 404, 405}


@pytest.mark.parametrize(
    "path", [
        "/static/../app.py", "/static/..%2fapp.py", "/static/%2e%2e/%2e%2e/etc/passwd", "/static//etc/passwd",
        "/static/", "/static/%00", "/static/..\\app.py",
    ]
)  # fmt: skip
async def test_nothing_but_static_files_is_served(http: Http, path: str):
    answer = await http.get(path)
    assert answer.status_code in {400, 404}
    assert "create_app" not in answer.text and "root:" not in answer.text


@pytest.mark.parametrize("path", ["/", "/healthz", "/search?q=food", "/clients", "/nothing"])
async def test_asking_whether_an_address_is_there_is_answered_as_reading_it(http: Http, path: str):
    asked, read = await http.head(path), await http.get(path)
    assert asked.status_code == read.status_code
    assert asked.headers["content-security-policy"] == read.headers["content-security-policy"]
