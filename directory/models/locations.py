"""Places: where services are, how to write to them, and who can get in."""

import uuid
from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import CheckConstraint, ForeignKey, String, select
from sqlalchemy.orm import Mapped, column_property, mapped_column, relationship

from core.database import Base
from directory.models.base import Recorded, part_of, refers_to

if TYPE_CHECKING:
    from directory.models.organizations import Contact, Language, Organization, Phone
    from directory.models.services import Schedule, ServiceAtLocation


class Location(Recorded, Base):
    """A place, in degrees of WGS 84 where it is known.

    Address and coordinates of a `confidential` location (a shelter, say) leave the database for nobody but those
    who may see them: the public queries blank them.
    """

    __tablename__ = "location"
    __table_args__ = (
        CheckConstraint("location_type IN ('physical', 'postal', 'virtual')", name="type_known"),
        CheckConstraint("latitude BETWEEN -90 AND 90", name="latitude_in_degrees"),
        CheckConstraint("longitude BETWEEN -180 AND 180", name="longitude_in_degrees"),
    )

    location_type: Mapped[str] = mapped_column(default="physical")
    url: Mapped[str | None]
    organization_id: Mapped[uuid.UUID | None] = refers_to("organization")
    name: Mapped[str | None]
    alternate_name: Mapped[str | None]
    description: Mapped[str | None]
    transportation: Mapped[str | None]
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    external_identifier: Mapped[str | None]
    external_identifier_type: Mapped[str | None]
    confidential: Mapped[bool] = mapped_column(default=False)
    if TYPE_CHECKING:
        centre_of: Mapped[str | None]
        """What the coordinates are only the centre of ("94103", "Alder Falls, NE"), where they are not exact."""

    organization: Mapped["Organization | None"] = relationship(back_populates="locations", lazy="raise")
    service_at_locations: Mapped[list["ServiceAtLocation"]] = relationship(
        back_populates="location", lazy="raise", passive_deletes=True
    )
    addresses: Mapped[list["Address"]] = relationship(lazy="raise", passive_deletes=True)
    phones: Mapped[list["Phone"]] = relationship(lazy="raise", passive_deletes=True)
    contacts: Mapped[list["Contact"]] = relationship(lazy="raise", passive_deletes=True)
    languages: Mapped[list["Language"]] = relationship(lazy="raise", passive_deletes=True)
    schedules: Mapped[list["Schedule"]] = relationship(lazy="raise", passive_deletes=True)
    accessibility: Mapped[list["Accessibility"]] = relationship(lazy="raise", passive_deletes=True)


class Address(Recorded, Base):
    """A postal or street address.

    HSDS 3 knows addresses of locations only. Older files give organizations addresses of their own, which is kept
    in `organization_id` and not turned into a location that nobody published.
    """

    __tablename__ = "address"
    __table_args__ = (
        CheckConstraint("address_type IN ('physical', 'postal', 'virtual')", name="type_known"),
    )

    location_id: Mapped[uuid.UUID | None] = part_of("location")
    organization_id: Mapped[uuid.UUID | None] = part_of("organization")
    attention: Mapped[str | None]
    address_1: Mapped[str | None]
    address_2: Mapped[str | None]
    city: Mapped[str | None]
    region: Mapped[str | None]
    state_province: Mapped[str | None]
    postal_code: Mapped[str | None]
    country: Mapped[str | None]
    address_type: Mapped[str] = mapped_column(default="physical")


class Accessibility(Recorded, Base):
    """How somebody with a disability gets into and around a location."""

    __tablename__ = "accessibility"

    location_id: Mapped[uuid.UUID | None] = part_of("location")
    description: Mapped[str | None]
    details: Mapped[str | None]
    url: Mapped[str | None]


class LocationPosition(Base):
    """That the coordinates of a location were found by its address, how exactly, and from which address.

    The location itself has the same coordinates; where they differ, somebody has since said better, and this row
    counts no more. `latitude` is empty where nothing was found.
    """

    __tablename__ = "location_position"
    __table_args__ = (
        CheckConstraint("precision IN ('address', 'street', 'zip', 'town', 'none')", name="precision_known"),
    )

    location_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("location.id", ondelete="CASCADE"), primary_key=True
    )
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    precision: Mapped[str] = mapped_column(String(10))
    label: Mapped[str] = mapped_column(String(200), default="")
    """What the coordinates are the centre of, where they are one: "94103", "Alder Falls, NE"."""
    provider: Mapped[str] = mapped_column(String(100))
    address_key: Mapped[str] = mapped_column(String(64))
    """A digest of the address that was asked for; with another address the location is looked up again."""
    found_on: Mapped[date]


Location.centre_of = column_property(
    select(LocationPosition.label)
    .where(
        LocationPosition.location_id == Location.id,
        LocationPosition.precision.in_(("zip", "town")),
        LocationPosition.latitude == Location.latitude,
        LocationPosition.longitude == Location.longitude,
    )
    .correlate_except(LocationPosition)
    .scalar_subquery()
)
