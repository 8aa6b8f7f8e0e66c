"""The places that fit a client's need next: found by the public search, without telling it who the person is."""

from litestar import Request
from sqlalchemy.ext.asyncio import AsyncSession

from care.models import Client, Need
from referrals import queries
from search.cards import Card, cards
from search.forms import SearchForm
from search.queries import Found, find

#: How far around the client's place is looked, in miles.
RADIUS = 25.0


async def matches_for_need(
    request: Request, db: AsyncSession, need: Need, client: Client, limit: int = 3
) -> list[Card]:
    """Return the best places for a need that were not asked yet and are not known to be full, best first.

    Each is of another organization, so that there is a choice, and a next one to ask when the first says no.

    The place of the client stays on this machine: the search is asked for a point on the map, not for a person.
    """
    seen = set(await queries.asked_organizations(db, need.id))
    found = await _search(request, need.code, client.place)
    possible = []
    for card in await cards(db, found):
        if card.organization_id is None or card.organization_id in seen or card.capacity == "full":
            continue
        seen.add(card.organization_id)
        possible.append(card)
    return possible[:limit]


async def _search(request: Request, code: str, place: str) -> Found:
    search = request.app.state.search
    found = await find(search, SearchForm(need=(code,), near=place[:200], radius=RADIUS))
    if found.near_problem is not None:
        found = await find(search, SearchForm(need=(code,)))
    return found
