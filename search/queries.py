"""Finding services: from what a person wishes to services that the database shows, in the engine's order."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from core import clock
from core.display import METRES_PER_MILE
from directory.needs import NEEDS
from search.engines import Answer, Query
from search.forms import MAX_PAGE, PER_PAGE, SearchForm
from search.models import ServiceNeed
from search.places import Ambiguous, Place
from search.state import Search


class Found(msgspec.Struct, kw_only=True):
    """The answer to a search, ready to be shown.

    `near_problem` says why the place was not understood: "unknown", or "ambiguous" with the `choices`; then nothing
    was searched for.
    """

    form: SearchForm
    place: Place | None = None
    choices: tuple[Place, ...] = ()
    near_problem: str | None = None
    answer: Answer

    @property
    def total(self) -> int:
        """How many services fit."""
        return self.answer.total

    @property
    def pages(self) -> int:
        """How many pages they fill."""
        return -(-self.answer.total // PER_PAGE)


_NOTHING = Answer(hits=[], total=0)


async def find(search: Search, form: SearchForm, *, online: bool = False) -> Found:
    """Answer a search: find its place, ask the engine. `search.listed` and `search.cards` read what hits stand for.

    With `online` the place may be asked of the geocoder of the deployment: only for what somebody typed into the
    public search, never for the place of a client.
    """
    place: Place | None = None
    if form.near:
        said = await search.places.find(form.near, online=online)
        if isinstance(said, Ambiguous):
            return Found(form=form, near_problem="ambiguous", choices=said.choices, answer=_NOTHING)
        if said is None:
            return Found(form=form, near_problem="unknown", answer=_NOTHING)
        place = said
    elif form.open_at is not None and form.open_at.tzinfo is None:
        home = ZoneInfo(await search.places.home_zone())
        form = msgspec.structs.replace(form, open_at=form.open_at.replace(tzinfo=home))
    answer = await search.ask(query_of(form, place))
    return Found(form=form, place=place, answer=answer)


async def count(search: Search, form: SearchForm, place: Place | None) -> int:
    """How many services a search would find."""
    query = msgspec.structs.replace(query_of(form, place), limit=1, offset=0, want_facets=False)
    return (await search.ask(query)).total


def query_of(form: SearchForm, place: Place | None) -> Query:
    """What the engine is asked: fields of needs opened into what listings are tagged with, miles into metres."""
    sort = form.sort if place is not None or form.sort != "distance" else "best"
    # Beyond the last page there is nothing; an offset that no engine can count to is the same nothing.
    page = min(form.page, MAX_PAGE)
    return Query(
        text=form.q,
        lat=place.lat if place else None,
        lon=place.lon if place else None,
        radius_m=form.miles * METRES_PER_MILE if place else None,
        area_words=place.area_words if place else (),
        needs=tuple(dict.fromkeys(form.need)),
        languages=tuple(code.lower() for code in form.language),
        open_at=open_at(form, place) if form.open_now or form.open_at else None,
        free=True if form.free else None,
        cities=form.city,
        accessible=True if form.accessible else None,
        age=form.age,
        eligibility=tuple(word.lower() for word in form.eligibility),
        sort=sort,
        offset=(page - 1) * PER_PAGE,
        limit=PER_PAGE,
    )


def open_at(form: SearchForm, place: Place | None) -> datetime:
    """The moment that "open" is asked for: the one given, read as a clock at the place shows it, or the present.

    Without a place `find` has read it as clocks where most of the directory is show it.
    """
    if form.open_at is None:
        return clock.now()
    if form.open_at.tzinfo is not None:
        return form.open_at.astimezone(UTC)
    return form.open_at.replace(tzinfo=ZoneInfo(place.time_zone if place else "UTC")).astimezone(UTC)


async def needs_of(db: AsyncSession, ids: Sequence[UUID]) -> dict[UUID, tuple[str, ...]]:
    """Codes of the needs that services are tagged with, in the order of the catalog."""
    rows = (
        await db.execute(
            select(ServiceNeed.service_id, ServiceNeed.need).where(
                ServiceNeed.service_id.in_(ids), ServiceNeed.denied.is_(False)
            )
        )
    ).all()
    tagged = {(row.service_id, row.need) for row in rows}
    return {id_: tuple(code for code in NEEDS if (id_, code) in tagged) for id_ in ids}
