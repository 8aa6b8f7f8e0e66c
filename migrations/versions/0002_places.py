"""Places: what a geocoder answered, and which coordinates of locations come from their addresses."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "found_place",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("latitude", sa.Double(), nullable=True),
        sa.Column("longitude", sa.Double(), nullable=True),
        sa.Column("label", sa.String(length=200), nullable=False),
        sa.Column("precision", sa.String(length=10), nullable=False),
        sa.Column("postal_code", sa.String(length=5), nullable=False),
        sa.Column("provider", sa.String(length=100), nullable=False),
        sa.Column("found_on", sa.Date(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_found_place")),
    )
    op.create_index(op.f("ix_found_place_expires_on"), "found_place", ["expires_on"], unique=False)
    op.create_table(
        "location_position",
        sa.Column("location_id", sa.Uuid(), nullable=False),
        sa.Column("latitude", sa.Double(), nullable=True),
        sa.Column("longitude", sa.Double(), nullable=True),
        sa.Column("precision", sa.String(length=10), nullable=False),
        sa.Column("label", sa.String(length=200), nullable=False),
        sa.Column("provider", sa.String(length=100), nullable=False),
        sa.Column("address_key", sa.String(length=64), nullable=False),
        sa.Column("found_on", sa.Date(), nullable=False),
        sa.CheckConstraint(
            "precision IN ('address', 'street', 'zip', 'town', 'none')",
            name=op.f("ck_location_position_precision_known"),
        ),
        sa.ForeignKeyConstraint(
            ["location_id"],
            ["location.id"],
            name=op.f("fk_location_position_location_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("location_id", name=op.f("pk_location_position")),
    )
