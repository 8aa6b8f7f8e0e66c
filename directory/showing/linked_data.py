"""What a listing says as data within its page, in the words of schema.org (JSON-LD), for search engines and assistants.

It says what the page shows, cleaned, and no more: of a confidential place neither address nor point, and no point that is
only the centre of a ZIP code.
"""

import json
import re
from collections.abc import Iterable, Sequence
from typing import Any

from markupsafe import Markup

from core.display import weblink
from directory.models import Address, Organization, Schedule, ServiceAtLocation
from directory.opening import read_rule
from directory.opening.rules import Rule
from directory.opening.words import minute_time
from directory.showing.facts import Telephone, hours_at, telephones, unique
from directory.showing.organization import OrganizationPage
from directory.showing.service import ServicePage

Data = dict[str, Any]

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_CHARITY = re.compile(r"non-?profit|not.for.profit|501 ?\(?c|charit|ngo\b", re.IGNORECASE)
_STATE = re.compile(r"\bgovernment|\bmunicipal|\bpublic (?:agency|body|authority)", re.IGNORECASE)
#: Within a script element these would end it, or a line of it; JSON may write any character by its number.
_ESCAPED = {ord(character): f"\\u{ord(character):04x}" for character in "<>&\u2028\u2029"}


def embedded(data: Data) -> Markup:
    """Return data as it stands in a page's script element, which nothing in it can end."""
    return Markup(json.dumps(data, ensure_ascii=False).translate(_ESCAPED))


def service_data(show: ServicePage, base_url: str) -> Data:
    """Return what the page of a service says."""
    service, organization = show.service, show.service.organization
    stands = service.service_at_locations
    state_run = organization is not None and _kind(organization) == "GovernmentOrganization"
    return _told(
        {
            "@context": "https://schema.org",
            "@type": "GovernmentService" if state_run else "Service",
            "@id": f"{base_url}/services/{service.id}",
            "url": f"{base_url}/services/{service.id}",
            "name": service.name,
            "alternateName": service.alternate_name,
            "description": "\n".join(filter(None, [show.lead, *show.paragraphs])),
            "provider": _provider(organization, base_url) if organization else None,
            "areaServed": show.areas,
            "audience": _audience(show),
            "availableChannel": [_channel(show, at) for at in stands] or [_channel(show, None)],
            "hoursAvailable": [] if stands else _hours(hours_at(service, None)),
            "offers": {"@type": "Offer", "price": 0, "priceCurrency": "USD"} if show.free else None,
        }
    )


def organization_data(show: OrganizationPage, base_url: str) -> Data:
    """Return what the page of an organization says."""
    organization = show.organization
    return _told(
        _provider(organization, base_url)
        | {
            "@context": "https://schema.org",
            "alternateName": organization.alternate_name,
            "description": "\n".join(filter(None, [show.lead, *show.paragraphs])),
            "telephone": _number(show.phones),
            "email": organization.email,
            "address": _address(organization.addresses),
            "makesOffer": [
                {
                    "@type": "Offer",
                    "itemOffered": {
                        "@type": "Service",
                        "@id": f"{base_url}/services/{offer.service.id}",
                        "name": offer.service.name,
                    },
                }
                for offer in show.offers
            ],
        }
    )


def _kind(organization: Organization) -> str:
    said = " ".join(filter(None, [organization.legal_status, organization.tax_status]))
    if _STATE.search(said):
        return "GovernmentOrganization"
    return "NGO" if _CHARITY.search(said) else "Organization"


def _provider(organization: Organization, base_url: str) -> Data:
    return {
        "@type": _kind(organization),
        "@id": f"{base_url}/organizations/{organization.id}",
        "name": organization.name,
        "url": weblink(organization.website) or f"{base_url}/organizations/{organization.id}",
    }


def _audience(show: ServicePage) -> Data | None:
    # schema.org knows whole years only.
    minimum, maximum = show.service.minimum_age, show.service.maximum_age
    told = _told(
        {
            "audienceType": "\n".join(show.eligibility),
            "requiredMinAge": int(minimum) if minimum else None,
            "requiredMaxAge": int(maximum) if maximum is not None and maximum < 110 else None,
        }
    )
    return {"@type": "PeopleAudience", **told} if told else None


def _channel(show: ServicePage, at: ServiceAtLocation | None) -> Data:
    """How to get the service: the place, whom to call, in which languages."""
    own = telephones([*at.phones, *at.location.phones]) if at else []
    number = _number(own or show.phones)
    return _told(
        {
            "@type": "ServiceChannel",
            "serviceUrl": weblink(show.url),
            "servicePhone": {"@type": "ContactPoint", "telephone": number} if number else None,
            "availableLanguage": show.languages,
            "serviceLocation": _place(show, at) if at else None,
        }
    )


def _place(show: ServicePage, at: ServiceAtLocation) -> Data:
    place = at.location
    told: Data = {
        "@type": "Place",
        "openingHoursSpecification": _hours(hours_at(show.service, at)),
        "isAccessibleForFree": True if show.free else None,
    }
    if place.confidential:
        return _told(told)
    if place.latitude is not None and place.longitude is not None and not place.centre_of:
        told["geo"] = {
            "@type": "GeoCoordinates",
            "latitude": place.latitude,
            "longitude": place.longitude,
        }
    return _told(told | {"name": place.name, "address": _address(place.addresses)})


def _address(addresses: Iterable[Address]) -> Data | None:
    """The first physical address, as the page chooses it."""
    for address in sorted(addresses, key=lambda row: row.address_type != "physical"):
        told = _told(
            {
                "streetAddress": ", ".join(unique([address.address_1, address.address_2])),
                "addressLocality": address.city,
                "addressRegion": address.state_province,
                "postalCode": address.postal_code,
                "addressCountry": address.country,
            }
        )
        if told.keys() - {"addressCountry"}:
            return {"@type": "PostalAddress", **told}
    return None


def _hours(rows: Sequence[Schedule]) -> list[Data]:
    """Hours of every week, and of single dates. What schema.org has no word for, such as second Tuesdays, is left out."""
    rules = [rule for row in rows if (rule := read_rule(row))]
    if any(rule.closes_day and not rule.dated for rule in rules):
        # It could say when it is open but not when it is not.
        return []
    return [
        _spec(rule)
        for rule in rules
        if (rule.dated and rule.kind != "unknown") or (rule.kind == "open" and _weekly(rule))
    ]


def _weekly(rule: Rule) -> bool:
    numbered = any(nth for nth, _ in rule.weekdays) or rule.month_days or rule.weeks or rule.year_days
    return not (numbered or rule.seasons or rule.interval > 1 or rule.dated)


def _spec(rule: Rule) -> Data:
    # Closed is an opening of no length, round the clock one until the last minute of the day.
    opens, closes = (0, 0) if rule.kind == "closed" else rule.span
    last = 24 * 60 - 1 if closes - opens >= 24 * 60 else closes
    return _told(
        {
            "@type": "OpeningHoursSpecification",
            "dayOfWeek": [_DAYS[day] for day in sorted({day for _, day in rule.weekdays})],
            "opens": minute_time(opens).isoformat("minutes"),
            "closes": minute_time(last).isoformat("minutes"),
            "validFrom": rule.start.isoformat() if rule.start else None,
            "validThrough": rule.end.isoformat() if rule.end else None,
        }
    )


def _number(phones: Sequence[Telephone]) -> str:
    return phones[0].number if phones else ""


def _told(data: Data) -> Data:
    return {name: value for name, value in data.items() if value not in (None, "", [], {})}
