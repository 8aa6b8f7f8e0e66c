"""Turns the content into HSDS rows: one dict for each row, keyed by the names of its columns."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from seeds.county import hours
from seeds.county.content import Group, Offer, Site, groups
from seeds.county.corrections import corrections
from seeds.county.kinds import AUDIENCES, KINDS
from seeds.county.places import AREAS, COUNTY, STATE, TIME_ZONE, point_of, read_address, towns_of

Row = dict[str, Any]

NAMESPACE = uuid5(NAMESPACE_URL, "https://alder-county.example/")
AREA_CODE = "698"
CHECKER = "lists@alder-2-1-1.example"

LANGUAGES = {
    "en": ("en", "English"),
    "es": ("es", "Spanish"),
    "ar": ("ar", "Arabic"),
    "so": ("so", "Somali"),
    "vi": ("vi", "Vietnamese"),
    "uk": ("uk", "Ukrainian"),
    "asl": ("ase", "American Sign Language"),
}
"""ISO 639 code and name by the short word of the content."""

FRESH, AMBER = 0.70, 0.18
"""Shares of listings checked within 90 days, and within 180; the rest is stale."""

_REACHABLE = re.compile(r"accessible|wheelchair|step-free|ramp|elevator|lift", re.IGNORECASE)
_OFFICES = {"county", "state", "city", "public college", "school district"}


@dataclass
class County:
    """The rows of the county by HSDS table, and the service ids by the field of help they belong to.

    `corrections` is what a person says about needs where the rules that read the words would be wrong: service id,
    need, and whether the service does *not* meet it.
    """

    tables: dict[str, list[Row]] = field(default_factory=dict)
    fields: dict[str, list[UUID]] = field(default_factory=dict)
    corrections: list[tuple[UUID, str, bool]] = field(default_factory=list)

    def add(self, table: str, **row: Any) -> UUID:
        """Append a row and return its id."""
        self.tables.setdefault(table, []).append(row)
        identifier: UUID = row["id"]
        return identifier

    def service(self, name: str) -> Row:
        """Return the row of the service of that name."""
        return next(row for row in self.tables["service"] if row["name"] == name)

    def organization(self, name: str) -> Row:
        """Return the row of the organization of that name."""
        return next(row for row in self.tables["organization"] if row["name"] == name)


def row_id(*parts: object) -> UUID:
    """Return the id of the thing called by `parts`: the same for ever."""
    return uuid5(NAMESPACE, "/".join(map(str, parts)))


def slug(name: str) -> str:
    """Return a name as it stands in an address on the web."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain.replace("'", "")).strip("-")


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
            _service(county, group, offer, position, checked, random)
            _when(county, group, offer, today)
    return county


def _ages(random: Random) -> dict[tuple[str, str], int]:
    """Return for each service how many days ago it was checked, in the shares that `FRESH` and `AMBER` name."""
    names = [(group.key, offer.name) for group in groups() for offer in group.service]
    order = random.sample(names, len(names))
    ages = {}
    for rank, name in enumerate(order):
        share = rank / len(order)
        low, high = (1, 89) if share < FRESH else (91, 179) if share < FRESH + AMBER else (190, 420)
        ages[name] = random.randint(low, high)
    told = {(group.key, offer.name): offer.checked for group in groups() for offer in group.service}
    return {name: told[name] if told[name] is not None else days for name, days in ages.items()}  # type: ignore[misc]


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
    _phone(county, group, "organization_id", organization)
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


def _phone(county: County, group: Group, owner: str, owner_id: UUID, extension: int | None = None) -> None:
    number, _, own_extension = group.phone.partition("x")
    county.add(
        "phone",
        id=row_id("phone", owner_id),
        number=f"({AREA_CODE}) 555-{number}",
        e164=f"+1{AREA_CODE}555{number}",
        extension=own_extension or (str(extension) if extension else None),
        type="voice",
        **{owner: owner_id},
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


def _service(
    county: County, group: Group, offer: Offer, position: int, checked: date, random: Random
) -> None:
    organization = row_id("organization", group.key)
    domain = f"{slug(group.name)}.example"
    changed = datetime.combine(checked, time(15 + random.randrange(6), random.randrange(60)), UTC)
    capacity = offer.cap or random.choice(["room", "room", None, None, None])
    service = county.add(
        "service",
        id=row_id("service", group.key, offer.name),
        organization_id=organization,
        name=offer.name,
        alternate_name=offer.alt,
        description=offer.text,
        url=f"https://{domain}/{slug(offer.name)}",
        email=f"hello@{domain}",
        status="active",
        interpretation_services=_interpreters(group, offer),
        application_process=offer.get,
        fees_description=offer.fee,
        wait_time=offer.wait,
        eligibility_description=offer.who,
        minimum_age=offer.age[0] or None,
        maximum_age=offer.age[1] or None,
        assured_date=checked,
        assurer_email=CHECKER,
        alert=offer.alert,
        last_modified=changed,
        capacity=capacity,
    )
    county.fields.setdefault(KINDS[offer.kind].field, []).append(service)
    direct = position == 0 or bool(offer.remote)
    _phone(county, group, "service_id", service, extension=None if direct else 10 + position)
    for site in _sites(group, offer):
        county.add(
            "service_at_location",
            id=row_id("at", service, site),
            service_id=service,
            location_id=row_id("location", group.key, site),
        )
    _details(county, service, offer, offer.langs or group.langs)
    county.corrections += [(service, need, denied) for need, denied in corrections(offer.name, offer.kind)]
    _terms(county, service, offer)
    if offer.cap in {"waiting", "full"}:
        _change(county, service, "capacity", "room", offer.cap, changed)


def _sites(group: Group, offer: Offer) -> tuple[str, ...]:
    """Return the places of a service: none when it comes by telephone or to the door, else at least the first one."""
    return () if offer.remote else offer.at or (next(iter(group.sites)),)


def _interpreters(group: Group, offer: Offer) -> str | None:
    if group.legal in _OFFICES or offer.kind in {"primary-care", "psychiatry", "crisis"}:
        return "Other languages through an interpreter on the telephone, at no cost."
    return "American Sign Language on request." if offer.kind in {"legal", "job-training"} else None


def _details(county: County, service: UUID, offer: Offer, languages: str) -> None:
    for word in languages.split():
        code, name = LANGUAGES[word]
        county.add("language", id=row_id("language", service, code), service_id=service, name=name, code=code)
    for document in offer.bring:
        county.add(
            "required_document",
            id=row_id("document", service, document),
            service_id=service,
            document=document,
        )
    amount = offer.amount if offer.amount is not None else 0.0 if offer.fee.startswith("Free") else None
    county.add(
        "cost_option",
        id=row_id("cost", service),
        service_id=service,
        option=offer.fee,
        currency="USD",
        amount=amount,
        amount_description=offer.fee,
    )
    for name, description, extent in _areas(offer):
        county.add(
            "service_area",
            id=row_id("area", service, name),
            service_id=service,
            name=name,
            description=description,
            extent=extent,
            extent_type="text",
        )
    if offer.places is not None:
        unit, available, maximum = offer.places
        if not any(row["name"] == unit for row in county.tables.get("unit", ())):
            county.add("unit", id=row_id("unit", unit), name=unit)
        county.add(
            "service_capacity",
            id=row_id("capacity", service),
            service_id=service,
            unit_id=row_id("unit", unit),
            available=float(available),
            maximum=float(maximum),
            updated=county.tables["service"][-1]["last_modified"],
        )


def _areas(offer: Offer) -> Iterator[tuple[str, str, str]]:
    """Yield name, description and ZIP codes of where people must live; nothing when that does not matter."""
    everywhere = ", ".join(AREAS)
    if offer.area == "county":
        yield COUNTY, f"All of {COUNTY}", everywhere
    elif offer.area == "everybody":
        if offer.remote:
            yield COUNTY, f"All of {COUNTY}, and whoever calls from elsewhere", everywhere
    else:
        for town, codes in towns_of(offer.area).items():
            yield town, f"{town} (ZIP {', '.join(codes)})", ", ".join(codes)


def _terms(county: County, service: UUID, offer: Offer) -> None:
    audiences = [AUDIENCES.get(offer.kind)]
    if offer.age[0] >= 60:
        audiences.append("Older adults")
    if 0 < offer.age[1] <= 21:
        audiences.append("Young people")
    labels = [("service_category", KINDS[offer.kind].name)]
    labels += [("intended_audience", name) for name in dict.fromkeys(audiences) if name]
    for link_type, term in labels:
        county.add(
            "attribute",
            id=row_id("attribute", service, term),
            link_id=service,
            link_entity="service",
            link_type=link_type,
            taxonomy_term_id=row_id("term", term),
            label=term,
        )


def _change(county: County, service: UUID, column: str, before: str, after: str, at: datetime) -> None:
    county.add(
        "metadata",
        id=row_id("change", service, column),
        resource_id=service,
        resource_type="service",
        last_action_date=at,
        last_action_type="update",
        field_name=column,
        previous_value=before,
        replacement_value=after,
        updated_by=CHECKER,
    )


def _when(county: County, group: Group, offer: Offer, today: date) -> None:
    """Add the schedules of a service: one set for all its places, or one for each."""
    service = row_id("service", group.key, offer.name)
    if isinstance(offer.hours, dict):
        for site, text in offer.hours.items():
            _schedules(
                county, group, offer, ("service_at_location_id", row_id("at", service, site)), text, today
            )
    elif offer.hours:
        _schedules(county, group, offer, ("service_id", service), offer.hours, today)


def _schedules(
    county: County, group: Group, offer: Offer, owner: tuple[str, UUID], text: str, today: date
) -> None:
    clauses = hours.read(text)
    first, last = hours.season_around(offer.season, today) if offer.season else (None, None)
    for number, clause in enumerate(clauses):
        county.add(
            "schedule",
            id=row_id("schedule", owner[1], number),
            valid_from=first,
            valid_to=last,
            timezone=TIME_ZONE,
            wkst="MO",
            **clause.columns(),
            **{owner[0]: owner[1]},
        )
    if text == "24/7":
        return
    for day, name in hours.holidays_within(today, group.holidays):
        in_season = first is None or last is None or first <= day <= last
        special = offer.open_on.get(name.lower())
        if in_season and any(clause.on(day) for clause in clauses):
            _exception(county, owner, day, name, special)


def _exception(county: County, owner: tuple[str, UUID], day: date, name: str, special: str | None) -> None:
    """Add the row of one holiday: closed, or open at other times."""
    opened = hours.read(f"daily {special}")[0] if special else None
    county.add(
        "schedule",
        id=row_id("schedule", owner[1], day),
        valid_from=day,
        valid_to=day,
        timezone=TIME_ZONE,
        opens_at=opened.opens_at if opened else None,
        closes_at=opened.closes_at if opened else None,
        description=f"{name} hours" if special else f"Closed for {name}",
        **{owner[0]: owner[1]},
    )
