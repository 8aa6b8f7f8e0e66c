"""Reads a table in which each row is one listing, through a mapping, into records."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from hashlib import blake2b
from typing import Any

from babel import Locale

from directory.hours import read_described
from directory.importing.fields import read_cell
from directory.importing.files import Package
from directory.importing.hsds_rows import STATUSES, hours_of, schedule_drafts
from directory.importing.listing import Listing, natural_key, read_listing
from directory.importing.mapping import Mapping
from directory.importing.records import Draft, Note, Record
from directory.importing.rows import Lines, Row, read_rows
from directory.models import HSDS_TABLES
from directory.text import clean_line, clean_text, normal, read_telephone

_SERVICE_FIELDS = {
    "alternate_name": "alternate_name", "description": "description", "url": "url", "email": "email",
    "fees": "fees_description", "eligibility": "eligibility_description", "minimum_age": "minimum_age",
    "maximum_age": "maximum_age", "application_process": "application_process", "wait_time": "wait_time",
    "interpretation_services": "interpretation_services", "alert": "alert", "licenses": "licenses",
    "accreditations": "accreditations", "assured_date": "assured_date", "last_modified": "last_modified",
    "capacity": "capacity", "status": "status",
}  # fmt: skip
_ADDRESS_FIELDS = ("address_1", "address_2", "city", "region", "state_province", "postal_code", "country")
_SPLIT = re.compile(r"\s*[;|\n]\s*|\s*,\s+|\s+/\s+")


class Spreadsheet:
    """One mapped file, read twice: first to see which rows are about the same place, then to hand them on."""

    def __init__(self, package: Package, mapping: Mapping, source: str | None = None) -> None:
        self.file = package.files[0]
        self.mapping = mapping
        self.source = source or mapping.name
        self.tables = set(HSDS_TABLES) - {"metadata"}
        self.size = 2 * self.file.size
        self.remarks: list[str] = []

    def records(self, step: Callable[[int], None]) -> Iterator[Record | str]:
        """Yield a record for each row; rows about the same place under the same name come as one listing."""
        together: Counter[bytes] = Counter()
        owner: dict[bytes, bytes] = {}
        shared: set[bytes] = set()
        for _, listing in self._listings(step):
            if isinstance(listing, Listing):
                place, identity = _short(natural_key(listing)), _short(_given_id(listing))
                together[place] += 1
                if owner.setdefault(identity, place) != place:
                    shared.add(identity)
        waiting: dict[bytes, Listing] = {}
        for row, listing in self._listings(step):
            record = Record(self.file.name, row.line, "listing")
            if isinstance(listing, Note):
                record.refused = listing
                yield record
                continue
            place = _short(natural_key(listing))
            first = waiting.setdefault(place, listing)
            together[place] -= 1
            if first is not listing:
                first.merge(listing)
                record.merged = Note("the same name at the same place as another row", f"line {first.line}")
                yield record
            if together[place] == 0:
                del waiting[place]
                yield self._record(first, id_is_shared=_short(_given_id(first)) in shared)
        yield "listing"

    def close(self, *, done: bool) -> None:
        """Nothing is put aside while reading tables."""

    def _listings(self, step: Callable[[int], None]) -> Iterator[tuple[Row, Listing | Note]]:
        for row in read_rows(Lines(self.file, step)):
            yield row, Note(row.problem) if row.problem else read_listing(row, self.mapping)

    def _record(self, listing: Listing, *, id_is_shared: bool) -> Record:
        record = Record(self.file.name, listing.line, "listing", repairs=list(listing.repairs))
        given = _given_id(listing)
        key = given if given and not id_is_shared else f"{listing.scope}:{natural_key(listing)}"[:500]
        if given and id_is_shared:
            record.repairs.append(
                Note("several listings have this id: told apart by name and address", given)
            )
        service = Draft("service", key, {"name": listing.line_of("name")}, {}, dict(listing.extra))
        record.drafts = [service]
        for field, column in _SERVICE_FIELDS.items():
            _put(record, service, column, listing.text(field))
        service.values.setdefault("status", "active")
        if listing.given:
            service.extra["coordinates_given"] = listing.given
        self._organization(record, service, listing)
        _location(record, service, listing)
        _phones(record, service, listing)
        _hours(record, service, listing)
        _many(record, service, listing)
        self._terms(record, service, listing)
        return record

    def _organization(self, record: Record, service: Draft, listing: Listing) -> None:
        """The organization that a row names, one for all rows that name it; else the listing is its own."""
        name = listing.line_of("organization")
        if name:
            draft = Draft("organization", f"{listing.scope}/{normal(name)}"[:500], {"name": name})
        else:
            draft = Draft("organization", service.key, {"name": service.values["name"]})
            draft.values |= {
                column: service.values[other]
                for column, other in (("website", "url"), ("email", "email"))
                if other in service.values
            }
        _put(record, draft, "description", listing.text("organization_description"))
        service.refs["organization_id"] = draft.key
        record.drafts.append(draft)

    def _terms(self, record: Record, service: Draft, listing: Listing) -> None:
        for number, name in enumerate(_items(listing, "terms"), start=1):
            term = Draft("taxonomy_term", normal(name), {"name": name, "taxonomy": self.mapping.terms_name})
            link = Draft(
                "attribute",
                f"{service.key} term {number}",
                {"link_type": "taxonomy", "link_entity": "service"},
            )
            link.refs = {"link_id": service.key, "taxonomy_term_id": term.key}
            record.drafts += [term, link]


def _short(text: str) -> bytes:
    return blake2b(text.encode(), digest_size=12).digest()


def _given_id(listing: Listing) -> str:
    given = listing.line_of("id")
    return f"{listing.scope}:{given}"[:500] if given else ""


def _put(record: Record, draft: Draft, column: str, text: str) -> None:
    """Read a text into a column of a draft, if there is any; what cannot be read is kept aside."""
    if not text:
        return
    if column == "status" and text.strip().lower() in STATUSES:
        text = STATUSES[text.strip().lower()]
    value, note = read_cell(draft.table, column, text)
    if note:
        record.repairs.append(note)
    if value is None:
        draft.extra[column] = text
    else:
        draft.values[column] = value


def _items(listing: Listing, field: str) -> list[str]:
    """Return the single things that a field lists."""
    items = (
        clean_line(item) for text in listing.fields.get(field, ()) for item in _SPLIT.split(clean_text(text))
    )
    return list(dict.fromkeys(item for item in items if item))


def _location(record: Record, service: Draft, listing: Listing) -> None:
    where = listing.coordinates
    texts = {name: listing.line_of(name) for name in _ADDRESS_FIELDS}
    if not where and not any(text for name, text in texts.items() if name != "country"):
        record.repairs.append(Note("no address and no coordinates: a listing without a place"))
        return
    location = Draft("location", service.key, {"location_type": "physical"})
    location.values["name"] = listing.line_of("location_name") or service.values["name"]
    if where:
        location.values |= {"latitude": where.lat, "longitude": where.lon}
    for field in ("transportation", "confidential"):
        _put(record, location, field, listing.text(field))
    location.refs["organization_id"] = service.refs["organization_id"]
    link = Draft("service_at_location", service.key, {})
    link.refs = {"service_id": service.key, "location_id": location.key}
    record.drafts += [location, link]
    if any(texts[name] for name in ("address_1", "city", "postal_code", "state_province")):
        address = Draft("address", service.key, {"address_type": "physical"}, {"location_id": location.key})
        for name, text in texts.items():
            _put(record, address, name, text)
        record.drafts.append(address)
    if listing.text("accessibility"):
        access = Draft("accessibility", service.key, {}, {"location_id": location.key})
        _put(record, access, "description", listing.text("accessibility"))
        record.drafts.append(access)


def _phones(record: Record, service: Draft, listing: Listing) -> None:
    for number, text in enumerate(listing.fields.get("phone", ()), start=1):
        line = clean_line(text)
        if not line:
            continue
        phone = Draft("phone", f"{service.key} #{number}", {"number": line}, {"service_id": service.key})
        telephone = read_telephone(line)
        if telephone:
            phone.values["e164"] = telephone.e164
        else:
            record.repairs.append(Note("no number that can be dialled, kept as text", line[:80]))
        record.drafts.append(phone)


def _hours(record: Record, service: Draft, listing: Listing) -> None:
    """Hours become schedule rows where their reading is certain, and stay text where it is not."""
    first = Draft("schedule", f"{service.key} #1", {}, {"service_id": service.key})
    text = listing.text("hours")  # as it was given: markup may tell which hours are of which day
    rows = hours_of(text)
    elsewhere = listing.text("hours_if_certain")
    # A column with times alone may say again what is told in full elsewhere.
    if not rows and text in elsewhere and (found := read_described(elsewhere)):
        rows, text = found, elsewhere
        record.repairs.append(Note("hours read from another column"))
    elif text and not rows:
        _put(record, first, "description", text)
        record.drafts.append(first)
        record.repairs.append(Note("hours not certain, kept as text", clean_line(text)[:80]))
    if rows:
        first.extra = {"hours": clean_text(text)}
        record.drafts += schedule_drafts(rows, first)


def _many(record: Record, service: Draft, listing: Listing) -> None:
    """Fields that list several things, each of which is a row of its own."""
    for table, field, column in (
        ("language", "languages", "name"),
        ("required_document", "documents", "document"),
        ("service_area", "service_areas", "name"),
        ("url", "additional_urls", "url"),
    ):
        for number, item in enumerate(_items(listing, field), start=1):
            draft = Draft(table, f"{service.key} #{number}", {}, {"service_id": service.key})
            _put(record, draft, column, item)
            if table == "language":
                _language(draft, item)
            if column in draft.values:
                record.drafts.append(draft)


def _language(draft: Draft, text: str) -> None:
    names = language_names()
    code = names.get(text.lower()) or (text.lower() if text.lower() in names.values() else None)
    if code:
        draft.values["code"] = code
        if text.lower() == code:
            draft.values["name"] = Locale("en").languages[code]


@cache
def language_names() -> dict[str, str]:
    """Return the codes of languages by their English names in lower case."""
    names: dict[str, Any] = {
        name.lower(): code for code, name in Locale("en").languages.items() if "_" not in code
    }
    return names | {
        "mandarin": "zh",
        "cantonese": "yue",
        "farsi": "fa",
        "tagalog": "tl",
        "haitian creole": "ht",
    }
