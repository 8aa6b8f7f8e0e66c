"""Who serves a postal code: services at locations whose areas hold it, and those within a distance of its middle.

The open-data API asks this way: an area that is stated has to hold the code, and who states none is not held to one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

import numpy as np
from sqlalchemy import ColumnElement, Select, and_, exists, false, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from directory.models import PUBLIC_STATUSES, Address, Location, Service, ServiceArea, ServiceAtLocation
from search.areas import read_areas
from search.geo import bounding_box, distances_m
from search.places import Place, Places
from search.places.states import STATES
from search.places.tokens import SHAPE, is_state, is_zip

_BETWEEN = "\x1f"


class Coverage(NamedTuple):
    """What a postal code asks of services at locations: conditions, and with a distance the only ids there may be."""

    conditions: tuple[ColumnElement[bool], ...]
    among: Sequence[UUID] | None


class _Said(NamedTuple):
    """What a row of `service_area` says, as it is read: the same words say the same everywhere."""

    name: str | None
    description: str | None
    extent: str | None
    extent_type: str | None


async def coverage(places: Places, db: AsyncSession, postcode: str, metres: float | None) -> Coverage | None:
    """Return what is asked of services at locations that are for a ZIP code; None for a code that nobody knows."""
    place = await places.find(postcode.strip())
    if not isinstance(place, Place) or place.precision != "zip":
        return None
    conditions = (await _for_those_there(db, place),)
    return Coverage(conditions, None if metres is None else await _around(db, place, metres, conditions))


async def _for_those_there(db: AsyncSession, place: Place) -> ColumnElement[bool]:
    """Return the condition that no area is stated, or one that holds the place: its own, else its service's."""
    said = [_Said(*row) for row in await db.execute(_distinct_areas())]
    state = next((code for code in STATES if STATES[code].lower() in place.area_words), "")
    here = frozenset(place.area_words)
    everywhere = [one for one in said if _holds(one, "", here)]
    in_state = [one for one in said if state and one not in everywhere and _holds(one, state, here)]
    own = _areas_say(ServiceArea.service_at_location_id == ServiceAtLocation.id, everywhere, in_state, state)
    general = _areas_say(ServiceArea.service_id == ServiceAtLocation.service_id, everywhere, in_state, state)
    states_own = exists().where(ServiceArea.service_at_location_id == ServiceAtLocation.id)
    states_general = exists().where(ServiceArea.service_id == ServiceAtLocation.service_id)
    return or_(own, and_(~states_own, or_(general, ~states_general)))


def _distinct_areas() -> Select[*tuple[Any, ...]]:
    columns = (ServiceArea.name, ServiceArea.description, ServiceArea.extent, ServiceArea.extent_type)
    return select(*columns).distinct()


@lru_cache(maxsize=20_000)
def _tokens(said: _Said, state: str) -> frozenset[str] | None:
    """Return the tokens of an area, with names taken to be of a state where they name none; None for everywhere."""
    areas = read_areas((said,), (state,) if state else ())
    return None if areas.everywhere else frozenset(areas.tokens)


def _holds(said: _Said, state: str, here: frozenset[str]) -> bool:
    read = _tokens if len(said.extent or "") < 2_000 else _tokens.__wrapped__
    tokens = read(said, state)
    if tokens is None:
        return True
    shared = tokens & here
    return bool(shared) if state else any(map(_is_certain, shared))


def _is_certain(token: str) -> bool:
    """Tell whether a token names one place: a county or town without its state may be any of several."""
    return is_zip(token) or is_state(token) or "," in token or token.startswith(SHAPE)


def _areas_say(
    whose: ColumnElement[bool], everywhere: Iterable[_Said], in_state: Iterable[_Said], state: str
) -> ColumnElement[bool]:
    """Return the condition that an area says one of these, or one of those where the location lies in the state.

    A confidential location lies in any: otherwise asking for one postal code after another would find its state.
    """
    place = aliased(Location)
    hidden = exists().where(place.id == ServiceAtLocation.location_id, place.confidential)
    there = select(Address.id).where(
        Address.location_id == ServiceAtLocation.location_id,
        func.upper(Address.state_province).in_((state, STATES.get(state, state).upper())),
    )
    return or_(
        exists().where(whose, _says_one_of(everywhere)),
        and_(exists().where(whose, _says_one_of(in_state)), or_(exists(there), hidden)) if state else false(),
    )


def _says_one_of(said: Iterable[_Said]) -> ColumnElement[bool]:
    # One value each in one list: a condition each would be more than a database takes of a county's thousands.
    columns = (ServiceArea.name, ServiceArea.description, ServiceArea.extent, ServiceArea.extent_type)
    words = [func.coalesce(column, "") for column in columns]
    whole = words[0] + _BETWEEN + words[1] + _BETWEEN + words[2] + _BETWEEN + words[3]
    return whole.in_(sorted({_BETWEEN.join(text or "" for text in one) for one in said}))


async def _around(
    db: AsyncSession, place: Place, metres: float, conditions: tuple[ColumnElement[bool], ...]
) -> Sequence[UUID]:
    """Return those within a distance, in order. A confidential place is nowhere: asking around would find it."""
    south, west, north, east = bounding_box(place.lat, place.lon, metres)
    turns = (Location.longitude.between(west + turn, east + turn) for turn in (0.0, 360.0, -360.0))
    query = (
        select(ServiceAtLocation.id, Location.latitude, Location.longitude)
        .join(Location, Location.id == ServiceAtLocation.location_id)
        .join(Service, Service.id == ServiceAtLocation.service_id)
        .where(
            Service.status.in_(PUBLIC_STATUSES),
            Location.confidential.is_(False),
            Location.latitude.between(south, north),
            or_(*turns),
            *conditions,
        )
        .order_by(ServiceAtLocation.id)
    )
    rows = (await db.execute(query)).all()
    if not rows:
        return []
    points = np.array([(latitude, longitude) for _, latitude, longitude in rows], dtype=np.float64)
    near = distances_m(place.lat, place.lon, points[:, 0], points[:, 1]) <= metres
    return [row[0] for row, within in zip(rows, near.tolist(), strict=True) if within]
