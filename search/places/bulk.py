"""Finding where listings are by their addresses, in bulk: what has no coordinates gets them, exact or a centre.

Coordinates that a source or an editor gave are never touched, confidential locations are never looked up. Each
location is written by itself, so whoever stops in between goes on where it was. What only the offline gazetteer placed
is looked up again once the deployment has a geocoder.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, and_, delete, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from core import clock
from core.database import Database, insert_into
from core.jobs import enqueue
from directory.coordinates import in_united_states
from directory.models import Address, Location, LocationPosition, ServiceAtLocation
from search.places import Places
from search.places.gazetteer import Place
from search.places.geocoder import Ambiguous
from search.places.judge import believed
from search.places.online import PATIENCE_OF_JOBS, Unavailable
from search.places.tokens import state_code

CHUNK = 200
OFFLINE = "offline"
NONE = "none"
"""The precision of a location that was looked up and not found."""


class Task(NamedTuple):
    """A location to look up, with the address it is looked up by."""

    location_id: UUID
    text: str
    key: str


async def waiting(db: AsyncSession) -> int:
    """How many locations may have to be looked up, those included that turn out to be placed well enough."""
    return await db.scalar(select(func.count()).select_from(Location).where(_wanted())) or 0


async def next_tasks(
    db: AsyncSession, provider: str, after: UUID | None, limit: int = CHUNK
) -> tuple[list[Task], UUID | None]:
    """The next locations in the order of their ids, and the id to go on after; None when there are no more.

    `provider` is who would be asked: the host of a geocoder, or "offline".
    """
    query = select(Location.id, Location.latitude, Location.longitude).where(_wanted())
    if after is not None:
        query = query.where(Location.id > after)
    rows = (await db.execute(query.order_by(Location.id).limit(limit))).all()
    if not rows:
        return [], None
    addresses = await _addresses(db, [row.id for row in rows])
    told = {
        row.location_id: row
        for row in await db.scalars(
            select(LocationPosition).where(LocationPosition.location_id.in_([row.id for row in rows]))
        )
    }
    tasks = []
    for row in rows:
        address = addresses.get(row.id)
        text = address_text(address) if address is not None else ""
        key = hashlib.sha256(text.lower().encode()).hexdigest()
        if text and _is_due(row, told.get(row.id), key, provider):
            tasks.append(Task(row.id, text, key))
    return tasks, rows[-1].id


async def look_up(database: Database, places: Places, task: Task) -> str:
    """Look one location up and write what was found; returns its precision, or "" when nothing was to be done."""
    place, provider = await _find(places, task.text)
    async with database.transaction() as db:
        return await _write(db, task, place, provider)


async def look_up_all(
    database: Database, places: Places, progress: Callable[[], None] = lambda: None
) -> Counter[str]:
    """Look up all that is waiting and count what was found by its precision; `progress` is told of each."""
    found: Counter[str] = Counter()
    after: UUID | None = None
    while True:
        async with database.transaction(write=False) as db:
            tasks, last = await next_tasks(db, places.provider, after)
        if last is None:
            return found
        for task in tasks:
            found[await look_up(database, places, task)] += 1
            progress()
        after = last


def address_text(address: Any) -> str:
    """An address as it is asked for: "12 Oak St, Alder Falls, NE 69812"; "" for one that names no town or ZIP code."""
    code = (address.postal_code or "").strip()[:5]
    code = code if len(code) == 5 and code.isdigit() else ""
    state = state_code(address.state_province)
    if not code and not (address.city and state):
        return ""
    town = " ".join(filter(None, [state, code]))
    return ", ".join(filter(None, [(address.address_1 or "").strip(), (address.city or "").strip(), town]))


def _wanted() -> ColumnElement[bool]:
    """Locations that may need looking up: open, physical, with an address, and placed by nobody but us."""
    unplaced = or_(
        Location.latitude.is_(None),
        Location.longitude.is_(None),
        and_(Location.latitude == 0, Location.longitude == 0),
        ~Location.latitude.between(-15, 72),
        Location.longitude.between(-64, 144),
    )
    placed_by_us = exists().where(LocationPosition.location_id == Location.id)
    return and_(
        Location.confidential.is_(False),
        Location.location_type == "physical",
        exists().where(Address.location_id == Location.id, Address.address_type == "physical"),
        or_(unplaced, placed_by_us),
    )


def _is_due(row: Any, told: LocationPosition | None, key: str, provider: str) -> bool:
    if told is None:
        return not _is_placed(row)
    ours = (told.latitude, told.longitude) == (row.latitude, row.longitude)
    if not ours and _is_placed(row):
        return False
    better = told.provider == OFFLINE != provider and told.precision != "address"
    return told.address_key != key or better or not ours


def _is_placed(row: Any) -> bool:
    return (
        row.latitude is not None
        and row.longitude is not None
        and in_united_states(row.latitude, row.longitude)
    )


async def _addresses(db: AsyncSession, ids: list[UUID]) -> dict[UUID, Any]:
    """The first physical address of each location."""
    rows = await db.execute(
        select(
            Address.location_id,
            Address.address_1,
            Address.city,
            Address.state_province,
            Address.postal_code,
            Address.country,
        )
        .where(Address.location_id.in_(ids), Address.address_type == "physical")
        .order_by(Address.id)
    )
    found: dict[UUID, Any] = {}
    for row in rows:
        if (row.country or "US").upper() in {"US", "USA", "UNITED STATES", ""}:
            found.setdefault(row.location_id, row)
    return found


async def _find(places: Places, text: str) -> tuple[Place | None, str]:
    """What an address stands for, and who said so."""
    known = await places.find(text)
    offline = known if isinstance(known, Place) else None
    if places.online is None:
        return offline, OFFLINE
    try:
        answers = await places.online.find(text, patience=PATIENCE_OF_JOBS)
    except Unavailable:
        return offline, OFFLINE
    place = believed(text, answers, offline)
    return (offline if place is None or isinstance(place, Ambiguous) else place), places.online.provider


async def _write(db: AsyncSession, task: Task, place: Place | None, provider: str) -> str:
    """Write what was found, unless somebody has placed or hidden the location meanwhile."""
    location = await db.get(Location, task.location_id, with_for_update=True)
    told = await db.get(LocationPosition, task.location_id)
    if location is None or location.confidential:
        return ""
    ours = told is not None and (told.latitude, told.longitude) == (location.latitude, location.longitude)
    if _is_placed(location) and not ours:
        await db.execute(delete(LocationPosition).where(LocationPosition.location_id == task.location_id))
        return ""
    if place is not None and place.precision in {"point", "county"}:
        place = None
    if not ours and location.latitude is not None:
        given = f"{location.latitude}, {location.longitude}"
        location.extra = (location.extra or {}) | {"coordinates_given": given}
    if place is not None or ours:
        location.latitude = round(place.lat, 7) if place else None
        location.longitude = round(place.lon, 7) if place else None
    row = {
        "location_id": task.location_id,
        "latitude": location.latitude if place else None,
        "longitude": location.longitude if place else None,
        "precision": place.precision if place else NONE,
        "label": place.label[:200] if place else "",
        "provider": provider,
        "address_key": task.key,
        "found_on": clock.today("UTC"),
    }
    insertion = insert_into(db, LocationPosition).values(row)
    values = {name: insertion.excluded[name] for name in row if name != "location_id"}
    await db.execute(
        insertion.on_conflict_do_update(index_elements=[LocationPosition.location_id], set_=values)
    )
    services = await db.scalars(
        select(ServiceAtLocation.service_id)
        .where(ServiceAtLocation.location_id == task.location_id)
        .distinct()
    )
    if ids := [str(id_) for id_ in services]:
        await enqueue(db, "search.index", {"service_ids": ids})
    return str(row["precision"])
