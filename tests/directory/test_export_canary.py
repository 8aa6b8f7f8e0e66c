"""What must not leave is looked for in all that leaves: a confidential place, an unpublished service, all of theirs."""

import itertools
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Float, Integer, String, false, true

from core.database import Database
from directory.exporting import public, rows
from directory.exporting.public import Public
from directory.hsds import nested, render
from directory.models import (
    HSDS_TABLES,
    Accessibility,
    Address,
    Attribute,
    Contact,
    CostOption,
    Funding,
    Language,
    Location,
    Metadata,
    Organization,
    Phone,
    Program,
    RequiredDocument,
    Schedule,
    Service,
    ServiceArea,
    ServiceAtLocation,
    ServiceCapacity,
    Taxonomy,
    TaxonomyTerm,
    Unit,
    Url,
)
from tests.support.exported import content, export

PATHS = ("out", "out.zip", "out.json", "out.ndjson", "out.xlsx")
CHOSEN = {
    "status": "active", "capacity": "room", "location_type": "physical", "address_type": "physical", "freq": "WEEKLY",
    "source": "harbor", "imported_from": "harbor", "checksum": "c", "e164": "+16985550100", "wkst": "MO",
}  # fmt: skip
"""Columns that hold one of a few values, or that tell nothing."""


class Canaries:
    """Makes rows with a text of its own in every column, and remembers the texts that must not be found."""

    def __init__(self) -> None:
        self.secret: dict[str, str] = {}
        self.seen: set[str] = set()
        self._numbers = itertools.count(100)

    def text(self, where: str, *, secret: bool) -> str:
        text = f"canary{next(self._numbers)}qz"
        if secret:
            self.secret[text] = where
        else:
            self.seen.add(text)
        return text

    def row(self, model: Any, *, secret: bool, told: frozenset[str] = frozenset(), **given: Any) -> Any:
        """Return a row; of a secret one only the columns in `told` may be found."""
        table = model.__tablename__
        values: dict[str, Any] = {"id": uuid.uuid4()}
        for column in model.__table__.columns:
            where, hidden = f"{table}.{column.name}", secret and column.name not in told
            if column.foreign_keys or column.name in (*CHOSEN, *given):
                continue
            if isinstance(column.type, String):
                values[column.name] = self.text(where, secret=hidden)
            elif isinstance(column.type, Float | Integer) and column.name in ("latitude", "longitude"):
                number = next(self._numbers)
                values[column.name] = float(f"41.{number}77")
                if hidden:
                    self.secret[f"41.{number}77"] = where
        hidden = secret
        values["extra"] = {f"of {table}": self.text(f"{table}.extra", secret=hidden)}
        values["given"] = {"says": {"remark": self.text(f"{table}.given", secret=hidden)}}
        chosen = {name: value for name, value in CHOSEN.items() if name in model.__table__.columns}
        return model(**{**chosen, **values, **given})

    def about(self, row: Any, *, secret: bool, term: TaxonomyTerm) -> list[Any]:
        """Return an attribute and a change of a row."""
        table = row.__tablename__
        return [
            self.row(Attribute, secret=secret, link_id=row.id, link_entity=table, taxonomy_term_id=term.id),
            self.row(
                Metadata, secret=secret, resource_id=row.id, resource_type=table,
                last_action_date=datetime(2026, 11, 1, tzinfo=UTC),
            ),
        ]  # fmt: skip


#: What pages show of a confidential place: how to call, when, in which languages.
TOLD = frozenset(
    (
        "number", "extension", "type", "description", "byday", "byweekno", "bymonthday", "byyearday", "schedule_link",
        "attending_type", "notes", "timezone", "name", "code", "note",
    )
)  # fmt: skip


def shelter(make: Canaries, organization: Organization, service: Service, term: TaxonomyTerm) -> list[Any]:
    """A confidential place of a public service, and all that belongs to the place."""
    place = make.row(Location, secret=True, confidential=True, organization_id=organization.id)
    link = make.row(ServiceAtLocation, secret=True, service_id=service.id, location_id=place.id)
    at: dict[str, Any] = {"location_id": place.id}
    contact = make.row(Contact, secret=True, **at)
    inside = [
        make.row(Address, secret=True, **at),
        make.row(Accessibility, secret=True, **at),
        contact,
        make.row(Contact, secret=True, service_at_location_id=link.id),
        make.row(Phone, secret=True, contact_id=contact.id),
    ]
    shown = [
        make.row(Phone, secret=True, told=TOLD, **at),
        make.row(Schedule, secret=True, told=TOLD, service_at_location_id=link.id),
        make.row(Language, secret=True, told=TOLD, **at),
    ]
    everything = [place, link, *inside, *shown]
    return [*everything, *(one for row in everything for one in make.about(row, secret=True, term=term))]


def unpublished(make: Canaries, organization: Organization, term: TaxonomyTerm) -> list[Any]:
    """An inactive service with a place, a program and everything else of its own."""
    program = make.row(Program, secret=True, organization_id=organization.id)
    place = make.row(Location, secret=True, confidential=False, organization_id=organization.id)
    service = make.row(
        Service, secret=True, status="inactive", organization_id=organization.id, program_id=program.id
    )
    link = make.row(ServiceAtLocation, secret=True, service_id=service.id, location_id=place.id)
    of: dict[str, Any] = {"service_id": service.id}
    contact = make.row(Contact, secret=True, **of)
    children = [
        make.row(model, secret=True, **of)
        for model in (
            Schedule,
            Language,
            ServiceArea,
            CostOption,
            RequiredDocument,
            Url,
            Funding,
            ServiceCapacity,
        )
    ]
    telephone = make.row(Phone, secret=True, contact_id=contact.id)
    rest = [
        make.row(Language, secret=True, phone_id=telephone.id),
        make.row(Address, secret=True, location_id=place.id),
        make.row(Accessibility, secret=True, location_id=place.id),
        make.row(Phone, secret=True, location_id=place.id),
        make.row(Schedule, secret=True, service_at_location_id=link.id),
        make.row(ServiceArea, secret=True, service_at_location_id=link.id),
        make.row(Phone, secret=True, **of),
    ]
    everything = [program, place, service, link, contact, telephone, *children, *rest]
    return [*everything, *(one for row in everything for one in make.about(row, secret=True, term=term))]


async def planted(database: Database) -> Canaries:
    """Store what may be told, and beside it what may not."""
    make = Canaries()
    organization = make.row(Organization, secret=False)
    taxonomy = make.row(Taxonomy, secret=False)
    term = make.row(TaxonomyTerm, secret=False, taxonomy_id=taxonomy.id)
    service = make.row(Service, secret=False, organization_id=organization.id)
    place = make.row(Location, secret=False, confidential=False, organization_id=organization.id)
    link = make.row(ServiceAtLocation, secret=False, service_id=service.id, location_id=place.id)
    open_rows = [
        place,
        link,
        make.row(Address, secret=False, location_id=place.id),
        make.row(Accessibility, secret=False, location_id=place.id),
        make.row(Unit, secret=False),
        make.row(Contact, secret=False, service_id=service.id),
    ]
    groups = [
        [organization, taxonomy],
        [term],
        [service, *open_rows, *make.about(place, secret=False, term=term)],
        shelter(make, organization, service, term),
        unpublished(make, organization, term),
    ]
    async with database.transaction() as db:
        for table in HSDS_TABLES:
            db.add_all(row for group in groups for row in group if row.__tablename__ == table)
            await db.flush()
    return make


def leaks(make: Canaries, path: Path) -> list[str]:
    text = content(path)
    return sorted({where for secret, where in make.secret.items() if secret in text})


@pytest.mark.parametrize("path", PATHS)
async def test_what_is_confidential_or_unpublished_never_leaves(
    database: Database, tmp_path: Path, path: str
) -> None:
    make = await planted(database)
    assert len(make.secret) > 300
    found = await export(database, tmp_path / path)
    assert leaks(make, found) == []
    assert any(seen in content(found) for seen in make.seen)


FILTERS: dict[str, tuple[Any, str, Any]] = {
    "statuses of services": (public, "PUBLIC_STATUSES", ("active", "temporarily closed", "inactive")),
    "what belongs to a service": (Public, "_there", lambda *_: true()),
    "places of the unpublished": (Public, "_offers", lambda *_: true()),
    "confidential places": (Public, "is_hidden", lambda *_: false()),
    "tables that stay": (public, "_NEVER_TOLD", frozenset()),
    "bare places": (rows, "BARE", {}),
}
"""Each filter of tables and workbooks: where it stands, and what it is when it is taken away."""
DOCUMENT_FILTERS: dict[str, tuple[Any, str, Any]] = {
    "lists that stay": (nested, "_NEVER_TOLD", frozenset()),
    "bare services at places": (nested, "_BARE", frozenset(("description",))),
    "fields that lead there": (render, "_LEADS_THERE", frozenset()),
}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("name", [*FILTERS, *DOCUMENT_FILTERS])
async def test_every_filter_is_needed(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    make = await planted(database)
    monkeypatch.setattr(*{**FILTERS, **DOCUMENT_FILTERS}[name])
    path = tmp_path / ("out" if name in FILTERS else "out.json")
    assert leaks(make, await export(database, path)) != []


async def test_attributes_and_changes_of_what_may_leave_do(database: Database, tmp_path: Path) -> None:
    make = await planted(database)
    told = content(await export(database, tmp_path / "out"))
    assert sorted(seen for seen in make.seen if seen not in told) == []
