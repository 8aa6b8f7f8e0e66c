"""What sources said otherwise than our columns do, what was corrected here, and how far readers of lists have come."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

TABLES = (
    "taxonomy", "taxonomy_term", "unit", "organization", "organization_identifier", "program", "location", "service",
    "service_at_location", "contact", "phone", "address", "accessibility", "schedule", "service_area", "language",
    "cost_option", "required_document", "service_capacity", "url", "funding", "attribute", "metadata",
    "meta_table_description",
)  # fmt: skip


def upgrade() -> None:
    for table in TABLES:
        op.add_column(table, sa.Column("given", sa.JSON(none_as_null=True), nullable=True))
        op.add_column(table, sa.Column("corrected", sa.JSON(none_as_null=True), nullable=True))
    op.create_index(op.f("ix_service_id_status"), "service", ["id", "status"], unique=False)
    op.create_index(op.f("ix_service_last_modified"), "service", ["last_modified"], unique=False)
    op.create_table(
        "reading_place",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("page", sa.BigInteger(), nullable=False),
        sa.Column("after", sa.Uuid(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", "page", name=op.f("pk_reading_place")),
    )
    op.create_index(op.f("ix_reading_place_ends_at"), "reading_place", ["ends_at"], unique=False)
    with op.batch_alter_table("service_at_location") as links:
        links.drop_constraint(op.f("uq_service_at_location_service_id_location_id"), type_="unique")
