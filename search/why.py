"""Why a listing is found for a need: the evidence of the rules in plain words, and who corrected them."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.i18n import gettext as _
from directory.models import Metadata
from directory.needs import NEEDS, label
from search.actions import REVISION
from search.models import EDITOR, ServiceNeed


class NeedTold(msgspec.Struct):
    """A need that a listing is found for, or was said not to be, and why."""

    code: str
    name: str
    """Its plain name, in the reader's language."""
    given: bool
    """Whether the listing is found for it; False where an editor took it away."""
    corrected: bool
    """Whether an editor said so, rather than the rules."""
    reasons: list[str]
    """What the rules found, in words; for a correction, what they had found before it."""
    evidence: list[dict[str, Any]]
    """The same as it is stored."""
    by: str = ""
    """Who corrected it, where that is known."""
    at: datetime | None = None


async def needs_told(db: AsyncSession, service_id: uuid.UUID) -> list[NeedTold]:
    """Every need that is stored about a service, in the order of the catalog."""
    rows = await db.scalars(select(ServiceNeed).where(ServiceNeed.service_id == service_id))
    corrections = {
        change.field_name: change
        for change in await db.scalars(
            select(Metadata)
            .where(Metadata.resource_id == service_id, Metadata.field_name.startswith(REVISION))
            .order_by(Metadata.last_action_date, Metadata.id)
        )
    }
    told = []
    for row in rows:
        corrected = row.origin == EDITOR
        change = corrections.get(f"{REVISION}{row.need}") if corrected else None
        told.append(
            NeedTold(
                row.need,
                _(label(row.need)),
                given=not row.denied,
                corrected=corrected,
                reasons=[reason_words(one) for one in row.evidence],
                evidence=list(row.evidence),
                by=(change.updated_by or "") if change is not None else "",
                at=change.last_action_date if change is not None else None,
            )
        )
    order = {code: place for place, code in enumerate(NEEDS)}
    return sorted(told, key=lambda one: order.get(one.code, len(order)))


def reason_words(evidence: dict[str, Any]) -> str:
    """One piece of evidence as a sentence without its full stop."""
    said = {"words": evidence.get("words", ""), "code": evidence.get("code", "")}
    match evidence.get("field"):
        case "taxonomy":
            said["taxonomy"] = evidence.get("taxonomy", "")
            return _("Classified as “%(words)s” (%(taxonomy)s %(code)s)") % said
        case "term":
            return _("A category says “%(words)s”") % said
        case "name":
            return _("The name says “%(words)s”") % said
        case "organization":
            return _("The organization's name says “%(words)s”") % said
        case _:
            return _("The description says “%(words)s”") % said
