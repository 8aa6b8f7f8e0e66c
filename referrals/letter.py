"""What a receiver sees of a referral: decided when it is read, by the consent that is in force at that moment."""

import re
import uuid
from datetime import date

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from care import queries as care_queries
from care.models import CATEGORIES, CONTACT_WAYS, Client
from core.display import day, language_name
from core.i18n import gettext as _


class Letter(msgspec.Struct, frozen=True):
    """What is told, and what is kept back, each as (category, label, value); `consented` is False when nothing may be."""

    consented: bool
    told: tuple[tuple[str, str, str], ...]
    kept: tuple[tuple[str, str], ...]

    def value(self, category: str) -> str:
        """Return what is told of a category, or an empty string."""
        return next((value for name, _label, value in self.told if name == category), "")


def compose(client: Client, note: str, chosen: frozenset[str], allowed: frozenset[str]) -> Letter:
    """Return what a receiver sees: the categories that were chosen for the referral and are allowed by consent.

    "Do not contact the person" always travels with it, since keeping that back could put somebody in danger.
    """
    shown = chosen & allowed
    told = [
        (category, _(label), value)
        for category, label in CATEGORIES.items()
        if category in shown and (value := _value(client, note, category))
    ]
    kept = [(category, _(label)) for category, label in CATEGORIES.items() if category not in shown]
    if allowed and client.contact_way == "none" and "contact" not in shown:
        told.append(("contact", _(CATEGORIES["contact"]), _(CONTACT_WAYS["none"])))
    return Letter(bool(allowed), tuple(told), tuple(kept))


_ZIP = re.compile(r"\b\d{5}\b")


def area(place: str) -> str:
    """Return as much of a client's place as may be told before it is told who they are: a ZIP code, or a town's name.

    Somebody may have typed a whole address where a town is asked for.
    """
    zips = _ZIP.findall(place)
    if zips:
        return str(zips[-1])
    return "" if any(character.isdigit() for character in place) else place.rpartition("\n")[2][:40]


def _value(client: Client, note: str, category: str) -> str:
    match category:
        case "name":
            return client.name
        case "contact":
            parts = [_(CONTACT_WAYS[client.contact_way])]
            if client.contact_way in {"phone", "text"}:
                parts.append(client.phone)
            elif client.contact_way == "email":
                parts.append(client.email)
            if client.safe_contact:
                parts.append(client.safe_contact)
            return " · ".join(parts)
        case "birth_date":
            born = date.fromisoformat(client.birth_date)
            return f"{day(born)}, {born.year}" if str(born.year) not in day(born) else day(born)
        case "place":
            return client.place
        case "language":
            return language_name(client.language)
        case _:
            return note


async def letter_for(
    db: AsyncSession,
    client: Client,
    note: str,
    chosen: frozenset[str],
    receiver_id: uuid.UUID | None,
    on: date,
) -> Letter:
    """Return the letter as the receiver sees it today; without a receiver or consent it tells nothing."""
    if receiver_id is None:
        return Letter(False, (), ())
    allowed = await care_queries.allowed_categories(db, client.id, receiver_id, on)
    return compose(client, note, chosen, allowed)
