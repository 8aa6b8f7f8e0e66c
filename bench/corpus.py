"""Believable, invented services around real United States ZIP codes, in any number and the same for the same seed.

`services()` yields plain dicts, one per service with its organization and its locations, for whoever needs rows
or files; `documents()` yields the same as search documents. Names, people and phones are invented.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import accumulate
from random import Random
from typing import Any
from uuid import UUID

import zipcodes

from bench.corpus_words import (
    ELIGIBILITY,
    EXTRA,
    KINDS,
    KINDS_OF_STREET,
    LANGUAGES,
    PREFIXES,
    STREETS,
    SUFFIXES,
    Kind,
)
from directory.opening.dayrules import DATED, SHUT, DayRule
from search.engines import Document

TODAY = date(2026, 11, 1)
"""The day the corpus is "of": nothing in it was updated later."""

_DAY = 24 * 60
_KIND_WEIGHTS = [kind.weight for kind in KINDS]
_SERVICES_PER_ORGANIZATION = 4


@lru_cache(maxsize=1)
def _places() -> tuple[list[dict[str, Any]], list[int]]:
    """All standard ZIP codes and running weights: a ZIP of a city with many ZIPs draws more services."""
    places = [
        place
        for place in zipcodes.list_all()
        if place["active"] and place["zip_code_type"] == "STANDARD" and place["lat"] and place["timezone"]
    ]
    counts: dict[tuple[str, str], int] = {}
    for place in places:
        key = (place["city"], place["state"])
        counts[key] = counts.get(key, 0) + 1
    weights = accumulate(min(counts[(place["city"], place["state"])], 60) for place in places)
    return places, list(weights)


def services(count: int, seed: int = 1) -> Iterator[dict[str, Any]]:
    """Yield `count` services: dicts with `organization`, `service`, `locations` (none for phone services).

    `weekly` of a location holds (start, end) local minutes since Monday 00:00, `dated` closed days as dates.
    """
    random = Random(seed)
    places, weights = _places()
    organization: dict[str, Any] = {}
    home = places[0]
    left = 0
    for _ in range(count):
        if not left:
            home = random.choices(places, cum_weights=weights)[0]
            organization = _organization(random, home)
            left = random.randint(1, 2 * _SERVICES_PER_ORGANIZATION - 1)
        left -= 1
        yield _service(random, organization, home)


def documents(count: int, seed: int = 1) -> Iterator[Document]:
    """Yield the documents of `count` services of `services(count, seed)`, one per service at location."""
    for entry in services(count, seed):
        service, organization = entry["service"], entry["organization"]
        for location in entry["locations"] or [None]:
            yield _document(service, organization, location)


def zip_codes(count: int, seed: int = 2) -> list[tuple[str, float, float]]:
    """ZIP codes that people would search near, as (code, latitude, longitude), busy places more often."""
    places, weights = _places()
    drawn = Random(seed).choices(places, cum_weights=weights, k=count)
    return [(place["zip_code"], float(place["lat"]), float(place["long"])) for place in drawn]


def _uuid(random: Random) -> str:
    return str(UUID(int=random.getrandbits(128), version=4))


def _phone(random: Random) -> str:
    return f"({random.randint(201, 989)}) 555-01{random.randint(0, 99):02d}"


def _organization(random: Random, home: dict[str, Any]) -> dict[str, Any]:
    first, last = random.choice(PREFIXES), random.choice(SUFFIXES)
    name = f"{home['city']} {first} {last}" if random.random() < 0.4 else f"{first} {last}"
    slug = "".join(letter for letter in name.lower() if letter.isalnum())
    return {
        "id": _uuid(random),
        "name": name,
        "description": f"{name} has served {home['county'] or home['city']} for many years.",
        "email": f"office@{slug}.example",
        "website": f"https://{slug}.example/",
        "phone": _phone(random),
    }


def _service(random: Random, organization: dict[str, Any], home: dict[str, Any]) -> dict[str, Any]:
    kind: Kind = random.choices(KINDS, weights=_KIND_WEIGHTS)[0]
    by_phone = random.random() < 0.03
    if by_phone:
        sites = 0
    else:
        sites = 1 if random.random() < 0.9 else random.randint(2, 4)
    sentences = [random.choice(kind.sentences), *random.sample(EXTRA, random.randint(1, 4))]
    name = random.choice(kind.names)
    if random.random() < 0.4:
        name = f"{random.choice(PREFIXES)} {name}"
    spoken = [code for code, percent in LANGUAGES if random.random() * 100 < percent]
    minimum, maximum = random.choice(((None, None), (None, None), (18, None), (60, None), (12, 24), (0, 17)))
    age_days = min(int(random.expovariate(1 / 200)), 2000)
    updated = datetime(TODAY.year, TODAY.month, TODAY.day, tzinfo=UTC) - timedelta(
        days=age_days, seconds=random.randrange(86400)
    )
    return {
        "organization": organization,
        "service": {
            "id": _uuid(random),
            "name": name,
            "alternate_name": f"{home['city']} {name}" if random.random() < 0.15 else "",
            "description": " ".join(sentences),
            "needs": kind.needs,
            "keywords": f"{name} {kind.needs[0].replace('-', ' ')}",
            "languages": ("en", *spoken),
            "free": random.choices((True, False, None), weights=(55, 15, 30))[0],
            "fees": "",
            "min_age": minimum,
            "max_age": maximum,
            "eligibility": tuple(random.sample(ELIGIBILITY, random.choice((0, 0, 1, 2)))),
            "phone": _phone(random),
            "email": organization["email"],
            "updated": updated,
            "verified_on": TODAY - timedelta(days=age_days // 2) if random.random() < 0.6 else None,
            "areas": (home["zip_code"], home["city"].lower()) if by_phone and random.random() < 0.7 else (),
            "everywhere": by_phone and random.random() < 0.1,
            "time_zone": home["timezone"],
            "popularity": round(random.random() ** 3, 3),
        },
        "locations": [_location(random, home) for _ in range(sites)],
    }


def _location(random: Random, home: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": _uuid(random),
        "name": f"{random.choice(PREFIXES)} {random.choice(('Hall', 'Site', 'Office', 'Building'))}",
        "address_1": f"{random.randint(1, 9900)} {random.choice(STREETS)} {random.choice(KINDS_OF_STREET)}",
        "city": home["city"],
        "state_province": home["state"],
        "postal_code": home["zip_code"],
        "country": "US",
        "latitude": round(float(home["lat"]) + random.gauss(0, 0.02), 6),
        "longitude": round(float(home["long"]) + random.gauss(0, 0.025), 6),
        "time_zone": home["timezone"],
        "accessible": random.choice((True, True, False, None)),
        "weekly": _weekly(random),
        "dated": tuple(
            date(2026, 11, 26) + timedelta(days=29 * n) for n in range(random.choice((0, 0, 1, 2)))
        ),
    }


def _weekly(random: Random) -> tuple[tuple[int, int], ...]:
    shape = random.random()
    if shape < 0.2:
        return ()
    if shape < 0.25:
        return ((0, 7 * _DAY),)
    opens = random.choice((480, 510, 540, 600, 720))
    closes = opens + random.choice((180, 240, 420, 480, 510))
    if shape < 0.75:
        days = range(5)
    elif shape < 0.8:
        return tuple((day * _DAY + 1140, day * _DAY + _DAY + 480) for day in range(7))
    else:
        days = sorted(random.sample(range(7), random.randint(1, 3)))  # type: ignore[assignment]
    return tuple((day * _DAY + opens, day * _DAY + closes) for day in days)


def _document(
    service: dict[str, Any], organization: dict[str, Any], location: dict[str, Any] | None
) -> Document:
    here = location or {}
    epoch = date(1970, 1, 1)
    verified = service["verified_on"]
    closed = tuple(
        DayRule(SHUT, rank=DATED, start=day.toordinal(), end=day.toordinal()) for day in here.get("dated", ())
    )
    return Document(
        service_id=service["id"],
        location_id=here.get("id"),
        name=service["name"],
        alternate_name=service["alternate_name"],
        organization=organization["name"],
        description=service["description"],
        keywords=service["keywords"],
        city=here.get("city", ""),
        region=here.get("state_province", ""),
        postal_code=here.get("postal_code", ""),
        lat=here.get("latitude"),
        lon=here.get("longitude"),
        needs=service["needs"],
        languages=service["languages"],
        free=service["free"],
        accessible=here.get("accessible"),
        min_age=service["min_age"],
        max_age=service["max_age"],
        eligibility=service["eligibility"],
        time_zone=here.get("time_zone", service["time_zone"]),
        weekly=here.get("weekly", ()),
        rules=closed,
        always_open_known=bool(here.get("weekly")),
        serves_everywhere=service["everywhere"],
        areas=service["areas"],
        updated=int(service["updated"].timestamp()),
        verified=(verified - epoch).days if verified else None,
        popularity=service["popularity"],
    )
