"""Keys of partners: who makes, sees and revokes them, on pages and by command."""

import asyncio
import html
import re
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from litestar import Litestar
from sqlalchemy import func, select

from accounts.keys.counting import Asking, count_request
from accounts.keys.models import USUAL_LIMIT, ApiKey
from accounts.models import AuditEntry
from core import clock
from core.database import Database
from core.settings import Settings
from tests.accounts.test_commands import command, environment, in_database
from tests.security.test_canary import everything_stored
from tests.support.cast import Cast
from tests.support.http import Http, post_form, sign_in
from tests.support.open_data import app_with_open_data, bearer, make_key

__all__ = ["environment"]


@pytest.fixture
def built() -> Litestar:
    """An application that has an open-data API to come to with keys."""
    return app_with_open_data()


FORM = {"name": "Alder 211", "mail": "desk@alder211.example", "per_10_minutes": "5000", "expires_on": ""}


def shown(page: str) -> str:
    """Return the key on a page that shows one."""
    found = re.search(r'<textarea id="key"[^>]*>([0-9a-f]{64})</textarea>', page)
    assert found is not None
    return found[1]


async def row(database: Database, key_id: UUID) -> ApiKey:
    async with database.transaction(write=False) as db:
        return await db.get_one(ApiKey, key_id)


async def only(database: Database) -> ApiKey:
    async with database.transaction(write=False) as db:
        return (await db.scalars(select(ApiKey))).one()


async def trail(database: Database) -> list[AuditEntry]:
    async with database.transaction(write=False) as db:
        wanted = select(AuditEntry).where(AuditEntry.subject_type == "api_key").order_by(AuditEntry.sequence)
        return list(await db.scalars(wanted))


async def test_it_works(http: Http, database: Database):
    await sign_in(http, Cast.ada)
    made = await post_form(http, "/admin/keys", FORM, page="/admin/keys")
    key = shown(made.text)
    assert made.status_code == 200 and made.headers["cache-control"] == "no-store"
    assert (await count_request(database, Asking(key, ""))).headers["ratelimit-limit"] == "5000"

    kept = await only(database)
    assert (kept.name, kept.mail, kept.prefix, kept.created_by) == (
        FORM["name"], FORM["mail"], key[:8], Cast.ada.user_id,
    )  # fmt: skip
    for path in ("/admin/keys", f"/admin/keys/{kept.id}", f"/admin/keys/{kept.id}/revoke"):
        page = (await http.get(path)).text
        assert FORM["name"] in page
        assert key not in page
    listed = (await http.get("/admin/keys")).text
    assert f"{key[:8]}…" in listed and "requests in 7 days: 1, in 30 days: 1" in listed

    changed = await post_form(http, f"/admin/keys/{kept.id}/limit", {"per_10_minutes": "200"})
    assert changed.headers["location"] == f"/admin/keys/{kept.id}?done=limit"
    assert (await count_request(database, Asking(key, ""))).headers["ratelimit-limit"] == "200"

    assert "Revoke for good" in (await http.get(f"/admin/keys/{kept.id}/revoke")).text
    assert (await count_request(database, Asking(key, ""))).status == 200, "asking changes nothing"
    revoked = await post_form(http, f"/admin/keys/{kept.id}/revoke", {})
    assert revoked.headers["location"] == "/admin/keys?done=revoked"
    assert (await count_request(database, Asking(key, ""))).status == 401

    entries = await trail(database)
    assert [(one.action, one.details) for one in entries] == [
        ("key.make", {"per_10_minutes": "5000"}),
        ("key.limit", {"per_10_minutes": "200"}),
        ("key.revoke", {"per_10_minutes": "200"}),
    ]
    assert {(one.user_id, one.subject_id) for one in entries} == {(Cast.ada.user_id, kept.id)}


async def test_what_is_revoked_stays_so(http: Http, database: Database):
    await sign_in(http, Cast.ada)
    made = await make_key(database)
    await post_form(http, f"/admin/keys/{made.row.id}/revoke", {})
    before = (await row(database, made.row.id)).revoked_at
    for path, form in (
        (f"/admin/keys/{made.row.id}/revoke", {}),
        (f"/admin/keys/{made.row.id}/limit", {"per_10_minutes": "200"}),
    ):
        assert (await post_form(http, path, form)).status_code == 409
    assert (await row(database, made.row.id)).revoked_at == before
    page = (await http.get(f"/admin/keys/{made.row.id}")).text
    assert "Change the limit" not in page and "Revoke this key" not in page
    assert "Revoke for good" not in (await http.get(f"/admin/keys/{made.row.id}/revoke")).text


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"name": " "}, "Enter who will use the key."),
        ({"name": "x" * 121}, "too long"),
        ({"mail": "no mail"}, "This is not a mail address."),
        ({"per_10_minutes": "99"}, "100"),
        ({"per_10_minutes": "1e9"}, "whole number"),
        ({"expires_on": "2020-01-01"}, "This day is over."),
        ({"expires_on": "soon"}, "date"),
    ],
)
async def test_mistakes_are_told_and_make_no_key(
    http: Http, database: Database, changes: dict[str, str], said: str
):
    await sign_in(http, Cast.ada)
    answer = await post_form(http, "/admin/keys", FORM | changes)
    assert answer.status_code == 422
    assert said in answer.text
    async with database.transaction(write=False) as db:
        assert await db.scalar(select(func.count()).select_from(ApiKey)) == 0


async def test_names_are_shown_as_they_were_typed(http: Http):
    await sign_in(http, Cast.ada)
    name = '<img src=x onerror="alert(1)">{{ 7*7 }}'
    answer = await post_form(http, "/admin/keys", FORM | {"name": name})
    for page in (answer.text, (await http.get("/admin/keys")).text):
        assert "<img" not in page and name in html.unescape(page)


async def test_a_double_tap_makes_one_key_and_says_so(http: Http, database: Database):
    await sign_in(http, Cast.ada)
    form = FORM | http.guard()
    answers = await asyncio.gather(*[http.post("/admin/keys", data=form) for _ in range(4)])
    (first,) = [answer for answer in answers if answer.status_code == 200]
    assert (await only(database)).prefix == shown(first.text)[:8]
    others = {answer.headers["location"] for answer in answers if answer is not first}
    assert others == {"/admin/keys?done=again"}
    page = (await http.get("/admin/keys?done=again")).text
    assert "made one key" in page and shown(first.text) not in page


async def test_a_stranger_can_neither_see_nor_stop_a_key(http: Http, database: Database):
    made = await make_key(database)
    await sign_in(http, Cast.sam)
    assert made.row.prefix not in (await http.get("/admin/keys")).text
    path = f"/admin/keys/{made.row.id}"
    tries = [
        await http.get(path),
        await http.get(f"{path}/revoke"),
        await post_form(http, f"{path}/revoke", {}),
        await post_form(http, f"{path}/limit", {"per_10_minutes": "100"}),
    ]
    assert [answer.status_code for answer in tries] == [404] * 4
    assert (await count_request(database, Asking(made.key, ""))).headers["ratelimit-limit"] == str(
        USUAL_LIMIT
    )


@pytest.mark.parametrize(
    "member", [Cast.nina, Cast.cora, Cast.omar], ids=lambda member: member.name.split()[0]
)
async def test_only_administrators_have_to_do_with_keys(http: Http, database: Database, member):
    await sign_in(http, member)
    assert (await http.get("/admin/keys")).status_code == 403
    assert (await post_form(http, "/admin/keys", FORM)).status_code == 403
    assert await trail(database) == []


async def test_a_key_is_nowhere_but_on_its_page(
    http: Http, database: Database, settings: Settings, capfd: pytest.CaptureFixture[str]
):
    await sign_in(http, Cast.ada)
    key = shown((await post_form(http, "/admin/keys", FORM)).text)
    for path in ("/hsds/tried", "/hsds/gone", "/hsds/broken", f"/hsds/tried?key={key}"):
        answer = await http.get(path, headers=bearer(key))
        assert key not in answer.text + str(answer.headers)
    refused = await http.get("/hsds/tried", headers=bearer(key[::-1]))
    assert refused.status_code == 401
    other = await http.get("/metrics")
    logged = capfd.readouterr()
    stored = (await everything_stored(database)).decode()
    files = b"".join(path.read_bytes() for path in Path(settings.data_dir).rglob("*") if path.is_file())
    assert key[:8] in stored, "this test sees what is stored"
    for secret in (key, key[::-1], key[8:40]):
        assert secret not in logged.out + logged.err + stored + other.text
        assert secret.encode() not in files
    assert FORM["mail"] not in stored


async def test_a_question_that_goes_away_is_no_trouble(database: Database):
    asked = [asyncio.create_task(count_request(database, Asking(None, "192.0.2.1"))) for _ in range(6)]
    await asyncio.sleep(0)
    asked[0].cancel()
    asked[3].cancel()
    rest = await asyncio.gather(*asked, return_exceptions=True)
    assert [getattr(one, "status", None) for one in rest] == [None, 200, 200, None, 200, 200]


async def test_how_much_a_request_weighs_may_depend_on_it(http: Http):
    left = [
        (await http.get(path)).headers["ratelimit-remaining"]
        for path in ("/hsds/either", "/hsds/either?all=1")
    ]
    sent = await http.post("/hsds/either", data={"all": "1"})
    assert sent.json() == {"all": "1"}
    assert [*left, sent.headers["ratelimit-remaining"]] == ["5999", "5979", "5959"]


def test_commands_make_list_and_revoke(environment: dict[str, str], settings: Settings):
    county = str(Cast.county.id)
    made = command(
        environment,
        "key",
        "add",
        "Alder 211",
        "--limit",
        "500",
        "--expires",
        "2999-01-01",
        "--organization",
        county,
    )
    assert made.exit_code == 0, made.output
    found = re.search(r"Key: ([0-9a-f]{64})", made.output)
    assert found is not None
    key = found[1]

    async def asked(database: Database):
        return await count_request(database, Asking(key, ""))

    assert in_database(settings, asked).headers["ratelimit-limit"] == "500"
    listed = command(environment, "key", "list").output
    assert key[:8] in listed and "Alder 211" in listed and "until 2999-01-01" in listed
    assert f"last used {clock.today('America/Chicago')}" in listed
    assert key not in listed
    assert command(environment, "key", "revoke", key[:8]).exit_code == 0
    assert in_database(settings, asked).status == 401
    assert "revoked" in command(environment, "key", "list").output
    again = command(environment, "key", "revoke", key[:8])
    assert again.exit_code == 1 and "revoked already" in again.output

    async def entries(database: Database):
        return [(one.action, one.user_id, one.organization_id) for one in await trail(database)]

    assert in_database(settings, entries) == [
        ("key.make", None, Cast.county.id), ("key.revoke", None, Cast.county.id),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["add", "Alder 211"], "--organization"),
        (["add", "Alder 211", "--organization", str(uuid4())], "No organization"),
        (["add", " ", "--organization", str(Cast.county.id)], "between 1 and 120"),
        (["add", "Alder 211", "--organization", str(Cast.county.id), "--limit", "1"], "100<=x"),
        (
            ["add", "Alder 211", "--organization", str(Cast.county.id), "--expires", "2020-01-01"],
            "This day is over",
        ),
        (["add", "Alder 211", "--organization", str(Cast.county.id), "--mail", "x"], "not a mail address"),
        (["revoke", "00000000"], "No key begins like this"),
    ],
)
def test_mistakes_of_commands_are_told(environment: dict[str, str], words: list[str], told: str):
    result = command(environment, "key", *words)
    assert result.exit_code != 0 and told in result.output and "Traceback" not in result.output
    assert command(environment, "key", "list").output == ""
