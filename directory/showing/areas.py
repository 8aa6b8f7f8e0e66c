"""The areas that a service serves, in words."""

from __future__ import annotations

from core.i18n import gettext as _
from directory.models import ServiceArea
from directory.shapes import is_shape

LONGEST_EXTENT = 200
"""A list of ZIP codes that is longer is shown by its beginning."""


def area_words(area: ServiceArea) -> str | None:
    """What an area is called, else what it consists of; a shape is none that could be read out."""
    if area.name or area.description:
        return area.name or area.description
    if not area.extent:
        return None
    if is_shape(area.extent, area.extent_type):
        return _("an area drawn on a map: ask whether yours is in it")
    text = " ".join(area.extent.split())
    return (
        text if len(text) <= LONGEST_EXTENT else text[:LONGEST_EXTENT].rpartition(" ")[0].rstrip(" ,;") + " …"
    )
