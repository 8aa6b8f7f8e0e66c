"""The wishes that narrow a search: chips that take one off or put one on, and the form with all of them, with counts."""

from __future__ import annotations

import re
from collections.abc import Iterable

import msgspec

from core.display import clock_time, language_name, near_day
from core.i18n import gettext as _
from core.i18n import ngettext
from directory.needs import FIELD_LIST, FIELDS, label
from search.engines import Facets
from search.forms import DEFAULT_RADIUS, RADII, SearchForm
from search.queries import Found, open_at

QUICK_LANGUAGES = 2
WORTH = 3
"""How many services a field of needs must find to be offered as a quick wish, and fewer than all."""

MOST_CITIES = 8
MOST_LANGUAGES = 10


_NO_NAME = re.compile(r"\W+")


class Chip(msgspec.Struct, frozen=True):
    """A wish as a link: on, it leads to the search without it; off, to the search with it, which finds `count`.

    `key` is the same for a wish that is on and off, so that the focus stays on it.
    """

    text: str
    href: str
    on: bool = False
    count: int | None = None
    key: str = ""

    @property
    def id(self) -> str:
        """Its name on the page."""
        return f"wish-{_NO_NAME.sub('-', self.key)}" if self.key else ""


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
    open_at: str
    languages: list[Option]
    cities: list[Option]
    good: list[Option]
    people: list[Option]
    hidden: list[tuple[str, str]]
    """Wishes that have no field in the form and must not be lost when it is sent."""


def active(found: Found) -> list[Chip]:
    """A chip for each wish that narrows the search, leading to the search without it."""
    form = found.form
    chips = [
        Chip(_(label(code)), form.address(need=form.without("need", code)), True, key=f"need-{code}")
        for code in form.need
    ]
    if form.near and form.radius is not None and form.miles != DEFAULT_RADIUS:
        words = ngettext("Within %(n)s mile", "Within %(n)s miles", round(form.miles))
        chips.append(Chip(words % {"n": f"{form.miles:g}"}, form.address(radius=None), True, key="radius"))
    if form.open_now:
        chips.append(Chip(_("Open now"), form.address(open_now=False), True, key="open_now"))
    if form.open_at:
        chips.append(Chip(_moment(found), form.address(open_at=None), True, key="open_at"))
    chips += [
        Chip(
            language_name(code),
            form.address(language=form.without("language", code)),
            True,
            key=f"language-{code}",
        )
        for code in form.language
    ]
    if form.free:
        chips.append(Chip(_("Free"), form.address(free=False), True, key="free"))
    if form.accessible:
        chips.append(Chip(_("Step-free"), form.address(accessible=False), True, key="accessible"))
    chips += [
        Chip(city, form.address(city=form.without("city", city)), True, key=f"city-{city}")
        for city in form.city
    ]
    if form.age is not None:
        chips.append(
            Chip(_("Age %(age)s") % {"age": f"{form.age:g}"}, form.address(age=None), True, key="age")
        )
    chips += [
        Chip(
            word.capitalize(),
            form.address(eligibility=form.without("eligibility", word)),
            True,
            key=f"eligibility-{word}",
        )
        for word in form.eligibility
    ]
    return chips


def without_filters(form: SearchForm) -> SearchForm:
    """The search with its words, needs and place, and nothing that narrows them."""
    return SearchForm(q=form.q, near=form.near, need=form.need, sort=form.sort, offline=form.offline)


def _moment(found: Found) -> str:
    """The moment that was asked for as the clock at the place shows it: "Open Tuesday at 9 am"."""
    asked = found.form.open_at
    if found.place is None and asked is not None:
        return _("Open %(day)s at %(time)s") % {
            "day": near_day(asked.date()),
            "time": clock_time(asked.time()),
        }
    zone = found.place.time_zone if found.place else "UTC"
    at = open_at(found.form, found.place)
    return _("Open %(day)s at %(time)s") % {"day": near_day(at, zone), "time": clock_time(at, zone)}


def quick(form: SearchForm, facets: Facets, total: int) -> list[Chip]:
    """Chips for the wishes that most people have and that would still find something."""
    chips: list[Chip] = []
    if (
        not form.open_now
        and not form.open_at
        and 0 < (number := facets.get("open_now", {}).get("yes", 0)) < total
    ):
        chips.append(Chip(_("Open now"), form.address(open_now=True), count=number, key="open_now"))
    if not form.free and 0 < (number := facets.get("free", {}).get("yes", 0)) < total:
        chips.append(Chip(_("Free"), form.address(free=True), count=number, key="free"))
    spoken = [
        code for code in _most(facets.get("language", {})) if code != "en" and code not in form.language
    ]
    chips += [
        Chip(
            language_name(code),
            form.address(language=(*form.language, code)),
            count=None if form.language else facets["language"][code],
            key=f"language-{code}",
        )
        for code in spoken[:QUICK_LANGUAGES]
    ]
    if not form.need:
        chips += [
            Chip(
                _(FIELD_LIST[code].name),
                form.address(need=(code,)),
                count=facets["need"][code],
                key=f"need-{code}",
            )
            for code in _most(facets.get("need", {}))
            if code in FIELDS and WORTH <= facets["need"][code] < total
        ][:3]
    return chips


def filters(found: Found, audiences: Iterable[str] = ()) -> Filters:
    """The filter form, with how many services each tick would find; `audiences` are words listings name people by."""
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
        open_at=form.open_at.replace(tzinfo=None).isoformat(timespec="minutes") if form.open_at else "",
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
        people=[
            Option("eligibility", word, word.capitalize(), word in form.eligibility, None)
            for word in _with(form.eligibility, audiences)
        ],
        hidden=[(name, text) for name, text in form.pairs() if name in {"sort", "offline"}],
    )


def _most(values: dict[str, int]) -> list[str]:
    """Facet values, the most frequent first."""
    return sorted(values, key=lambda value: (-values[value], value))


def _with(chosen: Iterable[str], offered: Iterable[str]) -> list[str]:
    """What is chosen, whether it finds anything or not, then what else is offered."""
    return list(dict.fromkeys([*chosen, *offered]))
