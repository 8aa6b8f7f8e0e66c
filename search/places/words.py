"""How exact a place is, in words: a search is only as near as the point that it is measured from."""

from __future__ import annotations

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


def note(place: Place) -> str:
    """A sentence for who typed an address that could not be found to the house; empty otherwise."""
    if not place.approximate:
        return ""
    return _("Distances are from the centre of %(place)s, not from the address itself.") % {
        "place": place.label
    }
