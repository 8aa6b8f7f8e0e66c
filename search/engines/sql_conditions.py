"""Conditions that find services in the directory's own tables: always supersets, judged exactly afterwards.

Each condition names its services by a subquery of its own that no row of the outer query is put into, so that a
database looks through each table once for a search and not once for a service.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select

from core.i18n import gettext as _
from core.i18n import in_language
from directory.models import (
    Address,
    Attribute,
    Location,
    Organization,
    Service,
    ServiceArea,
    ServiceAtLocation,
    TaxonomyTerm,
)
from directory.needs import FIELD_LIST, NEEDS, label, with_fields
from search.engines.words import Word
from search.geo import bounding_box
from search.models import ServiceNeed
from search.text import stem, words

_ACCENTED = dict(zip("aeioun", "áéíóúñ", strict=True))

_ODD = {"die": "dying", "lie": "lying", "tie": "tying", "gentl": "gentle", "idl": "idly", "ski": "skis"}
"""Stems that Snowball gives to words which do not begin with them."""


def has_word(word: Word) -> ColumnElement[bool]:
    """Whether a service may have a word, in any of its ways."""
    ways = [word.own, *(way.stems for way in (*word.exact, *word.loose))]
    # A phrase stands in one text; the stems of what was typed itself may stand in several.
    patterns = _widest(_phrase(way) for way in ways[1:] if way)
    options = [_has_pattern(patterns, [stem for way in ways[1:] for stem in way])] if patterns else []
    if word.own:
        options.append(and_(*(has_stem(one) for one in word.own)))
    if needs := (*word.needs, *word.loose_needs):
        options.append(has_need(needs))
    return or_(*options)


def has_stem(one: str) -> ColumnElement[bool]:
    """Whether a service may have a word with this stem."""
    return _has_pattern(_patterns(one), [one])


def has_need(codes: Iterable[str]) -> ColumnElement[bool]:
    """Whether a service is tagged with one of these needs, or with one of the field that a code names."""
    wanted = {need for need in NEEDS if not set(codes).isdisjoint(with_fields((need,)))}
    return Service.id.in_(
        select(ServiceNeed.service_id).where(ServiceNeed.need.in_(wanted), ServiceNeed.denied.is_(False))
    )


def may_be_near(lat: float, lon: float, radius_m: float) -> ColumnElement[bool]:
    """Whether a service has a place in the box around the circle, or one that is on no map, or none at all."""
    south, west, north, east = bounding_box(lat, lon, radius_m)
    here: ColumnElement[bool] = Location.latitude.between(south, north)
    if west >= -180 and east <= 180:
        here = and_(here, Location.longitude.between(west, east))
    hidden = or_(Location.latitude.is_(None), Location.longitude.is_(None), Location.confidential)
    places = (
        select(ServiceAtLocation.service_id)
        .join(Location, Location.id == ServiceAtLocation.location_id)
        .where(or_(here, hidden))
    )
    return or_(Service.id.in_(places), Service.id.not_in(select(ServiceAtLocation.service_id)))


def may_come() -> ColumnElement[bool]:
    """Whether a service states an area: with a place far away it may come to people in it, or talk to them."""
    of_places = select(ServiceAtLocation.service_id).join(
        ServiceArea, ServiceArea.service_at_location_id == ServiceAtLocation.id
    )
    of_services = select(ServiceArea.service_id).where(ServiceArea.service_id.is_not(None))
    return or_(Service.id.in_(of_services), Service.id.in_(of_places))


def begins(column: Any, typed: str) -> ColumnElement[bool]:
    """Whether a name begins with what was typed, or has a later word that does."""
    safe = typed.replace("%", "").replace("_", "")
    return or_(column.ilike(f"{safe}%"), column.ilike(f"% {safe}%"))


def _has_pattern(patterns: Iterable[str], stems: Iterable[str]) -> ColumnElement[bool]:
    """Whether any text of a service fits one of the patterns, or it is tagged with a need that is called so."""
    patterns = tuple(patterns)

    def like(*columns: Any) -> ColumnElement[bool]:
        return or_(*(column.ilike(pattern) for column in columns for pattern in patterns))

    organizations = select(Organization.id).where(like(Organization.name, Organization.alternate_name))
    terms = (
        select(Attribute.link_id)
        .outerjoin(TaxonomyTerm, TaxonomyTerm.id == Attribute.taxonomy_term_id)
        .where(Attribute.link_id.is_not(None), like(TaxonomyTerm.name, Attribute.value))
    )
    named = select(Location.id).where(like(Location.name))
    written = select(Address.location_id).where(
        Address.location_id.is_not(None), like(Address.city, Address.state_province, Address.postal_code)
    )
    places = select(ServiceAtLocation.service_id).where(
        or_(ServiceAtLocation.location_id.in_(named), ServiceAtLocation.location_id.in_(written))
    )
    options = [
        like(Service.name, Service.alternate_name, Service.description),
        Service.organization_id.in_(organizations),
        Service.id.in_(terms),
        Service.id.in_(places),
    ]
    if needs := {need for one in stems for need in _needs_named(one)}:
        options.append(has_need(needs))
    return or_(*options)


def _phrase(stems: tuple[str, ...]) -> list[str]:
    """Patterns that a text with these stems side by side fits."""
    if len(stems) == 1:
        return _patterns(stems[0])
    return ["%" + "%".join(_patterns(one)[0].strip("%") for one in stems) + "%"]


def _widest(patterns: Iterable[list[str]]) -> list[str]:
    """The patterns, without those whose texts fit a shorter one too."""
    every = sorted({one for many in patterns for one in many}, key=len)
    kept: list[str] = []
    for one in every:
        if not any(other.strip("%") in one for other in kept):
            kept.append(one)
    return kept


def _patterns(one: str) -> list[str]:
    """LIKE patterns that words of a stem fit, with any or one accent: LIKE itself knows no folding."""
    if one in _ODD:
        return [f"%{one}%", f"%{_ODD[one]}%"]
    # Snowball turns a final y into i ("pantri"), gives some an e ("ride" for "riding") and others bl ("sensibl").
    bare = one[:-1] if len(one) > 3 and (one[-1] in "ei" or one.endswith("bl")) else one
    if sum(letter not in _ACCENTED for letter in bare) >= 3:
        return [f"%{''.join('_' if letter in _ACCENTED else letter for letter in bare)}%"]
    once = [
        bare[:at] + _ACCENTED[letter] + bare[at + 1 :]
        for at, letter in enumerate(bare)
        if letter in _ACCENTED
    ]
    return [f"%{form}%" for form in (bare, *once)]


@lru_cache(maxsize=4096)
def _needs_named(one: str) -> tuple[str, ...]:
    """Needs and fields whose name, in English or Spanish, has a word with this stem."""
    found = []
    for code in (*NEEDS, *FIELD_LIST):
        with in_language("es"):
            text = f"{label(code)} {_(label(code))}"
        if one in map(stem, words(text)):
            found.append(code)
    return tuple(found)
