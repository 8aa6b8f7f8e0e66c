"""`/services/{id}/needs`: what a listing is found for and why, and what those who keep it have corrected."""

from __future__ import annotations

import uuid
from typing import Annotated, Any, Literal

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.handlers import BaseRouteHandler
from litestar.params import FromPath
from msgspec import Meta
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.rules import Actor
from core.errors import NotVisible
from core.forms import FormErrors, read_form
from core.i18n import gettext as _
from core.web import page, render, see_other
from directory.models import PUBLIC_STATUSES, Service
from directory.needs import FIELD_LIST, NEEDS, label
from search.actions import correct_need, may_correct
from search.corrected import corrected, take_back
from search.why import needs_told


class CorrectionForm(msgspec.Struct, kw_only=True):
    """What an editor says of one need."""

    need: str
    verdict: Literal["yes", "no", "rules"]

    def __post_init__(self) -> None:
        if self.need not in NEEDS:
            raise FormErrors({"need": _("Choose a need.")})


class WithdrawForm(msgspec.Struct, kw_only=True):
    """Which correction is taken back: the field of a row of a table."""

    table: Annotated[str, Meta(max_length=40)]
    row: uuid.UUID
    field: Annotated[str, Meta(max_length=60)]


@get("/services/{service_id:uuid}/needs", **page("self"))
async def needs(
    request: Request,
    db: NamedDependency[AsyncSession],
    actor: NamedDependency[Actor],
    service_id: FromPath[uuid.UUID],
) -> Response[str]:
    """Show what a listing is found for, each need with what says so."""
    service = await _public(db, service_id)
    told = await needs_told(db, service_id)
    known = {one.code for one in told}
    may = await may_correct(db, actor, service)
    return render(
        request,
        "search/needs.html",
        service=service,
        given=[one for one in told if one.given],
        denied=[one for one in told if not one.given],
        others=[
            (_(field.name), [(code, _(label(code))) for code in field.needs if code not in known])
            for field in FIELD_LIST.values()
            if set(field.needs) - known
        ],
        may=may,
        corrections=await corrected(db, service) if may else [],
    )


@post("/services/{service_id:uuid}/needs", **page("listing.needs"))
async def correct(
    request: Request,
    db: NamedDependency[AsyncSession],
    actor: NamedDependency[Actor],
    service_id: FromPath[uuid.UUID],
) -> Response[None]:
    """Add a need, take one away, or take a correction back."""
    form = read_form(CorrectionForm, await request.form())
    await correct_need(db, actor, service_id, form.need, form.verdict)
    return see_other(request, f"/services/{service_id}/needs")


@post("/services/{service_id:uuid}/corrections/withdraw", **page("listing.needs"))
async def withdraw(
    request: Request,
    db: NamedDependency[AsyncSession],
    actor: NamedDependency[Actor],
    service_id: FromPath[uuid.UUID],
) -> Response[None]:
    """Take a correction of a field back: the listing says again what its source says."""
    form = read_form(WithdrawForm, await request.form())
    service = await _public(db, service_id)
    if not await may_correct(db, actor, service):
        raise NotVisible("service", service_id)
    await take_back(db, service, form.table, form.row, form.field, actor.name)
    return see_other(request, f"/services/{service_id}/needs")


@get("/api/services/{service_id:uuid}/needs", **page("public"))
async def api_needs(
    db: NamedDependency[AsyncSession], service_id: FromPath[uuid.UUID]
) -> Response[dict[str, Any]]:
    """Tell as JSON what a listing is found for, with the evidence; not who corrected it, for this is public."""
    service = await _public(db, service_id)
    told = await needs_told(db, service_id)
    return Response(
        {
            "service_id": str(service.id),
            "needs": [
                {
                    "need": one.code,
                    "name": NEEDS[one.code].name,
                    "field": NEEDS[one.code].field,
                    "origin": "editor" if one.corrected else "rule",
                    "evidence": one.evidence,
                }
                for one in told
                if one.given
            ],
        }
    )


async def _public(db: AsyncSession, service_id: uuid.UUID) -> Service:
    service = await db.scalar(
        select(Service).where(Service.id == service_id, Service.status.in_(PUBLIC_STATUSES))
    )
    if service is None:
        raise NotVisible("service", service_id)
    return service


handlers: list[BaseRouteHandler] = [needs, correct, withdraw, api_needs]
