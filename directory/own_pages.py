"""`/listings`: an organization's own services, kept right with one button each."""

import uuid
from typing import Literal

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.handlers import BaseRouteHandler
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.rules import Actor
from core import clock
from core.forms import read_form
from core.web import page, render, see_other
from directory import actions, queries


class CapacityForm(msgspec.Struct, kw_only=True):
    """Whether there is room; blank means that nobody knows."""

    capacity: Literal["", "room", "waiting", "full"] = ""


@get("/listings", **page("listing.write"))
async def listings(
    request: Request, db: NamedDependency[AsyncSession], actor: NamedDependency[Actor]
) -> Response[str]:
    """List the public services of the person's organization, those checked longest ago first."""
    services = await queries.own_services(db, actor.organization_id)
    return render(request, "directory/own.html", services=services, today=clock.today(actor.time_zone))


@post("/listings/{service_id:uuid}/verified", **page("listing.write"))
async def verified(
    request: Request,
    db: NamedDependency[AsyncSession],
    actor: NamedDependency[Actor],
    service_id: FromPath[uuid.UUID],
) -> Response[None]:
    """Note that everything in a listing is still right."""
    await actions.mark_verified(db, actor, service_id)
    return see_other(request, "/listings")


@post("/listings/{service_id:uuid}/capacity", **page("listing.write"))
async def capacity(
    request: Request,
    db: NamedDependency[AsyncSession],
    actor: NamedDependency[Actor],
    service_id: FromPath[uuid.UUID],
) -> Response[None]:
    """Say whether a service has room."""
    form = read_form(CapacityForm, await request.form())
    await actions.set_capacity(db, actor, service_id, form.capacity or None)
    return see_other(request, "/listings")


handlers: list[BaseRouteHandler] = [listings, verified, capacity]
