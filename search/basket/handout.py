"""What a hand-out tells of each service: where to go, when, what to bring, what to say; never where nobody may know.

Everything is read in a fixed number of queries and said in the language of the moment, which for a hand-out is chosen
on it (`core.i18n.in_language`). What a listing says of itself stays as it is written.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from uuid import UUID

import msgspec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core import clock
from core.i18n import gettext as _
from core.i18n import in_language
from core.tongue import tongue
from directory.duplicates.queries import all_merged_into
from directory.models import RequiredDocument, Service
from directory.needs import label
from directory.queries import services_for_cards
from directory.showing import wording
from directory.showing.facts import is_stale
from directory.shown import PhoneLine, Place, ServiceCard
from search.basket.hours import soon, usual
from search.cards import cost_of, languages_of, voices
from search.hours import Clocks, clocks, opening
from search.queries import needs_of
from search.rows import Terms

MOST_PLACES = 3
"""Places of one service that a hand-out names; for more it leads to the listing."""

_MOST_STEPS = 3
_LONGEST = 280


class Where(msgspec.Struct, frozen=True, kw_only=True):
    """One place to go to; `address` is empty for one that is kept private, of which nothing else is there either."""

    name: str = ""
    address: tuple[str, ...] = ()
    way: str = ""
    hours: list[str] = []
    soon: list[str] = []


class Leaf(msgspec.Struct, frozen=True, kw_only=True):
    """One service of a hand-out, in words; what is not known is empty. `tongue` is the language of its own texts."""

    service_id: UUID
    name: str
    organization: str
    tongue: str
    needs: list[str]
    about: str
    alert: str
    phones: list[PhoneLine]
    places: list[Where]
    more_places: int
    kept_private: bool
    hours: list[str]
    soon: list[str]
    steps: list[str]
    bring: list[str]
    who: list[str]
    ages: str
    cost: str
    languages: str
    room: str
    verified_on: date | None
    call_first: bool
    zone: str
    """The time zone of its first place, or of its hours; empty where nothing tells."""


async def leaves(db: AsyncSession, ids: Sequence[UUID], language: str) -> list[Leaf]:
    """What is told of services, in their order and in `language`; one the public is not shown any more is left out.

    In place of one that was merged into another stands that other.
    """
    leads = await all_merged_into(db, "service", ids)
    ids = list(dict.fromkeys(leads.get(id_, id_) for id_ in ids))
    services = await services_for_cards(db, ids)
    needs = await needs_of(db, ids)
    papers, steps = await _papers(db, ids), await _steps(db, ids)
    with in_language(language):
        return [
            _leaf(services[id_], needs.get(id_, ()), papers[id_], steps.get(id_) or "")
            for id_ in ids
            if id_ in services
        ]


async def _papers(db: AsyncSession, ids: Sequence[UUID]) -> dict[UUID, list[str]]:
    rows = await db.execute(
        select(RequiredDocument.service_id, RequiredDocument.document)
        .where(RequiredDocument.service_id.in_(ids), RequiredDocument.document.is_not(None))
        .order_by(RequiredDocument.document, RequiredDocument.id)
    )
    found: dict[UUID, list[str]] = defaultdict(list)
    for service_id, document in rows:
        if service_id and document:
            found[service_id].append(document.strip())
    return found


async def _steps(db: AsyncSession, ids: Sequence[UUID]) -> dict[UUID, str | None]:
    rows = await db.execute(select(Service.id, Service.application_process).where(Service.id.in_(ids)))
    return {row.id: row.application_process for row in rows}


def _leaf(service: ServiceCard, needs: Sequence[str], papers: list[str], process: str) -> Leaf:
    open_places = [place for place in service.places if not place.confidential and place.spot is not None]
    where = [_where(service, place) for place in open_places[:MOST_PLACES]]
    # Hours that are the same everywhere are told once, those of different places beside their address.
    told = {(tuple(one.hours), tuple(one.soon)) for one in where} or {_hours(service, None)}
    alike = len(told) == 1
    hours, different = next(iter(told)) if alike else ((), ())
    today = clock.today("UTC")
    stale = is_stale(service.verified_on, today)
    room = {"waiting": _("Waiting list"), "full": _("Full now"), "room": _("Has room")}
    return Leaf(
        service_id=service.id,
        name=service.name,
        organization=service.organization
        if service.organization and service.organization != service.name
        else "",
        tongue=tongue(" ".join(filter(None, [service.description, process, service.eligibility]))),
        needs=[_(label(code)) for code in needs],
        about=_short(service.description),
        alert=service.alert or "",
        phones=_phones(service),
        places=[msgspec.structs.replace(one, hours=[], soon=[]) for one in where] if alike else where,
        more_places=max(len(open_places) - MOST_PLACES, 0),
        kept_private=any(place.confidential for place in service.places),
        hours=list(hours),
        soon=list(different),
        steps=[" ".join(filter(None, step)) for step in wording.steps(process)][:_MOST_STEPS],
        bring=papers,
        who=wording.paragraphs(_short(service.eligibility)),
        ages=wording.ages(service.minimum_age, service.maximum_age),
        cost=cost_of(service),
        languages=languages_of(service, *open_places[:1]),
        room=room.get(service.capacity or "", ""),
        verified_on=service.verified_on,
        call_first=stale or service.capacity in {"full", "waiting"},
        zone=_clocks(service, open_places[0] if open_places else None).zone,
    )


def _where(service: ServiceCard, place: Place) -> Where:
    hours, different = _hours(service, place)
    return Where(
        name=place.name or "",
        address=place.spot.lines if place.spot else (),
        way=_short(place.transportation),
        hours=list(hours),
        soon=list(different),
    )


def _hours(service: ServiceCard, place: Place | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The usual hours at a place and the days soon that differ; those of the service where the place has none."""
    terms = Terms.of((place.hours if place else ()) or service.hours)
    if not terms:
        return (), ()
    known = _clocks(service, place)
    today = clock.today(known.zone or "UTC")
    return tuple(usual(terms, today)), tuple(soon(opening(known, terms), today))


def _clocks(service: ServiceCard, place: Place | None) -> Clocks:
    spot = place.spot if place else None
    return clocks(
        (place.hours if place else ()) or service.hours,
        place,
        code=(spot.postal_code or "") if spot else "",
        state=(spot.state_province or "") if spot else "",
        country=(spot.country or "") if spot else "",
    )


def _phones(service: ServiceCard) -> list[PhoneLine]:
    """Numbers to call, each once: those of the service, else those of its places."""
    lines = [*service.phones, *(line for place in service.places for line in place.phones)]
    return list({(line.e164 or line.number): line for line in reversed(voices(lines))}.values())[::-1][:3]


def _short(text: str | None) -> str:
    """The first sentences of a text, as many as a hand-out has room for."""
    said = ""
    for sentence in (one for part in wording.paragraphs(text) for one in wording.sentences(part)):
        if said and len(said) + len(sentence) > _LONGEST:
            break
        said = f"{said} {sentence}".strip()
    return said if len(said) <= 2 * _LONGEST else said[: said.rfind(" ", 0, 2 * _LONGEST)] + " …"
