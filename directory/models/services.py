"""Services: what they are, for whom, when, at what price, and where they are offered."""

import uuid
from datetime import date, datetime, time
from typing import TYPE_CHECKING

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship, synonym

from core.database import Base
from directory.models.base import Recorded, part_of, refers_to

if TYPE_CHECKING:
    from directory.models.locations import Location
    from directory.models.organizations import Contact, Funding, Language, Organization, Phone, Program, Url

PUBLIC_STATUSES = ("active", "temporarily closed")
"""The statuses of services that the public is shown; inactive and defunct ones are history."""


class Service(Recorded, Base):
    """What an organization offers.

    `organization_id` is empty where a file names an organization that it does not contain: the service is real
    and stays, the foreign id is kept in `extra`, and the link is made when a later import brings the organization.
    `verified_on` is HSDS's `assured_date`: the day somebody last checked the listing. `capacity` is the answer to
    "is there room?": room, waiting, full, or empty for unknown; numbers of places are in `service_capacity`.
    """

    __tablename__ = "service"
    __table_args__ = (
        CheckConstraint(
            "status IN ('active', 'inactive', 'defunct', 'temporarily closed')", name="status_known"
        ),
        CheckConstraint("capacity IN ('room', 'waiting', 'full')", name="capacity_known"),
        # Lists go by id, and count and skip without looking at the rows themselves.
        Index(None, "id", "status"),
        Index(None, "last_modified"),
    )

    organization_id: Mapped[uuid.UUID | None] = refers_to("organization")
    program_id: Mapped[uuid.UUID | None] = refers_to("program")
    name: Mapped[str]
    alternate_name: Mapped[str | None]
    description: Mapped[str | None]
    url: Mapped[str | None]
    email: Mapped[str | None]
    status: Mapped[str] = mapped_column(default="active")
    interpretation_services: Mapped[str | None]
    application_process: Mapped[str | None]
    fees_description: Mapped[str | None]
    wait_time: Mapped[str | None]
    fees: Mapped[str | None]
    accreditations: Mapped[str | None]
    eligibility_description: Mapped[str | None]
    minimum_age: Mapped[float | None]
    maximum_age: Mapped[float | None]
    assured_date: Mapped[date | None]
    assurer_email: Mapped[str | None]
    licenses: Mapped[str | None]
    alert: Mapped[str | None]
    last_modified: Mapped[datetime | None]
    capacity: Mapped[str | None]

    verified_on: Mapped[date | None] = synonym("assured_date")

    organization: Mapped["Organization | None"] = relationship(back_populates="services", lazy="raise")
    program: Mapped["Program | None"] = relationship(back_populates="services", lazy="raise")
    service_at_locations: Mapped[list["ServiceAtLocation"]] = relationship(
        back_populates="service", lazy="raise", passive_deletes=True
    )
    phones: Mapped[list["Phone"]] = relationship(lazy="raise", passive_deletes=True)
    contacts: Mapped[list["Contact"]] = relationship(lazy="raise", passive_deletes=True)
    schedules: Mapped[list["Schedule"]] = relationship(lazy="raise", passive_deletes=True)
    languages: Mapped[list["Language"]] = relationship(lazy="raise", passive_deletes=True)
    service_areas: Mapped[list["ServiceArea"]] = relationship(lazy="raise", passive_deletes=True)
    cost_options: Mapped[list["CostOption"]] = relationship(lazy="raise", passive_deletes=True)
    required_documents: Mapped[list["RequiredDocument"]] = relationship(lazy="raise", passive_deletes=True)
    additional_urls: Mapped[list["Url"]] = relationship(lazy="raise", passive_deletes=True)
    funding: Mapped[list["Funding"]] = relationship(lazy="raise", passive_deletes=True)
    capacities: Mapped[list["ServiceCapacity"]] = relationship(lazy="raise", passive_deletes=True)


class ServiceAtLocation(Recorded, Base):
    """A service offered at a location, with what holds only there.

    A source may say of one service twice that it is at one location: on other days, or for other people.
    """

    __tablename__ = "service_at_location"

    service_id: Mapped[uuid.UUID] = part_of("service")
    location_id: Mapped[uuid.UUID] = part_of("location")
    description: Mapped[str | None]

    service: Mapped[Service] = relationship(back_populates="service_at_locations", lazy="raise")
    location: Mapped["Location"] = relationship(back_populates="service_at_locations", lazy="raise")
    phones: Mapped[list["Phone"]] = relationship(lazy="raise", passive_deletes=True)
    contacts: Mapped[list["Contact"]] = relationship(lazy="raise", passive_deletes=True)
    schedules: Mapped[list["Schedule"]] = relationship(lazy="raise", passive_deletes=True)
    service_areas: Mapped[list["ServiceArea"]] = relationship(lazy="raise", passive_deletes=True)


class Schedule(Recorded, Base):
    """When something is open: one rule in the terms of iCal, or one dated exception, or plain text.

    Times are those of a clock on the wall at the place. A row without times that names days says "closed then".
    A row with only `description` keeps hours that could not be read with certainty. A row without `freq` but with
    `valid_from` holds for those dates alone and overrides the weekly rules (a holiday).
    """

    __tablename__ = "schedule"
    __table_args__ = (CheckConstraint("freq IN ('WEEKLY', 'MONTHLY')", name="freq_known"),)

    service_id: Mapped[uuid.UUID | None] = part_of("service")
    location_id: Mapped[uuid.UUID | None] = part_of("location")
    service_at_location_id: Mapped[uuid.UUID | None] = part_of("service_at_location")
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]
    dtstart: Mapped[date | None]
    timezone: Mapped[str | None]
    until: Mapped[date | None]
    count: Mapped[int | None]
    wkst: Mapped[str | None]
    freq: Mapped[str | None]
    interval: Mapped[int | None]
    byday: Mapped[str | None]
    byweekno: Mapped[str | None]
    bymonthday: Mapped[str | None]
    byyearday: Mapped[str | None]
    description: Mapped[str | None]
    opens_at: Mapped[time | None]
    closes_at: Mapped[time | None]
    schedule_link: Mapped[str | None]
    attending_type: Mapped[str | None]
    notes: Mapped[str | None]


class ServiceArea(Recorded, Base):
    """Where people must live to be served: a name, or a shape in `extent`."""

    __tablename__ = "service_area"

    service_id: Mapped[uuid.UUID | None] = part_of("service")
    service_at_location_id: Mapped[uuid.UUID | None] = part_of("service_at_location")
    name: Mapped[str | None]
    description: Mapped[str | None]
    extent: Mapped[str | None]
    extent_type: Mapped[str | None]
    uri: Mapped[str | None]


class CostOption(Recorded, Base):
    """What a service costs, or for whom it costs what; an amount of 0 is free."""

    __tablename__ = "cost_option"

    service_id: Mapped[uuid.UUID | None] = part_of("service")
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]
    option: Mapped[str | None]
    currency: Mapped[str | None]
    amount: Mapped[float | None]
    amount_description: Mapped[str | None]


class RequiredDocument(Recorded, Base):
    """A paper to bring."""

    __tablename__ = "required_document"

    service_id: Mapped[uuid.UUID | None] = part_of("service")
    document: Mapped[str | None]
    uri: Mapped[str | None]


class Unit(Recorded, Base):
    """What a capacity is counted in: beds, seats, meals."""

    __tablename__ = "unit"

    name: Mapped[str]
    scheme: Mapped[str | None]
    identifier: Mapped[str | None]
    uri: Mapped[str | None]


class ServiceCapacity(Recorded, Base):
    """How many places a service has, and how many are free, as of a moment."""

    __tablename__ = "service_capacity"

    service_id: Mapped[uuid.UUID | None] = part_of("service")
    unit_id: Mapped[uuid.UUID | None] = refers_to("unit")
    available: Mapped[float | None]
    maximum: Mapped[float | None]
    description: Mapped[str | None]
    updated: Mapped[datetime | None]

    unit: Mapped[Unit | None] = relationship(lazy="raise")
