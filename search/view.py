"""How a search is put into words and links: heading, chips, filters with counts, and the way on when nothing fits."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from core.display import language_name
from core.i18n import gettext as _
from core.i18n import ngettext
from directory.needs import FIELD_LIST, FIELDS, label
from search.engines import Facets
from search.forms import PER_PAGE, RADII, SearchForm
from search.places.words import said
from search.queries import Found, count
from search.state import Search

QUICK_LANGUAGES = 2
WORTH = 3
"""How many services a quick wish must find to be offered, and fewer than all."""

MOST_CITIES = 8
MOST_LANGUAGES = 10


class Chip(msgspec.Struct, frozen=True):
    """A wish as a link: on, it leads to the search without it; off, to the search with it, which finds `count`."""

    text: str
    href: str
    on: bool = False
    count: int | None = None


class Option(msgspec.Struct, frozen=True):
    """A tick box of the filter form with the number of services behind it."""

    name: str
    value: str
    text: str
    on: bool
    count: int | None


class Filters(msgspec.Struct, frozen=True):
    """Everything the filter form shows."""

    radii: list[tuple[str, str]]
    radius: str
    needs: list[Option]
    when: list[Option]
    languages: list[Option]
    cities: list[Option]
    good: list[Option]
    hidden: list[tuple[str, str]]
    """Wishes that have no field in the form and must not be lost when it is sent."""


def heading(found: Found) -> tuple[str, str]:
    """The heading of the results, in two parts: what was found, and around which place."""
    form, number = found.form, found.total
    said = f"{number:,}" if found.answer.exact else _("more than %(n)s") % {"n": f"{number - 1:,}"}
    if form.q:
        title = ngettext("%(num)s place for %(what)s", "%(num)s places for %(what)s", number)
    elif form.need:
        title = ngettext("%(what)s: %(num)s place", "%(what)s: %(num)s places", number)
    else:
        title = ngettext("%(num)s place", "%(num)s places", number)
    what = form.q or ", ".join(_(label(code)) for code in form.need)
    return title % {"num": said, "what": what}, around(found)


def around(found: Found) -> str:
    """Within how many miles of which place, or nothing."""
    if found.place is None:
        return ""
    words = {"n": f"{found.form.miles:g}", "place": said(found.place)}
    return (
        ngettext("within %(n)s mile of %(place)s", "within %(n)s miles of %(place)s", int(found.form.miles))
        % words
    )


def shown(found: Found) -> str:
    """ "1 to 20 of 61"."""
    first = (found.form.page - 1) * PER_PAGE + 1
    words = {
        "first": f"{first:,}",
        "last": f"{first + len(found.answer.hits) - 1:,}",
        "all": f"{found.total:,}",
    }
    return _("%(first)s to %(last)s of %(all)s") % words


def active(form: SearchForm) -> list[Chip]:
    """A chip for each wish that narrows the search, leading to the search without it."""
    chips = [
        Chip(_(label(code)), form.address(need=form.without("need", code)), True)
        for code in form.need
        if form.q or len(form.need) > 1
    ]
    if form.open_now:
        chips.append(Chip(_("Open now"), form.address(open_now=False), True))
    if form.open_at:
        chips.append(Chip(_("Open at a set time"), form.address(open_at=None), True))
    chips += [
        Chip(language_name(code), form.address(language=form.without("language", code)), True)
        for code in form.language
    ]
    if form.free:
        chips.append(Chip(_("Free"), form.address(free=False), True))
    if form.accessible:
        chips.append(Chip(_("Step-free"), form.address(accessible=False), True))
    chips += [Chip(city, form.address(city=form.without("city", city)), True) for city in form.city]
    if form.age is not None:
        chips.append(Chip(_("Age %(age)s") % {"age": f"{form.age:g}"}, form.address(age=None), True))
    chips += [
        Chip(word.capitalize(), form.address(eligibility=form.without("eligibility", word)), True)
        for word in form.eligibility
    ]
    return chips


def quick(form: SearchForm, facets: Facets, total: int) -> list[Chip]:
    """Chips for the wishes that most people have and that would still find something."""
    chips: list[Chip] = []
    if (
        not form.open_now
        and not form.open_at
        and 0 < (number := facets.get("open_now", {}).get("yes", 0)) < total
    ):
        chips.append(Chip(_("Open now"), form.address(open_now=True), count=number))
    if not form.free and 0 < (number := facets.get("free", {}).get("yes", 0)) < total:
        chips.append(Chip(_("Free"), form.address(free=True), count=number))
    spoken = [
        code for code in _most(facets.get("language", {})) if code != "en" and code not in form.language
    ]
    chips += [
        Chip(
            language_name(code),
            form.address(language=(*form.language, code)),
            count=None if form.language else facets["language"][code],
        )
        for code in spoken[:QUICK_LANGUAGES]
    ]
    if not form.need:
        chips += [
            Chip(_(FIELD_LIST[code].name), form.address(need=(code,)), count=facets["need"][code])
            for code in _most(facets.get("need", {}))
            if code in FIELDS and WORTH <= facets["need"][code] < total
        ][:3]
    return chips


def filters(found: Found) -> Filters:
    """The filter form, with how many services each tick would find."""
    form, facets = found.form, found.answer.facets
    needs, languages, cities = (facets.get(name, {}) for name in ("need", "language", "city"))
    asked = [code for code in form.need if code not in FIELDS]
    offered = [code for code in FIELD_LIST if needs.get(code) or code in form.need]
    radii = {f"{radius}": ngettext("%(n)s mile", "%(n)s miles", radius) % {"n": radius} for radius in RADII}
    radii.setdefault(f"{form.miles:g}", _("%(n)s miles") % {"n": f"{form.miles:g}"})
    return Filters(
        radii=sorted(radii.items(), key=lambda pair: float(pair[0])),
        radius=f"{form.miles:g}",
        needs=[
            Option("need", code, _(label(code)), code in form.need, needs.get(code, 0))
            for code in (*asked, *offered)
        ],
        when=[
            Option("open_now", "1", _("Open now"), form.open_now, facets.get("open_now", {}).get("yes", 0))
        ],
        languages=[
            Option("language", code, language_name(code), code in form.language, languages.get(code, 0))
            for code in _with(form.language, _most(languages)[:MOST_LANGUAGES])
        ],
        cities=[
            Option("city", city, city, city in form.city, cities.get(city, 0))
            for city in _with(form.city, _most(cities)[:MOST_CITIES])
        ],
        good=[
            Option("free", "1", _("Free"), form.free, facets.get("free", {}).get("yes", 0)),
            Option("accessible", "1", _("Step-free"), form.accessible, None),
        ],
        hidden=[
            *(("eligibility", word) for word in form.eligibility),
            *([("open_at", form.open_at.isoformat(timespec="minutes"))] if form.open_at else []),
            *([("sort", form.sort)] if form.sort != "best" else []),
            *([("offline", "1")] if form.offline else []),
        ],
    )


async def ways_on(search: Search, found: Found) -> list[Chip]:
    """Searches near to one that found nothing, each with the number it finds; those that find nothing are left out."""
    form = found.form
    tries: list[tuple[str, dict[str, object]]] = []
    if form.open_now or form.open_at:
        tries.append((_("Closed now is fine"), {"open_now": False, "open_at": None}))
    if form.language:
        tries.append((_("Any language"), {"language": ()}))
    if form.free:
        tries.append((_("With a fee too"), {"free": False}))
    if form.accessible:
        tries.append((_("With steps too"), {"accessible": False}))
    if form.city:
        tries.append((_("Any town"), {"city": ()}))
    if form.age is not None:
        tries.append((_("Any age"), {"age": None}))
    if form.eligibility:
        tries.append((_("For anybody"), {"eligibility": ()}))
    if form.need:
        tries.append((_("Any need"), {"need": ()}))
    if form.q and form.need:
        tries.append((_("Without “%(words)s”") % {"words": form.q}, {"q": ""}))
    chips: list[Chip] = []
    for text, change in tries:
        changed = msgspec.structs.replace(form, page=1, **change)
        if number := await count(search, changed, found.place):
            chips.append(Chip(text, changed.address(), count=number))
    return chips + await _farther(search, found)


async def _farther(search: Search, found: Found) -> list[Chip]:
    """The nearest wider circle that finds something, and everywhere."""
    form = found.form
    if found.place is None:
        return []
    chips: list[Chip] = []
    for radius in (radius for radius in RADII if radius > form.miles):
        changed = msgspec.structs.replace(form, page=1, radius=float(radius))
        if number := await count(search, changed, found.place):
            chips.append(Chip(_("Up to %(n)s miles") % {"n": radius}, changed.address(), count=number))
            break
    anywhere = msgspec.structs.replace(form, page=1, near="", radius=None)
    if number := await count(search, anywhere, None):
        chips.append(Chip(_("Anywhere"), anywhere.address(), count=number))
    return chips


async def other_words(search: Search, form: SearchForm) -> list[Chip]:
    """Other things to search for: what the words typed may have meant, else the fields of needs."""
    found = (
        [one for one in await search.suggest(form.q, 4) if one.text.lower() != form.q.lower()]
        if form.q
        else []
    )
    chips = [
        Chip(_(label(one.id)), SearchForm(need=(one.id,), near=form.near, radius=form.radius).address())
        if one.kind == "need" and one.id
        else Chip(one.text, SearchForm(q=one.text[:300], near=form.near, radius=form.radius).address())
        for one in found
    ]
    if chips:
        return chips
    return [
        Chip(_(field.name), SearchForm(need=(field.code,), near=form.near, radius=form.radius).address())
        for field in list(FIELD_LIST.values())[:6]
    ]


def _most(values: dict[str, int]) -> list[str]:
    """Facet values, the most frequent first."""
    return sorted(values, key=lambda value: (-values[value], value))


def _with(chosen: Iterable[str], offered: Iterable[str]) -> list[str]:
    """What is chosen, whether it finds anything or not, then what else is offered."""
    return list(dict.fromkeys([*chosen, *offered]))
