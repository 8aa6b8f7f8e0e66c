"""What was matched, ready to be shown: the rows of the few that are chosen, with reasons and doubts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core import clock
from directory.models import Service
from search import queries
from search.cards import Card, cards
from search.engines import Answer, Hit
from search.forms import SearchForm
from search.matching import words
from search.matching.matching import Found
from search.matching.reading import read_whom
from search.matching.seeker import Seeker


class Excluded(msgspec.Struct, frozen=True):
    """Something that speaks to the need and does not fit, with why."""

    card: Card
    code: str
    why: str
    said: str = ""
    """The words of the listing that told for whom it is, where that is why."""


class Matches(msgspec.Struct, frozen=True):
    """What is shown for one need: cards whose `reasons` and `doubts` are those of the match."""

    need: str
    cards: list[Card]
    excluded: list[Excluded]
    radius_m: float | None
    related: bool

    @property
    def number(self) -> int:
        """How many fit."""
        return len(self.cards)


async def shown(
    db: AsyncSession, seeker: Seeker, found: Sequence[Found], *, excluded: bool = True, on_file: bool = False
) -> list[Matches]:
    """Read the rows of what was chosen, and with `excluded` of what was shut out; those that are gone are left out.

    `on_file` words doubts about papers for who keeps a file on the person.
    """
    hits = {
        (one.need, row): _hit(one, row)
        for one in found
        for row in (*one.chosen, *(one.shut_out if excluded else ()))
    }
    at = found[0].at if found else clock.now()
    read = await _cards(db, seeker, list(hits.values()), at)
    result = []
    for one in found:
        chosen = [
            _told(one, row, seeker, card, on_file=on_file)
            for row in one.chosen
            if (card := read.get(_key(hits[one.need, row]))) is not None
        ]
        out = []
        for row in one.shut_out if excluded else ():
            card = read.get(_key(hits[one.need, row]))
            if card is not None:
                code = one.ranked.reason(row)
                out.append(Excluded(card, code, words.why_not(one.ranked.found, row, code)))
        result.append(Matches(one.need, chosen, out, one.radius_m, one.related))
    return await _with_words(db, result)


async def _with_words(db: AsyncSession, result: list[Matches]) -> list[Matches]:
    """Add what listings say of whom they are for, where that shuts somebody out: read again, for nobody stored it."""
    ids = {out.card.service_id for one in result for out in one.excluded if out.code == "audience"}
    if not ids:
        return result
    rows = await db.execute(
        select(Service.id, Service.name, Service.description, Service.eligibility_description).where(
            Service.id.in_(ids)
        )
    )
    said = {
        row.id: "; ".join(
            dict.fromkeys(
                read_whom(
                    row.name, row.description or "", row.eligibility_description or ""
                ).only_for.values()
            )
        )
        for row in rows
    }
    return [
        msgspec.structs.replace(
            one,
            excluded=[
                msgspec.structs.replace(out, said=said.get(out.card.service_id, ""))
                if out.code == "audience"
                else out
                for out in one.excluded
            ],
        )
        for one in result
    ]


def _hit(one: Found, row: int) -> Hit:
    found = one.ranked.found
    far = float(found.distance_m[row])
    return Hit(
        service_id=found.service[row].decode(),
        location_id=found.location[row].decode() or None,
        distance_m=None if far != far else round(far, 1),
        score=float(one.ranked.rank[row]),
    )


def _key(hit: Hit) -> tuple[str, str | None]:
    return hit.service_id, hit.location_id


async def _cards(
    db: AsyncSession, seeker: Seeker, hits: Sequence[Hit], at: datetime
) -> dict[tuple[str, str | None], Card]:
    """A card for each service at a location, all read together."""
    once = {_key(hit): hit for hit in hits}
    answer = Answer(hits=list(once.values()), total=len(once))
    found = queries.Found(form=SearchForm(open_at=at), place=seeker.place, answer=answer)
    read = {
        (str(card.service_id), str(card.location_id) if card.location_id else None): card
        for card in await cards(db, found)
    }
    return {key: card for key in once if (card := read.get(key)) is not None}


def _told(one: Found, row: int, seeker: Seeker, card: Card, *, on_file: bool) -> Card:
    found = one.ranked.found
    today = clock.today(card.zone or "UTC")
    return msgspec.structs.replace(
        card,
        reasons=words.fits(found, row, seeker, one.need, card.opening, one.at),
        doubts=words.doubts(
            found, row, seeker, one.need, card.opening, card.verified_on, today, on_file=on_file
        ),
    )
