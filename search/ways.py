"""The way on when a search finds nothing or little: wider, with one wish less, in other words; each with a number."""

from __future__ import annotations

import msgspec

from core.i18n import gettext as _
from directory.needs import FIELD_LIST, label
from search.engines import Suggestion
from search.filters import Chip, without_filters
from search.forms import RADII, SearchForm
from search.queries import Found, count
from search.state import Search

FEW = 3
"""So many results or fewer, and the page also says what would find more."""

MOST_WORDS = 6
_LOOKED_AT = 6


async def ways_on(search: Search, found: Found) -> list[Chip]:
    """Searches near to this one, each with the number it finds; those that find no more than this one are left out."""
    form = found.form
    tries = [(text, msgspec.structs.replace(form, page=1, **change)) for text, change in _one_less(form)]
    chips = [chip for text, changed in tries if (chip := await _try(search, found, text, changed))]
    chips += await _farther(search, found)
    if chips:
        return chips
    # No single wish is to blame: let go of all of them, then of the place too.
    bare = without_filters(form)
    anywhere = msgspec.structs.replace(bare, near="")
    for text, changed in ((_("Without any filter"), bare), (_("Without any filter, anywhere"), anywhere)):
        if chip := await _try(search, found, text, changed):
            return [chip]
    return []


def _one_less(form: SearchForm) -> list[tuple[str, dict[str, object]]]:
    """Each wish in turn that could be let go of, and how the search changes without it."""
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
    if form.need and form.q:
        tries.append((_("Any need"), {"need": ()}))
        tries.append((_("Without “%(words)s”") % {"words": form.q}, {"q": ""}))
    return tries


async def _try(search: Search, found: Found, text: str, changed: SearchForm) -> Chip | None:
    """A changed search as a chip, if it finds more than the present one."""
    number = await count(search, changed, found.place if changed.near else None)
    return Chip(text, changed.address(), count=number) if number > found.total else None


async def _farther(search: Search, found: Found) -> list[Chip]:
    """The nearest wider circle that finds more, and everywhere."""
    form = found.form
    if found.place is None:
        return []
    chips: list[Chip] = []
    for radius in (radius for radius in RADII if radius > form.miles):
        wider = msgspec.structs.replace(form, page=1, radius=float(radius))
        if chip := await _try(search, found, _("Up to %(n)s miles") % {"n": radius}, wider):
            chips.append(chip)
            break
    everywhere = msgspec.structs.replace(form, page=1, near="", radius=None)
    anywhere = await _try(search, found, _("Anywhere"), everywhere)
    return [*chips, anywhere] if anywhere else chips


async def other_words(search: Search, found: Found) -> list[Chip]:
    """Other things to search for around the same place: what the words typed may have meant, else fields of needs.

    Each says how many it finds, and all of them find something.
    """
    form = found.form
    around = SearchForm(near=form.near, radius=form.radius, offline=form.offline)
    chips: dict[str, Chip] = {}
    for one in await _meant(search, form.q):
        if len(chips) == MOST_WORDS:
            break
        code = one.id if one.kind == "need" else None
        wish = {"need": (code,)} if code else {"q": one.text[:300]}
        wanted = msgspec.structs.replace(around, **wish)
        if number := await count(search, wanted, found.place):
            chips.setdefault(
                wanted.address(), Chip(_(label(code)) if code else one.text, wanted.address(), count=number)
            )
    if chips:
        return list(chips.values())
    fields = [field for field in FIELD_LIST.values() if field.code not in form.need]
    for field in fields:
        wanted = msgspec.structs.replace(around, need=(field.code,))
        if number := await count(search, wanted, found.place):
            chips[field.code] = Chip(_(field.name), wanted.address(), count=number)
        if len(chips) == MOST_WORDS:
            break
    return list(chips.values())


async def _meant(search: Search, text: str) -> list[Suggestion]:
    """What the words typed may have meant: suggestions for all of them together, then for each, rightly spelt."""
    found: dict[tuple[str, str], Suggestion] = {}
    words = text.split()
    for part in dict.fromkeys([text, *(words if len(words) > 1 else [])][:_LOOKED_AT]):
        for one in await search.suggest(part, 4) if part else []:
            if one.text.lower() != text.lower():
                found.setdefault((one.kind, one.text.lower()), one)
    return list(found.values())
