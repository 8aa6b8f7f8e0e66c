"""What of the directory may leave: decided here, as conditions of the queries, for every format alike.

A row leaves when it is published: a service by its status, an organization unless it was merged into another, what
belongs to them or to places with any of those. Of a confidential location the bare fact leaves that it is there, with
its hours and telephones, as pages show them; its addresses, contacts, accessibility, attributes and history do not, and
no words about it.
"""

from collections.abc import Collection, Mapping
from typing import Any, cast

import sqlalchemy
from sqlalchemy import Alias, ColumnElement, and_, exists, false, func, not_, or_, select, true

from directory.duplicates.queries import merged_away
from directory.importing.fields import LINK_COLUMNS, REFERENCES, provenance
from directory.models import HSDS_TABLES, PUBLIC_STATUSES

Condition = ColumnElement[bool]

#: Tables of which every row is public.
_ALWAYS = frozenset(("taxonomy", "taxonomy_term", "unit", "meta_table_description"))
_OWNERS = frozenset(
    ("organization_id", "service_id", "location_id", "service_at_location_id", "contact_id", "phone_id")
)
#: Tables that stay here where they are about a confidential place.
_NEVER_TOLD = frozenset(("address", "accessibility", "contact"))
#: What is told of a confidential place, and of a service there; of other rows about it, all fields of the standard.
BARE = {
    "location": frozenset(("id", "organization_id", "location_type", "confidential")),
    "service_at_location": frozenset(("id", "service_id", "location_id")),
}


LINKS = {
    name: (column, entity)
    for name, model in HSDS_TABLES.items()
    for column, entity in LINK_COLUMNS.items()
    if column in model.__table__.columns
}
"""Tables whose rows are about a row of any other, with the columns that name it and its table."""

SUBJECTS = {
    name: frozenset(table for table in HSDS_TABLES if table not in (name, "metadata")) for name in LINKS
}
"""The tables that rows of `LINKS` may be about."""


_BY_NAME = {
    name: sqlalchemy.table(name, *(sqlalchemy.column(one.name, one.type) for one in model.__table__.columns))
    for name, model in HSDS_TABLES.items()
}
"""The tables without their constraints: naming dozens of them in a question takes less than half the time."""


def table_of(name: str) -> Alias:
    """Return a table under a name of its own, so that conditions about it can stand within one another."""
    return cast(Alias, _BY_NAME[name].alias())


class Public:
    """Which rows may leave; with `source` only those that were imported under that name."""

    def __init__(self, source: str | None = None) -> None:
        self.source = source

    def ways(self, name: str, row: Alias, subjects: Mapping[str, Collection[str]]) -> list[Condition]:
        """Return conditions, of which never two hold at once, under each of which a row of a table may leave.

        Attributes and changes may be about any table: asked in one go, that would be more than a database takes. For
        these `subjects` holds the tables that they are about.
        """
        if name not in LINKS:
            return [self.leaves(name, row)]
        column, entity = LINKS[name]
        found: list[Condition] = []
        for other in sorted(subjects[name]):
            of = table_of(other)
            told = [not_(self.is_hidden(other, of)), *self._from_source(name, row)]
            found += [
                and_(
                    func.lower(row.c[entity]) == other,
                    exists().where(of.c.id == row.c[column], *told, way),
                )
                for way in self.ways(other, of, subjects)
            ]
        return found

    def leaves(self, name: str, row: Alias) -> Condition:
        """Return the condition under which a row of a table may leave; not for those of `LINKS`."""
        conditions = [self._published(name, row), *self._from_source(name, row)]
        if name in _NEVER_TOLD:
            conditions.append(not_(self.is_hidden(name, row)))
        return and_(*conditions)

    def _from_source(self, name: str, row: Alias) -> list[Condition]:
        return [] if self.source is None else [row.c[provenance(name)] == self.source]

    def is_hidden(self, name: str, row: Alias) -> Condition:
        """Return the condition under which a row is, or belongs to, a confidential place."""
        if name == "location":
            return row.c.confidential.is_(True)
        hidden: list[Condition] = []
        for column in ("location_id", "contact_id", "phone_id"):
            if column in row.c:
                other = REFERENCES[name][column]
                of = table_of(other)
                hidden.append(exists().where(of.c.id == row.c[column], self.is_hidden(other, of)))
        if "service_at_location_id" in row.c:
            link, place = table_of("service_at_location"), table_of("location")
            hidden.append(
                exists().where(
                    link.c.id == row.c.service_at_location_id,
                    place.c.id == link.c.location_id,
                    place.c.confidential.is_(True),
                )
            )
        return or_(*hidden) if hidden else false()

    def reference(self, name: str, row: Alias, column: str) -> ColumnElement[Any]:
        """Return what a column refers to, or nothing where that may not leave."""
        other = REFERENCES[name][column]
        of = table_of(other)
        if self._all_leave(other):
            return row.c[column]
        found = select(of.c.id).where(of.c.id == row.c[column], self.leaves(other, of))
        return found.scalar_subquery().label(column)

    def _all_leave(self, name: str) -> bool:
        return self.source is None and name in _ALWAYS

    def _published(self, name: str, row: Alias) -> Condition:
        if name == "service":
            return row.c.status.in_(PUBLIC_STATUSES)
        if name == "organization":
            # One that was merged into another leads there; whoever takes the files in would have both again.
            return not_(merged_away(row.c.id))
        if name == "program":
            return self._offers("service", "program_id", row)
        if name == "location":
            return self._offers("service_at_location", "location_id", row)
        if name == "service_at_location":
            # A place where something public is offered is public itself.
            place = [] if self.source is None else [self._there(name, row, "location_id")]
            return and_(self._there(name, row, "service_id"), *place)
        if name not in _ALWAYS:
            owners = [column for column in REFERENCES[name] if column in _OWNERS]
            return or_(*(self._there(name, row, column) for column in owners))
        return true()

    def _there(self, name: str, row: Alias, column: str) -> Condition:
        """The row that a column refers to may leave too."""
        other = REFERENCES[name][column]
        of = table_of(other)
        if self._all_leave(other):
            return row.c[column].is_not(None)
        return exists().where(of.c.id == row.c[column], self.leaves(other, of))

    def _offers(self, name: str, column: str, row: Alias) -> Condition:
        """Something public belongs to the row, or nothing at all: what only serves the unpublished is so too."""
        any_of, service = table_of(name), table_of("service")
        public: list[Condition] = [service.c.status.in_(PUBLIC_STATUSES)]
        if name == "service":
            public.append(service.c[column] == row.c.id)
        else:
            link = table_of(name)
            public += [link.c.service_id == service.c.id, link.c[column] == row.c.id]
        return or_(not_(exists().where(any_of.c[column] == row.c.id)), exists().where(*public))
