"""Reads of the confidential half. Each starts from `visible_to(actor)`: forgetting it means having no client."""

import uuid
from collections.abc import Sequence
from datetime import date

from sqlalchemy import exists, false, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload
from sqlalchemy.sql.elements import ColumnElement

from accounts.rules import Actor
from care.models import Client, Consent, Need, in_force_on
from core import clock, paging
from core.crypto import blind_index
from core.errors import NotVisible
from core.paging import Cursor

PAGE_SIZE = 30


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """Return the SQL condition of the clients an actor may see: those of their own organization, if their role may."""
    if not actor.can("client.read"):
        return false()
    return Client.organization_id == actor.organization_id


def identity_index(organization_id: uuid.UUID, given_name: str, family_name: str, birth_date: date) -> str:
    """Return the keyed index of name and birth date together, which finds a person without telling who it is."""
    return blind_index("client.identity", organization_id, given_name, family_name, birth_date.isoformat())


async def client(db: AsyncSession, actor: Actor, client_id: uuid.UUID) -> Client:
    """Return a client with needs and consents, or raise `NotVisible`."""
    found = await db.scalar(
        select(Client)
        .where(Client.id == client_id, visible_to(actor))
        .options(selectinload(Client.needs), selectinload(Client.consents))
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise NotVisible("client", client_id)
    return found


async def need(db: AsyncSession, actor: Actor, need_id: uuid.UUID) -> Need:
    """Return a need with its client, or raise `NotVisible`."""
    found = await db.scalar(
        select(Need)
        .join(Need.client)
        .where(Need.id == need_id, visible_to(actor))
        .options(selectinload(Need.client).selectinload(Client.consents))
    )
    if found is None:
        raise NotVisible("need", need_id)
    return found


async def consent(db: AsyncSession, actor: Actor, consent_id: uuid.UUID) -> Consent:
    """Return a consent with its client, or raise `NotVisible`."""
    found = await db.scalar(
        select(Consent)
        .join(Consent.client)
        .where(Consent.id == consent_id, visible_to(actor))
        .options(selectinload(Consent.client))
    )
    if found is None:
        raise NotVisible("consent", consent_id)
    return found


async def clients(db: AsyncSession, actor: Actor, cursor: Cursor | None = None) -> Sequence[Client]:
    """Return a page of clients with their needs, newest first; `cursor` is the last row of the page before.

    One row more than `PAGE_SIZE` comes back when there is a next page.
    """
    query = select(Client).where(visible_to(actor)).options(selectinload(Client.needs))
    query = paging.before(query, Client.created_at, Client.id, cursor)
    query = query.order_by(Client.created_at.desc(), Client.id.desc()).limit(PAGE_SIZE + 1)
    return (await db.scalars(query)).all()


async def same_person(
    db: AsyncSession, actor: Actor, given_name: str, family_name: str, birth_date: date
) -> Sequence[Client]:
    """Return the clients of the actor's organization with exactly this name and date of birth."""
    index = identity_index(actor.organization_id, given_name, family_name, birth_date)
    query = select(Client).where(visible_to(actor), Client.identity_index == index)
    return (await db.scalars(query.options(selectinload(Client.needs)))).all()


async def allowed_categories(
    db: AsyncSession, client_id: uuid.UUID, recipient_id: uuid.UUID, on: date
) -> frozenset[str]:
    """Return what a recipient may be told about a client on a day: all categories of the consents in force.

    An empty set means nothing at all may be told, not even that the person exists.
    """
    rows = await db.scalars(
        select(Consent.categories)
        .where(Consent.client_id == client_id, Consent.recipient_id == recipient_id)
        .where(in_force_on(on))
    )
    return frozenset(category for categories in rows for category in categories)


async def ending_consents(db: AsyncSession, actor: Actor, until: date) -> Sequence[Consent]:
    """Return consents in force that end by `until`, soonest first, with their clients."""
    # EXISTS, not a join: begin at the few consents that end soon rather than at all clients.
    own = exists().where(Client.id == Consent.client_id, visible_to(actor))
    query = (
        select(Consent)
        .where(own, Consent.revoked_at.is_(None))
        .where(Consent.expires_on >= clock.today(actor.time_zone), Consent.expires_on <= until)
        .options(selectinload(Consent.client))
        .order_by(Consent.expires_on)
        .limit(20)
    )
    return (await db.scalars(query)).all()


async def needs_without_referral(
    db: AsyncSession, actor: Actor, referred: ColumnElement[bool]
) -> Sequence[Need]:
    """Return open needs the person wants help with and for which `referred` (an EXISTS of referrals) is false."""
    # EXISTS, not a join: begin at the oldest open needs and stop at the twentieth.
    own = exists().where(Client.id == Need.client_id, visible_to(actor))
    query = (
        select(Need)
        .where(own, Need.state == "open", Need.wants_help == "yes", ~referred)
        .options(selectinload(Need.client))
        .order_by(Need.created_at)
        .limit(20)
    )
    return (await db.scalars(query)).all()


async def count_clients(db: AsyncSession, actor: Actor) -> int:
    """Return how many clients the actor's organization has."""
    return await db.scalar(select(func.count()).select_from(Client).where(visible_to(actor))) or 0
