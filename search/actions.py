"""Corrections of what a listing is found for: an editor's word against the rules', kept for good."""

from __future__ import annotations

import uuid
from typing import Literal

from sqlalchemy import delete, exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.models import Agency
from accounts.rules import Actor
from core import clock
from core.database import insert_into, new_id
from core.errors import NotVisible
from core.jobs import enqueue
from directory.models import PUBLIC_STATUSES, Metadata, Service
from search.models import EDITOR, RULE, ServiceNeed

Verdict = Literal["yes", "no", "rules"]
"""It does speak to the need; it does not; or whatever the rules say, as if nobody had corrected them."""

REVISION = "need."
"""What the revisions of corrections begin with, before the code of the need, as the name of a field."""


async def may_correct(db: AsyncSession, actor: Actor, service: Service) -> bool:
    """Whether a person may say what a service is found for.

    Those who keep an organization's listings may, for its own; what belongs to no organization whose people sign in
    here, such as most imported listings, coordinators and administrators keep for all.
    """
    if service.organization_id == actor.organization_id:
        return actor.can("listing.needs")
    if actor.role not in {"coordinator", "admin"}:
        return False
    return not await db.scalar(select(exists().where(Agency.id == service.organization_id)))


async def correct_need(
    db: AsyncSession, actor: Actor, service_id: uuid.UUID, need: str, verdict: Verdict
) -> None:
    """Say whether a service speaks to a need; who said so and when is kept as a revision, and the index follows.

    Raises `NotVisible` for a service that the actor may not correct.
    """
    service = await db.scalar(
        select(Service).where(Service.id == service_id, Service.status.in_(PUBLIC_STATUSES))
    )
    if service is None or not await may_correct(db, actor, service):
        raise NotVisible("service", service_id)
    row = await db.scalar(
        select(ServiceNeed).where(ServiceNeed.service_id == service_id, ServiceNeed.need == need)
    )
    before = _verdict(row)
    if before == verdict:
        return
    if verdict == "rules":
        # Whatever the rules say is written again when the service is indexed.
        await db.execute(
            delete(ServiceNeed).where(ServiceNeed.service_id == service_id, ServiceNeed.need == need)
        )
    else:
        values = {"origin": EDITOR, "denied": verdict == "no"}
        write = insert_into(db, ServiceNeed).values(
            id=new_id(), service_id=service_id, need=need, evidence=[], **values
        )
        await db.execute(
            write.on_conflict_do_update(index_elements=["service_id", "need"], set_=values),
            execution_options={"synchronize_session": False},
        )
    service.last_modified = clock.now()
    db.add(
        Metadata(
            resource_id=service_id,
            resource_type="service",
            last_action_date=service.last_modified,
            last_action_type="update",
            field_name=f"{REVISION}{need}",
            previous_value=before,
            replacement_value=verdict,
            updated_by=actor.name,
        )
    )
    await db.flush()
    await enqueue(db, "search.index", {"service_ids": [str(service_id)]})


def _verdict(row: ServiceNeed | None) -> Verdict:
    if row is None or row.origin == RULE:
        return "rules"
    return "no" if row.denied else "yes"
