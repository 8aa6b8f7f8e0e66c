"""One row of a mapped table as fields of a listing: text moved to where it belongs, the address taken apart."""

import hashlib
import re
from collections.abc import Iterable
from typing import Any

import msgspec

from directory.coordinates import Coordinates, Refused, read_coordinates
from directory.importing.addresses import take_apart
from directory.importing.mapping import Mapping, Refusal, column_key
from directory.importing.placeholders import PLACEHOLDER, is_placeholder
from directory.importing.records import Note
from directory.importing.rows import Row
from directory.importing.verbatim import Told
from directory.text import clean_line, clean_text, normal, normal_address, read_telephone

_LOOSE = re.IGNORECASE | re.DOTALL
_COLUMNS = {"fees": "fees_description", "eligibility": "eligibility_description", "documents": "document"}
"""What a few fields are called in our tables."""

_LISTS = ("phone", "terms", "languages", "documents", "service_areas", "additional_urls")
"""Fields of which a listing has many; of rows that are merged, all are kept."""


class Listing(msgspec.Struct):
    """What one row, or several rows about one place, say: texts by field, the place, and columns nobody mapped."""

    line: int
    scope: str
    fields: dict[str, list[str]]
    extra: dict[str, Any]
    coordinates: Coordinates | None = None
    given: str = ""
    """The coordinates as they were given, when they were not taken as they are."""
    repairs: list[Note] = []
    cells: list[tuple[str, Any]] = []
    """The columns that are told by the fields, and what stood in them."""

    def text(self, field: str) -> str:
        """Return what the row says in a field, lines below each other."""
        return "\n".join(self.fields.get(field, ()))

    def line_of(self, field: str) -> str:
        """Return what the row says in a field, cleaned and on one line."""
        return clean_line(self.text(field))

    def merge(self, other: "Listing") -> None:
        """Add what another row about the same place says and this one does not."""
        for field, texts in other.fields.items():
            mine = self.fields.setdefault(field, [])
            if field in _LISTS:
                mine.extend(text for text in texts if text not in mine)
            elif not mine:
                mine.extend(texts)
        for name, value in other.extra.items():
            self.keep(name, value)
        self.cells = self.cells + other.cells
        self.coordinates = self.coordinates or other.coordinates

    def keep(self, name: str, value: Any) -> None:
        """Put into `extra` what a column says, beside what another row said there."""
        numbered, number = name, 1
        while self.extra.get(numbered, value) != value:
            number += 1
            numbered = f"{name} ({number})"
        self.extra[numbered] = value

    def keep_untold(self, told: Told) -> None:
        """Put into `extra` each cell that is not told as it stands by the rows that the listing becomes."""
        for name, value in self.cells:
            if not all(told.tells(text.strip()) for text in _texts(value)):
                self.keep(name, value)


def read_listing(row: Row, mapping: Mapping) -> Listing | Note:
    """Return what a row says in the terms of a mapping, or why it is no listing."""
    values: dict[str, Any] = {}
    for name, value in row.values.items():
        key = column_key(name)
        if values.get(key) in (None, ""):
            values[key] = value
    for refusal in mapping.refusals:
        if _applies(refusal, values):
            return Note(refusal.reason)
    fields, taken, repairs = _fields(values, mapping)
    repairs += _move(fields, mapping)
    for name, default in mapping.defaults.items():
        fields.setdefault(name, [default])
    fields["name"] = [name] if (name := clean_line("\n".join(fields.get("name", ())))) else []
    if not fields["name"]:
        return Note("no name")
    listing = Listing(
        line=row.line,
        scope=" ".join(str(values.get(key) or "") for key in mapping.scope).strip(),
        fields=fields,
        extra={
            name: value
            for name, value in row.values.items()
            if _says(value) and column_key(name) not in taken
        },
        repairs=[*row.notes, *repairs],
        cells=[
            (name, value.strip() if isinstance(value, str) else value)
            for name, value in row.values.items()
            if _says(value) and column_key(name) in taken
        ],
    )
    for name, text in row.original.items():
        listing.keep(name, text)
    _find_place(listing, values, mapping)
    _take_address_apart(listing)
    return listing


def natural_key(listing: Listing) -> str:
    """Return what two rows about the same place under the same name have in common.

    Without an address the same place needs the same telephone and the same coordinates; a row that has nothing but its
    name is like a row only that is equal to it in everything.
    """
    name = normal(listing.line_of("name"))
    address = normal_address(listing.line_of("address_1") + " " + listing.line_of("address_2"))
    town = listing.line_of("postal_code")[:5] or normal(listing.line_of("city"))
    if address and town:
        return f"{name}|{address}|{town}"
    telephone = next(
        (t.e164 for text in listing.fields.get("phone", ()) if (t := read_telephone(clean_line(text)))), ""
    )
    where = listing.coordinates
    point = f"{where.lat:.5f},{where.lon:.5f}" if where else ""
    if telephone and (point or town):
        return f"{name}|{telephone}|{town}|{address}|{point}"
    content = repr((sorted(listing.fields.items()), sorted(listing.extra.items(), key=str))).encode()
    return f"{name}|{town}|{address}|{hashlib.blake2b(content, digest_size=12).hexdigest()}"


def place_key(listing: Listing) -> str:
    """Return what listings of one organization have in common that are at one place, or an empty text.

    Everything that is said about the place has to agree, in other spellings of an address at most.
    """
    organization = normal(listing.line_of("organization"))
    address = normal_address(listing.line_of("address_1") + " " + listing.line_of("address_2"))
    town = listing.line_of("postal_code")[:5] or normal(listing.line_of("city"))
    if not organization or not address or not town:
        return ""
    where = listing.coordinates
    told = [
        listing.text(name)
        for name in ("transportation", "accessibility", "confidential", "region", "country")
    ]
    about = hashlib.blake2b(repr(told).encode(), digest_size=6).hexdigest() if any(told[:3]) else ""
    point = f"{where.lat:.5f},{where.lon:.5f}" if where else ""
    name = normal(listing.line_of("location_name"))
    return "|".join((f"{listing.scope}/{organization}", name, address, town, point, about))


def given_id(listing: Listing) -> str:
    """Return the id that a row gives, apart from those of other parts of the file."""
    given = listing.line_of("id")
    return f"{listing.scope}:{given}"[:500] if given else ""


def _says(value: Any) -> bool:
    return value not in (None, "", [], {})


def _fields(values: dict[str, Any], mapping: Mapping) -> tuple[dict[str, list[str]], set[str], list[Note]]:
    """Return the texts of each field, the columns that are wholly told by them, and placeholders that were passed over.

    Columns that are not told are kept as they are.
    """
    fields: dict[str, list[str]] = {}
    taken: set[str] = set()
    notes: dict[Note, None] = {}
    for name, ways in mapping.fields.items():
        for group in ways:
            texts = [text for way in group for value in way.values(values) for text in _texts(value)]
            said = [text for text in texts if not is_placeholder(_COLUMNS.get(name, name), text)]
            for text in texts if len(said) < len(texts) else ():
                if text not in said:
                    notes[Note(f"{name}: {PLACEHOLDER}", text.strip())] = None
            if said:
                fields[name] = list(dict.fromkeys(said))
                if name != "hours_if_certain":
                    taken.update(way.column for way in group if len(way.steps) == 1)
                break
    return fields, taken, list(notes)


def _applies(refusal: Refusal, values: dict[str, Any]) -> bool:
    def told(name: str) -> bool:
        return _says(values.get(column_key(name)))

    if refusal.missing and told(refusal.missing):
        return False
    if refusal.present and not told(refusal.present):
        return False
    if refusal.field:
        text = str(values.get(column_key(refusal.field)) or "")
        if not re.fullmatch(refusal.matches or ".+", text, _LOOSE):
            return False
    return bool(refusal.missing or refusal.present or refusal.field)


def _texts(value: Any) -> Iterable[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, bool):
        yield "yes" if value else "no"
    elif isinstance(value, int | float):
        yield str(value)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, dict):
        named = {str(key).lower(): item for key, item in value.items()}
        if {"weekday", "opens_at", "closes_at"} <= set(named):
            yield f"{named['weekday']}: {named['opens_at']} - {named['closes_at']}"
        else:
            parts = [
                str(item) for item in value.values() if isinstance(item, str | int | float) and item != ""
            ]
            if parts:
                yield ", ".join(parts)


def _move(fields: dict[str, list[str]], mapping: Mapping) -> list[Note]:
    notes = []
    for move, pattern in mapping.moves:
        found = pattern.fullmatch(_joined(fields, move.origin).strip()) if move.origin in fields else None
        if not found or (fields.get(move.to) and not move.replace):
            continue
        if not all(re.fullmatch(like, _joined(fields, name), _LOOSE) for name, like in move.when.items()):
            continue
        groups = found.groupdict()
        text = move.form.format(**groups) if move.form else groups.get("value") or found[0]
        rest = groups.get("rest")
        fields[move.to] = [text]
        if move.to != move.origin:
            fields.pop(move.origin)
        if rest:
            fields[move.origin] = [rest]
        notes.append(Note(f"{move.to}: found in {move.origin}"))
    return notes


def _joined(fields: dict[str, list[str]], name: str) -> str:
    return "\n".join(fields.get(name, ()))


def _find_place(listing: Listing, values: dict[str, Any], mapping: Mapping) -> None:
    """Take the first pair of coordinates that is a place; note when pairs were given and none is."""
    listing.fields.pop("latitude", None)
    listing.fields.pop("longitude", None)
    given = reason = ""
    ways = zip(mapping.fields.get("latitude", ()), mapping.fields.get("longitude", ()), strict=False)
    for latitude_way, longitude_way in ways:
        latitudes, longitudes = latitude_way[0].values(values), longitude_way[0].values(values)
        if not latitudes or not longitudes:
            continue
        found = read_coordinates(latitudes[0], longitudes[0])
        if isinstance(found, Refused):
            reason = reason or found.reason
            given = given or f"{latitudes[0]}, {longitudes[0]}"
            continue
        listing.coordinates = found
        if found.repaired:
            listing.given = f"{latitudes[0]}, {longitudes[0]}"
            listing.repairs.append(Note(f"coordinates: {found.repaired}"))
        elif given:
            listing.repairs.append(
                Note("coordinates: the first pair is no place, another one was taken", given)
            )
        return
    if given:
        listing.extra["coordinates_given"] = given
        listing.repairs.append(Note(reason.rstrip(".") + ": kept aside", given))


def _take_address_apart(listing: Listing) -> None:
    fields = listing.fields
    found = take_apart(
        clean_text(listing.text("address_1") or listing.text("address")).replace("\n", ", "),
        listing.line_of("city"),
        listing.line_of("state_province"),
        listing.line_of("postal_code"),
    )
    listing.repairs.extend(found.notes)
    if found.not_a_zip:
        listing.extra["postal_code"] = found.not_a_zip
    for name in ("address_1", "city", "state_province", "postal_code"):
        fields.pop(name, None)
        if text := getattr(found, name):
            fields[name] = [text]
