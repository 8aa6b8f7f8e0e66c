"""The places that fit a client's need next: matched for a seeker, which tells nothing of who the client is."""

from litestar import Request
from sqlalchemy.ext.asyncio import AsyncSession

from care.models import Client, Need
from core import clock
from referrals import queries
from search.cards import Card
from search.matching.matching import match
from search.matching.seeker import Seeker, age_band
from search.matching.showing import shown
from search.places import Place, Places

#: The longest text that is looked up as a place.
LONGEST_PLACE = 200


async def matches_for_need(
    request: Request, db: AsyncSession, need: Need, client: Client, limit: int = 3
) -> list[Card]:
    """Return the best places for a need that were not asked yet, best first, each with why it fits and what to ask.

    Each is of another organization, so that there is a choice, and a next one to ask when the first says no.
    """
    search = request.app.state.search
    seeker = seeker_of(client, need, await _place(search.places, client))
    asked = await queries.asked_organizations(db, need.id)
    found = await match(search, seeker, avoid=asked, most=limit, of_different=True)
    (matches,) = await shown(db, seeker, found, excluded=False, on_file=True)
    return [card for card in matches.cards if card.organization_id is not None]


def seeker_of(client: Client, need: Need, place: Place | None) -> Seeker:
    """Return what matching may know of a client: one need, a place, an age band, a language. No name, no birth date."""
    age = client.age_on(clock.today(place.time_zone if place else "UTC"))
    return Seeker(needs=(need.code,), place=place, age_band=age_band(age), languages=(client.language,))


async def _place(places: Places, client: Client) -> Place | None:
    """Return the place of a client, looked up on this machine alone; None when it is not known or could be several."""
    found = await places.find(client.place[:LONGEST_PLACE])
    return found if isinstance(found, Place) else None
