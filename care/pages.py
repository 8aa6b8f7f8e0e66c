"""The pages of the confidential half: the caseload, and one person with their facts."""

import uuid
from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.handlers import BaseRouteHandler
from litestar.params import FromPath, FromQuery
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.audit import audit
from accounts.rules import Actor
from care import actions, consent_pages, need_pages, queries
from care.forms import ClientForm, FindClientForm
from care.showing import client_page, note_read, words
from core.forms import FormErrors, as_typed, read_form
from core.paging import cursor_after, read_cursor
from core.web import page, render, see_other


@get("/clients", **page("client.read", audited=True))
async def clients(
    request: Request,
    db: NamedDependency[AsyncSession],
    actor: NamedDependency[Actor],
    after: FromQuery[str] = "",
) -> Response[str]:
    """List the organization's clients, newest first."""
    found = await queries.clients(db, actor, read_cursor(after))
    rows, more = found[: queries.PAGE_SIZE], len(found) > queries.PAGE_SIZE
    await audit(db, actor, action="client.list", subject_type="client", count=len(rows))
    following = cursor_after(rows[-1].created_at, rows[-1].id) if more else ""
    total = await queries.count_clients(db, actor)
    return render(
        request, "care/clients.html", block="list", clients=rows, following=following, total=total, first=not after,
        **words(),
    )  # fmt: skip


@post("/clients/find", **page("client.read"))
async def find_client(
    request: Request, db: NamedDependency[AsyncSession], actor: NamedDependency[Actor]
) -> Response[str]:
    """Find somebody by exact name and date of birth, without a name in any address."""
    try:
        form = read_form(FindClientForm, await request.form())
    except FormErrors as wrong:
        return render(
            request,
            "care/find.html",
            status=422,
            found=None,
            errors=wrong.errors,
            typed=wrong.typed,
            **words(),
        )
    found = await queries.same_person(db, actor, form.given_name, form.family_name, form.birth_date)
    only = found[0].id if len(found) == 1 else None
    await audit(db, actor, action="client.find", subject_type="client", subject_id=only, count=len(found))
    return render(request, "care/find.html", found=found, errors={}, typed=as_typed(form), **words())


@get("/clients/new", **page("client.write"))
async def new_client(request: Request) -> Response[str]:
    """Show the form for a new client."""
    return render(request, "care/client_form.html", client=None, errors={}, typed={}, **words())


@post("/clients/new", **page("client.write"))
async def add_client(
    request: Request, db: NamedDependency[AsyncSession], actor: NamedDependency[Actor]
) -> Response[Any]:
    """Record a new client."""
    try:
        form = read_form(ClientForm, await request.form())
        client = await actions.add_client(db, actor, form)
    except FormErrors as wrong:
        return render(
            request, "care/client_form.html", status=422, client=None, errors=wrong.errors, typed=wrong.typed,
            **words(),
        )  # fmt: skip
    return see_other(request, f"/clients/{client.id}")


@get("/clients/{client_id:uuid}", **page("client.read", audited=True))
async def show_client(
    request: Request,
    db: NamedDependency[AsyncSession],
    actor: NamedDependency[Actor],
    client_id: FromPath[uuid.UUID],
) -> Response[str]:
    """Show one client."""
    return await client_page(request, db, actor, await queries.client(db, actor, client_id))


@get("/clients/{client_id:uuid}/edit", **page("client.write", audited=True))
async def edit_client_form(
    request: Request,
    db: NamedDependency[AsyncSession],
    actor: NamedDependency[Actor],
    client_id: FromPath[uuid.UUID],
) -> Response[str]:
    """Show the form for a client's own facts."""
    client = await queries.client(db, actor, client_id)
    await note_read(db, actor, client)
    return render(request, "care/client_form.html", client=client, errors={}, typed={}, **words())


@post("/clients/{client_id:uuid}/edit", **page("client.write"))
async def edit_client(
    request: Request,
    db: NamedDependency[AsyncSession],
    actor: NamedDependency[Actor],
    client_id: FromPath[uuid.UUID],
) -> Response[Any]:
    """Change a client's facts."""
    client = await queries.client(db, actor, client_id)
    try:
        form = read_form(ClientForm, await request.form())
        await actions.edit_client(db, actor, client, form)
    except FormErrors as wrong:
        await note_read(db, actor, client)
        return render(
            request, "care/client_form.html", status=422, client=client, errors=wrong.errors, typed=wrong.typed,
            **words(),
        )  # fmt: skip
    return see_other(request, f"/clients/{client.id}")


handlers: list[BaseRouteHandler] = [
    clients,
    find_client,
    new_client,
    add_client,
    show_client,
    edit_client_form,
    edit_client,
    *need_pages.handlers,
    *consent_pages.handlers,
]
