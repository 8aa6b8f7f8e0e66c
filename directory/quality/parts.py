"""What the conditions of checks and measures are made of: columns that say something, rows around a service."""

import uuid
from collections.abc import Iterable
from datetime import date
from typing import Any, Literal

import msgspec
from sqlalchemy import Boolean, ColumnElement, Uuid, column, exists, func, or_, select, table
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from directory.models import PUBLIC_STATUSES, Location, Organization, Service, ServiceAtLocation
from directory.quality.middles import Middle, middles

Subject = Literal["service", "location", "organization"]
MODELS: dict[Subject, Any] = {"service": Service, "location": Location, "organization": Organization}

HERE = "-"
"""How the source of what was made here is written, which has no name."""

service_need = table("service_need", column("service_id", Uuid(as_uuid=True)), column("denied", Boolean))
"""What the search keeps about needs, by its bare name: this room may not import that one."""


class Scope(msgspec.Struct, frozen=True):
    """Which listings are looked at: of one source (`HERE` for those made here) or all, of one organization or all."""

    source: str | None = None
    organization_id: uuid.UUID | None = None


class Known(msgspec.Struct, frozen=True):
    """What conditions have to know besides the rows: what day it is, and where the middle of each source lies.

    `organization_id` is the one organization whose services are asked for, so that no others' hours need be read.
    """

    today: date
    middles: tuple[Middle, ...] = ()
    organization_id: uuid.UUID | None = None

    def of(self, scope: Scope) -> "Known":
        """The same for the listings of a scope."""
        return msgspec.structs.replace(self, organization_id=scope.organization_id)


async def know(db: AsyncSession, today: date, *, of_places: bool = True) -> Known:
    """Find out what conditions have to know, in one query; in none where no check of places is asked for."""
    return Known(today, await middles(db) if of_places else ())


def said(text: InstrumentedAttribute[Any]) -> ColumnElement[bool]:
    """Whether a column holds more than blanks."""
    return func.trim(func.coalesce(text, "")) != ""


def own(model: Any, *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether a service has a row of its own in a table that belongs to services."""
    return exists().where(model.service_id == Service.id, *conditions)


def of_organization(model: Any, *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether the organization of a service has such a row."""
    return exists().where(model.organization_id == Service.organization_id, *conditions)


def at_service(model: Any, *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether there is such a row for what a service offers at one of its places."""
    return (
        exists()
        .where(ServiceAtLocation.service_id == Service.id)
        .where(model.service_at_location_id == ServiceAtLocation.id, *conditions)
    )


def at_place(model: Any, *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether one of the places of a service has such a row."""
    return (
        exists()
        .where(ServiceAtLocation.service_id == Service.id)
        .where(model.location_id == ServiceAtLocation.location_id, *conditions)
    )


def around(model: Any, *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether a service has such a row itself or at one of its places."""
    return or_(own(model, *conditions), at_service(model, *conditions), at_place(model, *conditions))


def published() -> ColumnElement[bool]:
    """Whether the public is shown a service."""
    return Service.status.in_(PUBLIC_STATUSES)


def in_use() -> ColumnElement[bool]:
    """Whether a service that the public is shown is offered at a location."""
    return (
        exists()
        .where(ServiceAtLocation.location_id == Location.id)
        .where(Service.id == ServiceAtLocation.service_id, published())
    )


def within(subject: Subject, scope: Scope) -> list[ColumnElement[bool]]:
    """The conditions of rows that lie in a scope."""
    model = MODELS[subject]
    conditions: list[ColumnElement[bool]] = []
    if scope.source is not None:
        conditions.append(model.source.is_(None) if scope.source == HERE else model.source == scope.source)
    if scope.organization_id is not None:
        conditions.append(_of(subject, scope.organization_id))
    return conditions


def _of(subject: Subject, organization_id: uuid.UUID) -> ColumnElement[bool]:
    if subject == "organization":
        return Organization.id == organization_id
    if subject == "service":
        return Service.organization_id == organization_id
    offered = (
        select(ServiceAtLocation.location_id).join(Service).where(Service.organization_id == organization_id)
    )
    return or_(Location.organization_id == organization_id, Location.id.in_(offered))


def looked_at(subject: Subject) -> list[ColumnElement[bool]]:
    """The conditions of rows that checks are about: what the public is shown, and every organization."""
    conditions: dict[Subject, list[ColumnElement[bool]]] = {
        "service": [published()],
        "location": [in_use()],
        "organization": [],
    }
    return conditions[subject]


def any_of(conditions: Iterable[ColumnElement[bool]]) -> ColumnElement[bool]:
    """Whether one of some conditions holds; none does where there are none."""
    return or_(*conditions) if (conditions := list(conditions)) else or_(False)
