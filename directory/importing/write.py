"""Writes what was worked out: all rows, removals and index jobs in the one transaction of the caller."""

import uuid
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from datetime import timedelta
from operator import itemgetter
from typing import Any

from sqlalchemy import (
    Column,
    Dialect,
    MetaData,
    Table,
    Text,
    Uuid,
    case,
    cast,
    delete,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from core import clock
from core.jobs import enqueue, enqueue_many
from directory.importing.corrections import Corrections
from directory.importing.fields import provenance
from directory.importing.ids import Id, as_uuid
from directory.importing.spool import IdSet
from directory.importing.stage import LOOK_UP, SELF_REFERENCES, Stage
from directory.models import HSDS_TABLES, Location, Service, ServiceAtLocation

JOB_SIZE = 200

KEPT = ("organization", "program", "location", "service", "taxonomy", "taxonomy_term", "unit", "metadata")
"""Tables whose rows stay when a later file does not have them any more: they may be referred to, or are history."""

_OWNERS = ("service_id", "location_id", "organization_id", "service_at_location_id", "contact_id", "phone_id")


async def write(
    db: AsyncSession, stage: Stage, tables: Iterable[str], step: Callable[[int], None], *, whole: bool = True
) -> None:
    """Write the staged rows, remove rows of the source that are gone, and have the search index follow.

    `tables` are those the files are about: only in these, rows that are missing from the files may go, and only if
    what they belong to is in the files. Where the files are not the `whole` of the source, everything that they belong
    to has to be.
    """
    connection = await db.connection()
    for table in HSDS_TABLES:
        statement = Statement(table, connection.dialect)
        corrections = await Corrections.of(db, table, stage.source) if table in stage.existing_here else None
        for rows in stage.spools[table].batches():
            if corrections:
                await corrections.keep(db, rows)
            if table == "service":
                for row in rows:
                    row["last_modified"] = row["last_modified"] or clock.now()
            if table == "location":
                for row in rows:
                    row["confidential"] = bool(row["confidential"])
            await connection.exec_driver_sql(statement.sql, statement.parameters(rows))
            step(len(rows))
    await _refer_to_own_table(db, stage)
    for table in tables:
        if table in stage.existing_here and (whole or table not in KEPT):
            await _remove(db, stage, table, whole=whole)
    await _services_touched(db, stage)
    for services in _batches(stage.touched["service"]):
        stage.report.services_to_index += len(services)
        await _note_change(db, [one for one in services if one not in stage.changed["service"]])
        await enqueue_many(
            db, "search.index", [{"service_ids": [str(as_uuid(identity)) for identity in services]}]
        )
    if stage.report.services_to_index:
        # What came without coordinates is looked up by its address.
        await enqueue(db, "places.geocode", {}, key="all")
        # A little later, when most of that is done: how far apart two places are tells much.
        due = clock.now() + timedelta(minutes=2)
        await enqueue(db, "directory.duplicates", {"source": stage.source}, run_at=due, key=stage.source)


class Statement:
    """Inserts rows of a table or, by their id, updates all but where they came from.

    Values are turned into what the driver takes here, column by column, and handed to it as they are: for hundreds of
    thousands of rows that halves the time of doing it through the statement.
    """

    def __init__(self, table: str, dialect: Dialect) -> None:
        columns = [one for one in HSDS_TABLES[table].__table__.columns if one.name != "corrected"]
        as_text = Uuid(as_uuid=False)  # the ids of waiting rows are text already
        target = Table(
            table,
            MetaData(),
            *(Column(c.name, as_text if isinstance(c.type, Uuid) else c.type) for c in columns),
        )
        compiled = _upsert(table, target, dialect).compile(dialect=dialect)
        self.sql = str(compiled)
        self._order: list[str] | None = compiled.positiontup if compiled.positional else None
        self._turns: list[tuple[str, Callable[[Any], Any]]] = []
        for column in target.columns:
            turn = column.type.dialect_impl(dialect).bind_processor(dialect)
            if turn and not isinstance(column.type, Uuid):
                self._turns.append((column.name, turn))

    def parameters(self, rows: list[dict[str, Any]]) -> list[Any]:
        """Return rows as the driver takes them."""
        for column, turn in self._turns:
            for row in rows:
                value = row[column]
                if value is not None:
                    row[column] = turn(value)
        if self._order is None:
            return rows
        pick = itemgetter(*self._order)
        return [pick(row) for row in rows]


def _upsert(table: str, target: Table, dialect: Dialect) -> postgresql.Insert | sqlite.Insert:
    insert = (postgresql.insert if dialect.name == "postgresql" else sqlite.insert)(target)
    changes: dict[str, Any] = {}
    for column in target.columns:
        new, old = insert.excluded[column.name], column
        if column.name in {"id", "source_id", provenance(table)}:
            continue
        if column.name == "capacity":
            changes[column.name] = func.coalesce(new, old)
        elif column.name == "assured_date":  # somebody here may have checked the listing after the source did
            changes[column.name] = case((or_(old.is_(None), new > old), new), else_=old)
        elif column.name == "confidential":  # what was once hidden is shown again by a person only
            changes[column.name] = or_(new, old)
        else:
            changes[column.name] = new
    return insert.on_conflict_do_update(index_elements=["id"], set_=changes)


async def _refer_to_own_table(db: AsyncSession, stage: Stage) -> None:
    for table, columns in SELF_REFERENCES.items():
        model = HSDS_TABLES[table]
        for column in columns:
            rows = [
                {"row": as_uuid(identity), "parent": as_uuid(parent)}
                for name, of, identity, parent in stage.parents
                if name == table and of == column
            ]
            for row in rows:
                await db.execute(update(model).where(model.id == row["row"]).values({column: row["parent"]}))


async def count_gone(db: AsyncSession, stage: Stage, tables: Iterable[str]) -> None:
    """Count what `write` would remove of a whole source."""
    for table in tables:
        if table in stage.existing_here:
            await _gone(db, stage, table, whole=True)


async def _remove(db: AsyncSession, stage: Stage, table: str, *, whole: bool) -> None:
    """Remove rows that the source does not have any more, of owners that it does have; count what stays."""
    model = HSDS_TABLES[table]
    gone = await _gone(db, stage, table, whole=whole)
    for start in range(0, len(gone), LOOK_UP):
        await db.execute(delete(model).where(model.id.in_(gone[start : start + LOOK_UP])))


async def _gone(db: AsyncSession, stage: Stage, table: str, *, whole: bool) -> list[uuid.UUID]:
    """Return the rows that are to be removed; count them, and what stays."""
    gone: list[uuid.UUID] = []
    async for identity, owned in missing_rows(db, stage, table):
        if table in KEPT:
            stage.report.changes[table]["no longer in the files, kept"] += 1
        elif is_removed(stage, owned, whole=whole):
            gone.append(identity)
            stage.touch(table, {"id": identity.bytes, "link_entity": "service"} | owned)
    if gone:
        stage.report.changes[table]["removed"] += len(gone)
    return gone


async def missing_rows(
    db: AsyncSession, stage: Stage, table: str
) -> AsyncIterator[tuple[uuid.UUID, dict[str, Id]]]:
    """Yield the rows of the source that are not in the files, each with the ids of its owners by column."""
    columns, seen = HSDS_TABLES[table].__table__.columns, stage.ids[table]
    owners = [column for column in _OWNERS if column in columns]
    if table == "attribute":
        owners = ["link_id"]
    chosen = [columns["id"], *(columns[owner] for owner in owners)]
    rows = await db.stream(select(*chosen).where(columns[provenance(table)] == stage.source))
    async for identity, *belongs in rows:
        if identity.bytes not in seen:
            owned = zip(owners, belongs, strict=True)
            yield identity, {owner: value.bytes for owner, value in owned if value}


def is_removed(stage: Stage, owned: dict[str, Id], *, whole: bool) -> bool:
    """Tell whether a row that is not in the files goes, by the owners it has."""
    inside = [_in_files(stage, owner, value) for owner, value in owned.items()]
    return any(inside) and (whole or all(inside))


def _in_files(stage: Stage, owner: str, value: Id) -> bool:
    if owner == "link_id":
        return any(value in stage.ids[table] for table in ("service", "organization", "location"))
    return value in stage.ids[owner.removesuffix("_id")]


async def _services_touched(db: AsyncSession, stage: Stage) -> None:
    """Add to what was touched all services whose listing is not what it was."""
    services, places = stage.touched["service"], ServiceAtLocation.location_id
    questions = (
        ("service_at_location", select(ServiceAtLocation.service_id), ServiceAtLocation.id),
        ("location", select(ServiceAtLocation.service_id), places),
        ("organization", select(Service.id), Service.organization_id),
        ("program", select(Service.id), Service.program_id),
        ("organization", select(ServiceAtLocation.service_id).join(Location), Location.organization_id),
    )
    for table, question, column in questions:
        for some in _batches(stage.touched[table]):
            # A new organization or place concerns only services that are new or changed themselves.
            old = [as_uuid(identity) for identity in some if identity not in stage.new[table]]
            if old:
                found = await db.scalars(question.where(column.in_(old)))
                services.update([identity.bytes for identity in found])


async def _note_change(db: AsyncSession, services: list[Id]) -> None:
    """Date the change of services of which only what belongs to them has changed, unless their source dates them."""
    undated = or_(Service.given.is_(None), ~cast(Service.given, Text).contains('"last_modified"'))
    if services:
        chosen = Service.id.in_([as_uuid(identity) for identity in services])
        await db.execute(update(Service).where(chosen, undated).values(last_modified=clock.now()))


def _batches(identities: IdSet) -> Iterator[list[Id]]:
    """Yield ids in lists of `JOB_SIZE`, as they are now."""
    after = b""
    while batch := identities.after(after, JOB_SIZE):
        yield batch
        after = batch[-1]
