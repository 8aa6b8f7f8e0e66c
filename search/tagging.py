"""Keeping `service_need` true: what the word rules say about each service, corrections of editors untouched."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.database import insert_into, new_id
from directory.models import Service
from search.models import EDITOR, RULE, ServiceNeed
from search.needs import Tags, Term, tag
from search.rows import ServiceRows

AUDIENCE = frozenset({"eligibility", "intended_audience", "audience", "situation"})
"""Types of links to terms that say for whom a service is. They tell nothing about what it is."""


class Changes(msgspec.Struct):
    """Tags to write and rows to drop so that the stored tags are what the rules say now."""

    add: list[dict[str, Any]]
    drop: list[UUID]

    def __bool__(self) -> bool:
        return bool(self.add or self.drop)


def tags_of(rows: ServiceRows) -> dict[UUID, Tags]:
    """What the word rules say about each service of `rows`, with evidence."""
    return {service.id: _tags(rows, service) for service in rows.services}


def needs_of(rows: ServiceRows, tags: dict[UUID, Tags]) -> dict[UUID, tuple[str, ...]]:
    """The need codes of each service: the rules' and the editors', where editors win."""
    result: dict[UUID, tuple[str, ...]] = {}
    for id_, found in tags.items():
        corrections = [row for row in rows.needs.get(id_, ()) if row.origin == EDITOR]
        codes = dict.fromkeys(found) | dict.fromkeys(row.need for row in corrections)
        denied = {row.need for row in corrections if row.denied}
        result[id_] = tuple(code for code in codes if code not in denied)
    return result


def changes(rows: ServiceRows, tags: dict[UUID, Tags]) -> Changes:
    """What has to be written so that the stored tags of `rows` are `tags`."""
    result = Changes([], [])
    for id_, found in tags.items():
        stored = {row.need: row for row in rows.needs.get(id_, ())}
        said = {need: msgspec.to_builtins(evidence) for need, evidence in found.items()}
        outdated = [
            row for row in stored.values() if row.origin == RULE and said.get(row.need) != row.evidence
        ]
        result.drop += [row.id for row in outdated]
        kept = stored.keys() - {row.need for row in outdated}
        for need in said.keys() - kept:
            values = {"id": new_id(), "service_id": id_, "need": need, "origin": RULE, "denied": False}
            result.add.append(values | {"evidence": said[need]})
    return result


async def apply(db: AsyncSession, changes: Changes) -> None:
    """Write the changes. A service that is gone meanwhile, or was tagged by somebody else, is passed over."""
    if changes.drop:
        await db.execute(delete(ServiceNeed).where(ServiceNeed.id.in_(changes.drop)))
    wanted = {row["service_id"] for row in changes.add}
    present = set(await db.scalars(select(Service.id).where(Service.id.in_(wanted)))) if wanted else set()
    if rows := [row for row in changes.add if row["service_id"] in present]:
        await db.execute(insert_into(db, ServiceNeed).on_conflict_do_nothing(), rows)


def _tags(rows: ServiceRows, service: Any) -> Tags:
    terms = [
        term
        for row in rows.terms.get(service.id, ())
        if (row.link_type or "").lower() not in AUDIENCE
        for term in _terms(row)
    ]
    name = " . ".join(text for text in (service.name, service.alternate_name) if text)
    return tag(name, service.description or "", terms, service.organization or "")


def _terms(row: Any) -> list[Term]:
    """What one attribute says: its term with the code, else its value, which may itself be a code; and its label."""
    taxonomy = " ".join(
        text for text in (row.taxonomy, row.taxonomy_name, row.taxonomy_uri, row.term_uri) if text
    )
    texts = dict.fromkeys(text for text in (row.name, row.value, row.label) if text)
    return [Term(text, row.code or row.value or "", taxonomy) for text in texts]
