"""What a card tells about a service: frozen records without a session, with confidential places blanked."""

import uuid
from datetime import date, datetime, time

import msgspec


class PhoneLine(msgspec.Struct, frozen=True, kw_only=True):
    """A telephone that can be shown: `number` as written, `e164` as dialled where that is known."""

    number: str
    e164: str | None = None
    extension: str | None = None
    type: str | None = None
    description: str | None = None


class Hours(msgspec.Struct, frozen=True, kw_only=True):
    """One row of opening hours, by the names of the columns of `schedule`."""

    id: uuid.UUID
    service_id: uuid.UUID | None = None
    location_id: uuid.UUID | None = None
    service_at_location_id: uuid.UUID | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    dtstart: date | None = None
    timezone: str | None = None
    until: date | None = None
    count: int | None = None
    wkst: str | None = None
    freq: str | None = None
    interval: int | None = None
    byday: str | None = None
    byweekno: str | None = None
    bymonthday: str | None = None
    byyearday: str | None = None
    description: str | None = None
    opens_at: time | None = None
    closes_at: time | None = None
    schedule_link: str | None = None
    attending_type: str | None = None
    notes: str | None = None


class Spoken(msgspec.Struct, frozen=True, kw_only=True):
    """A language: its name, its ISO 639 code where that is known, and a remark."""

    name: str | None = None
    code: str | None = None
    note: str | None = None


class Cost(msgspec.Struct, frozen=True, kw_only=True):
    """A price; an `amount` of 0 is free."""

    option: str | None = None
    amount: float | None = None
    currency: str | None = None
    amount_description: str | None = None


class Spot(msgspec.Struct, frozen=True, kw_only=True):
    """A postal address, its parts as they were given."""

    attention: str | None = None
    address_1: str | None = None
    address_2: str | None = None
    city: str | None = None
    region: str | None = None
    state_province: str | None = None
    postal_code: str | None = None
    country: str | None = None

    @property
    def lines(self) -> tuple[str, ...]:
        """The address as it is written on an envelope: street, then town with state and ZIP code."""
        town = " ".join(part for part in (self.state_province, self.postal_code) if part)
        town = ", ".join(part for part in (self.city, town) if part)
        return tuple(part for part in (self.attention, self.address_1, self.address_2, town) if part)


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where a service is offered. A confidential place has no address, coordinates, directions or name here."""

    location_id: uuid.UUID
    service_at_location_id: uuid.UUID | None = None
    name: str | None = None
    description: str | None = None
    location_type: str = "physical"
    confidential: bool = False
    spot: Spot | None = None
    latitude: float | None = None
    longitude: float | None = None
    centre_of: str | None = None
    """What the coordinates are only the centre of, where they were found by the address: "94103"."""
    transportation: str | None = None
    accessibility: tuple[str, ...] = ()
    languages: tuple[Spoken, ...] = ()
    phones: tuple[PhoneLine, ...] = ()
    hours: tuple[Hours, ...] = ()
    """Hours of the service at this place, else of the place."""


class Area(msgspec.Struct, frozen=True, kw_only=True):
    """An area served as the listing states it, by the names of the columns of `service_area`."""

    name: str | None = None
    description: str | None = None
    extent: str | None = None
    extent_type: str | None = None


class ServiceCard(msgspec.Struct, frozen=True, kw_only=True):
    """One service as a card shows it; `hours` are those told of the service itself, its places have their own."""

    id: uuid.UUID
    name: str
    alternate_name: str | None = None
    description: str | None = None
    status: str = "active"
    organization_id: uuid.UUID | None = None
    organization: str | None = None
    url: str | None = None
    email: str | None = None
    alert: str | None = None
    fees: str | None = None
    costs: tuple[Cost, ...] = ()
    wait_time: str | None = None
    capacity: str | None = None
    eligibility: str | None = None
    minimum_age: float | None = None
    maximum_age: float | None = None
    verified_on: date | None = None
    last_modified: datetime | None = None
    languages: tuple[Spoken, ...] = ()
    phones: tuple[PhoneLine, ...] = ()
    hours: tuple[Hours, ...] = ()
    places: tuple[Place, ...] = ()
    areas: tuple[str, ...] = ()
    """What the areas served are called."""
    stated_areas: tuple[Area, ...] = ()
