"""Turns the content into HSDS rows: one dict for each row, keyed by the names of its columns."""

from datetime import date, timedelta
from random import Random

from seeds.county.content import Group, Site, groups
from seeds.county.kinds import AUDIENCES, KINDS
from seeds.county.places import COUNTY, STATE, point_of, read_address
from seeds.county.rows import County, add_phone, row_id, slug
from seeds.county.schedules import add_schedules
from seeds.county.services import add_service

FRESH, AMBER = 0.70, 0.18
"""Shares of listings checked within 90 days, and within 180; the rest is stale."""


def build(today: date, seed: int = 1) -> County:
    """Return the whole county as it stands on `today`; `seed` changes only which listings are stale or have room."""
    county = County()
    random = Random(seed)
    _taxonomy(county)
    ages = _ages(random)
    for group in groups():
        _organization(county, group)
        for site_key, site in group.sites.items():
            _location(county, group, site_key, site)
        for position, offer in enumerate(group.service):
            checked = today - timedelta(days=ages[(group.key, offer.name)])
            add_service(county, group, offer, position, checked, random)
            add_schedules(county, group, offer, today)
    return county


def _ages(random: Random) -> dict[tuple[str, str], int]:
    """Return for each service how many days ago it was checked, in the shares that `FRESH` and `AMBER` name."""
    told = {(group.key, offer.name): offer.checked for group in groups() for offer in group.service}
    order = random.sample(list(told), len(told))
    ages = {}
    for rank, name in enumerate(order):
        share = rank / len(order)
        low, high = (1, 89) if share < FRESH else (91, 179) if share < FRESH + AMBER else (190, 420)
        days, by_hand = random.randint(low, high), told[name]
        ages[name] = days if by_hand is None else by_hand
    return ages


def _taxonomy(county: County) -> None:
    taxonomies = {
        "kinds": ("Kinds of help in Alder County", "What a service gives, in plain words."),
        "audiences": ("People in Alder County", "Whom a service is mostly for."),
    }
    terms = {
        "kinds": [(code, kind.name) for code, kind in KINDS.items()],
        "audiences": [(slug(name), name) for name in dict.fromkeys(AUDIENCES.values())],
    }
    for key, (name, description) in taxonomies.items():
        taxonomy = county.add(
            "taxonomy", id=row_id("taxonomy", key), name=name, description=description, version="1"
        )
        for code, term in terms[key]:
            county.add(
                "taxonomy_term",
                id=row_id("term", term),
                code=code,
                name=term,
                description=term,
                taxonomy=name,
                taxonomy_id=taxonomy,
                language="en",
            )


def _organization(county: County, group: Group) -> None:
    domain = f"{slug(group.name)}.example"
    organization = county.add(
        "organization",
        id=row_id("organization", group.key),
        name=group.name,
        description=group.about,
        email=f"hello@{domain}",
        website=f"https://{domain}/",
        year_incorporated=group.since,
        legal_status=group.legal,
    )
    add_phone(county, group, "organization_id", organization)
    for person in group.staff:
        name, _, title = person.partition(", ")
        first = slug(name.removeprefix("Dr. ").split()[0])
        county.add(
            "contact",
            id=row_id("contact", group.key, name),
            organization_id=organization,
            name=name,
            title=title,
            email=f"{first}@{domain}",
        )


def _location(county: County, group: Group, key: str, site: Site) -> None:
    address = read_address(site.address)
    latitude, longitude = point_of(address)
    location = county.add(
        "location",
        id=row_id("location", group.key, key),
        location_type="physical",
        organization_id=row_id("organization", group.key),
        name=site.name,
        transportation=site.transport,
        latitude=latitude,
        longitude=longitude,
        confidential=site.secrecy == "confidential",
    )
    county.add(
        "address",
        id=row_id("address", location),
        location_id=location,
        address_1=address.street,
        city=address.town,
        region=COUNTY,
        state_province=STATE,
        postal_code=address.postal_code,
        country="US",
        address_type="physical",
    )
    county.add(
        "accessibility", id=row_id("access", location), location_id=location, description=_access(site.access)
    )


def _access(text: str) -> str:
    """Return how to get in, beginning with whether wheels can."""
    if text.startswith("!"):
        return f"Not step-free. {text[1:]}"
    if text.startswith("Level"):
        return f"Step-free: {text[0].lower()}{text[1:]}"
    return text
