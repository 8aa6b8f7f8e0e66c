"""What says something about any other row: taxonomies, attributes, and the history of changes."""

import uuid
from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.database import Base
from directory.models.base import Recorded, refers_to


class Taxonomy(Recorded, Base):
    """A published list of terms, such as Open Eligibility."""

    __tablename__ = "taxonomy"

    name: Mapped[str]
    description: Mapped[str | None]
    uri: Mapped[str | None]
    version: Mapped[str | None]


class TaxonomyTerm(Recorded, Base):
    """One term of a taxonomy, under its parent where the taxonomy has levels."""

    __tablename__ = "taxonomy_term"

    code: Mapped[str | None]
    name: Mapped[str]
    description: Mapped[str | None]
    parent_id: Mapped[uuid.UUID | None] = refers_to("taxonomy_term")
    taxonomy: Mapped[str | None]
    language: Mapped[str | None]
    taxonomy_id: Mapped[uuid.UUID | None] = refers_to("taxonomy")
    term_uri: Mapped[str | None]

    taxonomy_detail: Mapped[Taxonomy | None] = relationship(lazy="raise")


class Attribute(Recorded, Base):
    """Links a row of any table to a term: `link_entity` is the table and `link_id` the row.

    There is no foreign key on `link_id`, for it may point into any of the tables. `link_type` says what the term
    tells about the row, such as its category, eligibility or intended audience.
    """

    __tablename__ = "attribute"

    link_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    taxonomy_term_id: Mapped[uuid.UUID | None] = refers_to("taxonomy_term")
    link_type: Mapped[str | None]
    link_entity: Mapped[str | None]
    value: Mapped[str | None]
    label: Mapped[str | None]

    taxonomy_term: Mapped[TaxonomyTerm | None] = relationship(lazy="raise")


class Metadata(Recorded, Base):
    """One change of one field: the revision history of listings.

    `last_action_date` is a moment here and a day when exported, so that two changes of one day keep their order.
    """

    __tablename__ = "metadata"

    resource_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    resource_type: Mapped[str | None]
    last_action_date: Mapped[datetime | None]
    last_action_type: Mapped[str | None]
    field_name: Mapped[str | None]
    previous_value: Mapped[str | None]
    replacement_value: Mapped[str | None]
    updated_by: Mapped[str | None]


class MetaTableDescription(Recorded, Base):
    """What language and characters a table of a package is written in."""

    __tablename__ = "meta_table_description"

    name: Mapped[str | None]
    language: Mapped[str | None]
    character_set: Mapped[str | None]
