"""Puts whole documents together: rows with everything that the standard nests below them, for many at once.

The number of queries depends on what is nested, not on how many rows there are. Nothing unpublished is in a document, and
of a confidential location nothing that leads there.
"""

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import ColumnElement, Row, and_, exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from directory.hsds.render import columns_of, hsds_row
from directory.hsds.standard import TABLES
from directory.models import HSDS_TABLES, PUBLIC_STATUSES, Contact, Location, Service, ServiceAtLocation

Document = dict[str, Any]

AT_ONCE = 2_000
"""How many ids one question names."""


class Shape(msgspec.Struct, frozen=True):
    """What documents of a table look like: the shape below each key, and whether attributes and metadata are there."""

    table: str
    one: Mapping[str, str] = {}
    many: Mapping[str, str] = {}
    whole: bool = True


def _whole(table: str, leave: Iterable[str] = (), **shapes: str) -> Shape:
    """Return the shape with all keys of a table but some; below each is its table's own shape, or the one named."""
    standard, left = TABLES[table], set(leave)
    one = {key: shapes.get(key, other) for key, (other, _) in standard.one.items() if key not in left}
    many = {key: shapes.get(key, other) for key, (other, _) in standard.many.items() if key not in left}
    return Shape(table, one, many)


def _bare(table: str, **one: str) -> Shape:
    return Shape(table, one, whole=False)


SHAPES: dict[str, Shape] = {
    **{table: _whole(table) for table in TABLES},
    **{f"{table} alone": _bare(table) for table in TABLES},
    # as they stand within others
    "organization": _whole("organization", leave=["services"]),
    "service": _whole("service"),
    "service_at_location": _whole("service_at_location", leave=["service"]),
    "service of organization": _whole("service", leave=["organization"]),
    "service at location": _whole("service", leave=["service_at_locations"]),
    # as they are asked for
    "organization itself": _whole("organization", services="service alone"),
    "organization with services": _whole("organization", services="service of organization"),
    "service_at_location itself": _whole("service_at_location", service="service at location"),
    "service listed": _bare("service", organization="organization alone", program="program alone"),
    "service_at_location listed": _bare(
        "service_at_location", location="location alone", service="service listed"
    ),
}
"""What documents look like, by name: a table's own name is how its rows stand within others."""

_ONLY_WHERE_HELD = frozenset(("locations", "programs"))
"""Lists of an organization that its services repeat only where their source did: an organization may have hundreds."""

_NEVER_TOLD = frozenset(("addresses", "accessibility", "contacts", "attributes", "metadata"))
"""Lists of a confidential location, and of a service there, that stay here."""

_BARE = frozenset(("id", "service_id", "location_id"))
"""What is told of a service at a confidential location."""

_MAY_BE_CONFIDENTIAL = frozenset(("location", "service_at_location"))
"""Tables of whose rows the last cell tells whether they are, or are at, a confidential location."""

_HIDDEN_PLACE = select(Location.id).where(Location.confidential)

_PUBLIC: dict[str, ColumnElement[bool]] = {
    # A contact at a confidential place may be an organization's or a service's too: it stays here all the same.
    "contact": and_(
        ~exists(_HIDDEN_PLACE.where(Location.id == Contact.location_id)),
        ~exists(
            _HIDDEN_PLACE.join(ServiceAtLocation, ServiceAtLocation.location_id == Location.id).where(
                ServiceAtLocation.id == Contact.service_at_location_id
            )
        ),
    ),
    "service": Service.status.in_(PUBLIC_STATUSES),
    "service_at_location": ServiceAtLocation.service_id.in_(
        select(Service.id).where(
            Service.id == ServiceAtLocation.service_id, Service.status.in_(PUBLIC_STATUSES)
        )
    ),
}
"""By table, which rows may leave."""


async def documents(db: AsyncSession, shape: str, ids: Sequence[uuid.UUID]) -> list[Document]:
    """Return the documents of rows in the order of `ids`, in a shape of `SHAPES`; those not public are missing."""
    gathering = _Gathering(db, await _tables_with_rows(db) if SHAPES[shape].whole else frozenset(TABLES))
    rows = await gathering.rows(SHAPES[shape].table, "id", ids)
    built = await gathering.build(shape, rows)
    if SHAPES[shape].whole:
        await gathering.add_attributes()
        await gathering.add_metadata()
    return [built[identity] for identity in ids if identity in built]


async def _tables_with_rows(db: AsyncSession) -> frozenset[str]:
    """Return the tables that hold anything: few directories fill them all, and each is asked for many times."""
    asked = (
        exists().select_from(model.__table__).label(name)
        for name, model in HSDS_TABLES.items()
        if name in TABLES
    )
    answers = (await db.execute(select(*asked))).one()
    return frozenset(name for name, found in answers._mapping.items() if found)


class _Read(NamedTuple):
    """A row as it was read: its cells in the order of `columns_of`, and what is asked of it often."""

    id: uuid.UUID
    owner: Any
    """What it says in the column by which it was looked for."""
    given: Mapping[str, Any]
    confidential: bool
    cells: Row[Any]


class _Gathering:
    """Documents that are being put together, and those that attributes and metadata are still missing from."""

    def __init__(self, db: AsyncSession, tables: Collection[str]) -> None:
        self._db = db
        self._tables = tables
        self._open: dict[str, dict[uuid.UUID, list[Document]]] = defaultdict(lambda: defaultdict(list))
        self._hidden: set[uuid.UUID] = set()
        """Rows that are, or belong to, a confidential location."""

    async def rows(self, table: str, column: str, keys: Sequence[uuid.UUID]) -> list[_Read]:
        """Read the rows of a table that name one of `keys` in a column, by id."""
        if table not in self._tables:
            return []
        columns, names = HSDS_TABLES[table].__table__.columns, columns_of(table)
        query = select(*(columns[name] for name in names)).order_by(columns["id"])
        if table in _PUBLIC:
            query = query.where(_PUBLIC[table])
        if table == "service_at_location":
            place = exists().where(Location.id == ServiceAtLocation.location_id, Location.confidential)
            query = query.add_columns(place.label("confidential"))
        identity, owner, given = (names.index(name) for name in ("id", column, "given"))
        confidential = table in _MAY_BE_CONFIDENTIAL
        found: list[_Read] = []
        for start in range(0, len(keys), AT_ONCE):
            some = query.where(columns[column].in_(keys[start : start + AT_ONCE]))
            found += [
                _Read(row[identity], row[owner], row[given] or {}, confidential and row[-1], row)
                for row in await self._db.execute(some)
            ]
        return found

    async def build(self, name: str, rows: Sequence[_Read]) -> dict[uuid.UUID, Document]:
        """Return documents by the id of their row, with everything but attributes and metadata."""
        shape = SHAPES[name]
        self._hidden.update(row.id for row in rows if row.confidential)
        told = [(row, document) for row in rows if (document := self._row(shape.table, row)) is not None]
        for key, inner in shape.one.items():
            await self._add_one(shape.table, key, inner, told)
        for key, inner in shape.many.items():
            await self._add_many(name, key, inner, told)
        if shape.whole:
            for row, document in told:
                for key in row.given.get("empty", ()):
                    if not _kept_here(row, key):
                        document.setdefault(key, [])
                if row.id not in self._hidden:
                    self._open[shape.table][row.id].append(document)
        needed = [key for key in TABLES[shape.table].required if key in TABLES[shape.table].one]
        return {row.id: document for row, document in told if all(key in document for key in needed)}

    def _row(self, table: str, row: _Read) -> Document | None:
        hidden = row.id in self._hidden
        document = hsds_row(table, row.cells, plain=hidden)
        if hidden and table == "service_at_location" and document is not None:
            return {name: value for name, value in document.items() if name in _BARE}
        return document

    async def _add_one(
        self, table: str, key: str, inner: str, told: Sequence[tuple[_Read, Document]]
    ) -> None:
        at = columns_of(table).index(TABLES[table].one[key][1])
        wanted = {row.cells[at] for row, _ in told} - {None}
        if not wanted:
            return
        built = await self.build(inner, await self.rows(SHAPES[inner].table, "id", list(wanted)))
        for row, document in told:
            other = built.get(row.cells[at])
            if other is not None:
                document[key] = other

    async def _add_many(
        self, name: str, key: str, inner: str, told: Sequence[tuple[_Read, Document]]
    ) -> None:
        table, column = TABLES[SHAPES[name].table].many[key]
        if table not in self._tables:
            return
        owners = {
            row.id: document
            for row, document in told
            if not _kept_here(row, key)
            and not (
                name == "organization" and key in _ONLY_WHERE_HELD and key not in row.given.get("holds", ())
            )
        }
        if not owners:
            return
        rows = await self.rows(table, column, list(owners))
        self._hidden.update(row.id for row in rows if row.owner in self._hidden)
        built = await self.build(inner, rows)
        for row in rows:
            if row.id in built:
                owners[row.owner].setdefault(key, []).append(built[row.id])

    async def add_attributes(self) -> None:
        """Add the attributes of all documents, with their terms and taxonomies."""
        await self._add_linked("attribute", "attributes", "link_id", "link_entity")

    async def add_metadata(self) -> None:
        """Add the history of all documents, of their attributes and of the terms of these."""
        await self._add_linked("metadata", "metadata", "resource_id", "resource_type")

    async def _add_linked(self, table: str, key: str, column: str, entity: str) -> None:
        """Add rows that name what they belong to by its id and its table."""
        if table not in self._tables:
            return
        open_now = {name: dict(some) for name, some in self._open.items() if getattr(TABLES[name], key)}
        owners = list({identity for some in open_now.values() for identity in some})
        rows = await self.rows(table, column, owners)
        built = await self.build(table, rows)
        at = columns_of(table).index(entity)
        for row in rows:
            if row.id in built:
                for document in open_now.get(str(row.cells[at]).lower(), {}).get(row.owner, ()):
                    document.setdefault(key, []).append(built[row.id])


def _kept_here(row: _Read, key: str) -> bool:
    """Tell whether a list below a row stays here, for it would lead to a confidential place."""
    return row.confidential and key in _NEVER_TOLD
