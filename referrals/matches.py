"""The places that fit a client's need next: found by the public search, without telling it who the person is."""

import uuid

import msgspec
from litestar import Request
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from care.models import Client, Need
from core import clock, display
from core.i18n import gettext as _
from directory.models import Service
from directory.opening import OpenState
from referrals import queries
from search.forms import SearchForm
from search.queries import Found, Listed, find

#: How far around the client's place is looked, in miles.
RADIUS = 25.0
#: A listing nobody has checked for so long may be wrong: call first.
STALE_DAYS = 180


class Match(msgspec.Struct, frozen=True):
    """A service that fits, with why it fits and what to ask; `distance_m` is in metres, None where nothing is mapped."""

    service_id: uuid.UUID
    location_id: uuid.UUID | None
    name: str
    organization: str
    distance_m: float | None
    opening: OpenState
    time_zone: str
    reasons: tuple[str, ...]
    doubts: tuple[str, ...]


async def matches_for_need(
    request: Request, db: AsyncSession, need: Need, client: Client, limit: int = 3
) -> list[Match]:
    """Return the best places for a need that were not asked yet and are not known to be full, best first.

    The place of the client stays on this machine: the search is asked for a point on the map, not for a person.
    """
    asked = await queries.asked_organizations(db, need.id)
    found = await _search(request, db, need.code, client.place)
    rooms = await _rooms(db, [listed.service_id for listed in found.listed])
    matches: list[Match] = []
    for listed in found.listed:
        possible = listed.organization_id is not None and listed.organization_id not in asked
        room = rooms.get(listed.service_id, "")
        if possible and room != "full":
            matches.append(_match(listed, room))
    return matches[:limit]


async def _search(request: Request, db: AsyncSession, code: str, place: str) -> Found:
    search = request.app.state.search
    found = await find(db, search, SearchForm(need=(code,), near=place[:200], radius=RADIUS))
    if found.near_problem is not None:
        found = await find(db, search, SearchForm(need=(code,)))
    return found


async def _rooms(db: AsyncSession, ids: list[uuid.UUID]) -> dict[uuid.UUID, str]:
    rows = await db.execute(select(Service.id, Service.capacity).where(Service.id.in_(ids)))
    return {service_id: capacity or "" for service_id, capacity in rows}


def _match(listed: Listed, room: str) -> Match:
    reasons, doubts = [], []
    if room == "room":
        reasons.append(_("Has room"))
    elif room == "waiting":
        doubts.append(_("Ask how long the waiting list is"))
    if listed.verified_on is None or (clock.now().date() - listed.verified_on).days > STALE_DAYS:
        doubts.append(_("Not checked lately: call first"))
    else:
        reasons.append(_("Checked %(when)s") % {"when": display.ago(listed.verified_on)})
    if listed.opening.open is None:
        doubts.append(_("Ask when they are open"))
    return Match(
        listed.service_id,
        listed.location_id,
        listed.name,
        listed.organization or "",
        listed.hit.distance_m,
        listed.opening,
        listed.time_zone,
        tuple(reasons),
        tuple(doubts),
    )

