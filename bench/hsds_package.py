"""Writes the corpus as other people would send it: an HSDS 3 package, a folder of CSV files, one for each table."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from bench.corpus_words import ELIGIBILITY

COLUMNS: dict[str, tuple[str, ...]] = {
    "organizations": ("id", "name", "description", "email", "website"),
    "services": (
        "id", "organization_id", "name", "alternate_name", "description", "email", "status", "fees_description",
        "minimum_age", "maximum_age", "assured_date", "last_modified",
    ),
    "locations": ("id", "organization_id", "location_type", "name", "latitude", "longitude"),
    "services_at_location": ("id", "service_id", "location_id"),
    "addresses": (
        "id", "location_id", "address_1", "city", "state_province", "postal_code", "country", "address_type",
    ),
    "phones": ("id", "service_id", "number", "type"),
    "schedules": (
        "id", "service_at_location_id", "freq", "byday", "opens_at", "closes_at", "valid_from", "valid_to", "timezone",
    ),
    "languages": ("id", "service_id", "code"),
    "service_areas": ("id", "service_id", "name"),
    "accessibility": ("id", "location_id", "description"),
    "taxonomy_terms": ("id", "code", "name", "taxonomy"),
    "attributes": ("id", "link_id", "link_entity", "link_type", "taxonomy_term_id"),
}  # fmt: skip

_DAY = 24 * 60
_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


def write_package(folder: Path, services: Iterable[dict[str, Any]]) -> int:
    """Write services of `bench.corpus.services` into CSV files in `folder`, made here; return how many rows there are."""
    folder.mkdir(parents=True)
    count = 0
    with ExitStack() as stack:
        writers = {}
        for table, columns in COLUMNS.items():
            file = stack.enter_context((folder / f"{table}.csv").open("w", newline="", encoding="utf-8"))
            writers[table] = csv.DictWriter(file, columns, restval="")
            writers[table].writeheader()
        for table, values in _rows(services):
            writers[table].writerow(values)
            count += 1
    return count


def _rows(services: Iterable[dict[str, Any]]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield (table, row) for all that the services say."""
    for term in ELIGIBILITY:
        yield (
            "taxonomy_terms",
            {"id": _id("term", term), "code": term, "name": term.title(), "taxonomy": "Audience"},
        )
    last = ""
    for entry in services:
        if entry["organization"]["id"] != last:
            last = entry["organization"]["id"]
            yield "organizations", _chosen("organizations", entry["organization"])
        yield from _service_rows(entry["service"], last)
        for location in entry["locations"]:
            yield from _location_rows(entry["service"], location, last)


def _service_rows(service: dict[str, Any], organization_id: str) -> Iterator[tuple[str, dict[str, Any]]]:
    own = service["id"]
    yield (
        "services",
        _chosen("services", service)
        | {
            "organization_id": organization_id,
            "status": "active",
            "fees_description": {True: "Free of charge.", False: "A small fee applies.", None: ""}[
                service["free"]
            ],
            "minimum_age": service["min_age"],
            "maximum_age": service["max_age"],
            "assured_date": service["verified_on"],
            "last_modified": service["updated"].isoformat(),
        },
    )
    yield "phones", {"id": _id("phone", own), "service_id": own, "number": service["phone"], "type": "voice"}
    for code in service["languages"]:
        yield "languages", {"id": _id("language", own, code), "service_id": own, "code": code}
    areas = ("Nationwide",) if service["everywhere"] else service["areas"]
    for area in areas:
        yield "service_areas", {"id": _id("area", own, area), "service_id": own, "name": area}
    for term in service["eligibility"]:
        yield (
            "attributes",
            {
                "id": _id("attribute", own, term),
                "link_id": own,
                "link_entity": "service",
                "link_type": "eligibility",
                "taxonomy_term_id": _id("term", term),
            },
        )


def _location_rows(
    service: dict[str, Any], location: dict[str, Any], organization_id: str
) -> Iterator[tuple[str, dict[str, Any]]]:
    own, link = location["id"], _id("at", service["id"], location["id"])
    yield (
        "locations",
        _chosen("locations", location) | {"organization_id": organization_id, "location_type": "physical"},
    )
    yield "services_at_location", {"id": link, "service_id": service["id"], "location_id": own}
    yield (
        "addresses",
        _chosen("addresses", location)
        | {"id": _id("address", own), "location_id": own, "address_type": "physical"},
    )
    if location["accessible"] is not None:
        said = "Wheelchair accessible" if location["accessible"] else "Not wheelchair accessible"
        yield "accessibility", {"id": _id("accessibility", own), "location_id": own, "description": said}
    common = {"service_at_location_id": link, "timezone": location["time_zone"]}
    for number, (byday, opens, closes) in enumerate(_weekly(location["weekly"])):
        yield (
            "schedules",
            common
            | {
                "id": _id("weekly", link, str(number)),
                "freq": "WEEKLY",
                "byday": byday,
                "opens_at": opens,
                "closes_at": closes,
            },
        )
    for day in location["dated"]:
        yield (
            "schedules",
            common | {"id": _id("closed", link, day.isoformat()), "valid_from": day, "valid_to": day},
        )


def _weekly(spans: Iterable[tuple[int, int]]) -> Iterator[tuple[str, str, str]]:
    """Yield (days, opens, closes) for spans of minutes of the week: days with the same hours share a row."""
    days: dict[tuple[int, int], list[str]] = defaultdict(list)
    for start, end in spans:
        if end - start == 7 * _DAY:
            days[0, 0] = list(_DAYS)
        else:
            days[start % _DAY, end % _DAY].append(_DAYS[start // _DAY])
    for (opens, closes), names in days.items():
        yield ",".join(names), _clock(opens), _clock(closes)


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def _chosen(table: str, values: dict[str, Any]) -> dict[str, Any]:
    return {name: values[name] for name in COLUMNS[table] if name in values}


def _id(*parts: str) -> str:
    """The same id for the same parts, so that a second package of the same services is the same."""
    return str(uuid5(NAMESPACE_URL, "/".join(parts)))
