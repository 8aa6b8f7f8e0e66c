"""What a client allows us to share: given for one organization, until a day, and taken back."""

import uuid
from datetime import timedelta
from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.handlers import BaseRouteHandler
from litestar.params import FromPath, FromQuery
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.rules import Actor
from care import actions, queries
from care.forms import ConsentForm
from care.models import USUAL_CATEGORIES, Client
from care.showing import note_read, words
from core import clock
from core.forms import FormErrors, read_form
from core.web import page, render, see_other
from directory import queries as directory_queries


async def _consent_page(
    request: Request,
    db: AsyncSession,
    actor: Actor,
    client: Client,
    q: str,
    status: int = 200,
    **context: Any,
) -> Response[str]:
    await note_read(db, actor, client)
    organizations = await directory_queries.find_organizations(db, q)
    today = clock.today(actor.time_zone)
    usual = {"categories": USUAL_CATEGORIES, "until": today + timedelta(days=180)}
    return render(
        request, "care/consent.html", status=status, client=client, organizations=organizations, q=q, usual=usual,
        today=today, **words(), **({"errors": {}, "typed": {}} | context),
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


handlers: list[BaseRouteHandler] = [new_consent, give_consent, revoke_consent]
