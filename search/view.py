"""How the answer to a search is put into words: its heading, which part of it the page shows, what to know about it."""

from __future__ import annotations

from core.i18n import N_, ngettext
from core.i18n import gettext as _
from directory.needs import label
from search.forms import PER_PAGE
from search.places.words import said
from search.queries import Found


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


_NOTICES = {
    "index_missing": N_(
        "The search index is being built. Until it is ready, the search is slower and less forgiving of misspelt words."
    ),
    "index_away": N_(
        "The search index cannot be reached just now. The directory itself is being searched instead: everything is "
        "there, but the search is slower and less forgiving of misspelt words."
    ),
    "fewer_words": N_("No place has all of these words. These have some of them."),
    "mended": N_("No place has a word spelt like this. These have the nearest spelling."),
    "loosely": N_("No place has exactly these words. These come near to them."),
}
"""What the reader is told of how the engine answered, by the machine word of `Answer.notice`."""


def notice(found: Found) -> str:
    """What there is to know about how this answer came about; empty when there is nothing."""
    word = found.answer.notice or ""
    if not found.total and not word.startswith("index_"):
        return ""
    return _(_NOTICES.get(word, ""))
