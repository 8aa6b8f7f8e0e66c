"""The listings that a check finds, page by page, each with the address where it is put right."""

import uuid
from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import msgspec
from sqlalchemy import Row, Select, case, null, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from directory.models import Location, Organization, Service, ServiceAtLocation
from directory.quality.checks import Check, tables
from directory.quality.parts import HERE, MODELS, Known, Scope, looked_at, published, within

PAGE = 50
_NEEDS = frozenset({"untagged"})
"""Checks of what is put right where the needs of a service are."""

#: By a name of its own, so that a condition that speaks of the table itself is not taken to mean this row of it.
_keeper = aliased(Organization)


class Finding(msgspec.Struct):
    """One listing that a check found; `name` is empty where a place has none or is confidential."""

    id: uuid.UUID
    name: str
    organization: str
    source: str
    verified_on: date | None
    href: str


class Findings(msgspec.Struct):
    """One page of them, and the id after which the next goes on, None on the last."""

    rows: list[Finding]
    after: uuid.UUID | None


async def find_page(
    db: AsyncSession,
    known: Known,
    scope: Scope,
    check: Check,
    after: uuid.UUID | None = None,
    size: int = PAGE,
) -> Findings:
    """Return some of what a check finds in a scope, in the order of ids, those after `after`."""
    query = _query(known, scope, check).limit(size + 1)
    if after is not None:
        query = query.where(MODELS[check.subject].id > after)
    rows = [_finding(check, row) for row in await db.execute(query)]
    return Findings(rows[:size], rows[size - 1].id if len(rows) > size else None)


async def find_all(db: AsyncSession, known: Known, scope: Scope, check: Check) -> AsyncIterator[Finding]:
    """Give everything that a check finds in a scope, without holding it all."""
    query = _query(known, scope, check).execution_options(yield_per=500)
    async for row in await db.stream(query):
        yield _finding(check, row)


def _query(known: Known, scope: Scope, check: Check) -> Select[Any]:
    model, known = MODELS[check.subject], known.of(scope)
    columns: dict[str, Any] = {
        "id": model.id,
        "name": model.name,
        "source": model.source,
        "verified_on": null(),
        "service_id": null(),
        "of": null() if check.subject == "organization" else _keeper.name,
    }
    if check.subject == "location":
        columns["name"] = case((Location.confidential, null()), else_=Location.name)
        columns["service_id"] = _offered()
    if check.subject == "service":
        columns["verified_on"] = Service.assured_date
    query = select(*(column.label(name) for name, column in columns.items()))
    condition = check.condition(known)
    query = query.select_from(tables(check.subject, known, [condition]))
    if check.subject != "organization":
        query = query.outerjoin(_keeper, _keeper.id == model.organization_id)
    where = [*looked_at(check.subject), *within(check.subject, scope), condition]
    return query.where(*where).order_by(model.id)


def _offered() -> Any:
    """One of the services at a location that the public is shown: a location has no page of its own."""
    return (
        select(ServiceAtLocation.service_id)
        .join(Service, Service.id == ServiceAtLocation.service_id)
        .where(ServiceAtLocation.location_id == Location.id, published())
        .order_by(ServiceAtLocation.service_id)
        .limit(1)
        .correlate(Location)
        .scalar_subquery()
    )


def _finding(check: Check, row: Row[Any]) -> Finding:
    if check.subject == "organization":
        href = f"/organizations/{row.id}"
    elif check.subject == "location":
        href = f"/services/{row.service_id}?location={row.id}"
    else:
        href = f"/services/{row.id}/needs" if check.code in _NEEDS else f"/services/{row.id}"
    return Finding(row.id, row.name or "", row.of or "", row.source or HERE, row.verified_on, href)
