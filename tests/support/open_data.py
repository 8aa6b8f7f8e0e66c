"""A small open-data API to try keys and limits on, and the keys that partners come with."""

from typing import Any

import httpx
from litestar import Litestar, Request, get, post
from litestar.di import NamedDependency
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.keys import actions
from accounts.keys.actions import Made
from accounts.keys.forms import KeyForm
from accounts.keys.limits import limited
from core.database import Database
from core.errors import NotVisible
from core.web import page
from tests.support.apps import built_app
from tests.support.cast import Cast, Member


@get("/hsds/tried", **page("public", reads=True), guards=[limited()])
async def read(request: Request) -> dict[str, Any]:
    """Answer, and say whom the request was taken for."""
    return {"user": request.scope.get("user")}


@post("/hsds/tried", status_code=200, **page("public", reads=True), guards=[limited()])
async def ask(request: Request, db: NamedDependency[AsyncSession]) -> dict[str, Any]:
    """Answer a long question with what was understood of it."""
    one = await db.scalar(text("SELECT 1"))
    if request.content_type[0] == "application/json":
        return {"asked": await request.json(), "one": one}
    return {"asked": dict(await request.form()), "one": one, "user": request.scope.get("user")}


@get("/hsds/everything", **page("public", reads=True), guards=[limited(20)])
async def everything() -> dict[str, Any]:
    """Answer what weighs as much as twenty requests."""
    return {}


@get(
    "/hsds/either",
    **page("public", reads=True),
    guards=[limited(lambda request: 20 if request.query_params else 1)],
)
async def either() -> dict[str, Any]:
    """Answer little or much, by what is asked for."""
    return {}


async def _as_sent(request: Request) -> int:
    return 20 if "all" in await request.form() else 1


@post("/hsds/either", status_code=200, **page("public", reads=True), guards=[limited(_as_sent)])
async def either_sent(request: Request) -> dict[str, Any]:
    """Answer little or much, by what was sent."""
    return dict(await request.form())


@get("/hsds/gone", **page("public", reads=True), guards=[limited()])
async def gone() -> None:
    """Find nothing."""
    raise NotVisible("service")


@get("/hsds/broken", **page("public", reads=True), guards=[limited()])
async def broken() -> None:
    """Break."""
    raise ZeroDivisionError


def app_with_open_data() -> Litestar:
    """Return the application with this API in it."""
    return built_app(read, ask, everything, either, either_sent, gone, broken)


async def make_key(database: Database, member: Member = Cast.ada, **facts: Any) -> Made:
    """Make a key for a partner of a member's organization."""
    async with database.transaction() as db:
        form = KeyForm(**({"name": "Alder 211"} | facts))
        return await actions.make(db, member.actor, member.organization_id, form)


def bearer(key: str) -> dict[str, str]:
    """Return the headers of a program that comes with a key."""
    return {"authorization": f"Bearer {key}", "accept": "application/json"}


def told(answer: httpx.Response) -> dict[str, int]:
    """Return what an answer says about limits, by the last word of each header."""
    return {
        name.removeprefix("ratelimit-"): int(value)
        for name, value in answer.headers.items()
        if name.startswith("ratelimit-")
    }
