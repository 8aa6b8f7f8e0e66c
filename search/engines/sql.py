"""Searching the directory's own tables, for while an index is missing or being built.

Correct rather than fast: the tables are asked for services that may answer, at most `MOST_SERVICES`, and those are
judged one by one by `search.engines.plain`. Beyond that number the answer says so: totals are lower bounds then.
It knows no misspelling but of words that stand in the synonyms.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from datetime import datetime
from time import perf_counter
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, String, and_, cast, exists, func, or_, select

from core.clock import now
from core.database import Database
from core.i18n import gettext as _
from core.i18n import in_language
from directory.models import (
    PUBLIC_STATUSES,
    Address,
    Attribute,
    Location,
    Organization,
    Service,
    ServiceAtLocation,
    TaxonomyTerm,
)
from directory.needs import FIELD_LIST, NEEDS, label, with_fields
from search.documents import CHUNK, documents_of
from search.engines import Answer, CheckReport, Document, Query, Suggestion
from search.engines.candidates import Candidates
from search.engines.embedded.suggesting import suggested_needs
from search.engines.plain import answer_plainly
from search.engines.plain_candidates import candidates_of
from search.engines.words import Word, understand, vocabulary_of
from search.geo import bounding_box
from search.models import ServiceNeed
from search.synonyms import synonym_words
from search.text import stem, words

MOST_SERVICES = 2_000
"""How many services are looked at for one answer."""

MOST_BROWSED = 500
"""How many are looked at when neither a word nor a place narrows them down: the newest."""

_ACCENTED = dict(zip("aeioun", "áéíóúñ", strict=True))


class SqlEngine:
    """The engine that is always there. It keeps nothing, so there is nothing to write, rebuild or repair."""

    def __init__(self, database: Database) -> None:
        """Search the tables of this database."""
        self._database = database

    @property
    def ready(self) -> bool:
        """Always: where there is a database there is a search."""
        return True

    @property
    def worn(self) -> bool:
        """Never."""
        return False

    @property
    def count(self) -> int:
        """Unknown without asking the database: 0."""
        return 0

    async def search(self, query: Query) -> Answer:
        """Answer from the tables; `exact` is False when more services might match than were looked at."""
        started = perf_counter()
        answer = await self._answer(query, loosely=False)
        if not answer.total and words(query.text):
            answer = await self._answer(query, loosely=True)
        answer.took_ms = round((perf_counter() - started) * 1000, 3)
        return answer

    async def suggest(self, text: str, limit: int = 8) -> list[Suggestion]:
        """Needs, organizations and services whose name has a word that begins so."""
        typed = " ".join(words(text))
        if not typed or limit <= 0:
            return []
        found = suggested_needs(typed)[: max(2, limit // 2)]
        async with self._database.transaction(write=False) as db:
            organizations = await db.execute(
                select(Organization.name).where(_begins(Organization.name, typed)).distinct().limit(limit)
            )
            services = await db.execute(
                select(Service.name, func.min(cast(Service.id, String)))
                .where(_begins(Service.name, typed), Service.status.in_(PUBLIC_STATUSES))
                .group_by(Service.name)
                .order_by(Service.name)
                .limit(limit)
            )
            found += [Suggestion(text=name, kind="organization") for (name,) in organizations]
            found += [Suggestion(text=name, kind="service", id=str(UUID(str(id_)))) for name, id_ in services]
        return found[:limit]

    async def candidates(self, query: Query, limit: int, at: datetime) -> Candidates:
        """Candidates among at most `MOST_SERVICES` services around the place, the newest first."""
        conditions: list[ColumnElement[bool]] = [Service.status.in_(PUBLIC_STATUSES)]
        if query.lat is not None and query.lon is not None and query.radius_m is not None:
            conditions.append(_may_be_near(query.lat, query.lon, query.radius_m))
        if query.needs:
            conditions.append(_has_need(query.needs))
        ids = (await self._ids(conditions, MOST_SERVICES))[:MOST_SERVICES]
        documents: list[Document] = []
        for start in range(0, len(ids), CHUNK):
            documents += await documents_of(self._database, ids[start : start + CHUNK], tag=False)
        return await asyncio.to_thread(candidates_of, documents, query, limit, at)

    async def replace(self, service_ids: Iterable[str], documents: Sequence[Document]) -> None:
        """Nothing: the tables are the index."""

    def exclusive(self) -> AbstractAsyncContextManager[None]:
        """Nothing to hold off: nobody writes."""
        return nullcontext()

    async def rebuild(self, documents: AsyncIterator[Document]) -> int:
        """Nothing: the tables are the index. Returns 0."""
        return 0

    async def check(self, expected: AsyncIterator[tuple[str, int]]) -> CheckReport:
        """Always equal."""
        return CheckReport()

    async def _answer(self, query: Query, *, loosely: bool) -> Answer:
        wanted = _words(query.text, loosely=loosely)
        conditions: list[ColumnElement[bool]] = [Service.status.in_(PUBLIC_STATUSES)]
        if query.lat is not None and query.lon is not None and query.radius_m is not None:
            # Before the words, which cost far more to look for.
            conditions.append(_may_be_near(query.lat, query.lon, query.radius_m))
        if wanted:
            each = [_has_word(word) for word in wanted]
            conditions.append(or_(*each) if loosely else and_(*each))
        most = MOST_SERVICES if len(conditions) > 1 else MOST_BROWSED
        ids = await self._ids(conditions, most)
        exact = len(ids) <= most
        if not exact and query.needs:
            # Too many to look at all: those of the asked needs first, at the price of the other needs' counts.
            ids = await self._ids([*conditions, _has_need(query.needs)], most)
        documents = []
        for start in range(0, min(len(ids), most), CHUNK):
            documents += await documents_of(self._database, ids[start : min(start + CHUNK, most)], tag=False)
        answer = await asyncio.to_thread(answer_plainly, documents, query, now())
        answer.exact = exact
        return answer

    async def _ids(self, conditions: list[ColumnElement[bool]], most: int) -> list[UUID]:
        """Ids of services, newest first, one more than `most` when there are more."""
        query = (
            select(Service.id)
            .outerjoin(Organization, Organization.id == Service.organization_id)
            .where(*conditions)
            .order_by(Service.last_modified.desc(), Service.id)
            .limit(most + 1)
        )
        async with self._database.transaction(write=False) as db:
            return list(await db.scalars(query))


def _words(text: str, *, loosely: bool) -> tuple[Word, ...]:
    """The words of a text with their synonyms; when `loosely`, those that no synonym has also mended."""
    vocabulary = vocabulary_of(())
    typed = understand(text, vocabulary, lambda _stem: True).words
    if not loosely:
        return typed
    familiar = frozenset(map(stem, synonym_words()))
    return (*typed, *understand(text, vocabulary, familiar.__contains__).words)


def _has_word(word: Word) -> ColumnElement[bool]:
    """Whether a service may have a word: a superset, judged exactly afterwards."""
    ways = [word.own, *(way.stems for way in (*word.exact, *word.loose))]
    options = [and_(*(_has_stem(one) for one in way)) for way in ways if way]
    if needs := (*word.needs, *word.loose_needs):
        options.append(_has_need(needs))
    return or_(*options)


def _has_stem(one: str) -> ColumnElement[bool]:
    patterns = _patterns(one)

    def like(*columns: Any) -> ColumnElement[bool]:
        return or_(*(column.ilike(pattern) for column in columns for pattern in patterns))

    terms = (
        select(Attribute.id)
        .outerjoin(TaxonomyTerm, TaxonomyTerm.id == Attribute.taxonomy_term_id)
        .where(Attribute.link_id == Service.id, like(TaxonomyTerm.name, Attribute.value))
    )
    places = (
        select(ServiceAtLocation.id)
        .join(Location, Location.id == ServiceAtLocation.location_id)
        .outerjoin(Address, Address.location_id == Location.id)
        .where(
            ServiceAtLocation.service_id == Service.id,
            like(Location.name, Address.city, Address.state_province, Address.postal_code),
        )
    )
    options = [
        like(Service.name, Service.alternate_name, Service.description),
        like(Organization.name, Organization.alternate_name),
        exists(terms),
        exists(places),
    ]
    if needs := _needs_named(one):
        options.append(_has_need(needs))
    return or_(*options)


def _patterns(one: str) -> list[str]:
    """LIKE patterns that words of a stem fit, with any or one accent: LIKE itself knows no folding."""
    # Snowball turns a final y into i ("pantri"), which no text has.
    bare = one[:-1] if len(one) > 3 and one.endswith("i") else one
    if sum(letter not in _ACCENTED for letter in bare) >= 3:
        return [f"%{''.join('_' if letter in _ACCENTED else letter for letter in bare)}%"]
    once = [
        bare[:at] + _ACCENTED[letter] + bare[at + 1 :]
        for at, letter in enumerate(bare)
        if letter in _ACCENTED
    ]
    return [f"%{form}%" for form in (bare, *once)]


def _needs_named(one: str) -> tuple[str, ...]:
    """Needs and fields whose name, in English or Spanish, has a word with this stem."""
    found = []
    for code in (*NEEDS, *FIELD_LIST):
        with in_language("es"):
            text = f"{label(code)} {_(label(code))}"
        if one in map(stem, words(text)):
            found.append(code)
    return tuple(found)


def _has_need(codes: Iterable[str]) -> ColumnElement[bool]:
    """Whether a service is tagged with one of these needs, or with one of the field that a code names."""
    wanted = {need for need in NEEDS if not set(codes).isdisjoint(with_fields((need,)))}
    tags = select(ServiceNeed.id).where(
        ServiceNeed.service_id == Service.id, ServiceNeed.need.in_(wanted), ServiceNeed.denied.is_(False)
    )
    return exists(tags)


def _may_be_near(lat: float, lon: float, radius_m: float) -> ColumnElement[bool]:
    """Whether a service has a place in the box around the circle, or one that is on no map, or none at all."""
    south, west, north, east = bounding_box(lat, lon, radius_m)
    here: ColumnElement[bool] = Location.latitude.between(south, north)
    if west >= -180 and east <= 180:
        here = and_(here, Location.longitude.between(west, east))
    hidden = or_(Location.latitude.is_(None), Location.longitude.is_(None), Location.confidential)
    places: Any = (
        select(ServiceAtLocation.id)
        .join(Location, Location.id == ServiceAtLocation.location_id)
        .where(ServiceAtLocation.service_id == Service.id)
    )
    anywhere = select(ServiceAtLocation.id).where(ServiceAtLocation.service_id == Service.id)
    return or_(exists(places.where(or_(here, hidden))), ~exists(anywhere))


def _begins(column: Any, typed: str) -> ColumnElement[bool]:
    """Whether a name begins with what was typed, or has a later word that does."""
    safe = typed.replace("%", "").replace("_", "")
    return or_(column.ilike(f"{safe}%"), column.ilike(f"% {safe}%"))
