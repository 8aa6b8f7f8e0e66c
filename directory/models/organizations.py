"""Organizations, their programs, and who to speak to."""

import uuid
from typing import TYPE_CHECKING

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.database import Base
from directory.models.base import Recorded, part_of, refers_to

if TYPE_CHECKING:
    from directory.models.locations import Address, Location
    from directory.models.services import Service


class Organization(Recorded, Base):
    """An organization that offers services; the same id as its agency when its people sign in."""

    __tablename__ = "organization"

    name: Mapped[str]
    alternate_name: Mapped[str | None]
    description: Mapped[str | None]
    email: Mapped[str | None]
    website: Mapped[str | None]
    tax_status: Mapped[str | None]
    tax_id: Mapped[str | None]
    year_incorporated: Mapped[int | None]
    legal_status: Mapped[str | None]
    logo: Mapped[str | None]
    uri: Mapped[str | None]
    parent_organization_id: Mapped[uuid.UUID | None] = refers_to("organization")

    services: Mapped[list["Service"]] = relationship(back_populates="organization", lazy="raise")
    locations: Mapped[list["Location"]] = relationship(back_populates="organization", lazy="raise")
    addresses: Mapped[list["Address"]] = relationship(lazy="raise", passive_deletes=True)
    programs: Mapped[list["Program"]] = relationship(
        back_populates="organization", lazy="raise", passive_deletes=True
    )
    phones: Mapped[list["Phone"]] = relationship(lazy="raise", passive_deletes=True)
    contacts: Mapped[list["Contact"]] = relationship(lazy="raise", passive_deletes=True)
    additional_websites: Mapped[list["Url"]] = relationship(lazy="raise", passive_deletes=True)
    funding: Mapped[list["Funding"]] = relationship(lazy="raise", passive_deletes=True)
    organization_identifiers: Mapped[list["OrganizationIdentifier"]] = relationship(
        lazy="raise", passive_deletes=True
    )


class OrganizationIdentifier(Recorded, Base):
    """An official number of an organization, such as its tax or company registration."""

    __tablename__ = "organization_identifier"

    organization_id: Mapped[uuid.UUID | None] = part_of("organization")
    identifier_scheme: Mapped[str | None]
    identifier_type: Mapped[str | None]
    identifier: Mapped[str | None]


class Program(Recorded, Base):
    """A group of services of one organization."""

    __tablename__ = "program"

    organization_id: Mapped[uuid.UUID | None] = part_of("organization")
    name: Mapped[str]
    alternate_name: Mapped[str | None]
    description: Mapped[str | None]

    organization: Mapped[Organization | None] = relationship(back_populates="programs", lazy="raise")
    services: Mapped[list["Service"]] = relationship(back_populates="program", lazy="raise")


class Funding(Recorded, Base):
    """Where the money of an organization or a service comes from.

    HSDS calls that `source`, so what other tables keep in their `source` is `imported_from` here.
    """

    __tablename__ = "funding"

    organization_id: Mapped[uuid.UUID | None] = part_of("organization")
    service_id: Mapped[uuid.UUID | None] = part_of("service")
    source: Mapped[str | None] = mapped_column(Text)
    imported_from: Mapped[str | None] = mapped_column(String(120))


class Contact(Recorded, Base):
    """A person or desk to speak to, of an organization, a service, a location or a service at a location."""

    __tablename__ = "contact"

    organization_id: Mapped[uuid.UUID | None] = part_of("organization")
    service_id: Mapped[uuid.UUID | None] = part_of("service")
    service_at_location_id: Mapped[uuid.UUID | None] = part_of("service_at_location")
    location_id: Mapped[uuid.UUID | None] = part_of("location")
    name: Mapped[str | None]
    title: Mapped[str | None]
    department: Mapped[str | None]
    email: Mapped[str | None]

    phones: Mapped[list["Phone"]] = relationship(lazy="raise", passive_deletes=True)


class Phone(Recorded, Base):
    """A telephone number as it was written, and as it is dialled.

    `number` may be empty: files say that there is a telephone without saying which. `e164` is the number as
    every telephone in the world understands it, empty where the text is none.
    """

    __tablename__ = "phone"

    location_id: Mapped[uuid.UUID | None] = part_of("location")
    service_id: Mapped[uuid.UUID | None] = part_of("service")
    organization_id: Mapped[uuid.UUID | None] = part_of("organization")
    contact_id: Mapped[uuid.UUID | None] = part_of("contact")
    service_at_location_id: Mapped[uuid.UUID | None] = part_of("service_at_location")
    number: Mapped[str | None]
    e164: Mapped[str | None]
    extension: Mapped[str | None]
    type: Mapped[str | None]
    description: Mapped[str | None]

    languages: Mapped[list["Language"]] = relationship(lazy="raise", passive_deletes=True)


class Language(Recorded, Base):
    """A language spoken at a service or a location, or on a telephone; `code` is its ISO 639 code."""

    __tablename__ = "language"

    service_id: Mapped[uuid.UUID | None] = part_of("service")
    location_id: Mapped[uuid.UUID | None] = part_of("location")
    phone_id: Mapped[uuid.UUID | None] = part_of("phone")
    name: Mapped[str | None]
    code: Mapped[str | None]
    note: Mapped[str | None]


class Url(Recorded, Base):
    """A further web page of an organization or a service."""

    __tablename__ = "url"

    label: Mapped[str | None]
    url: Mapped[str | None]
    organization_id: Mapped[uuid.UUID | None] = part_of("organization")
    service_id: Mapped[uuid.UUID | None] = part_of("service")
