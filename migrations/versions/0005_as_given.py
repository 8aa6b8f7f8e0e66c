"""What sources said otherwise than our columns do, and what was corrected here."""

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
