"""Reads of referrals. Each starts from `visible_to(actor)`; lists are paged by key, never by offset."""

import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Literal

import msgspec
from sqlalchemy import and_, exists, false, func, or_, select, union_all
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute, selectinload
from sqlalchemy.sql.elements import ColumnElement

from accounts.rules import Actor
from care.models import Client, Need
from core import clock, paging
from core.crypto import hash_token
from core.database import see_rows_of
from core.errors import NotVisible
from core.mail import valid_address
from core.paging import Cursor
from directory.duplicates.queries import merged_into
from directory.models import Contact, Location, Organization, Service, ServiceAtLocation
from directory.models.services import PUBLIC_STATUSES
from referrals.models import OPEN, UNDER_WAY, Referral, ReferralLink

PAGE_SIZE = 25
Tab = Literal["overdue", "declined", "unanswered", "under-way"]
TABS: tuple[Tab, ...] = ("overdue", "declined", "unanswered", "under-way")


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """Return the SQL condition of the referrals an actor may see: sent by their organization, or received by it.

    A receiver sees nothing of drafts, and nothing of what was entered by mistake. Nobody signed in sees nothing.
    """
    sees = []
    if actor.can("referral.send"):
        sees.append(Referral.sender_id == actor.organization_id)
    if actor.can("referral.answer"):
        received = Referral.state.not_in(("draft", "entered-in-error"))
        sees.append(and_(Referral.receiver_id == actor.organization_id, received))
    return or_(*sees) if sees else false()


class Receiver(msgspec.Struct, frozen=True):
    """Where a referral goes: the service, its organization, the place, and the address its mail is sent to."""

    organization_id: uuid.UUID
    organization_name: str
    service_id: uuid.UUID
    service_name: str
    location_id: uuid.UUID | None
    location_name: str
    email: str
    capacity: str


async def receiver(db: AsyncSession, service_id: uuid.UUID, location_id: uuid.UUID | None = None) -> Receiver:
    """Return who receives referrals to a listed service; raises `NotVisible` when it has no listed organization.

    The mail address is the service's own, else its organization's, else that of a contact of either: the first that
    is one. A `location_id` that is no place of the service raises `NotVisible` too. In place of a service that was
    merged into another stands that other, wherever it is offered.
    """
    row = (
        await db.execute(
            select(
                Service.id, Service.name, Service.email, Service.capacity, Organization.id, Organization.name
            )
            .add_columns(Organization.email)
            .join(Organization, Service.organization_id == Organization.id)
            .where(Service.id == service_id, Service.status.in_(PUBLIC_STATUSES))
        )
    ).one_or_none()
    if row is None:
        into = await merged_into(db, "service", service_id)
        if into is None:
            raise NotVisible("service", service_id)
        return await receiver(db, into)
    _id, service_name, service_email, capacity, organization_id, organization_name, organization_email = row
    known = [service_email, organization_email, *await _contact_emails(db, service_id, organization_id)]
    email = next((address for address in known if address and valid_address(address)), "")
    location_name = ""
    if location_id is not None:
        location_name = await _place_of(db, service_id, location_id)
    return Receiver(
        organization_id=organization_id,
        organization_name=organization_name,
        service_id=service_id,
        service_name=service_name,
        location_id=location_id,
        location_name=location_name,
        email=email,
        capacity=capacity or "",
    )


async def _place_of(db: AsyncSession, service_id: uuid.UUID, location_id: uuid.UUID) -> str:
    """Return the name of a place of this service, none for a confidential one; any other place is not visible."""
    place = select(Location.name, Location.confidential).join(
        ServiceAtLocation, ServiceAtLocation.location_id == Location.id
    )
    row = (
        await db.execute(place.where(ServiceAtLocation.service_id == service_id, Location.id == location_id))
    ).first()
    if row is None:
        raise NotVisible("location", location_id)
    return "" if row.confidential else row.name or ""


async def _contact_emails(
    db: AsyncSession, service_id: uuid.UUID, organization_id: uuid.UUID
) -> Sequence[str | None]:
    query = select(Contact.email).where(
        or_(Contact.service_id == service_id, Contact.organization_id == organization_id),
        Contact.email.is_not(None),
    )
    return (await db.scalars(query.order_by(Contact.id).limit(5))).all()


async def referral(db: AsyncSession, actor: Actor, referral_id: uuid.UUID) -> Referral:
    """Return a referral with its events, or raise `NotVisible`."""
    found = await db.scalar(
        select(Referral)
        .where(Referral.id == referral_id, visible_to(actor))
        .options(selectinload(Referral.events))
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise NotVisible("referral", referral_id)
    return found


async def client_of(db: AsyncSession, found: Referral) -> Client:
    """Return the client of a referral that was fetched for somebody who may see it."""
    return (await db.scalars(select(Client).where(Client.id == found.client_id))).one()


async def need_of(db: AsyncSession, found: Referral, *, lock: bool = False) -> Need:
    """Return the need of a referral that was fetched for somebody who may see it; with `lock`, to change it."""
    query = select(Need).where(Need.id == found.need_id)
    if lock:
        query = query.with_for_update(of=Need).execution_options(populate_existing=True)
    return (await db.scalars(query)).one()


async def of_client(db: AsyncSession, actor: Actor, client_id: uuid.UUID) -> Sequence[Referral]:
    """Return a client's referrals that the actor may see, newest first, with their events."""
    query = select(Referral).where(Referral.client_id == client_id, visible_to(actor))
    query = query.options(selectinload(Referral.events)).order_by(Referral.created_at.desc())
    return (await db.scalars(query.limit(200))).all()


async def open_twin(db: AsyncSession, need_id: uuid.UUID, service_id: uuid.UUID) -> Referral | None:
    """Return an open referral of the same need to the same service, when there is one."""
    query = select(Referral).where(
        Referral.need_id == need_id, Referral.service_id == service_id, Referral.state.in_(OPEN - {"draft"})
    )
    return await db.scalar(query.limit(1))


async def asked_organizations(db: AsyncSession, need_id: uuid.UUID) -> frozenset[uuid.UUID]:
    """Return the organizations that were asked for this need already, so that the next one is another."""
    query = select(Referral.receiver_id).where(
        Referral.need_id == need_id, Referral.receiver_id.is_not(None), Referral.state != "draft"
    )
    return frozenset(found for found in await db.scalars(query) if found is not None)


async def followed_by(db: AsyncSession, referral_id: uuid.UUID) -> Referral | None:
    """Return the referral that followed this one, for the sender of both."""
    query = select(Referral).where(Referral.previous_id == referral_id, Referral.state != "entered-in-error")
    return await db.scalar(query.order_by(Referral.created_at.desc()).limit(1))


def referred() -> ColumnElement[bool]:
    """Return the SQL condition of a need with a referral that is open or was completed."""
    return exists().where(
        Referral.need_id == Need.id, or_(Referral.state.in_(OPEN - {"draft"}), Referral.state == "completed")
    )


async def _page(
    db: AsyncSession,
    condition: ColumnElement[bool],
    stretches: Iterable[ColumnElement[bool]],
    column: InstrumentedAttribute[Any],
    cursor: Cursor | None,
    *,
    newest_first: bool = False,
) -> Sequence[Referral]:
    """Return one page of referrals in one of `stretches`, in the order of `column`; one row more before a next page.

    Each is read from its own stretch of an index, and only the few first of each are merged. Asked for all states at
    once, a database would sort everything they hold to show one page of it.
    """
    order = (column.desc(), Referral.id.desc()) if newest_first else (column, Referral.id)
    continued = paging.before if newest_first else paging.after
    firsts = []
    for stretch in stretches:
        first = select(Referral.id).where(condition, stretch)
        first = continued(first, column, Referral.id, cursor).order_by(*order).limit(PAGE_SIZE + 1)
        firsts.append(select(first.subquery()))
    query = select(Referral).where(Referral.id.in_(union_all(*firsts)))
    return (await db.scalars(query.order_by(*order).limit(PAGE_SIZE + 1))).all()


def _sent_by(actor: Actor) -> ColumnElement[bool]:
    return and_(Referral.sender_id == actor.organization_id, visible_to(actor))


def _stretches(tab: Tab, at: datetime) -> list[ColumnElement[bool]]:
    """Return what a tab of the worklist holds, as conditions that each are one stretch of an index."""
    match tab:
        case "overdue":
            return [and_(Referral.state == "requested", Referral.respond_by < at)]
        case "unanswered":
            return [and_(Referral.state == "requested", Referral.respond_by >= at)]
        case "declined":
            return [Referral.waits.is_(True)]
        case _:
            return _each_state(UNDER_WAY)


def _each_state(states: Iterable[str]) -> list[ColumnElement[bool]]:
    return [Referral.state == state for state in sorted(states)]


def tab_condition(actor: Actor, tab: Tab, at: datetime) -> ColumnElement[bool]:
    """Return the SQL condition of one tab of the worklist, for what the actor's organization has sent."""
    return and_(_sent_by(actor), or_(*_stretches(tab, at)))


async def worklist(
    db: AsyncSession, actor: Actor, tab: Tab, cursor: Cursor | None = None
) -> Sequence[tuple[Referral, Client]]:
    """Return one tab of what waits, longest waiting first; one row more than `PAGE_SIZE` when there is a next page."""
    column = Referral.closed_at if tab == "declined" else Referral.sent_at
    found = await _page(db, _sent_by(actor), _stretches(tab, clock.now()), column, cursor)
    return await _with_clients(db, found)


async def worklist_counts(db: AsyncSession, actor: Actor) -> dict[str, int]:
    """Return how many referrals each tab of the worklist holds."""
    at = clock.now()
    counts: dict[str, int] = {}
    for tab in TABS:
        query = select(func.count()).select_from(Referral).where(tab_condition(actor, tab, at))
        counts[tab] = await db.scalar(query) or 0
    return counts


async def sent(
    db: AsyncSession, actor: Actor, states: frozenset[str], cursor: Cursor | None = None
) -> Sequence[tuple[Referral, Client]]:
    """Return the referrals the actor's organization has sent, newest first; one row more when there is a next page."""
    found = await _page(
        db, _sent_by(actor), _each_state(states), Referral.created_at, cursor, newest_first=True
    )
    return await _with_clients(db, found)


async def inbox(
    db: AsyncSession, actor: Actor, states: frozenset[str], cursor: Cursor | None = None
) -> Sequence[Referral]:
    """Return what the actor's organization has received, longest waiting first; one row more before a next page."""
    received = and_(visible_to(actor), Referral.receiver_id == actor.organization_id)
    return await _page(db, received, _each_state(states), Referral.sent_at, cursor)


async def inbox_counts(db: AsyncSession, actor: Actor) -> dict[str, int]:
    """Return how many received referrals are in each state that is not an end: those closed are not counted."""
    query = select(Referral.state, func.count()).where(
        visible_to(actor), Referral.receiver_id == actor.organization_id, Referral.state.in_(OPEN - {"draft"})
    )
    rows = await db.execute(query.group_by(Referral.state))
    return {row[0]: row[1] for row in rows}


async def _with_clients(db: AsyncSession, found: Sequence[Referral]) -> Sequence[tuple[Referral, Client]]:
    ids = {row.client_id for row in found}
    clients = {client.id: client for client in await db.scalars(select(Client).where(Client.id.in_(ids)))}
    return [(row, clients[row.client_id]) for row in found]


async def link(db: AsyncSession, token: str) -> tuple[ReferralLink, Referral]:
    """Return the link a token stands for, with its referral; raises `NotVisible` for an unknown one.

    Links that are used up or too old come back too: their page says so instead of pretending they never were.
    """
    found = await db.scalar(select(ReferralLink).where(ReferralLink.token_hash == hash_token(token)))
    if found is None:
        raise NotVisible("referral_link")
    # Whoever holds the link stands for the receiving organization from here on, and for no other.
    await see_rows_of(db, str(found.receiver_id))
    referral = await db.scalar(select(Referral).where(Referral.id == found.referral_id))
    if referral is None or referral.state == "entered-in-error":
        raise NotVisible("referral", found.referral_id)
    return found, referral
