"""Why two listings are proposed to be one, in words: from codes with figures, in the language of the request."""

from typing import Any

from core.display import number
from core.i18n import N_
from core.i18n import gettext as _

REASONS = {
    "names": N_("names alike %(n)s %%"),
    "same-name": N_("same name"),
    "same-phone": N_("same telephone"),
    "shared-phone": N_("same telephone, which others have too"),
    "other-phone": N_("different telephones"),
    "same-address": N_("same address"),
    "same-street": N_("same street and number"),
    "metres": N_("%(n)s m apart"),
    "kilometres": N_("%(n)s km apart"),
    "same-zip": N_("same ZIP code"),
    "same-town": N_("same town"),
    "other-town": N_("different towns"),
    "other-state": N_("different states"),
    "same-site": N_("same website"),
    "other-site": N_("different websites"),
    "same-mail": N_("same mail address"),
    "same-number": N_("same tax number or official number"),
    "other-number": N_("different tax numbers"),
    "same-organization": N_("same organization"),
    "other-organization": N_("organizations called differently"),
    "told-apart": N_("a number, a side of the town or what is offered tells the names apart"),
    "one-list": N_("both in the list of one source"),
}


def reason_words(reasons: list[Any]) -> list[tuple[str, bool]]:
    """Return each reason in words, and whether it speaks for being the same."""
    told = []
    for code, figure, points in reasons:
        if code in REASONS:
            words = _(REASONS[code])
            told.append((words % {"n": number(figure)} if "%(n)s" in words else words, points > 0))
    return told
