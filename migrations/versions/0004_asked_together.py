"""Referrals that are asked together: the first yes takes them."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TAKING = sa.text("round_id IS NOT NULL AND state IN ('accepted', 'in-progress', 'on-hold', 'completed')")


def upgrade() -> None:
    op.add_column("referral", sa.Column("round_id", sa.Uuid(), nullable=True))
    op.create_index(op.f("ix_referral_round_id"), "referral", ["round_id"], unique=False)
    op.create_index(
        "ix_referral_round_taken",
        "referral",
        ["round_id"],
        unique=True,
        sqlite_where=TAKING,
        postgresql_where=TAKING,
    )
