"""Why a service was found, in plain words: what fits what was asked, never a score."""

from __future__ import annotations

from functools import lru_cache

from core.display import clock_time, language_name, miles
from core.i18n import gettext as _
from directory.needs import FIELDS, NEEDS, label
from search.forms import SearchForm
from search.listed import Listed
from search.needs import tag
from search.places import Place


def matched(form: SearchForm, place: Place | None, needs: tuple[str, ...], by_area: bool) -> list[str]:
    """What of the wishes this service is known to meet; `needs` are the codes it is tagged with.

    The engine keeps only what is known to fit a filter, so a filter that is on is itself a reason.
    """
    told = [_(label(code)) for code in asked_needs(form) if code in needs]
    told += [_(label(code)) for code in _meant(form.q) if code in needs]
    told += [_("%(language)s spoken") % {"language": language_name(code)} for code in form.language]
    if form.free:
        told.append(_("Free"))
    if form.accessible:
        told.append(_("Step-free"))
    if form.open_at is not None and not form.open_now:
        told.append(_("Open at the time you asked for"))
    if by_area and place is not None:
        told.append(_("Serves %(place)s") % {"place": place.label})
    return list(dict.fromkeys(told))


def all_reasons(form: SearchForm, place: Place | None, found: Listed) -> list[str]:
    """Every reason, distance and opening first, as the JSON answer tells them."""
    told = []
    if found.hit.distance_m is not None:
        told.append(miles(found.hit.distance_m))
    if found.opening.open and found.opening.until is not None:
        told.append(_("Open until %(time)s") % {"time": clock_time(found.opening.until, found.time_zone)})
    elif found.opening.open:
        told.append(_("Open now"))
    return told + matched(form, place, found.needs, place is not None and found.hit.distance_m is None)


@lru_cache(maxsize=1_000)
def _meant(text: str) -> tuple[str, ...]:
    """The needs that words typed into the search box speak of, by the same rules that listings are tagged by."""
    return tuple(tag(text))


def asked_needs(form: SearchForm) -> tuple[str, ...]:
    """The needs that were asked for, whole fields opened into theirs."""
    codes = [need for code in form.need for need in (FIELDS.get(code) or (code,))]
    return tuple(code for code in NEEDS if code in codes)
