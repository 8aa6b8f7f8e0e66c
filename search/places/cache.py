"""What a geocoder answered before, kept in the database by a keyed hash of the text: the text itself is never stored.

Coordinates are rounded to about 100 metres and the label names town and ZIP code only, so that nobody who reads the
table learns an address that somebody searched around.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import cast

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from core import clock
from core.crypto import keyed_hash
from core.database import insert_into
from search.models import FoundPlace
from search.places.gazetteer import Place, Precision, gazetteer
from search.places.tokens import town_key, zip_tokens

KEPT = timedelta(days=90)
KEPT_NOTHING = timedelta(days=2)
"""How long an answer is believed, and how long that there was none."""

DECIMALS = 3
"""Of a degree: about 100 metres."""


def key_of(text: str) -> str:
    """The key of a text: the same for other spacing, case and punctuation; no use without the deployment's secret."""
    return keyed_hash("found place", town_key(re.sub(r"[#.]", " ", text)))


async def cached(db: AsyncSession, text: str) -> tuple[bool, Place | None]:
    """Whether an answer about a text is kept, and the place; (True, None) when it is kept that there is none."""
    row = await db.get(FoundPlace, key_of(text))
    if row is None or row.expires_on < _today():
        return False, None
    if row.latitude is None or row.longitude is None:
        return True, None
    return True, _place(
        row.latitude, row.longitude, row.label, cast(Precision, row.precision), row.postal_code
    )


def blurred(place: Place) -> Place:
    """A place as it will be read once it is kept: the same answer now and later."""
    return _place(
        round(place.lat, DECIMALS),
        round(place.lon, DECIMALS),
        place.label[:200],
        place.precision,
        _code_of(place),
    )


async def keep(db: AsyncSession, text: str, place: Place | None, provider: str) -> None:
    """Keep what was answered about a text, in place of what was kept before."""
    row = {
        "key": key_of(text),
        "latitude": round(place.lat, DECIMALS) if place else None,
        "longitude": round(place.lon, DECIMALS) if place else None,
        "label": place.label[:200] if place else "",
        "precision": place.precision if place else "",
        "postal_code": _code_of(place) if place else "",
        "provider": provider,
        "found_on": _today(),
        "expires_on": _today() + (KEPT if place else KEPT_NOTHING),
    }
    insertion = insert_into(db, FoundPlace).values(row)
    values = {name: insertion.excluded[name] for name in row if name != "key"}
    await db.execute(insertion.on_conflict_do_update(index_elements=[FoundPlace.key], set_=values))


async def forget_old(db: AsyncSession) -> None:
    """Drop what is no longer believed."""
    await db.execute(delete(FoundPlace).where(FoundPlace.expires_on < _today()))


def _place(lat: float, lon: float, label: str, precision: Precision, code: str) -> Place:
    near = gazetteer().near(lat, lon)
    centre = gazetteer().by_zip(code) if code else None
    words = (*(zip_tokens(code) if code else ()), *(centre or near).area_words)
    return Place(lat, lon, label, precision, near.time_zone, tuple(dict.fromkeys(words)))


def _code_of(place: Place) -> str:
    """The ZIP code that a place lies in, "" when it is not known."""
    return next((word for word in place.area_words if len(word) == 5 and word.isdigit()), "")


def _today() -> date:
    return clock.today("UTC")
