"""The JSON search: `/api/search` with the same query as the page, and suggestions while somebody types."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get
from litestar.handlers import BaseRouteHandler

from core.forms import read_query
from core.i18n import gettext as _
from core.web import page, problem
from directory.needs import label
from search.forms import SearchForm, SuggestForm
from search.listed import Listed, read
from search.needs import said_as
from search.places.words import asked_back, said
from search.queries import Found, find, open_at
from search.reasons import all_reasons
from search.state import Search

MAX_SUGGESTIONS = 8


@get("/api/search", **page("public"))
async def api_search(request: Request) -> Response[Any]:
    """Answer a search as JSON; a place that is not understood is a 400 that says so, with the choices there are."""
    form = read_query(SearchForm, request.query_params)
    search = search_of(request)
    found = await find(search, form, online=may_ask(request, form))
    if found.near_problem:
        return problem(400, *near_words(found), choices=[place_content(choice) for choice in found.choices])
    moment = open_at(form, found.place)
    listed = await read(search.reader, found.answer.hits, moment, needs=bool(form.need or form.q))
    return Response(
        {
            "total": found.total,
            "total_is": "exact" if found.answer.exact else "at_least",
            "page": form.page,
            "pages": found.pages,
            "took_ms": round(found.answer.took_ms, 2),
            "notice": found.answer.notice,
            "place": place_content(found.place) if found.place else None,
            "facets": found.answer.facets,
            "hits": [_hit(found, one) for one in listed],
        }
    )


@get("/api/suggest", **page("public"))
async def api_suggest(request: Request) -> Response[Any]:
    """Suggest needs, services and organizations for what has been typed so far."""
    form = read_query(SuggestForm, request.query_params)
    found = await search_of(request).suggest(form.q, MAX_SUGGESTIONS) if form.q else []
    needs = [_need_content(one.id) for one in found if one.kind == "need" and one.id]
    known = {need["id"] for need in needs}
    needs += [_need_content(code, phrase) for code, phrase in said_as(form.q) if code not in known]
    others = [{"text": one.text, "kind": one.kind, "id": one.id} for one in found if one.kind != "need"]
    return Response(
        {"suggestions": [*needs, *others][:MAX_SUGGESTIONS]}, headers={"cache-control": "private, max-age=60"}
    )


def _need_content(code: str, phrase: str = "") -> dict[str, Any]:
    content = {"text": _(label(code)), "kind": "need", "id": code}
    return content | ({"note": phrase} if phrase else {})


def may_ask(request: Request, form: SearchForm) -> bool:
    """Whether the place of a search may be asked of a geocoder: not what staff types, who search for their clients."""
    return request.scope.get("user") is None and not form.offline


def near_words(found: Found) -> tuple[str, str]:
    """A title and a sentence for a place that was not understood."""
    if found.near_problem == "ambiguous":
        return asked_back(found.form.near, found.choices)
    title = _("We do not know that place")
    return title, _("Try a ZIP code or “town, state” instead of “%(text)s”.") % {"text": found.form.near}


def place_content(place: Any) -> dict[str, Any]:
    """A place as JSON tells it."""
    return {
        "label": place.label,
        "latitude": place.lat,
        "longitude": place.lon,
        "precision": place.precision,
        "approximate": place.approximate,
        "said": said(place),
        "time_zone": place.time_zone,
    }


def _hit(found: Found, one: Listed) -> dict[str, Any]:
    return {
        "service_id": one.service_id,
        "location_id": one.location_id,
        "name": one.name,
        "organization": one.organization,
        "distance_m": None if one.hit.distance_m is None else round(one.hit.distance_m, 1),
        "latitude": one.lat,
        "longitude": one.lon,
        "centre_of": one.centre_of,
        "open": one.opening.open,
        "highlights": one.hit.highlights,
        "reasons": all_reasons(found.form, found.place, one),
        "verified_on": one.verified_on,
    }


def search_of(request: Request) -> Search:
    """The search of this process."""
    search: Search = request.app.state.search
    return search


handlers: list[BaseRouteHandler] = [api_search, api_suggest]
