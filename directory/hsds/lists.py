"""The lists of `/hsds/`: which rows a query means, page by page or all of them, always in the order of their ids."""

import asyncio
import uuid
from bisect import bisect_right
from collections.abc import AsyncIterator, Sequence
from typing import Any
from weakref import WeakKeyDictionary

import msgspec
from sqlalchemy import ColumnElement, Select, and_, exists, false, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from core.database import NOTHING, Database
from directory.duplicates.queries import merged_away
from directory.hsds import parameters
from directory.hsds.nested import AT_ONCE, Document, documents
from directory.models import (
    PUBLIC_STATUSES,
    Attribute,
    Location,
    Organization,
    Service,
    ServiceAtLocation,
    Taxonomy,
    TaxonomyTerm,
)

STREAMED = 1_000
"""How many documents are put together at once when all are asked for."""

_PUBLIC = Service.status.in_(PUBLIC_STATUSES)
_SEARCHED = {
    Service: ("name", "alternate_name", "description"),
    Organization: ("name", "alternate_name", "description"),
    Taxonomy: ("name", "description"),
    TaxonomyTerm: ("name", "code", "description"),
}


class Wanted(msgspec.Struct, frozen=True):
    """The rows that a query means: the ids of a table for which all conditions hold.

    `among` are the only ids there may be, in order, where that had to be worked out outside of the database.
    """

    identity: Any
    """The column of the ids."""
    conditions: tuple[ColumnElement[bool], ...]
    among: Sequence[uuid.UUID] | None = None

    def ids(self) -> Select[Any]:
        """Return the question for the ids, in their order."""
        query = select(self.identity).where(*self.conditions).order_by(self.identity)
        if self.identity is ServiceAtLocation.id:
            query = query.join(Service, Service.id == ServiceAtLocation.service_id)
        return query

    async def those(self, db: AsyncSession, ids: Sequence[uuid.UUID]) -> list[uuid.UUID]:
        """Return those of `ids` that it means, in their order."""
        kept: list[uuid.UUID] = []
        for start in range(0, len(ids), AT_ONCE):
            some = self.ids().where(self.identity.in_(ids[start : start + AT_ONCE]))
            kept.extend(await db.scalars(some))
        return kept

    async def count(self, db: AsyncSession) -> int:
        """Return how many there are."""
        if self.among is not None:
            return len(self.among)
        return await db.scalar(select(func.count()).select_from(self.ids().order_by(None).subquery())) or 0

    async def page(self, db: AsyncSession, skip: int, most: int) -> Sequence[uuid.UUID]:
        """Return at most so many ids after the first `skip`."""
        if self.among is not None:
            return self.among[skip : skip + most]
        return (await db.scalars(self.ids().offset(skip).limit(most))).all()

    async def after(self, db: AsyncSession, last: uuid.UUID | None, most: int) -> Sequence[uuid.UUID]:
        """Return at most so many ids after `last`."""
        if self.among is not None:
            start = 0 if last is None else bisect_right(self.among, last)
            return self.among[start : start + most]
        query = self.ids() if last is None else self.ids().where(self.identity > last)
        return (await db.scalars(query.limit(most))).all()


def services(query: parameters.ServiceQuery) -> Wanted:
    """Return the published services that a query means."""
    return Wanted(Service.id, (_PUBLIC, *_of_service(query, Service.id, Service.organization_id)))


def services_at_locations(
    query: parameters.ServiceAtLocationQuery, among: Sequence[uuid.UUID] | None = None
) -> Wanted:
    """Return the places of published services that a query means; `among`, where its place was looked at already."""
    found = _of_service(query, Service.id, Service.organization_id, at=ServiceAtLocation.id)
    return Wanted(ServiceAtLocation.id, (_PUBLIC, *found), among)


def organizations(query: parameters.OrganizationQuery) -> Wanted:
    """Return the organizations that a query means, but for those merged into others.

    Terms are their own or those of their published services.
    """
    conditions = [~merged_away(Organization.id), _words(Organization, query.search)]
    if query.taxonomy_term_id or query.taxonomy_id:
        theirs = select(Service.id).where(Service.organization_id == Organization.id, _PUBLIC)
        conditions.append(
            or_(
                _classified(query, Organization.id, "organization"),
                exists(theirs.where(_classified(query, Service.id, "service"))),
            )
        )
    return Wanted(Organization.id, tuple(conditions))


def taxonomies(query: parameters.ListQuery) -> Wanted:
    """Return the taxonomies that a query means."""
    return Wanted(Taxonomy.id, (_words(Taxonomy, query.search),))


def taxonomy_terms(query: parameters.TaxonomyTermQuery) -> Wanted:
    """Return the taxonomy terms that a query means."""
    conditions = [_words(TaxonomyTerm, query.search)]
    if query.taxonomy_id:
        conditions.append(_is(TaxonomyTerm.taxonomy_id, query.taxonomy_id))
    if query.parent_id:
        conditions.append(_is(TaxonomyTerm.parent_id, query.parent_id))
    if query.top_only:
        conditions.append(TaxonomyTerm.parent_id.is_(None))
    return Wanted(TaxonomyTerm.id, tuple(conditions))


def _of_service(
    query: parameters.ModifiedQuery, identity: Any, organization: Any, at: Any = None
) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if query.search:
        conditions.append(_words(Service, query.search))
    if query.taxonomy_term_id or query.taxonomy_id:
        told = _classified(query, identity, "service")
        conditions.append(told if at is None else or_(told, _classified_there(query, at)))
    if query.organization_id:
        conditions.append(_is(organization, query.organization_id))
    if (since := query.since()) is not None:
        conditions.append(Service.last_modified >= since)
    return conditions


def _words(model: Any, text: str) -> ColumnElement[bool]:
    """Return the condition that each word stands somewhere in what a row says of itself."""
    return and_(
        True,
        *(
            or_(
                *(
                    func.lower(getattr(model, column)).contains(word.lower(), autoescape=True)
                    for column in _SEARCHED[model]
                ),
                *([_organization_says(word)] if model is Service else []),
            )
            for word in text.split()
        ),
    )


def _organization_says(word: str) -> ColumnElement[bool]:
    return Service.organization_id.in_(
        select(Organization.id).where(func.lower(Organization.name).contains(word.lower(), autoescape=True))
    )


def _classified(query: Any, identity: Any, entity: str) -> ColumnElement[bool]:
    """Return the condition that a row has a term, and one of a taxonomy, where these are asked for."""
    conditions = []
    mine = select(Attribute.id).where(
        Attribute.link_id == identity, func.lower(Attribute.link_entity) == entity
    )
    if query.taxonomy_term_id:
        conditions.append(exists(mine.where(_is(Attribute.taxonomy_term_id, query.taxonomy_term_id))))
    if query.taxonomy_id:
        terms = select(TaxonomyTerm.id).where(_is(TaxonomyTerm.taxonomy_id, query.taxonomy_id))
        conditions.append(exists(mine.where(Attribute.taxonomy_term_id.in_(terms))))
    return and_(*conditions)


def _classified_there(query: Any, at: Any) -> ColumnElement[bool]:
    """Return the condition on terms of a service at a location; those at a confidential one are not told, nor found."""
    hidden = exists().where(Location.id == ServiceAtLocation.location_id, Location.confidential)
    return and_(~hidden, _classified(query, at, "service_at_location"))


def _is(column: Any, text: str) -> ColumnElement[bool]:
    """Return the condition that a column is an id; what is no id is nobody's."""
    identity = parameters.read_id(text)
    return false() if identity is None else column == identity


_turns: WeakKeyDictionary[Database, asyncio.Semaphore] = WeakKeyDictionary()


def turn(database: Database) -> asyncio.Semaphore:
    """Return what a download waits for before each lot: few are put together at once, so that pages go on being answered
    however many read everything."""
    return _turns.setdefault(database, asyncio.Semaphore(2))


async def everything(database: Database, wanted: Wanted, shape: str) -> AsyncIterator[list[Document]]:
    """Yield all documents a query means, some at a time: each lot is read in a transaction of its own, so that a
    reader who takes hours holds up nobody, and memory does not grow."""
    last: uuid.UUID | None = None
    while True:
        async with turn(database), database.transaction(write=False, sees=NOTHING) as db:
            ids = await wanted.after(db, last, STREAMED)
            found = await documents(db, shape, ids) if ids else []
        if not ids:
            return
        yield found
        last = ids[-1]
