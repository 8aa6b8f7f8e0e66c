"""Reads of sources and pulls, and of what the directory holds of a source."""

import uuid
from collections.abc import AsyncIterator, Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import load_only, selectinload

from core.database import Database
from core.errors import NotVisible
from directory.importing.ids import row_id
from directory.models import PUBLIC_STATUSES, Service
from directory.sources.models import Pull, Source
from directory.sources.reading import Held
from directory.sources.taken import Taken

_SHOWN = (Service.status.in_(PUBLIC_STATUSES), Service.checksum.is_not(None))
"""Which services of a source are there and were not taken off since it listed them no more."""

_BRIEF = load_only(
    Pull.id, Pull.source_id, Pull.state, Pull.at_once, Pull.started_at, Pull.finished_at, Pull.modified_after,
    Pull.step, Pull.page, Pull.pages, Pull.read, Pull.failures, Pull.waits_until, Pull.counts, Pull.error, Pull.by,
    Pull.decided_by,
)  # fmt: skip


async def sources(db: AsyncSession) -> Sequence[Source]:
    """Return all sources by name."""
    return (await db.scalars(select(Source).order_by(func.lower(Source.name), Source.id))).all()


async def source(db: AsyncSession, source_id: uuid.UUID) -> Source:
    """Return one source; raises `NotVisible`."""
    found = await db.get(Source, source_id)
    if found is None:
        raise NotVisible("source", source_id)
    return found


async def source_named(db: AsyncSession, name: str) -> Source | None:
    """Return the source of a name."""
    return await db.scalar(select(Source).where(Source.name == name))


async def record_counts(db: AsyncSession, names: Sequence[str]) -> dict[str, int]:
    """Return how many services are shown from each of these sources."""
    query = (
        select(Service.source, func.count())
        .where(Service.source.in_(names), Service.status.in_(PUBLIC_STATUSES))
        .group_by(Service.source)
    )
    return {str(name): number for name, number in await db.execute(query)}


async def pulls(db: AsyncSession, source_id: uuid.UUID, limit: int = 20) -> Sequence[Pull]:
    """Return the last pulls of a source, newest first, without what they change."""
    query = (
        select(Pull).where(Pull.source_id == source_id).order_by(Pull.started_at.desc(), Pull.id).limit(limit)
    )
    return (await db.scalars(query.options(_BRIEF))).all()


async def last_pulls(db: AsyncSession) -> dict[uuid.UUID, Pull]:
    """Return the last pull of each source, without what it changes."""
    last = select(Pull.source_id, func.max(Pull.started_at).label("at")).group_by(Pull.source_id).subquery()
    query = select(Pull).join(last, (Pull.source_id == last.c.source_id) & (Pull.started_at == last.c.at))
    return {pull.source_id: pull for pull in await db.scalars(query.options(_BRIEF))}


async def pull(db: AsyncSession, pull_id: uuid.UUID, source_id: uuid.UUID | None = None) -> Pull:
    """Return one pull with its source; raises `NotVisible`, also when it is not of the source that is named."""
    found = await db.scalar(select(Pull).where(Pull.id == pull_id).options(selectinload(Pull.source)))
    if found is None or source_id not in {None, found.source_id}:
        raise NotVisible("pull", pull_id)
    return found


async def reading_pull(db: AsyncSession, source_id: uuid.UUID) -> Pull | None:
    """Return the pull of a source that is being read."""
    query = select(Pull).where(Pull.source_id == source_id, Pull.state == "reading")
    return await db.scalar(query.options(selectinload(Pull.source)))


async def due(db: AsyncSession, now: datetime) -> list[Source]:
    """Return the sources whose time has come."""
    query = select(Source).where(Source.enabled, Source.every_hours > 0)
    return [one for one in await db.scalars(query) if one.next_pull is not None and one.next_pull <= now]


def held(database: Database, name: str) -> Held:
    """Return what is asked of the database while a source is read."""

    async def among(keys: Sequence[str]) -> set[str]:
        ids = {uuid.UUID(bytes=row_id(name, "service", key)): key for key in keys}
        query = select(Service.id).where(
            Service.id.in_(ids), Service.source == name, Service.checksum.is_not(None)
        )
        async with database.transaction(write=False) as db:
            return {ids[identity] for identity in await db.scalars(query)}

    async def shown_after(key: str) -> Sequence[str]:
        query = select(Service.source_id).where(Service.source == name, Service.source_id > key, *_SHOWN)
        async with database.transaction(write=False) as db:
            return [str(one) for one in await db.scalars(query.order_by(Service.source_id).limit(500))]

    return Held(among, shown_after)


async def gone(db: AsyncSession, taken: Taken, name: str) -> AsyncIterator[Service]:
    """Yield the services that are shown from a source and are no longer listed there."""
    if not taken.mark("reconciled"):
        return
    after = uuid.UUID(int=0)
    query = select(Service).where(Service.source == name, *_SHOWN).order_by(Service.id).limit(500)
    while some := (await db.scalars(query.where(Service.id > after))).all():
        for service in some:
            key = service.source_id or ""
            if not taken.is_named("listed", key) and not taken.has("service", key):
                yield service
        after = some[-1].id
