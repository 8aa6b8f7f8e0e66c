"""The rows of one service, apart from its schedules: what it is, for whom, where, and what it asks for."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from random import Random
from uuid import UUID

from seeds.county.content import Group, Offer
from seeds.county.corrections import corrections
from seeds.county.kinds import AUDIENCES, KINDS
from seeds.county.places import AREAS, COUNTY, towns_of
from seeds.county.rows import County, add_phone, row_id, slug

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

_OFFICES = {"county", "state", "city", "public college", "school district"}


def add_service(
    county: County, group: Group, offer: Offer, position: int, checked: date, random: Random
) -> None:
    """Add a service as it was `checked` last; `random` tells whether it has room where the content does not."""
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
    add_phone(county, group, "service_id", service, extension=None if direct else 10 + position)
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
