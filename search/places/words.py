"""How exact a place is, in words: a search is only as near as the point that it is measured from."""

from __future__ import annotations

from collections.abc import Sequence

from core.i18n import gettext as _
from search.places.gazetteer import Place


def said(place: Place) -> str:
    """What distances are measured from: coordinates, an address, or the centre of a ZIP code, town or county."""
    if place.precision == "point":
        return place.label
    if place.precision == "address":
        return _("an address in %(place)s") % {"place": place.label}
    if place.precision == "street":
        return _("a street in %(place)s") % {"place": place.label}
    return _("the centre of %(place)s") % {"place": place.label}


def asked_back(text: str, choices: Sequence[Place]) -> tuple[str, str]:
    """A question and a sentence for several places that fit: namesakes are told apart by their states."""
    names = {place.label.rpartition(", ")[0] for place in choices}
    sentence = _("Several places fit “%(text)s”.") % {"text": text}
    if len(names) != 1 or len(choices) < 2:
        return _("Which place do you mean?"), sentence
    name = names.pop()
    states = [place.label.rpartition(", ")[2] for place in choices]
    told = _("%(list)s or %(last)s") % {"list": ", ".join(states[:-1]), "last": states[-1]}
    return _("Which %(name)s do you mean: %(states)s?") % {"name": name, "states": told}, sentence


def note(place: Place) -> str:
    """A sentence for who typed an address that could not be found to the house; empty otherwise."""
    if not place.approximate:
        return ""
    return _("Distances are from the centre of %(place)s, not from the address itself.") % {
        "place": place.label
    }
