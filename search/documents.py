"""From directory rows to the documents that engines hold: one per service at location, public facts only.

What is confidential never gets this far: a confidential location has neither position nor town here. A service
without a mappable place is found by the areas it serves, never by pretending that it stands somewhere.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

import msgspec
from babel import Locale
from sqlalchemy import Row, func, select

from core import clock
from core.database import Database
from core.i18n import gettext, in_language
from directory.costs import is_free
from directory.models import PUBLIC_STATUSES, Service
from directory.needs import NEEDS, label, with_fields
from search import tagging
from search.areas import Areas, areas_of, whole_states
from search.engines import Document
from search.hours import clocks, numbers
from search.matching.facts import match_facts
from search.matching.reach import read_reach
from search.places.tokens import named, state_code
from search.rows import CHUNK, ServiceRows, Terms, chunks, hours_of, read

__all__ = [
    "CHUNK",
    "count",
    "documents",
    "documents_of",
    "expected",
    "language_code",
    "to_documents",
    "uuids",
]

_REACHABLE = re.compile(r"\b(accessible|wheelchair|step.free|ramp|elevator|lift|ada)\b", re.IGNORECASE)
_UNREACHABLE = re.compile(r"\b(not|no|isn.t|in)\W{0,2}\s?(?:wheelchair|accessible|step.free)", re.IGNORECASE)


async def documents(database: Database, *, tag: bool = True) -> AsyncIterator[Document]:
    """Every document of the directory, read in chunks; with `tag`, need tags are brought up to date on the way."""
    async with database.transaction(write=False) as db:
        id_chunks = [ids async for ids in chunks(db)]
    for ids in id_chunks:
        for document in await documents_of(database, ids, tag=tag):
            yield document


async def documents_of(database: Database, ids: Sequence[UUID], *, tag: bool = True) -> list[Document]:
    """The documents of some services as their rows stand now; none for a service the public is not shown."""
    async with database.transaction(write=False) as db:
        rows = await read(db, ids)
    # In a thread: half a second of reading words and hours must not hold up those who search meanwhile.
    tags = await asyncio.to_thread(tagging.tags_of, rows)
    if tag and (changes := tagging.changes(rows, tags)):
        async with database.transaction() as db:
            await tagging.apply(db, changes)
    needs = tagging.needs_of(rows, tags)
    return await asyncio.to_thread(lambda: list(to_documents(rows, needs)))


async def expected(database: Database) -> AsyncIterator[tuple[str, int]]:
    """Service id and newest change of everything that an index should hold."""
    async with database.transaction(write=False) as db:
        query = select(Service.id, Service.last_modified).where(Service.status.in_(PUBLIC_STATUSES))
        rows = (await db.execute(query)).all()
    for id_, modified in rows:
        yield str(id_), _seconds(modified)


async def count(database: Database) -> int:
    """How many services the public is shown."""
    async with database.transaction(write=False) as db:
        number = await db.scalar(
            select(func.count()).select_from(Service).where(Service.status.in_(PUBLIC_STATUSES))
        )
    return number or 0


def uuids(ids: Iterable[str]) -> list[UUID]:
    """Service ids of engines as ids of rows; what is no id names no row."""
    found = []
    for id_ in ids:
        with suppress(ValueError):
            found.append(UUID(id_))
    return found


def to_documents(rows: ServiceRows, needs: dict[UUID, tuple[str, ...]]) -> Iterator[Document]:
    """The documents of a chunk of rows; `needs` are the codes of each service."""
    for service in rows.services:
        shared = _shared(rows, service, needs.get(service.id, ()))
        places: list[Row[Any] | None] = [*rows.places.get(service.id, ())] or [None]
        found = [_document(rows, service, place, shared) for place in places]
        yield from found
        if (anywhere := _wherever_it_comes(rows, service, shared, found)) is not None:
            yield anywhere


def _wherever_it_comes(
    rows: ServiceRows, service: Row[Any], shared: dict[str, Any], found: Sequence[Document]
) -> Document | None:
    """One document more, without a position, for a service that has a place and comes to people in a stated area."""
    placed = [one for one in found if one.lat is not None and (one.areas or one.serves_everywhere)]
    if not placed or not read_reach(service.name, service.description or "", shared["needs"]):
        return None
    return msgspec.structs.replace(
        _document(rows, service, None, shared),
        serves_everywhere=any(one.serves_everywhere for one in placed),
        areas=tuple(dict.fromkeys(area for one in placed for area in one.areas)),
        bounded=all(one.bounded for one in placed),
    )


def _shared(rows: ServiceRows, service: Row[Any], needs: tuple[str, ...]) -> dict[str, Any]:
    """What all documents of a service have in common."""
    terms = rows.terms.get(service.id, [])
    audience = [term for term in terms if (term.link_type or "").lower() in tagging.AUDIENCE]
    codes = with_fields(needs)
    return {
        "service_id": str(service.id),
        "name": service.name,
        "alternate_name": service.alternate_name or "",
        "organization": service.organization or "",
        "description": service.description or "",
        "needs": codes,
        "free": is_free([service.fees_description, service.fees], rows.costs.get(service.id, ())),
        "min_age": service.minimum_age,
        "max_age": service.maximum_age,
        "eligibility": tuple(dict.fromkeys(text.lower() for term in audience for text in _term_texts(term))),
        **match_facts(
            service,
            needs,
            [text for term in audience for text in _term_texts(term)],
            rows.required.get(service.id, ()),
            {place.location_type for place in rows.places.get(service.id, ())},
            rows.tracks.get(service.id, ()),
        ),
        "updated": _seconds(service.last_modified),
        "verified": (service.assured_date - date(1970, 1, 1)).days if service.assured_date else None,
        "keywords": " · ".join(
            dict.fromkeys(
                [
                    *_need_words(codes),
                    *(text for term in terms for text in _term_texts(term)),
                    *filter(None, [service.organization_alternate]),
                ]
            )
        ),
    }


def _document(
    rows: ServiceRows, service: Row[Any], place: Row[Any] | None, shared: dict[str, Any]
) -> Document:
    open_place = place if place is not None and not place.confidential else None
    address = (
        next(iter(rows.addresses.get(open_place.location_id, ())), None) if open_place is not None else None
    )
    mapped = open_place is not None and open_place.latitude is not None and open_place.longitude is not None
    code = (address.postal_code or "")[:5] if address is not None else ""
    schedules = hours_of(rows.schedules, service.id, place)
    known = clocks(
        schedules,
        open_place if mapped else None,
        code=code,
        state=(address.state_province or "") if address is not None else "",
        country=(address.country or "") if address is not None else "",
    )
    areas = _areas(rows, service, place, None if mapped else address)
    hours = numbers(known, Terms.of(schedules), clock.today("UTC"))
    name = f" · {open_place.name}" if open_place is not None and open_place.name else ""
    return Document(
        **shared | {"keywords": shared["keywords"] + name},
        location_id=str(place.location_id) if place is not None else None,
        city=(address.city or "") if address is not None else "",
        region=(address.state_province or "") if address is not None else "",
        postal_code=code,
        lat=open_place.latitude if mapped and open_place is not None else None,
        lon=open_place.longitude if mapped and open_place is not None else None,
        languages=_languages(rows, service, place),
        accessible=_is_accessible(rows.accessibility.get(open_place.location_id, ()))
        if open_place is not None
        else None,
        time_zone=known.zone,
        weekly=hours.weekly,
        rules=hours.rules,
        calendar=hours.calendar,
        on_holidays=hours.on_holidays,
        always_open_known=hours.known,
        serves_everywhere=areas.everywhere,
        areas=areas.tokens,
        bounded=areas.bounded,
    )


def _areas(rows: ServiceRows, service: Row[Any], place: Row[Any] | None, address: Row[Any] | None) -> Areas:
    """The areas served, as tokens.

    Without a stated area: what its sentences tell; an address that is on no map stands for its own ZIP code and
    town, and a service without any place is taken to serve the states of its organization. One of which nothing is
    known is found only by who does not say where.
    """
    stated = [*rows.areas.get(service.id, ()), *(rows.areas.get(place.id, ()) if place is not None else ())]
    states = _states(rows, service)
    areas = areas_of(stated, service.name, service.description or "", states)
    if areas.everywhere or areas.tokens:
        return areas
    if address is not None:
        town = named(address.city or "", state_code(address.state_province))
        return Areas(tuple(filter(None, [(address.postal_code or "")[:5], town])))
    return Areas(whole_states(states)) if place is None else areas


def _states(rows: ServiceRows, service: Row[Any]) -> tuple[str, ...]:
    """The states of the open places of a service, by their two letters; else those of its organization."""
    open_places = [place for place in rows.places.get(service.id, ()) if not place.confidential]
    addresses: list[Any] = [
        address for place in open_places for address in rows.addresses.get(place.location_id, ())
    ]
    found = [code for address in addresses if (code := state_code(address.state_province))]
    regions = rows.organization_regions.get(service.organization_id, ())
    return tuple(dict.fromkeys(found or filter(None, (state_code(row.state_province) for row in regions))))


def _languages(rows: ServiceRows, service: Row[Any], place: Row[Any] | None) -> tuple[str, ...]:
    spoken = [
        *rows.languages.get(service.id, ()),
        *(rows.languages.get(place.location_id, ()) if place is not None else ()),
    ]
    codes = (language_code(row.code, row.name) for row in spoken)
    return tuple(dict.fromkeys(code for code in codes if code))


@lru_cache(maxsize=1)
def _language_names() -> dict[str, str]:
    """English name of a language, lower case -> its ISO 639 code."""
    return {name.lower(): code for code, name in Locale("en").languages.items() if len(code) <= 3}


def language_code(code: str | None, name: str | None) -> str | None:
    """The lower-case ISO 639 code of a language given by code ("es-MX", "spa") or English name."""
    short = (code or "").strip().lower().replace("_", "-").partition("-")[0]
    if len(short) in {2, 3} and short.isalpha():
        return _THREE_LETTERS.get(short, short)
    return _language_names().get((name or "").strip().lower())


_THREE_LETTERS = {
    "eng": "en", "spa": "es", "fra": "fr", "fre": "fr", "ara": "ar", "zho": "zh", "chi": "zh", "vie": "vi", "rus": "ru",
    "som": "so", "por": "pt", "kor": "ko", "hat": "ht", "pol": "pl", "deu": "de", "ger": "de", "ita": "it", "jpn": "ja",
}  # fmt: skip


def _is_accessible(told: Iterable[Row[Any]]) -> bool | None:
    said = " ".join(text for row in told for text in (row.description, row.details) if text)
    if _UNREACHABLE.search(said):
        return False
    return True if _REACHABLE.search(said) else None


def _term_texts(term: Row[Any]) -> list[str]:
    """What an attribute says in words: its term, else its value."""
    return [text for text in (term.name, None if term.name else term.value) if text]


@lru_cache(maxsize=4096)
def _need_words(codes: tuple[str, ...]) -> tuple[str, ...]:
    """The plain names of needs in every language that people may type them in.

    Not of their fields, nor where a name lists several things: who types "child care" does not mean a clothes closet.
    """
    names = [label(code) for code in codes if code in NEEDS and "," not in label(code)]
    with in_language("es"):
        return tuple(dict.fromkeys([*names, *(gettext(name) for name in names)]))


def _seconds(moment: datetime | None) -> int:
    return int(moment.astimezone(UTC).timestamp()) if moment else 0
