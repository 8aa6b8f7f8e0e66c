"""The sketch map beside results: numbered pins around the place searched, and the same in one sentence."""

from __future__ import annotations

from collections.abc import Sequence
from math import atan2, cos, degrees, hypot, radians, sin, sqrt

import msgspec

from core.display import miles
from core.i18n import gettext as _
from directory.schematic import Drawn, Point, Sketch, sketch
from search.cards import Card
from search.geo import distance_m
from search.places import Place, Places
from search.places.words import said

WIDTH, HEIGHT = 352, 440
_EDGE, _GAP = 18, 25
"""Pixels that a pin keeps from the frame, and that the middles of two pins keep from each other."""


class ResultMap(msgspec.Struct, frozen=True):
    """What the template draws, the sentence that says it, and a note on what stands in the middle."""

    sketch: Sketch
    label: str
    note: str
    has_place: bool


def draw(place: Place | None, shown: Sequence[Card], places: Places) -> ResultMap | None:
    """A map of the cards of one page; None when none of them can be put on it."""
    results = [
        Point(card.lat, card.lon, str(card.number), f"#r{card.number}")
        for card in shown
        if card.lat is not None and card.lon is not None
    ]
    if not results:
        return None
    if place is None:
        south, north = min(p.latitude for p in results), max(p.latitude for p in results)
        west, east = min(p.longitude for p in results), max(p.longitude for p in results)
        middle = ((south + north) / 2, (west + east) / 2)
        label, note = _("Sketch map of these places"), _("A sketch. The list says the same in words.")
    else:
        middle = (place.lat, place.lon)
        label = _("Sketch map around %(place)s: %(list)s.") % {
            "place": place.label,
            "list": _sentence(place, results),
        }
        note = _(
            "The rings are distances in a straight line from %(place)s. The list says the same in words."
        ) % {"place": said(place)}
    towns = [Point(town.lat, town.lon, town.label.partition(",")[0]) for town in places.towns_near(*middle)]
    drawn = sketch(middle, results, towns, width=WIDTH, height=HEIGHT)
    drawn = drawn._replace(pins=_apart(drawn.pins), rings=drawn.rings if place else [])
    return ResultMap(drawn, label, note, place is not None)


def _apart(pins: Sequence[Drawn]) -> list[Drawn]:
    """The pins moved so far that no number is hidden: each to the nearest free spot around where it belongs."""
    placed: list[Drawn] = []
    for pin in pins:
        for step in range(200):
            # Points of a sunflower: evenly spread, ever farther out.
            turn, out = step * 2.399963, 6 * sqrt(step)
            x = min(max(pin.x + out * cos(turn), _EDGE), WIDTH - _EDGE)
            y = min(max(pin.y + out * sin(turn), _EDGE), HEIGHT - _EDGE)
            if all(hypot(x - other.x, y - other.y) >= _GAP for other in placed):
                break
        placed.append(pin._replace(x=round(x, 1), y=round(y, 1)))
    return placed


def _sentence(place: Place, results: Sequence[Point]) -> str:
    told = []
    for point in results:
        away = distance_m(place.lat, place.lon, point.latitude, point.longitude)
        words = {"number": point.label, "distance": miles(away), "direction": _direction(place, point)}
        told.append(_("place %(number)s is %(distance)s %(direction)s") % words)
    return ", ".join(told)


def _direction(place: Place, point: Point) -> str:
    east = (point.longitude - place.lon) * cos(radians(place.lat))
    names = (
        _("north"), _("north-east"), _("east"), _("south-east"),
        _("south"), _("south-west"), _("west"), _("north-west"),
    )  # fmt: skip
    return names[round(degrees(atan2(east, point.latitude - place.lat)) / 45) % 8]
