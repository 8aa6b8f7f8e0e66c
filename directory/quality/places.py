"""Places that cannot be where they are said to be, in SQL."""

from sqlalchemy import ColumnElement, and_, case, exists, false, func, not_

from directory.models import Address, Location
from directory.quality.middles import FAR, MILES_PER_DEGREE
from directory.quality.parts import Known, any_of, said
from directory.quality.states import STATE_BOXES

_NOT_CONFIDENTIAL = Location.confidential.is_(False)


def zero(_: Known) -> ColumnElement[bool]:
    """Whether a place stands at 0, 0."""
    return and_(Location.latitude == 0, Location.longitude == 0)


def outside_state(_: Known) -> ColumnElement[bool]:
    """Whether a place lies outside of the state that its address names; 0, 0 has a check of its own."""
    state = func.upper(func.trim(Address.state_province))
    outside = {
        written: not_(any_of(_in_box(*box) for box in boxes))
        for code, (name, *boxes) in STATE_BOXES.items()
        for written in (code, name)
    }
    known = and_(Location.latitude.is_not(None), Location.longitude.is_not(None), not_(zero(_)))
    named = exists().where(Address.location_id == Location.id, case(outside, value=state, else_=false()))
    return and_(known, named)


def far(at: Known) -> ColumnElement[bool]:
    """Whether a place lies far from the middle of its source; 0, 0 has a check of its own."""
    distant = []
    for middle in at.middles:
        source = Location.source.is_(None) if middle.source is None else Location.source == middle.source
        north = (Location.latitude - middle.lat) * MILES_PER_DEGREE
        east = (Location.longitude - middle.lon) * middle.miles_east
        distant.append(and_(source, north * north + east * east > FAR * FAR))
    return and_(any_of(distant), not_(zero(at)))


def no_town(_: Known) -> ColumnElement[bool]:
    """Whether a place that one can go to has no address with town and ZIP code; a confidential one need not have."""
    whole = exists().where(Address.location_id == Location.id, said(Address.city), said(Address.postal_code))
    return and_(Location.location_type == "physical", _NOT_CONFIDENTIAL, not_(whole))


def _in_box(south: float, north: float, west: float, east: float) -> ColumnElement[bool]:
    return and_(Location.latitude.between(south, north), Location.longitude.between(west, east))
