"""Addresses without a domain: language, liveness, readiness, metrics, the demo's mail, and everything unknown."""

from collections.abc import Awaitable, Callable
from typing import Any

from litestar import Request, Response, get, route
from litestar.di import NamedDependency
from litestar.enums import HttpMethod
from litestar.handlers import BaseRouteHandler
from litestar.params import FromPath, FromQuery
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from core import i18n, jobs, security, web
from core.errors import NotVisible
from core.mail import read_files
from core.web import page, render

#: What a deployment's readiness depends on, by name: each returns (is it ready, a word about it).
Check = Callable[[Request], Awaitable[tuple[bool, str]]]
#: Seconds that a due job may wait before this process does not count as ready.
LATE_AFTER = 300.0
A_YEAR = 365 * 24 * 3600


@get("/language", **page("public"))
async def choose_language(
    request: Request, to: FromQuery[str] = "en", next: FromQuery[str] = "/"
) -> Response[None]:
    """Remember the language in this browser and go back to the page that was read."""
    response = Response(None, status_code=303, headers={"location": next if web.local_path(next) else "/"})
    language = to if to in i18n.LANGUAGES else i18n.DEFAULT
    response.set_cookie(security.cookie(request.app.state.settings, "language", language, A_YEAR))
    return response


@get("/healthz", **page("public"))
async def healthz() -> dict[str, str]:
    """Say that the process answers."""
    return {"status": "ok"}


@get("/readyz", **page("public"))
async def readyz(request: Request) -> Response[dict[str, Any]]:
    """Say whether database, search and jobs are there: 200 when all are, else 503 with which one is not."""
    parts: dict[str, str] = {}
    ready = True
    checks: dict[str, Check] = {"database": _database_check, "jobs": _jobs_check} | request.app.state.checks
    for name, check in checks.items():
        try:
            fine, word = await check(request)
        except Exception as error:
            fine, word = False, type(error).__name__
        parts[name] = word
        ready = ready and fine
    content = {"status": "ready" if ready else "not ready", **parts}
    return Response(content, status_code=200 if ready else 503)


async def _database_check(request: Request) -> tuple[bool, str]:
    async with request.app.state.database.transaction(write=False) as db:
        await db.execute(text("SELECT 1"))
    return True, "ok"


async def _jobs_check(request: Request) -> tuple[bool, str]:
    async with request.app.state.database.transaction(write=False) as db:
        counts = await jobs.counts(db)
    return counts.late < LATE_AFTER, f"{counts.waiting} waiting, {counts.dead} dead"


@get("/metrics", media_type="text/plain", **page("public"))
async def metrics(db: NamedDependency[AsyncSession]) -> str:
    """Return Prometheus text: how the jobs stand. Numbers of clients are nobody's business here."""
    counts = await jobs.counts(db)
    lines = []
    for name, value in (
        ("handrail_jobs_waiting", counts.waiting),
        ("handrail_jobs_running", counts.running),
        ("handrail_jobs_dead", counts.dead),
        ("handrail_jobs_late_seconds", counts.late),
    ):
        lines += [f"# TYPE {name} gauge", f"{name} {value}"]
    return "\n".join(lines) + "\n"


@get("/demo/mail", **page("public"))
async def demo_mail(request: Request, to: FromQuery[str] = "") -> Response[str]:
    """Show the mails that the demo would have sent; outside demo mode there is no such page."""
    settings = request.app.state.settings
    if not settings.demo:
        raise NotVisible("demo mail")
    mails = [mail for mail in read_files(settings.mail_dir) if not to or to.lower() in mail.to.lower()]
    return render(request, "core/demo_mail.html", block="mails", mails=mails, to=to)


_ALL_METHODS = [HttpMethod.GET, HttpMethod.POST, HttpMethod.PUT, HttpMethod.PATCH, HttpMethod.DELETE]


@route("/{path:path}", http_method=_ALL_METHODS, opt={"permission": "public"})
async def nothing_here(path: FromPath[str] = "") -> None:
    """Answer every other address, so that a wrong one passes the same middleware as a right one."""
    raise NotVisible("page")


handlers: list[BaseRouteHandler] = [choose_language, healthz, readyz, metrics, demo_mail, nothing_here]
