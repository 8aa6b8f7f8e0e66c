"""What changes in each listing, field by field: as the source says it now, and as it stands here."""

import asyncio
import uuid
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import msgspec
from sqlalchemy import Uuid, select
from sqlalchemy.ext.asyncio import AsyncSession

from directory.hsds.standard import TABLES
from directory.importing.corrections import plain
from directory.importing.ids import Id
from directory.importing.stage import LOOK_UP, Stage
from directory.models import HSDS_TABLES, Organization, Service

MOST = 500
"""So many listings are told field by field."""

MOST_FIELDS = 40
LONGEST = 300
"""In characters: what is longer is shown up to there."""

LISTINGS = ("service", "organization", "location", "program", "taxonomy_term", "taxonomy")
"""What a person knows by a name; every other row is part of one of these."""

_APART = {"id", "source", "last_modified", "link_entity"}
_LEFT_WHEN_UNSAID = {"assured_date"}
_OWNERS = ("service_id", "location_id", "organization_id")
_THROUGH = ("service_at_location_id", "contact_id", "phone_id")


class Field(msgspec.Struct):
    """One field, or one row below the listing: what it says here and what the source says.

    With `kept` the source's word is not taken, for somebody corrected the field here.
    """

    table: str
    field: str
    before: str = ""
    after: str = ""
    kept: bool = False


class Listing(msgspec.Struct):
    """One listing and what happens to it: `added`, `updated`, or `gone` (no longer listed there)."""

    table: str
    id: str
    what: str
    name: str = ""
    fields: list[Field] = []


class Comparison:
    """Collects what changes, listing by listing, up to `MOST`."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._found: dict[tuple[str, str], Listing] = {}
        self._removed: dict[str, list[tuple[uuid.UUID, dict[str, Id]]]] = defaultdict(list)
        self._owners: dict[tuple[str, str], dict[str, Any]] = {}
        """Rows that others hang on, of those staged: where they belong."""

    async def look_at_rows(self, db: AsyncSession) -> None:
        """Look at all rows that would be written."""
        for table in (*LISTINGS, *(table for table in HSDS_TABLES if table not in (*LISTINGS, "metadata"))):
            for rows in self._stage.spools[table].batches():
                for start in range(0, len(rows), LOOK_UP):
                    await self._look_at(db, table, rows[start : start + LOOK_UP])
                    await asyncio.sleep(0)  # others want their turn

    async def _look_at(self, db: AsyncSession, table: str, rows: list[dict[str, Any]]) -> None:
        fresh = self._stage.new[table]
        old = [uuid.UUID(row["id"]) for row in rows if bytes.fromhex(row["id"]) not in fresh]
        here = await _rows(db, table, old) if old else {}
        if table in {"service_at_location", "contact", "phone"}:
            self._owners |= {(table, row["id"]): row for row in rows}
        for row in rows:
            present = here.get(row["id"])
            if table in LISTINGS:
                listing = self._listing(table, row["id"], "updated" if present else "added", row.get("name"))
                if listing and present:
                    listing.fields += await _differences(db, table, present, row)
            else:
                await self._below(db, table, row, _cells(present) if present else None, row)

    async def _below(
        self,
        db: AsyncSession,
        table: str,
        row: dict[str, Any],
        before: dict[str, Any] | None,
        after: dict[str, Any] | None,
    ) -> None:
        """Tell of a row that is part of a listing; of one that is part of a new listing there is nothing to tell."""
        owner = await self._owner(db, row)
        if owner is None or bytes.fromhex(owner[1]) in self._stage.new[owner[0]]:
            return
        listing = self._listing(*owner, "updated")
        if listing and len(listing.fields) < MOST_FIELDS:
            listing.fields.append(Field(table, "", _words(table, before), _words(table, after)))

    async def _owner(self, db: AsyncSession, row: dict[str, Any], deep: int = 0) -> tuple[str, str] | None:
        for column in _OWNERS:
            if row.get(column):
                return column.removesuffix("_id"), _hex(row[column])
        if row.get("link_id") and str(row.get("link_entity")).lower() in LISTINGS:
            return str(row["link_entity"]).lower(), _hex(row["link_id"])
        for column in _THROUGH if deep < 3 else ():
            if row.get(column):
                table, identity = column.removesuffix("_id"), _hex(row[column])
                between = self._owners.get((table, identity))
                if between is None:
                    found = (await _rows(db, table, [uuid.UUID(identity)])).get(identity)
                    between = {name: getattr(found, name, None) for name in (*_OWNERS, *_THROUGH)}
                    self._owners[table, identity] = between
                return await self._owner(db, between, deep + 1)
        return None

    def removed(self, table: str, identity: uuid.UUID, owned: dict[str, Id]) -> None:
        """Note that a row goes."""
        if len(self._removed[table]) < MOST * 4:
            self._removed[table].append((identity, owned))

    def gone(self, service: Service) -> None:
        """Note that a service is no longer listed."""
        listing = self._listing("service", service.id.hex, "gone", service.name)
        if listing and "status" in (service.corrected or {}):
            listing.fields.append(Field("service", "status", service.status, "inactive", kept=True))

    def _listing(self, table: str, identity: str, what: str, name: Any = None) -> Listing | None:
        key = table, identity
        if key not in self._found:
            if len(self._found) >= MOST and what != "gone":
                return None
            self._found[key] = Listing(table, identity, what)
        self._found[key].name = self._found[key].name or str(name or "")
        return self._found[key]

    async def listings(self, db: AsyncSession) -> list[Listing]:
        """Return the listings, first what is gone, then what changes, then what is new."""
        for table, pairs in self._removed.items():
            ids = [identity for identity, _ in pairs]
            for start in range(0, len(ids), LOOK_UP):
                for row in (await _rows(db, table, ids[start : start + LOOK_UP])).values():
                    await self._below(db, table, _cells(row), _cells(row), None)
        found = [one for one in self._found.values() if one.what != "updated" or one.fields]
        order = {"gone": 0, "updated": 1, "added": 2}
        found = sorted(found, key=lambda one: order[one.what])[:MOST]
        await _name(db, found)
        return found


async def _name(db: AsyncSession, listings: list[Listing]) -> None:
    """Fill in the names of listings of which only what belongs to them changes."""
    for table in LISTINGS:
        unnamed = [uuid.UUID(one.id) for one in listings if one.table == table and not one.name]
        for start in range(0, len(unnamed), LOOK_UP):
            rows = await _rows(db, table, unnamed[start : start + LOOK_UP])
            for one in listings:
                if one.table == table and one.id in rows:
                    one.name = one.name or str(getattr(rows[one.id], "name", "") or "")


async def _rows(db: AsyncSession, table: str, ids: list[uuid.UUID]) -> dict[str, Any]:
    model: Any = HSDS_TABLES[table]
    return {row.id.hex: row for row in await db.scalars(select(model).where(model.id.in_(ids)))}


async def _differences(db: AsyncSession, table: str, present: Any, row: dict[str, Any]) -> list[Field]:
    """Return the fields that differ; where it is only what our columns do not hold, one field without a name."""
    corrected = present.corrected or {}
    fields = []
    for column in present.__table__.columns:
        name = column.name
        if name not in TABLES[table].fields or name in _APART:
            continue
        if row[name] is None and name in _LEFT_WHEN_UNSAID:
            continue
        ours = getattr(present, name)
        if isinstance(column.type, Uuid):
            if _hex(ours) != _hex(row[name]):
                before, after = await _named(db, name, ours), await _named(db, name, row[name])
                fields.append(Field(table, name, before, after, name in corrected))
        elif ours != row[name]:
            fields.append(Field(table, name, _text(ours), _text(row[name]), name in corrected))
    if not fields and (present.given != row["given"] or present.extra != row["extra"]):
        fields.append(Field(table, ""))
    return fields


async def _named(db: AsyncSession, column: str, identity: Any) -> str:
    if column == "organization_id" and identity:
        wanted = uuid.UUID(_hex(identity))
        return str(await db.scalar(select(Organization.name).where(Organization.id == wanted)) or "")
    return ""


def _cells(row: Any) -> dict[str, Any]:
    return {column.name: getattr(row, column.name) for column in row.__table__.columns}


def _words(table: str, row: dict[str, Any] | None) -> str:
    return " · ".join(_said(table, row)) if row else ""


def _said(table: str, row: dict[str, Any]) -> Iterator[str]:
    """Yield what a row says besides what it belongs to."""
    for column in HSDS_TABLES[table].__table__.columns:
        told = column.name in TABLES[table].fields and column.name not in _APART
        if not told or isinstance(column.type, Uuid):
            continue
        if text := _text(row[column.name]):
            yield text


def _text(value: Any) -> str:
    if value is None:
        return ""
    text = str(plain(value)).replace("\0", "")
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def _hex(identity: Any) -> str:
    if isinstance(identity, bytes):
        return identity.hex()
    return identity.hex if isinstance(identity, uuid.UUID) else str(identity or "")
