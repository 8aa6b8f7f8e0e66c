"""The page of one organization: what it says of itself, and what it offers."""

from datetime import date
from typing import NamedTuple

import msgspec

from core import clock
from directory.models import Organization, Service
from directory.opening import Opening, OpenState
from directory.showing import wording
from directory.showing.facts import (
    Telephone,
    address_lines,
    cost_of,
    hours_at,
    site_name,
    state_of,
    telephones,
    unique,
)


class Offer(NamedTuple):
    """One service in the list of an organization."""

    service: Service
    lead: str
    open: OpenState | None
    zone: str
    has_hours: bool
    cost: str
    places: list[str]


class OrganizationPage(msgspec.Struct, frozen=True, kw_only=True):
    """Everything the page of one organization shows, beside what its `organization` says itself."""

    organization: Organization
    lead: str
    paragraphs: list[str]
    phones: list[Telephone]
    site: str
    address: list[str]
    offers: list[Offer]
    today: date


def organization_page(organization: Organization, zone: str = "", calendar: str = "") -> OrganizationPage:
    """Return what the page of an organization, loaded by `directory.queries.organization_listing`, shows.

    `zone` is its time zone where the hours do not say it, and `calendar` names the holidays kept there.
    """
    lead, paragraphs = wording.lead(organization.description)
    return OrganizationPage(
        organization=organization,
        lead=lead,
        paragraphs=paragraphs,
        phones=telephones([*organization.phones, *(p for one in organization.contacts for p in one.phones)]),
        site=site_name(organization.website or ""),
        address=address_lines(organization.addresses),
        offers=[
            _offer(service, zone, calendar)
            for service in sorted(organization.services, key=lambda one: one.name)
        ],
        today=clock.today(zone or "UTC"),
    )


def _offer(service: Service, zone: str, calendar: str) -> Offer:
    stands = service.service_at_locations
    rows = hours_at(service, stands[0] if stands else None)
    opening = Opening(rows, zone or "UTC", calendar)
    open_places = [at.location for at in stands if not at.location.confidential]
    return Offer(
        service=service,
        lead=wording.lead(service.description)[0],
        open=state_of(opening, zone),
        zone=str(opening.zone),
        has_hours=bool(rows),
        cost=cost_of(service)[0],
        places=unique(address.city for place in open_places for address in place.addresses[:1]),
    )
