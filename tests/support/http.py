"""A client that talks to the app as a browser does: it keeps cookies, and its forms carry their guard."""

import asyncio
import re
import secrets
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from html import unescape
from typing import Any, cast

import httpx
from litestar import Litestar

from core import security
from core.settings import Settings
from tests.support.cast import PASSWORD, Member

FormData = Mapping[str, str | Sequence[str]]


@asynccontextmanager
async def running(app: Litestar) -> AsyncIterator[None]:
    """Start `app` and stop it afterwards, both in one task: a fixture's two halves run in different ones."""
    started, finished = asyncio.Event(), asyncio.Event()

    async def life() -> None:
        async with app.lifespan():
            started.set()
            await finished.wait()

    task = asyncio.create_task(life())
    start = asyncio.create_task(started.wait())
    await asyncio.wait({task, start}, return_when=asyncio.FIRST_COMPLETED)
    start.cancel()
    try:
        if started.is_set():
            yield
    finally:
        finished.set()
        await task


class Http(httpx.AsyncClient):
    """An httpx client that follows no redirect, so that tests see them.

    It talks to `app` in this very event loop, or without one to whoever serves at the `base_url` of its settings.
    """

    def __init__(self, settings: Settings, app: Litestar | None = None) -> None:
        transport = httpx.ASGITransport(app=cast(Any, app), raise_app_exceptions=False) if app else None
        super().__init__(
            transport=transport, base_url=settings.base_url, headers={"accept": "text/html"}, timeout=30
        )
        self.settings = settings

    def guard(self) -> dict[str, str]:
        """Return the hidden fields of a form as a page of this session would hold them, with a fresh key."""
        session = self.cookies.get(security.cookie_name(self.settings, "session"))
        visitor = self.cookies.get(security.cookie_name(self.settings, "visitor"))
        token = security.csrf_token(self.settings, session or visitor or "")
        return {"_csrf": token, "_key": secrets.token_urlsafe(18)}


async def post_form(
    http: Http, url: str, data: FormData, *, page: str | None = None, headers: Mapping[str, str] | None = None
) -> httpx.Response:
    """Post `data` to `url` as the form on `page` would; without a page, as any form of this session would.

    Fields given in `data` win over the guard's, for tests of forged and repeated forms.
    """
    if page is not None:
        answer = await http.get(page)
        assert answer.status_code == 200, f"{page} answered {answer.status_code}"
        fields = hidden_fields(answer.text)
    else:
        if not http.cookies:
            await http.get("/sign-in")
        fields = http.guard()
    return await http.post(url, data=fields | dict(data), headers=headers)


def hidden_fields(html: str) -> dict[str, str]:
    """Return the guard of the last form of a page that holds one."""
    pattern = r'<input type="hidden" name="(_csrf|_key)" value="([^"]*)">'
    return {name: unescape(value) for name, value in re.findall(pattern, html)}


async def sign_in(http: Http, member: Member) -> None:
    """Sign in through the page, on a browser that nobody else was signed in on."""
    http.cookies.clear()
    form = {"email": member.email, "password": PASSWORD}
    answer = await post_form(http, "/sign-in", form, page="/sign-in")
    assert answer.status_code == 303, f"sign-in of {member.name} answered {answer.status_code}"
