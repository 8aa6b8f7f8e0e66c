"""One page of results as cards: name, what you get, how far, open until when, telephone, languages, cost, why."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from uuid import UUID

import msgspec
from markupsafe import Markup, escape
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.display import language_name
from core.i18n import gettext as _
from core.i18n import ngettext
from core.tongue import tongue
from directory.costs import is_free
from directory.models import RequiredDocument
from directory.opening import OpenState
from directory.queries import services_for_cards
from directory.showing.facts import NOT_FOR_VOICE
from directory.shown import Hours, PhoneLine, Place, ServiceCard
from search.areas import areas_of, is_everywhere, serves
from search.documents import language_code
from search.engines import Hit
from search.forms import PER_PAGE
from search.hours import clocks, state
from search.places.tokens import state_code
from search.queries import Found, needs_of, open_at
from search.reasons import matched
from search.rows import Terms

SUMMARY = 220
"""How many characters of a description a card shows."""

_NO_VOICE = NOT_FOR_VOICE | {"text", "sms", "video"}
_IDENTITY = {"id", "identification", "license", "passport", "identity"}


class Card(msgspec.Struct, kw_only=True):
    """One result as its card shows it; empty values are simply not shown.

    `number` is its place in the whole list, from 1. Position, town and distance are those of the location that was
    found; all three are empty for a confidential one.
    """

    number: int
    service_id: UUID
    location_id: UUID | None
    name: Markup
    plain_name: str
    organization_id: UUID | None
    organization: str | None
    summary: Markup
    distance_m: float | None
    town: str
    area: str
    lat: float | None
    lon: float | None
    opening: OpenState
    zone: str
    asked_at: datetime | None = None
    """The moment that "open" was asked for, None for the present."""
    reader_zone: str = ""
    """The time zone of the place that was searched around, "" where none was."""
    phone: PhoneLine | None
    languages: str
    cost: str
    capacity: str | None
    alert: str | None
    verified_on: date | None
    reasons: list[str]
    doubts: list[str]
    tongue: str = ""
    """The language that its own texts are written in, where that is clear."""

    @property
    def path(self) -> str:
        """The address of its page, which shows the place that was found first."""
        return f"/services/{self.service_id}" + (f"?location={self.location_id}" if self.location_id else "")


async def cards(db: AsyncSession, found: Found) -> list[Card]:
    """The cards of one page, in the engine's order; a service the public is no longer shown is left out."""
    hits = found.answer.hits
    ids = [UUID(hit.service_id) for hit in hits]
    if not ids:
        return []
    services = await services_for_cards(db, ids)
    needs = await needs_of(db, ids)
    papers = await _papers(db, ids)
    first = (found.form.page - 1) * PER_PAGE + 1
    return [
        _card(found, hit, number, service, needs[id_], papers[id_])
        for number, (id_, hit) in enumerate(zip(ids, hits, strict=True), first)
        if (service := services.get(id_)) is not None
    ]


async def _papers(db: AsyncSession, ids: Sequence[UUID]) -> dict[UUID, list[str]]:
    """Papers to bring, by service, identity papers first."""
    rows = await db.execute(
        select(RequiredDocument.service_id, RequiredDocument.document).where(
            RequiredDocument.service_id.in_(ids), RequiredDocument.document.is_not(None)
        )
    )
    found: dict[UUID, list[str]] = defaultdict(list)
    for service_id, document in rows:
        if service_id and document:
            found[service_id].append(document.strip())
    for names in found.values():
        names.sort(key=lambda name: (not _IDENTITY & set(name.lower().split()), name))
    return found


def _card(
    found: Found, hit: Hit, number: int, service: ServiceCard, needs: tuple[str, ...], papers: list[str]
) -> Card:
    place = next((place for place in service.places if str(place.location_id) == hit.location_id), None)
    hours: Sequence[Hours] = (place.hours if place else ()) or service.hours
    mapped = place if place and place.latitude is not None else None
    spot = place.spot if place else None
    known = clocks(
        hours,
        mapped,
        code=(spot.postal_code or "") if spot else "",
        state=(spot.state_province or "") if spot else "",
        country=(spot.country or "") if spot else "",
    )
    by_area = found.place is not None and hit.distance_m is None
    return Card(
        number=number,
        service_id=service.id,
        location_id=place.location_id if place else None,
        name=marked(service.name, hit.highlights.get("name", [])),
        plain_name=service.name,
        organization_id=service.organization_id,
        organization=service.organization,
        summary=summary(service.description or "", hit.highlights.get("description", [])),
        distance_m=hit.distance_m,
        # Who asks for "near here" and is served from afar wants to know that they are served, not where the office is.
        town="" if by_area and service.areas else _town(place),
        area=_area(service),
        lat=place.latitude if place else None,
        lon=place.longitude if place else None,
        opening=state(known, Terms.of(hours), open_at(found.form, found.place)),
        zone=known.zone or "UTC",
        asked_at=open_at(found.form, found.place) if found.form.open_at else None,
        reader_zone=found.place.time_zone if found.place else "",
        phone=next(iter(voices([*(place.phones if place else ()), *service.phones])), None),
        languages=languages_of(service, *([place] if place else [])),
        cost=cost_of(service),
        capacity=service.capacity,
        alert=service.alert,
        verified_on=service.verified_on,
        reasons=matched(found.form, found.place, needs, by_area),
        tongue=tongue(service.description or ""),
        doubts=_elsewhere(found, hit, service, spot.state_province if spot else None)
        + [
            _("Ask about %(document)s") % {"document": _inside(name)}
            for name in papers[:1]
            if len(name) <= 60
        ],
    )


def _elsewhere(found: Found, hit: Hit, service: ServiceCard, state: str | None) -> list[str]:
    """What to ask a place that is near and states that it serves others."""
    if found.place is None or hit.distance_m is None:
        return []
    own = state_code(state)
    areas = areas_of(service.stated_areas, service.name, service.description or "", (own,) if own else ())
    if serves(areas.tokens, areas.everywhere, areas.bounded, found.place) is not False:
        return []
    return [_("Ask whether they serve %(place)s") % {"place": found.place.label}]


def _inside(name: str) -> str:
    """The name of a paper as it stands inside a sentence: "Photo ID" becomes "photo ID", "ID" stays."""
    return name if name[1:2].isupper() else name[:1].lower() + name[1:]


def _area(service: ServiceCard) -> str:
    """For where a service is, in words: its first area and how many others there are."""
    if not service.areas:
        return ""
    if any(map(is_everywhere, service.areas)):
        return _("Serves everybody, wherever they live")
    words = {"place": service.areas[0], "n": len(service.areas) - 1}
    more = ngettext(
        "Serves %(place)s and %(n)s more", "Serves %(place)s and %(n)s more", len(service.areas) - 1
    )
    return (more if len(service.areas) > 1 else _("Serves %(place)s")) % words


def _town(place: Place | None) -> str:
    if place is not None and place.centre_of:
        return _("near the centre of %(place)s") % {"place": place.centre_of}
    if place is None or place.spot is None:
        return ""
    return " ".join(filter(None, [place.spot.city, place.spot.postal_code]))


def voices(lines: Iterable[PhoneLine]) -> list[PhoneLine]:
    """The numbers among them that somebody answers by voice."""
    return [line for line in lines if (line.type or "voice").lower() not in _NO_VOICE]


def languages_of(service: ServiceCard, *places: Place) -> str:
    """The languages spoken by a service at places of it, by their names in the reader's language."""
    spoken = [*service.languages, *(one for place in places for one in place.languages)]
    codes = {code for one in spoken if (code := language_code(one.code, one.name))}
    return ", ".join(sorted(map(language_name, codes)))


def cost_of(service: ServiceCard) -> str:
    """What it costs, short: free, an amount, or the words of the listing when they are few."""
    free = is_free([service.fees], service.costs)
    if free:
        return _("Free")
    amounts = sorted({cost.amount for cost in service.costs if cost.amount})
    if amounts:
        return _("From $%(amount)s") % {"amount": f"{amounts[0]:.2f}".removesuffix(".00")}
    said = [cost.amount_description or cost.option for cost in service.costs]
    text = next((text for text in (*said, service.fees) if text), "")
    return text if len(text) <= 60 else (_("There may be a fee") if free is False else "")


def summary(text: str, spans: Sequence[tuple[int, int]]) -> Markup:
    """The part of a description that a card shows, around the first matched word when that comes late."""
    first = spans[0][0] if spans else 0
    start = 0
    if first > SUMMARY - 40:
        start = text.rfind(" ", 0, max(first - 60, 0)) + 1
    end = len(text)
    if end - start > SUMMARY:
        end = text.rfind(" ", start, start + SUMMARY)
        end = end if end > start else start + SUMMARY
    inside = [(a - start, b - start) for a, b in spans if a >= start and b <= end]
    before, after = ("… " if start else ""), (" …" if end < len(text) else "")
    return Markup("{}{}{}").format(before, marked(text[start:end], inside), after)


def marked(text: str, spans: Sequence[tuple[int, int]]) -> Markup:
    """The text, escaped, with the given stretches in <mark>; stretches that do not fit it are left out."""
    parts: list[Markup] = []
    at = 0
    for start, end in spans:
        if at <= start < end <= len(text):
            parts += [escape(text[at:start]), Markup("<mark>{}</mark>").format(text[start:end])]
            at = end
    return Markup("").join([*parts, escape(text[at:])])
