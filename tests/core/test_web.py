"""What every request and answer goes through: forged forms, repeated forms, headers, languages, where one is led."""

import asyncio
from pathlib import Path

import pytest
from litestar import Litestar
from sqlalchemy import func, select

from care.models import Client
from core.database import Database
from core.security import csrf_token, csrf_valid
from core.settings import Settings
from core.web import local_path
from tests.support.cast import Cast
from tests.support.http import Http, post_form, sign_in

CLIENT = {
    "given_name": "Ottoline", "family_name": "Brackenridge", "birth_date": "1990-05-06", "place": "69812",
    "language": "en", "contact_way": "in-person",
}  # fmt: skip


async def clients_in(database: Database) -> int:
    async with database.transaction(write=False) as db:
        return await db.scalar(select(func.count()).select_from(Client)) or 0


async def test_it_works(http: Http, database: Database) -> None:
    await sign_in(http, Cast.nina)
    answer = await post_form(http, "/clients/new", CLIENT, page="/clients/new")
    assert answer.status_code == 303
    assert await clients_in(database) == 1


@pytest.mark.parametrize(
    "forged",
    [{"_csrf": ""}, {"_csrf": "salt.signature"}, {"_key": ""}, {"_key": "x"}],
)
async def test_a_form_without_its_guard_does_nothing(
    http: Http, database: Database, forged: dict[str, str]
) -> None:
    await sign_in(http, Cast.nina)
    answer = await post_form(http, "/clients/new", CLIENT | forged)
    assert answer.status_code == 400
    assert await clients_in(database) == 0


async def test_a_token_of_another_session_does_nothing(http: Http, app: Litestar, database: Database) -> None:
    async with Http(app.state.settings, app) as other:
        await sign_in(other, Cast.cora)
        foreign = other.guard()
    await sign_in(http, Cast.nina)
    assert (await http.post("/clients/new", data=CLIENT | foreign)).status_code == 400
    assert await clients_in(database) == 0


@pytest.mark.parametrize(
    "headers",
    [{"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"}, {"origin": "https://evil.example"}],
)
async def test_a_form_from_another_site_does_nothing(
    http: Http, database: Database, headers: dict[str, str]
) -> None:
    await sign_in(http, Cast.nina)
    assert (await post_form(http, "/clients/new", CLIENT, headers=headers)).status_code == 400
    assert await clients_in(database) == 0


async def test_only_forms_are_taken(http: Http, database: Database) -> None:
    await sign_in(http, Cast.nina)
    for kind in ("text/plain", "application/json"):
        answer = await http.post("/clients/new", content=b"{}", headers={"content-type": kind})
        assert answer.status_code == 400
    assert await clients_in(database) == 0


async def test_a_form_sent_many_times_at_once_acts_once(http: Http, database: Database) -> None:
    await sign_in(http, Cast.nina)
    form = CLIENT | http.guard()
    answers = await asyncio.gather(*[http.post("/clients/new", data=form) for _ in range(8)])
    assert {answer.status_code for answer in answers} == {303}
    assert len({answer.headers["location"] for answer in answers}) == 1
    assert await clients_in(database) == 1


async def test_a_key_is_no_use_to_another_session(http: Http, app: Litestar, database: Database) -> None:
    await sign_in(http, Cast.nina)
    form = CLIENT | http.guard()
    first = await http.post("/clients/new", data=form)
    async with Http(app.state.settings, app) as other:
        await sign_in(other, Cast.sam)
        answer = await other.post("/clients/new", data=CLIENT | other.guard() | {"_key": form["_key"]})
    assert answer.headers["location"] != first.headers["location"]
    assert await clients_in(database) == 2


async def test_a_form_with_mistakes_can_be_sent_again(http: Http, database: Database) -> None:
    await sign_in(http, Cast.nina)
    guard = http.guard()
    wrong = await http.post("/clients/new", data=CLIENT | guard | {"birth_date": "never"})
    assert wrong.status_code == 422
    assert "Ottoline" in wrong.text
    assert (await http.post("/clients/new", data=CLIENT | guard)).status_code == 303


@pytest.mark.parametrize(
    "path", ["/", "/search?q=food", "/nothing", "/sign-in", "/static/handrail.css", "/api/search?near=zzz"]
)
async def test_every_answer_carries_the_headers(http: Http, path: str) -> None:
    headers = (await http.get(path)).headers
    assert "script-src 'self'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert "cache-control" in headers


async def test_pages_of_staff_are_not_stored(http: Http) -> None:
    await sign_in(http, Cast.nina)
    assert (await http.get("/clients")).headers["cache-control"] == "no-store"


async def test_an_unknown_address_looks_like_a_foreign_one(http: Http) -> None:
    await sign_in(http, Cast.nina)
    nowhere = await http.get("/clients/00000000-0000-4000-8000-000000000000")
    unknown = await http.get("/no/such/page")
    assert nowhere.status_code == unknown.status_code == 404
    assert (await http.get("/api/nothing")).headers["content-type"].startswith("application/problem+json")


async def test_signed_out_people_are_led_to_sign_in_and_back(http: Http) -> None:
    answer = await http.get("/clients")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/sign-in?next=/clients"


async def test_the_language_follows_the_browser_until_one_is_chosen(http: Http) -> None:
    assert 'lang="en"' in (await http.get("/")).text
    assert 'lang="es"' in (await http.get("/", headers={"accept-language": "es-MX,es;q=0.9"})).text
    chosen = await http.get("/language?to=es&next=/search")
    assert chosen.headers["location"] == "/search"
    assert 'lang="es"' in (await http.get("/")).text


@pytest.mark.parametrize(
    "path",
    ["//evil.example", "/\\evil.example", "https:evil.example", "/a\r\nset-cookie: x", "", "evil", "/\tx"],
)
async def test_nobody_is_led_off_the_site(http: Http, path: str) -> None:
    assert not local_path(path)
    answer = await http.get("/language", params={"to": "en", "next": path})
    assert answer.headers["location"] == "/"


def test_tokens_differ_and_fit_one_session(tmp_path: Path) -> None:
    settings = Settings(
        data_dir=tmp_path,
        database_url="",
        secret_key="s" * 40,
        encryption_keys=(b"k" * 32,),
    )
    one, two = csrf_token(settings, "session"), csrf_token(settings, "session")
    assert one != two
    assert csrf_valid(settings, one, "session")
    assert not csrf_valid(settings, one, "another")
    assert not csrf_valid(settings, one, "")
    assert not csrf_valid(settings, one[:-1] + ("0" if one[-1] != "0" else "1"), "session")
