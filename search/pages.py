"""The pages where people look for help: the home page and the results."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.handlers import BaseRouteHandler
from sqlalchemy.ext.asyncio import AsyncSession

from core import clock
from core.forms import QueryErrors, as_typed, read_query
from core.i18n import N_
from core.web import is_htmx, page, render
from directory.needs import FIELD_LIST
from search import filters, view, ways
from search.api import may_ask, near_words, search_of
from search.cards import cards
from search.eligible import audiences
from search.forms import DEFAULT_RADIUS, SearchForm
from search.map import draw
from search.places.words import note
from search.queries import find

TILES = 8
"""How many fields of needs the home page offers as tiles."""

TRUE_TODAY = (
    ("food-insecurity", N_("There is not enough to eat")),
    ("housing-instability", N_("I could lose my home")),
    ("homelessness", N_("I have nowhere to sleep tonight")),
    ("transportation-insecurity", N_("I cannot get where I must go")),
    ("utility-insecurity", N_("A bill is overdue")),
    ("safety", N_("Somebody scares me")),
    ("mental-health", N_("I feel very low or worried")),
    ("legal-help", N_("I got a letter I do not understand")),
)
"""What a person can tick who does not know what to ask for, with the need or field it stands for."""

EXAMPLES = (N_("Food today"), N_("Rent help"), N_("A ride to the doctor"), N_("Counseling"))


@get("/", **page("public"))
async def home(request: Request) -> Response[str]:
    """Show the search box, the tiles of needs, and help for who does not know what to ask for."""
    search = search_of(request)
    return render(
        request,
        "search/home.html",
        number=await search.count(),
        tiles=list(FIELD_LIST.values())[:TILES],
        true_today=TRUE_TODAY,
        examples=EXAMPLES,
    )


@get("/search", **page("public"))
async def results(request: Request, db: NamedDependency[AsyncSession]) -> Response[str]:
    """Show what was found; whole pages and the block that htmx asks for come from one template."""
    try:
        form = read_query(SearchForm, request.query_params)
    except QueryErrors as error:
        return _asked_wrong(request, error.errors, error.typed)
    search = search_of(request)
    found = await find(search, form, online=may_ask(request, form))
    if found.near_problem:
        title, sentence = near_words(found)
        choices = [(place.label, form.address(near=_near(place))) for place in found.choices]
        return _asked_wrong(request, {"near": sentence}, as_typed(form), title=title, choices=choices)
    shown = await cards(db, found)
    centre = found.place
    context: dict[str, Any] = {
        "title": view.heading(found),
        "found": found,
        "cards": shown,
        "place_note": note(centre) if centre else "",
        "map": draw(centre, shown, search.places),
        "active": filters.active(found),
        "quick": filters.quick(form, found.answer.facets, found.total),
        "filters": filters.filters(found, await audiences(request.app.state, db)),
        "bare": filters.without_filters(form).address(),
        "notice": view.notice(found),
        "said": view.shown(found),
        "today": clock.today(centre.time_zone if centre else "UTC"),
        "ways_on": await ways.ways_on(search, found) if found.total <= ways.FEW else [],
        "other_words": [] if found.total else await ways.other_words(search, found),
    }
    response = render(request, "search/results.html", block="results", form=form, **context)
    if is_htmx(request):
        # The address bar is the saved search, without the blank fields of the form that was sent.
        response.headers["hx-push-url"] = form.address(page=form.page)
    return response


def _asked_wrong(
    request: Request, errors: dict[str, str], typed: dict[str, Any], title: str = "", choices: Any = ()
) -> Response[str]:
    """The search form again with what was typed and what is wrong with it, as a 400."""
    return render(
        request,
        "search/asked_wrong.html",
        block="results",
        status=400,
        errors=errors,
        typed={name: text for name, text in typed.items() if text},
        title=title,
        choices=choices,
        radius=DEFAULT_RADIUS,
    )


def _near(place: Any) -> str:
    exact = place.precision in {"point", "address", "street"}
    return f"{place.lat:.5f},{place.lon:.5f}" if exact else place.label


handlers: list[BaseRouteHandler] = [home, results]
