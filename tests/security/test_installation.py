"""An installation that is no demo, behind https: its cookies and headers, and that nothing of the demo is left open."""

from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
from litestar import Litestar

from accounts.actions import sign_in as enter
from accounts.models import User
from accounts.passwords import DEMO_PASSWORD, hash_password
from core import crypto
from core.database import Database
from core.settings import Settings
from tests.support.cast import PASSWORD, Cast
from tests.support.http import Http, post_form, running


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    """Settings of a public installation, with the keys of the tests."""
    from tests.support.databases import settings_for

    return msgspec.structs.replace(settings_for(database_url, tmp_path), base_url="https://help.example.org")


async def cookies_of(http: Http) -> dict[str, str]:
    """Sign in and return all cookies that were set, by name, as the server wrote them."""
    page = await http.get("/sign-in")
    form = {"email": Cast.nina.email, "password": PASSWORD}
    answer = await post_form(http, "/sign-in", form, headers={"origin": "https://help.example.org"})
    assert answer.status_code == 303
    lines = page.headers.get_list("set-cookie") + answer.headers.get_list("set-cookie")
    return {line.partition("=")[0]: line for line in lines}


async def test_cookies_belong_to_this_host_over_https_alone(http: Http):
    cookies = await cookies_of(http)
    assert set(cookies) == {"__Host-visitor", "__Host-session", "__Host-known"}
    for line in cookies.values():
        parts = {part.strip().lower() for part in line.split(";")[1:]}
        assert {"secure", "httponly", "path=/", "samesite=lax"} <= parts
        assert not any(part.startswith("domain") for part in parts)


async def test_browsers_are_told_to_stay_on_https(http: Http):
    for path in ("/", "/nothing", "/static/handrail.css"):
        assert "max-age=63072000" in (await http.get(path)).headers["strict-transport-security"]


async def test_forms_come_from_the_public_address_alone(http: Http):
    form = {"email": Cast.nina.email, "password": PASSWORD}
    for origin in (
        "http://help.example.org",
        "https://help.example.org.evil.example",
        "https://evil.example",
    ):
        assert (await post_form(http, "/sign-in", form, headers={"origin": origin})).status_code == 400


@pytest.mark.parametrize(
    "path", ["/demo/mail", "/demo/mail?to=nina", "/schema", "/schema/openapi.json", "/docs"]
)
async def test_nothing_of_the_demo_or_the_framework_is_served(http: Http, path: str):
    answer = await http.get(path)
    assert answer.status_code == 404
    assert "@" not in answer.text.partition("<main")[2].partition("</main")[0]


async def test_the_sign_in_page_names_nobody(http: Http):
    assert "demo.example" not in (await http.get("/sign-in")).text


async def test_the_demos_password_opens_nothing(http: Http, database: Database):
    """Should somebody go on with the demo's database, its people are still there with the password all know."""
    async with database.transaction() as db:
        user = await db.get_one(User, Cast.nina.user_id)
        user.password_hash = await hash_password(DEMO_PASSWORD)
    answer = await post_form(http, "/sign-in", {"email": Cast.nina.email, "password": DEMO_PASSWORD})
    assert answer.status_code == 422
    assert await enter(database, Cast.nina.email, DEMO_PASSWORD) is None
    assert await enter(database, Cast.nina.email, DEMO_PASSWORD, demo=True)


async def test_figures_for_machines_tell_of_no_people(http: Http):
    for path in ("/healthz", "/readyz", "/metrics"):
        text = (await http.get(path)).text.lower()
        assert not any(
            word in text for word in ("client", "referral", "user", "@", "sqlite", "postgres", "/tmp")
        )


async def test_an_error_of_ours_tells_a_number_and_nothing_else(
    http: Http, app: Litestar, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
):
    async def breaks(*_args: object, **_more: object) -> None:
        raise ValueError("secret words somebody typed")

    monkeypatch.setattr("directory.queries.organization_name", breaks)
    monkeypatch.setattr("search.pages.find", breaks)
    for headers in ({"accept": "text/html"}, {"accept": "application/json"}, {"hx-request": "true"}):
        answer = await http.get("/search?q=my+secret", headers=headers)
        assert answer.status_code == 500
        assert not any(
            word in answer.text for word in ("ValueError", "Traceback", "secret words", "search/pages.py")
        )
    logged = capfd.readouterr()
    assert "secret" not in logged.out + logged.err


@pytest.fixture
async def app(settings: Settings, database: Database) -> AsyncIterator[Litestar]:
    """The application as it is deployed, but for the worker."""
    from app import create_app

    crypto.configure(settings)
    app = create_app(settings, worker=False)
    app.state.database = database
    async with running(app):
        yield app
