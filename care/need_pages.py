"""A client's needs: added, changed, closed with what became of them, opened again."""

import uuid
from typing import Any

from litestar import Request, Response, post
from litestar.di import NamedDependency
from litestar.handlers import BaseRouteHandler
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.rules import Actor
from care import actions, queries
from care.forms import NeedChangeForm, NeedCloseForm, NeedForm
from care.showing import client_page
from core.errors import WrongState
from core.forms import FormErrors, read_form
from core.web import page, see_other


@post("/clients/{client_id:uuid}/needs", **page("need.write"))
async def add_need(
    request: Request,
    db: NamedDependency[AsyncSession],
    actor: NamedDependency[Actor],
    client_id: FromPath[uuid.UUID],
) -> Response[Any]:
    """Record a need by hand."""
    client = await queries.client(db, actor, client_id)
    try:
        need = await actions.add_need(db, actor, client, read_form(NeedForm, await request.form()))
    except FormErrors as wrong:
        return await client_page(request, db, actor, client, 422, errors=wrong.errors, typed=wrong.typed)
    return see_other(request, f"/clients/{client.id}#need-{need.id}")


@post("/needs/{need_id:uuid}/change", **page("need.write"))
async def change_need(
    request: Request,
    db: NamedDependency[AsyncSession],
    actor: NamedDependency[Actor],
    need_id: FromPath[uuid.UUID],
) -> Response[Any]:
    """Change urgency, wish for help or note of a need."""
    need = await queries.need(db, actor, need_id)
    await actions.change_need(db, actor, need, read_form(NeedChangeForm, await request.form()))
    return see_other(request, f"/clients/{need.client_id}#need-{need.id}")


@post("/needs/{need_id:uuid}/close", **page("need.write"))
async def close_need(
    request: Request,
    db: NamedDependency[AsyncSession],
    actor: NamedDependency[Actor],
    need_id: FromPath[uuid.UUID],
) -> Response[Any]:
    """Close a need with what became of it."""
    need = await queries.need(db, actor, need_id)
    form = read_form(NeedCloseForm, await request.form())
    try:
        await actions.close_need(db, actor, need, form)
    except WrongState as wrong:
        if need.state != "open":
            raise
        client = await queries.client(db, actor, need.client_id)
        errors = {f"reason-{need_id}": str(wrong)}
        typed = {f"state-{need_id}": form.state, f"reason-{need_id}": form.reason}
        return await client_page(request, db, actor, client, 422, errors=errors, typed=typed)
    return see_other(request, f"/clients/{need.client_id}#need-{need.id}")


@post("/needs/{need_id:uuid}/reopen", **page("need.write"))
async def reopen_need(
    request: Request,
    db: NamedDependency[AsyncSession],
    actor: NamedDependency[Actor],
    need_id: FromPath[uuid.UUID],
) -> Response[Any]:
    """Open a need again."""
    need = await queries.need(db, actor, need_id)
    await actions.reopen_need(db, actor, need)
    return see_other(request, f"/clients/{need.client_id}#need-{need.id}")


handlers: list[BaseRouteHandler] = [add_need, change_need, close_need, reopen_need]
