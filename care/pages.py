"""The pages of the confidential half: the caseload, one person with their needs, and what they allow us to share."""

import uuid
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.handlers import BaseRouteHandler
from litestar.params import FromPath, FromQuery
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.audit import audit
from accounts.rules import Actor
from care import actions, queries
from care.forms import (
    LABELS,
    ClientForm,
    ConsentForm,
    FindClientForm,
    NeedChangeForm,
    NeedCloseForm,
    NeedForm,
)
from care.models import (
    CATEGORIES,
    CONSENT_FORMS,
    CONTACT_WAYS,
    NEED_STATES,
    PURPOSES,
    URGENCIES,
    USUAL_CATEGORIES,
    WANTS_HELP,
    Client,
)
from care.spoken import SPOKEN_LANGUAGES
from core import clock
from core.errors import WrongState
from core.forms import FormErrors, as_typed, read_form
from core.paging import cursor_after, read_cursor
from core.web import page, render, see_other
from directory import queries as directory_queries
from directory.needs import FIELD_LIST, NEEDS

#: What later packages add to the page of a client, by the name the template knows it under.
client_parts: dict[str, Callable[[Request, AsyncSession, Actor, Client], Awaitable[Any]]] = {}


def _words() -> dict[str, Any]:
    """Return the code lists that the care templates show."""
    return {
        "needs": NEEDS,
        "fields": FIELD_LIST,
        "urgencies": URGENCIES,
        "wants_help": WANTS_HELP,
        "need_states": NEED_STATES,
        "contact_ways": CONTACT_WAYS,
        "categories": CATEGORIES,
        "consent_forms": CONSENT_FORMS,
        "purposes": PURPOSES,
        "spoken": SPOKEN_LANGUAGES,
        "labels": LABELS,
    }


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
        **_words(),
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
            **_words(),
        )
    found = await queries.same_person(db, actor, form.given_name, form.family_name, form.birth_date)
    only = found[0].id if len(found) == 1 else None
    await audit(db, actor, action="client.find", subject_type="client", subject_id=only, count=len(found))
    return render(request, "care/find.html", found=found, errors={}, typed=as_typed(form), **_words())


@get("/clients/new", **page("client.write"))
async def new_client(request: Request) -> Response[str]:
    """Show the form for a new client."""
    return render(request, "care/client_form.html", client=None, errors={}, typed={}, **_words())


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
            **_words(),
        )  # fmt: skip
    return see_other(request, f"/clients/{client.id}")


async def _note_read(db: AsyncSession, actor: Actor, client: Client) -> None:
    """Write down who looked at whom; whatever shows a client calls it, a form that comes back with mistakes included."""
    await audit(db, actor, action="client.read", subject_type="client", subject_id=client.id)


async def client_page(
    request: Request, db: AsyncSession, actor: Actor, client: Client, status: int = 200, **context: Any
) -> Response[str]:
    """Render the page of one client, with what later packages know of them."""
    await _note_read(db, actor, client)
    parts = {name: await part(request, db, actor, client) for name, part in client_parts.items()}
    today = clock.today(actor.time_zone)
    return render(
        request, "care/client.html", status=status, client=client, parts=parts, today=today,
        age=client.age_on(today), **_words(), **({"errors": {}, "typed": {}} | context),
    )  # fmt: skip


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
    await _note_read(db, actor, client)
    return render(request, "care/client_form.html", client=client, errors={}, typed={}, **_words())


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
        await _note_read(db, actor, client)
        return render(
            request, "care/client_form.html", status=422, client=client, errors=wrong.errors, typed=wrong.typed,
            **_words(),
        )  # fmt: skip
    return see_other(request, f"/clients/{client.id}")


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


async def _consent_page(
    request: Request,
    db: AsyncSession,
    actor: Actor,
    client: Client,
    q: str,
    status: int = 200,
    **context: Any,
) -> Response[str]:
    await _note_read(db, actor, client)
    organizations = await directory_queries.find_organizations(db, q)
    today = clock.today(actor.time_zone)
    usual = {"categories": USUAL_CATEGORIES, "until": today + timedelta(days=180)}
    return render(
        request, "care/consent.html", status=status, client=client, organizations=organizations, q=q, usual=usual,
        today=today, **_words(), **({"errors": {}, "typed": {}} | context),
    )  # fmt: skip


@get("/clients/{client_id:uuid}/consents/new", **page("consent.write", audited=True))
async def new_consent(
    request: Request,
    db: NamedDependency[AsyncSession],
    actor: NamedDependency[Actor],
    client_id: FromPath[uuid.UUID],
    q: FromQuery[str] = "",
) -> Response[str]:
    """Show the form for a consent: for whom, what, until when."""
    client = await queries.client(db, actor, client_id)
    return await _consent_page(request, db, actor, client, q[:100])


@post("/clients/{client_id:uuid}/consents/new", **page("consent.write"))
async def give_consent(
    request: Request,
    db: NamedDependency[AsyncSession],
    actor: NamedDependency[Actor],
    client_id: FromPath[uuid.UUID],
) -> Response[Any]:
    """Record a consent that was spoken or signed."""
    client = await queries.client(db, actor, client_id)
    given = await request.form()
    try:
        form = read_form(ConsentForm, given)
        recipient = await directory_queries.organization_name(db, form.recipient_id)
        await actions.give_consent(db, actor, client, form, recipient)
    except FormErrors as wrong:
        looked_for = str(given.get("q") or "")[:100]
        return await _consent_page(
            request, db, actor, client, looked_for, 422, errors=wrong.errors, typed=wrong.typed
        )
    return see_other(request, f"/clients/{client.id}#consents")


@post("/consents/{consent_id:uuid}/revoke", **page("consent.write"))
async def revoke_consent(
    request: Request,
    db: NamedDependency[AsyncSession],
    actor: NamedDependency[Actor],
    consent_id: FromPath[uuid.UUID],
) -> Response[Any]:
    """Take a consent back."""
    consent = await queries.consent(db, actor, consent_id)
    await actions.revoke_consent(db, actor, consent)
    return see_other(request, f"/clients/{consent.client_id}#consents")


handlers: list[BaseRouteHandler] = [
    clients,
    find_client,
    new_client,
    add_client,
    show_client,
    edit_client_form,
    edit_client,
    add_need,
    change_need,
    close_need,
    reopen_need,
    new_consent,
    give_consent,
    revoke_consent,
]
