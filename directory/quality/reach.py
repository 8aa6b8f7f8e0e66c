"""How a service is reached, in SQL: telephones that can be dialled, web addresses that are some, places, areas."""

from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Subquery,
    and_,
    case,
    exists,
    func,
    not_,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import InstrumentedAttribute

from directory.models import (
    Contact,
    Location,
    Organization,
    Phone,
    Service,
    ServiceArea,
    ServiceAtLocation,
    Url,
)
from directory.quality.parts import Known, at_place, at_service, of_organization, own, said
from directory.showing.facts import NOT_FOR_VOICE

SHORT_NUMBERS = ("211", "2-1-1", "311", "3-1-1", "411", "511", "711", "911", "9-1-1", "988", "9-8-8")
"""Numbers that can be dialled although they are no telephone's."""

_SHORT = func.trim(func.coalesce(Phone.number, "")).in_(SHORT_NUMBERS)
_DIALLED = or_(Phone.e164.is_not(None), _SHORT)
_VOICE = and_(_DIALLED, func.lower(func.coalesce(Phone.type, "")).not_in(NOT_FOR_VOICE))
_UNDIALLED = and_(said(Phone.number), not_(_DIALLED))


def telephone() -> ColumnElement[bool]:
    """Whether a service, one of its places or contacts, or its organization has a telephone that can be called."""
    return or_(own(Phone, _VOICE), of_organization(Phone, _VOICE), at_place(Phone, _VOICE), at_service(Phone, _VOICE),
               _of_contact(_VOICE), of_organization(Contact, Phone.contact_id == Contact.id, _VOICE))  # fmt: skip


def online() -> ColumnElement[bool]:
    """Whether a service or its organization has a mail address or a web page."""
    organization = exists().where(
        Organization.id == Service.organization_id, or_(said(Organization.email), said(Organization.website))
    )
    return or_(said(Service.email), said(Service.url), organization, own(Url), of_organization(Url))


@lru_cache(maxsize=8)
def places(at: Known) -> Subquery:
    """The services that are offered anywhere, and whether one can go there (`physical` 1) or only on line (0)."""
    physical = case((Location.location_type != "virtual", 1), else_=0)
    query = select(ServiceAtLocation.service_id, func.max(physical).label("physical")).join(
        Location, Location.id == ServiceAtLocation.location_id
    )
    if at.organization_id is not None:
        own = select(Service.id).where(Service.organization_id == at.organization_id)
        query = query.where(ServiceAtLocation.service_id.in_(own))
    return query.group_by(ServiceAtLocation.service_id).subquery("places")


def place(at: Known) -> ColumnElement[bool]:
    """Whether a service is offered somewhere, be it on line."""
    return places(at).c.service_id.is_not(None)


def no_place(at: Known) -> ColumnElement[bool]:
    """Whether a service is offered nowhere."""
    return places(at).c.service_id.is_(None)


def somewhere(at: Known) -> ColumnElement[bool]:
    """Whether a service is offered at a place that one can go to."""
    return func.coalesce(places(at).c.physical, 0) == 1


def area() -> ColumnElement[bool]:
    """Whether a service says whom it serves by where they live."""
    return or_(own(ServiceArea), at_service(ServiceArea))


def out_of_reach(at: Known) -> ColumnElement[bool]:
    """Whether nobody can call or go to a service."""
    return and_(not_(somewhere(at)), not_(telephone()))


def no_area(at: Known) -> ColumnElement[bool]:
    """Whether a service comes to people, or is offered by telephone or on line, and does not say where."""
    return and_(not_(somewhere(at)), not_(area()))


def undialled(_: Known) -> ColumnElement[bool]:
    """Whether a number of a service, its places or its contacts cannot be dialled."""
    at = select(ServiceAtLocation.service_id)
    # These numbers are few: looking for whose they are is quicker than looking at the numbers of each service.
    found: CompoundSelect[Any] = union_all(
        select(Phone.service_id).where(Phone.service_id.is_not(None), _UNDIALLED),
        at.join(Phone, Phone.service_at_location_id == ServiceAtLocation.id).where(_UNDIALLED),
        at.join(Phone, Phone.location_id == ServiceAtLocation.location_id).where(_UNDIALLED),
        select(Contact.service_id)
        .join(Phone, Phone.contact_id == Contact.id)
        .where(Contact.service_id.is_not(None), _UNDIALLED),
    )
    return Service.id.in_(found)


def organization_undialled(_: Known) -> ColumnElement[bool]:
    """Whether a number of an organization itself cannot be dialled."""
    return exists().where(Phone.organization_id == Organization.id, _UNDIALLED)


def wrong_web(_: Known) -> ColumnElement[bool]:
    """Whether a web address of a service is none."""
    return or_(_no_web(Service.url), own(Url, _no_web(Url.url)))


def organization_wrong_web(_: Known) -> ColumnElement[bool]:
    """Whether a web address of an organization is none."""
    further = exists().where(Url.organization_id == Organization.id, _no_web(Url.url))
    return or_(_no_web(Organization.website), further)


def _of_contact(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    return own(Contact, Phone.contact_id == Contact.id, condition)


def _no_web(url: InstrumentedAttribute[str | None]) -> ColumnElement[bool]:
    """Whether a text is no address that a page may lead to, host with a dot included."""
    text = func.lower(func.trim(func.coalesce(url, "")))
    address = and_(or_(text.like("http://_%._%"), text.like("https://_%._%")), not_(text.like("% %")))
    return and_(text != "", not_(address))
