"""What belongs to a listing, a row in words; of a confidential place nothing that leads there."""

import uuid
from collections.abc import Callable
from typing import Any

from core import display
from core.i18n import gettext as _
from directory.opening.words import row_words
from directory.showing.facts import address_lines
from directory.text import normal, normal_address


def tell(row: Any) -> str:
    """Return a row in words, in the language of the request; nothing where it says nothing."""
    return _TELLERS[row.__tablename__](row)


def alike_key(row: Any) -> tuple[str, uuid.UUID | str]:
    """Return what two rows of a table have in common when they say the same."""
    table = row.__tablename__
    if table == "phone":
        return table, f"{row.e164 or normal(row.number)} {row.extension or ''}"
    if table == "service_at_location":
        address = next(iter(row.location.addresses), None)
        if row.location.confidential or address is None:
            return table, row.location_id
        return table, normal_address(f"{address.address_1} {(address.postal_code or '')[:5] or address.city}")
    if table == "attribute":
        return table, row.taxonomy_term_id or normal(tell(row))
    return table, normal(tell(row))


def _joined(*parts: Any) -> str:
    return ", ".join(str(part).strip() for part in parts if part not in (None, ""))


def _phone(row: Any) -> str:
    number = display.phone(row.number) if row.number else ""
    extension = _("ext. %(number)s") % {"number": row.extension} if row.extension else ""
    return _joined(" ".join(filter(None, (number, extension))), row.description or row.type)


def _place(row: Any) -> str:
    if row.location.confidential:
        return _("A place whose address is kept private")
    return _joined(row.location.name, *address_lines(row.location.addresses[:1]))


def _category(row: Any) -> str:
    return row.taxonomy_term.name if row.taxonomy_term else row.label or row.value or ""


_TELLERS: dict[str, Callable[[Any], str]] = {
    "phone": _phone,
    "contact": lambda row: _joined(row.name, row.title, row.department, row.email, *map(_phone, row.phones)),
    "schedule": row_words,
    "language": lambda row: row.name or display.language_name(row.code or ""),
    "service_area": lambda row: row.name or row.description or "",
    "cost_option": lambda row: _joined(
        row.option,
        " ".join(_joined(one) for one in (row.amount, row.currency)).strip(),
        row.amount_description,
    ),
    "required_document": lambda row: row.document or "",
    "url": lambda row: _joined(row.label, row.url),
    "funding": lambda row: row.source or "",
    "organization_identifier": lambda row: _joined(
        row.identifier_scheme or row.identifier_type, row.identifier
    ),
    "address": lambda row: _joined(*address_lines([row])),
    "service_at_location": _place,
    "attribute": _category,
}
