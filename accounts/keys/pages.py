"""What an administrator sees and does about keys: who has one, a new one, another limit, the end of one."""

from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.handlers import BaseRouteHandler
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncSession

from accounts import queries as account_queries
from accounts.keys import actions, queries
from accounts.keys.forms import KeyForm, LimitForm
from accounts.keys.models import USUAL_LIMIT, ApiKey
from accounts.rules import Actor
from core import clock
from core.forms import FormErrors, read_form
from core.i18n import N_
from core.web import page, render, see_other

LABELS = {
    "name": N_("Who will use it?"),
    "mail": N_("Mail address for questions"),
    "per_10_minutes": N_("Requests in ten minutes"),
    "expires_on": N_("Last day"),
}


async def _list(
    request: Request,
    db: AsyncSession,
    actor: Actor,
    wrong: FormErrors | None = None,
) -> Response[str]:
    rows, today = await queries.keys(db, actor), clock.today(actor.time_zone)
    return render(
        request,
        "accounts/keys.html",
        status=422 if wrong else 200,
        keys=[row for row in rows if row.state(today) == "open"],
        closed=[row for row in rows if row.state(today) != "open"],
        used=await queries.used(db, actor, today),
        unused=queries.Use(),
        names=await account_queries.names(db, actor, {row.created_by for row in rows if row.created_by}),
        today=today,
        usual=USUAL_LIMIT,
        labels=LABELS,
        errors=wrong.errors if wrong else {},
        typed=wrong.typed if wrong else {},
        done=request.query_params.get("done", ""),
    )


@get("/admin/keys", **page("admin"))
async def keys(
    request: Request, db: NamedDependency[AsyncSession], actor: NamedDependency[Actor]
) -> Response[str]:
    """List the organization's keys, and how much each is used."""
    return await _list(request, db, actor)


@post("/admin/keys", status_code=200, **page("admin"))
async def make_key(
    request: Request, db: NamedDependency[AsyncSession], actor: NamedDependency[Actor]
) -> Response[str]:
    """Make a key and show it, this once: it is on no page with an address, and no second sending shows it again."""
    try:
        form = read_form(KeyForm, await request.form())
    except FormErrors as wrong:
        return await _list(request, db, actor, wrong)
    made = await actions.make(db, actor, actor.organization_id, form)
    # Where a second sending of the same form is led.
    request.scope["state"]["location"] = "/admin/keys?done=again"
    return render(request, "accounts/key_made.html", row=made.row, key=made.key)


async def _show(
    request: Request, db: AsyncSession, actor: Actor, row: ApiKey, wrong: FormErrors | None = None
) -> Response[str]:
    today = clock.today(actor.time_zone)
    context: dict[str, Any] = {
        "row": row,
        "state": row.state(today),
        "used": (await queries.used(db, actor, today)).get(row.id, queries.Use()),
        "names": await account_queries.names(db, actor, {row.created_by} if row.created_by else set()),
        "labels": LABELS,
        "errors": wrong.errors if wrong else {},
        "typed": wrong.typed if wrong else {},
        "done": request.query_params.get("done", ""),
    }
    return render(request, "accounts/key.html", status=422 if wrong else 200, **context)


@get("/admin/keys/{key_id:uuid}", **page("admin"))
async def key(
    request: Request, key_id: FromPath[UUID], db: NamedDependency[AsyncSession], actor: NamedDependency[Actor]
) -> Response[str]:
    """Show one key: what it may do and what it did."""
    return await _show(request, db, actor, await queries.key(db, actor, key_id))


@post("/admin/keys/{key_id:uuid}/limit", status_code=200, **page("admin"))
async def change_limit(
    request: Request, key_id: FromPath[UUID], db: NamedDependency[AsyncSession], actor: NamedDependency[Actor]
) -> Response[Any]:
    """Give a key another limit."""
    row = await queries.key(db, actor, key_id)
    try:
        form = read_form(LimitForm, await request.form())
    except FormErrors as wrong:
        return await _show(request, db, actor, row, wrong)
    await actions.change_limit(db, actor, row, form.per_10_minutes)
    return see_other(request, f"/admin/keys/{row.id}?done=limit")


@get("/admin/keys/{key_id:uuid}/revoke", **page("admin"))
async def ask_to_revoke(
    request: Request, key_id: FromPath[UUID], db: NamedDependency[AsyncSession], actor: NamedDependency[Actor]
) -> Response[str]:
    """Say what revoking means, and ask once more: there is no way back."""
    row = await queries.key(db, actor, key_id)
    used = await queries.used(db, actor, clock.today(actor.time_zone))
    return render(request, "accounts/key_revoke.html", row=row, used=used.get(row.id, queries.Use()))


@post("/admin/keys/{key_id:uuid}/revoke", status_code=303, **page("admin"))
async def revoke(
    request: Request, key_id: FromPath[UUID], db: NamedDependency[AsyncSession], actor: NamedDependency[Actor]
) -> Response[None]:
    """Shut a key for good."""
    await actions.revoke(db, actor, await queries.key(db, actor, key_id))
    return see_other(request, "/admin/keys?done=revoked")


handlers: list[BaseRouteHandler] = [keys, make_key, key, change_limit, ask_to_revoke, revoke]
