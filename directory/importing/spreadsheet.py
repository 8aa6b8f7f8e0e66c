"""Reads a table in which each row is one listing, through a mapping, into records."""

import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from babel import Locale

from directory.hours import read_described
from directory.importing.fields import read_cell
from directory.importing.files import Package
from directory.importing.hsds_rows import STATUSES, check_assured, hours_of, schedule_drafts
from directory.importing.listing import Listing, given_id, natural_key, read_listing
from directory.importing.mapping import Mapping
from directory.importing.records import Draft, Note, Record
from directory.importing.rows import Lines, Row, read_rows
from directory.importing.same_places import FAR_AWAY
from directory.importing.together import Together, short
from directory.importing.verbatim import Told
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
_SHARED = ("organization", "location", "address", "accessibility", "taxonomy_term")
"""Tables of which several listings may name the same row."""

_MERGED = "the same name at the same place as another row"
_SPLIT = re.compile(r"\s*[;|\n]\s*|\s*,\s+|\s+/\s+")


class Spreadsheet:
    """One mapped file, read twice: first to see which rows are about the same place, then to hand them on."""

    def __init__(
        self,
        package: Package,
        mapping: Mapping,
        source: str | None = None,
        cells: dict[int, dict[str, str]] | None = None,
    ) -> None:
        self.file = package.files[0]
        self.mapping = mapping
        self.source = source or mapping.name
        self.tables = set(HSDS_TABLES) - {"metadata"}
        self.size = 2 * self.file.size
        self.remarks: list[str] = []
        self._cells = cells or {}
        self._together = Together()
        self._shared: dict[bytes, dict[str, Any]] = {}

    def records(self, step: Callable[[int], None]) -> Iterator[Record | str]:
        """Yield a record for each row; rows about the same place under the same name come as one listing."""
        for _, listing in self._listings(step):
            if isinstance(listing, Listing):
                self._together.see(listing)
        self._together.all_seen()
        waiting: dict[bytes, Listing] = {}
        for row, listing in self._listings(step):
            if isinstance(listing, Note):
                yield Record(self.file.name, row.line, "listing", refused=listing)
                continue
            place = short(natural_key(listing))
            first = waiting.setdefault(place, listing)
            if first is not listing:
                first.merge(listing)
                yield Record(self.file.name, row.line, "listing", merged=Note(_MERGED, f"line {first.line}"))
            if self._together.is_last(place):
                del waiting[place]
                yield self._record(first)
        yield "listing"

    def close(self, *, done: bool) -> None:
        """Nothing is put aside while reading tables."""

    def _listings(self, step: Callable[[int], None]) -> Iterator[tuple[Row, Listing | Note]]:
        for row in read_rows(Lines(self.file, step)):
            row.values |= self._cells.get(row.line, {})
            yield row, Note(row.problem) if row.problem else read_listing(row, self.mapping)

    def _record(self, listing: Listing) -> Record:
        record = Record(self.file.name, listing.line, "listing", repairs=list(listing.repairs))
        given, id_is_shared = given_id(listing), self._together.shares_id(listing)
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
        check_assured(record, service)
        if listing.given:
            service.extra["coordinates_given"] = listing.given
        self._organization(record, service, listing)
        self._place(record, service, listing)
        _phones(record, service, listing)
        _hours(record, service, listing)
        _many(record, service, listing)
        self._terms(record, service, listing)
        self._keep_untold(record, service, listing)
        return record

    def _keep_untold(self, record: Record, service: Draft, listing: Listing) -> None:
        """Keep in `extra` what the rows do not say as the file does, so that nothing of it is lost."""
        shared = [draft for draft in record.drafts if draft.table in _SHARED and draft.key != service.key]
        own = [draft for draft in record.drafts if draft not in shared]
        values = [value for draft in own for value in draft.values.values()]
        values += [
            draft.extra["hours"] for draft in own if draft.table == "schedule" and "hours" in draft.extra
        ]
        for draft in shared:  # only the first of several rows that name it writes it
            known = self._shared.setdefault(short(f"{draft.table} {draft.key}"), {})
            values.extend(
                value for name, value in draft.values.items() if known.setdefault(name, value) == value
            )
        listing.extra = service.extra
        listing.keep_untold(Told([*values, *_id_of(service, listing)]))
        service.extra = listing.extra

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

    def _place(self, record: Record, service: Draft, listing: Listing) -> None:
        """The place of a listing, one for all listings of the organization that are there."""
        key = self._together.place(listing)
        if key and short(f"location {key[:500]}") in self._shared:
            record.repairs.append(Note("at the same place as another listing: one location for both"))
        _location(record, service, listing, key[:500])
        if miles := self._together.miles_away(listing):
            record.repairs.append(Note(FAR_AWAY, f"{miles:.0f} miles from the middle of them"))

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


def _id_of(service: Draft, listing: Listing) -> list[str]:
    """The id that a row gives is told by the key of its service, if that was made of it."""
    given = listing.line_of("id")
    return [given] if given and service.key.endswith(f":{given}") else []


def _put(record: Record, draft: Draft, column: str, text: str) -> None:
    """Read a text into a column of a draft, if there is any; the cell of what cannot be read is kept in the end."""
    if not text:
        return
    if column == "status" and text.strip().lower() in STATUSES:
        text = STATUSES[text.strip().lower()]
    value, note = read_cell(draft.table, column, text)
    if note:
        record.repairs.append(note)
    if value is not None:
        draft.values[column] = value


def _items(listing: Listing, field: str) -> list[str]:
    """Return the single things that a field lists."""
    items = (
        clean_line(item) for text in listing.fields.get(field, ()) for item in _SPLIT.split(clean_text(text))
    )
    return list(dict.fromkeys(item for item in items if item))


def _location(record: Record, service: Draft, listing: Listing, shared: str) -> None:
    where = listing.coordinates
    texts = {name: listing.line_of(name) for name in _ADDRESS_FIELDS}
    if not where and not any(text for name, text in texts.items() if name != "country"):
        record.repairs.append(Note("no address and no coordinates: a listing without a place"))
        return
    location = Draft("location", shared or service.key, {"location_type": "physical"})
    named = listing.line_of("organization") if shared else service.values["name"]
    location.values["name"] = listing.line_of("location_name") or named
    if where:
        location.values |= {"latitude": where.lat, "longitude": where.lon}
    for field in ("transportation", "confidential"):
        _put(record, location, field, listing.text(field))
    location.refs["organization_id"] = service.refs["organization_id"]
    link = Draft("service_at_location", service.key, {})
    link.refs = {"service_id": service.key, "location_id": location.key}
    record.drafts += [location, link]
    if any(texts[name] for name in ("address_1", "city", "postal_code", "state_province")):
        address = Draft("address", location.key, {"address_type": "physical"}, {"location_id": location.key})
        for name, text in texts.items():
            _put(record, address, name, text)
        record.drafts.append(address)
    if listing.text("accessibility"):
        access = Draft("accessibility", location.key, {}, {"location_id": location.key})
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
