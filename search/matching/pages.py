"""The page of four questions: what do you need, where, who is it for, and what else matters.

Questions and answers go by POST: what somebody says of themselves must not stand in an address, a history or a log.
"""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get, post
from litestar.handlers import BaseRouteHandler

from core import clock
from core.forms import FormErrors, as_typed, read_form
from core.i18n import N_
from core.i18n import gettext as _
from core.web import page, render
from directory.needs import FIELD_LIST, NEEDS, label
from search.matching.forms import ASKED, ASKED_PAPERS, NO_OTHERS, RATHER_NOT, MatchForm
from search.matching.limits import count_asking
from search.matching.matching import match
from search.matching.papers import PAPERS
from search.matching.seeker import AGE_BANDS, MOBILITY
from search.matching.showing import shown
from search.places import Ambiguous, Place
from search.state import Search

SAID = (
    ("food-insecurity", N_("There is not enough to eat")),
    ("homelessness", N_("I have nowhere to sleep tonight")),
    ("housing-instability", N_("I could lose my home")),
    ("utility-insecurity", N_("A bill is overdue: light, heat, water")),
    ("transportation-insecurity", N_("I cannot get where I must go")),
    ("employment-status", N_("I need work")),
    ("material-hardship", N_("Clothes, furniture or child care")),
    ("primary-care", N_("I need a doctor")),
    ("depression", N_("I feel very low or worried")),
    ("substance-use", N_("Alcohol or drugs are a problem")),
    ("safety", N_("Somebody scares me")),
    ("legal-help", N_("I got a letter I do not understand")),
)
"""What a person can tick, with the need or field that it stands for; all others stand in a list below."""

LANGUAGES = ("en", "es", "ar", "vi", "so", "zh", "ru", "fr", "ht", "ase")


@get("/match", **page("public"))
async def questions(request: Request) -> Response[str]:
    """Show the four questions."""
    return _questions(request)


@post("/match", status_code=200, **page("public"))
async def answers(request: Request) -> Response[str]:
    """Show what fits each need, why, what to ask about, and what does not fit."""
    try:
        form = read_form(MatchForm, await request.form())
    except FormErrors as wrong:
        return _questions(request, 422, errors=wrong.errors, typed=wrong.typed)
    await count_asking(request)
    search: Search = request.app.state.search
    place, errors, choices = await _place(search, form.near)
    if errors:
        return _questions(request, 422, errors=errors, typed=as_typed(form), choices=choices)
    seeker = form.seeker(place)
    found = await match(search, seeker)
    async with search.database.transaction(write=False) as db:
        matches = await shown(db, seeker, found)
    return render(
        request,
        "search/matches.html",
        **_offered(),
        typed=as_typed(form),
        place=place,
        matches=matches,
        said=dict(SAID),
        label=label,
        in_danger="survivors" in seeker.belongs_to or "safety" in seeker.needs,
        now=clock.now(),
        today=clock.today(place.time_zone if place else "UTC"),
    )


def _questions(request: Request, status: int = 200, **context: Any) -> Response[str]:
    return render(
        request, "search/match.html", status=status, **_offered(), labels=MatchForm.labels,
        **({"errors": {}, "typed": {}, "choices": ()} | context),
    )  # fmt: skip


def _offered() -> dict[str, Any]:
    """Everything that can be chosen on the page."""
    ticked = {code for code, _text in SAID}
    others = [
        (_(field.name), [(code, _(NEEDS[code].name)) for code in field.needs if code not in ticked])
        for field in FIELD_LIST.values()
    ]
    papers = [(code, _(PAPERS[code].label)) for code in ASKED_PAPERS]
    return {
        "said_needs": SAID,
        "other_needs": [group for group in others if group[1]],
        "age_bands": [(code, _(words)) for code, (_first, _last, words) in AGE_BANDS.items()],
        "household": ASKED,
        "mobilities": list(MOBILITY.items()),
        "spoken": LANGUAGES,
        "papers": papers,
        "no_others": NO_OTHERS,
        "rather_not": RATHER_NOT,
    }


async def _place(search: Search, text: str) -> tuple[Place | None, dict[str, str], tuple[str, ...]]:
    """The place of a text; or what is wrong with it, and the names to choose from. It is looked up on this machine."""
    if not text:
        return None, {}, ()
    found = await search.places.find(text)
    if isinstance(found, Ambiguous):
        names = tuple(choice.label for choice in found.choices)
        return None, {"near": _("Several places fit “%(text)s”. Choose one below.") % {"text": text}}, names
    if found is None:
        return None, {"near": _("We do not know that place. Try a ZIP code or “town, state”.")}, ()
    return found, {}, ()


handlers: list[BaseRouteHandler] = [questions, answers]
