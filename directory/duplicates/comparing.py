"""Two listings side by side: where they differ, which side is proposed for each field, and what belongs to each."""

import hashlib
import uuid
from collections import defaultdict
from datetime import date
from typing import Any, Literal

import msgspec
from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from accounts.models import Agency
from core.errors import NotVisible
from core.i18n import gettext as _
from directory.duplicates.queries import ENTITIES
from directory.duplicates.telling import alike_key, tell
from directory.models import HSDS_TABLES, Attribute, Contact, Organization, Service, ServiceAtLocation
from directory.models.locations import Location

Which = Literal["kept", "other"]

FIELDS: dict[str, tuple[str, ...]] = {
    "organization": (
        "name", "alternate_name", "description", "email", "website", "tax_status", "tax_id", "year_incorporated",
        "legal_status", "logo", "uri",
    ),
    "service": (
        "name", "alternate_name", "description", "url", "email", "interpretation_services", "application_process",
        "fees_description", "fees", "wait_time", "accreditations", "eligibility_description", "minimum_age",
        "maximum_age", "licenses", "alert",
    ),
}  # fmt: skip
"""What one of two listings may take from the other, in the order in which it is shown."""

PARTS: dict[str, tuple[str, ...]] = {
    "organization": (
        "phone", "address", "contact", "url", "organization_identifier", "funding", "attribute",
    ),
    "service": (
        "service_at_location", "phone", "schedule", "language", "service_area", "cost_option", "required_document",
        "contact", "url", "funding", "attribute",
    ),
}  # fmt: skip
"""Tables of what belongs to a listing and may be taken over."""


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One field: what both say, and which side is proposed where they differ."""

    field: str
    kept: str
    other: str
    differs: bool
    proposed: Which


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """A row that belongs to a listing, in words; `like` tells whether the listing that stays has one like it."""

    table: str
    id: uuid.UUID
    text: str
    like: bool = False

    @property
    def token(self) -> str:
        """What names it in a form."""
        return f"{self.table}:{self.id}"


class Side(msgspec.Struct, frozen=True, kw_only=True):
    """One of the two listings."""

    row: Any
    by: str
    checked_on: date | None
    parts: dict[str, list[Part]]
    services: int
    """How many services an organization has."""
    must_stay: str
    """Why this one cannot be merged into the other, or nothing."""


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """Two listings side by side; `seen` stands for all that was shown, so that a change meanwhile is noticed."""

    entity: str
    kept: Side
    other: Side
    lines: list[Line]
    seen: str

    @property
    def tokens(self) -> dict[str, Part]:
        """What can be taken over from the other side, by the names in a form."""
        return {part.token: part for parts in self.other.parts.values() for part in parts}


async def compare(
    db: AsyncSession, entity: str, ids: tuple[uuid.UUID, uuid.UUID], keep: uuid.UUID | None = None
) -> Comparison:
    """Return two listings side by side, the one that stays first: `keep`, or the one that is proposed.

    Raises `NotVisible` when one of them is not there.
    """
    rows = [await _row(db, entity, identity) for identity in ids]
    agencies = await _agencies(db, rows)
    parts = {row.id: await _parts(db, entity, row) for row in rows}
    kept, other = rows
    if (keep or _proposed(rows, agencies, parts)) == other.id:
        kept, other = other, kept
    has = {alike_key(one) for table in parts[kept.id].values() for one in table}
    lines = [_line(field, kept, other) for field in FIELDS[entity]]
    sides = []
    for row, second in ((kept, other), (other, kept)):
        sides.append(
            Side(
                row=row,
                by=row.organization.name if entity == "service" and row.organization else "",
                checked_on=row.assured_date if entity == "service" else None,
                parts={
                    table: [
                        Part(table=table, id=one.id, text=text, like=alike_key(one) in has)
                        for one in found
                        if (text := tell(one))
                    ]
                    for table, found in parts[row.id].items()
                },
                services=await _count(db, row) if entity == "organization" else 0,
                must_stay=_must_stay(entity, row, second, agencies),
            )
        )
    return Comparison(
        entity=entity,
        kept=sides[0],
        other=sides[1],
        lines=[line for line in lines if line.kept or line.other],
        seen=_digest([kept, other], parts),
    )


async def _row(db: AsyncSession, entity: str, identity: uuid.UUID) -> Any:
    model = ENTITIES[entity]
    query = select(model).where(model.id == identity)
    if entity == "service":
        query = query.options(selectinload(Service.organization))
    row = await db.scalar(query.execution_options(populate_existing=True))
    if row is None:
        raise NotVisible(entity, identity)
    return row


async def _count(db: AsyncSession, organization: Organization) -> int:
    query = select(func.count()).where(Service.organization_id == organization.id)
    return int(await db.scalar(query) or 0)


async def _agencies(db: AsyncSession, rows: list[Any]) -> set[uuid.UUID]:
    """Return which of the organizations of these listings have people who sign in here."""
    wanted = [row.organization_id if isinstance(row, Service) else row.id for row in rows]
    return set(await db.scalars(select(Agency.id).where(Agency.id.in_([one for one in wanted if one]))))


def _must_stay(entity: str, row: Any, other: Any, agencies: set[uuid.UUID]) -> str:
    if entity == "organization":
        if row.id in agencies:
            return _("People of %(name)s sign in here, so it has to be the one that stays.") % {
                "name": row.name
            }
    elif row.organization_id in agencies and row.organization_id != other.organization_id:
        return _("%(name)s keeps this listing itself, so it has to be the one that stays.") % {
            "name": row.organization.name
        }
    return ""


async def _parts(db: AsyncSession, entity: str, row: Any) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = defaultdict(list)
    for table in PARTS[entity]:
        model = HSDS_TABLES[table]
        owner = Attribute.link_id if model is Attribute else getattr(model, f"{entity}_id")
        query = select(model).where(owner == row.id).order_by(model.id)
        if model is Attribute:
            query = query.options(selectinload(Attribute.taxonomy_term))
        elif model is Contact:
            query = query.options(selectinload(Contact.phones))
        elif model is ServiceAtLocation:
            query = query.options(
                selectinload(ServiceAtLocation.location).selectinload(Location.addresses),
            )
        if rows := list(await db.scalars(query)):
            found[table] = rows
    return dict(found)


def _proposed(
    rows: list[Any], agencies: set[uuid.UUID], parts: dict[uuid.UUID, dict[str, list[Any]]]
) -> uuid.UUID:
    """Return which listing should stay: that of people who sign in, the fresher one, the one that tells more."""

    def rank(row: Any) -> tuple[Any, ...]:
        service = isinstance(row, Service)
        home = (row.organization_id if service else row.id) in agencies
        checked = row.assured_date if service else None
        told = sum(len(found) for found in parts[row.id].values())
        told += sum(getattr(row, field) not in (None, "") for field in FIELDS[row.__tablename__])
        return home, checked or date.min, told

    identity: uuid.UUID = max(rows, key=rank).id
    return identity


def _line(field: str, kept: Any, other: Any) -> Line:
    ours, theirs = (_text(getattr(row, field)) for row in (kept, other))
    return Line(
        field=field,
        kept=ours,
        other=theirs,
        differs=" ".join(ours.split()) != " ".join(theirs.split()),
        proposed=_better(ours, theirs, kept, other),
    )


def _better(ours: str, theirs: str, kept: Any, other: Any) -> Which:
    """Propose what is there over nothing, then what was checked later, then what tells more."""
    if not ours or not theirs:
        return "kept" if ours or not theirs else "other"
    if isinstance(kept, Service) and kept.assured_date != other.assured_date:
        return "kept" if (kept.assured_date or date.min) > (other.assured_date or date.min) else "other"
    return "other" if len(theirs) > len(ours) else "kept"


def _text(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:g}" if isinstance(value, float) else str(value)


def _digest(rows: list[Any], parts: dict[uuid.UUID, dict[str, list[Any]]]) -> str:
    shown: list[Any] = []
    for row in rows:
        shown.append((row.id, [getattr(row, field) for field in FIELDS[row.__tablename__]]))
        for one in (one for found in parts[row.id].values() for one in found):
            shown.append([getattr(one, column.name) for column in one.__table__.columns])
    return hashlib.blake2b(repr(shown).encode(), digest_size=16).hexdigest()


async def lock(db: AsyncSession, entity: str, ids: tuple[uuid.UUID, uuid.UUID]) -> None:
    """Have whoever merges one of these listings at the same time wait for us: of several merges at once one is first.

    Otherwise A could go into B while B goes into A. SQLite lets only one write in any case.
    """
    model = ENTITIES[entity]
    await db.execute(
        select(model.id).where(or_(*(model.id == one for one in ids))).order_by(model.id).with_for_update()
    )
