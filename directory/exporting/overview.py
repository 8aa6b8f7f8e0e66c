"""The first sheet of a workbook: one row for each service at each of its places, with what people look for."""

import uuid
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core.display import language_name, phone
from core.i18n import N_
from core.i18n import gettext as _
from directory import parts
from directory.costs import is_free
from directory.models import Attribute, RequiredDocument, Service, TaxonomyTerm
from directory.opening import row_words
from directory.showing.facts import unique
from directory.showing.wording import ages
from directory.shown import Place, ServiceCard

HEADINGS = (
    (N_("Name"), 36),
    (N_("Organization"), 30),
    (N_("What you get"), 60),
    (N_("Place"), 28),
    (N_("Street"), 30),
    (N_("Town"), 18),
    (N_("State"), 8),
    (N_("ZIP code"), 10),
    (N_("Telephones"), 28),
    (N_("Opening hours"), 40),
    (N_("Languages"), 22),
    (N_("Cost"), 28),
    (N_("Who it is for"), 40),
    (N_("Papers to bring"), 30),
    (N_("How to get help"), 40),
    (N_("Areas served"), 24),
    (N_("Needs"), 30),
    (N_("Room"), 12),
    (N_("Status"), 14),
    (N_("Website"), 30),
    (N_("Mail"), 26),
    (N_("Checked on"), 13),
    (N_("Id of the service"), 38),
    (N_("Id of the place"), 38),
)
"""The columns, each with its width in characters."""
_ROOM = {"room": N_("Has room"), "waiting": N_("Waiting list"), "full": N_("Full now")}
_STATUS = {"active": N_("Active"), "temporarily closed": N_("Closed for now")}


async def overview(db: AsyncSession, ids: Sequence[uuid.UUID]) -> list[list[Any]]:
    """Return the rows of some services, by name; of a confidential place nothing is there that leads to it."""
    rows = await parts.service_rows(db, Service.id.in_(ids))
    process = {
        row.id: (row.application_process, row.organization_url, row.organization_email) for row in rows
    }
    papers, terms = await _papers(db, ids), await _terms(db, ids)
    told = []
    for card in await parts.cards(db, rows):
        how, site, mail = process[card.id]
        for place in card.places or (None,):
            told.append(
                [
                    card.name,
                    card.organization,
                    card.description,
                    *_where(place),
                    _numbers(card, place),
                    _hours(card, place),
                    _languages(card, place),
                    _cost(card),
                    "\n".join(unique([card.eligibility, ages(card.minimum_age, card.maximum_age)])),
                    "; ".join(papers[card.id]),
                    how,
                    ", ".join(card.areas),
                    "; ".join(terms[card.id]),
                    _(_ROOM.get(card.capacity or "", "")),
                    _(_STATUS[card.status]),
                    card.url or site,
                    card.email or mail,
                    card.verified_on,
                    card.id,
                    place.location_id if place else None,
                ]
            )
    return told


def _where(place: Place | None) -> list[str | None]:
    """The name of a place, its street, town, state and ZIP code."""
    if place is None:
        return [None] * 5
    if place.confidential:
        return [_("The address is kept private. Call, and they tell you the way."), None, None, None, None]
    spot = place.spot
    if spot is None:
        return [place.name, None, None, None, None]
    street = ", ".join(unique([spot.attention, spot.address_1, spot.address_2]))
    return [place.name, street, spot.city, spot.state_province, spot.postal_code]


def _numbers(card: ServiceCard, place: Place | None) -> str:
    lines = (*(place.phones if place else ()), *card.phones)
    return "; ".join(
        unique(
            " ".join(filter(None, [phone(line.e164 or line.number), line.extension and f"x{line.extension}"]))
            for line in lines
        )
    )


def _hours(card: ServiceCard, place: Place | None) -> str:
    rows = (place.hours if place else ()) or card.hours
    return "; ".join(unique(map(row_words, rows)))


def _languages(card: ServiceCard, place: Place | None) -> str:
    spoken = (*card.languages, *(place.languages if place else ()))
    return ", ".join(unique(language_name(one.code) if one.code else one.name for one in spoken))


def _cost(card: ServiceCard) -> str:
    words = unique([*(one.amount_description or one.option for one in card.costs), card.fees])
    if is_free([card.fees], card.costs) and not words:
        return _("Free")
    return "; ".join(words)


async def _papers(db: AsyncSession, ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[str]]:
    question = (
        select(RequiredDocument.service_id, RequiredDocument.document)
        .where(RequiredDocument.service_id.in_(ids), RequiredDocument.document.is_not(None))
        .order_by(RequiredDocument.id)
    )
    return _lists(await parts.rows_of(db, question))


async def _terms(db: AsyncSession, ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[str]]:
    question = (
        select(Attribute.link_id, TaxonomyTerm.name)
        .join(TaxonomyTerm, TaxonomyTerm.id == Attribute.taxonomy_term_id)
        .where(Attribute.link_id.in_(ids), Attribute.link_entity == "service")
        .order_by(TaxonomyTerm.name)
    )
    return _lists(await parts.rows_of(db, question))


def _lists(rows: Sequence[Any]) -> dict[uuid.UUID, list[str]]:
    found: dict[uuid.UUID, list[str]] = defaultdict(list)
    for identity, name in rows:
        if name not in found[identity]:
            found[identity].append(name)
    return found
