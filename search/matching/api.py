"""`POST /api/match`: services that fit what somebody needs, as JSON. Nothing of the question is stored or logged."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, post
from litestar.handlers import BaseRouteHandler

from core.forms import FormErrors
from core.i18n import gettext as _
from core.web import page
from directory.needs import label
from search.cards import Card
from search.matching.forms import MatchRequest, Point, read_body
from search.matching.limits import count_asking
from search.matching.matching import match
from search.matching.showing import Matches, shown
from search.places import Ambiguous, Place
from search.state import Search


@post("/api/match", status_code=200, **page("public", stateless=True))
async def api_match(request: Request) -> Response[Any]:
    """Answer a question that tells nothing of who asks with three to five matches for each need."""
    wanted = read_body(await request.body())
    await count_asking(request)
    search: Search = request.app.state.search
    seeker = wanted.seeker(await _place(search, wanted))
    found = await match(search, seeker, at=wanted.at)
    async with search.database.transaction(write=False) as db:
        matches = await shown(db, seeker, found, excluded=wanted.excluded)
    return Response(
        {
            "place": _place_content(seeker.place) if seeker.place else None,
            "needs": [_need(one, excluded=wanted.excluded) for one in matches],
        },
        headers={"cache-control": "no-store"},
    )


async def _place(search: Search, wanted: MatchRequest) -> Place | None:
    if wanted.place is None or wanted.place == "":
        return None
    text = wanted.place.text if isinstance(wanted.place, Point) else wanted.place
    found = await search.places.find(text)
    if isinstance(found, Ambiguous):
        choices = "; ".join(choice.label for choice in found.choices)
        raise FormErrors({"place": _("Which do you mean: %(choices)s?") % {"choices": choices}})
    if found is None:
        raise FormErrors({"place": _("We do not know that place. Give a ZIP code or “town, state”.")})
    return found


def _place_content(place: Place) -> dict[str, Any]:
    return {"label": place.label, "precision": place.precision, "time_zone": place.time_zone}


def _need(one: Matches, *, excluded: bool) -> dict[str, Any]:
    content: dict[str, Any] = {
        "need": one.need,
        "label": _(label(one.need)),
        "related": one.related,
        "looked_within_m": one.radius_m,
        "matches": [_match(card) for card in one.cards],
    }
    if excluded:
        content["excluded"] = [
            _identity(out.card) | {"code": out.code, "why": out.why, "said": out.said or None}
            for out in one.excluded
        ]
    return content


def _match(card: Card) -> dict[str, Any]:
    return _identity(card) | {
        "distance_m": card.distance_m,
        "open": card.opening.open,
        "phone": (card.phone.e164 or card.phone.number) if card.phone else None,
        "capacity": card.capacity,
        "verified_on": card.verified_on,
        "reasons": card.reasons,
        "doubts": card.doubts,
    }


def _identity(card: Card) -> dict[str, Any]:
    return {
        "service_id": card.service_id,
        "location_id": card.location_id,
        "name": card.plain_name,
        "organization": card.organization,
        "url": card.path,
    }


handlers: list[BaseRouteHandler] = [api_match]
