"""Pairs of listings that may be one, and the merges that were made."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "duplicate_pair",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("entity", sa.String(length=20), nullable=False),
        sa.Column("left_id", sa.Uuid(), nullable=False),
        sa.Column("right_id", sa.Uuid(), nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column(
            "reasons",
            sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql"),
            nullable=False,
        ),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.String(length=120), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "entity IN ('organization', 'service')", name=op.f("ck_duplicate_pair_entity_known")
        ),
        sa.CheckConstraint(
            "state IN ('open', 'later', 'different', 'merged')", name=op.f("ck_duplicate_pair_state_known")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duplicate_pair")),
        sa.UniqueConstraint("left_id", "right_id", name=op.f("uq_duplicate_pair_left_id_right_id")),
    )
    op.create_index(op.f("ix_duplicate_pair_right_id"), "duplicate_pair", ["right_id"], unique=False)
    op.create_index(op.f("ix_duplicate_pair_state_score"), "duplicate_pair", ["state", "score"], unique=False)

    op.create_table(
        "listing_merge",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("entity", sa.String(length=20), nullable=False),
        sa.Column("pair_id", sa.Uuid(), nullable=True),
        sa.Column("kept_id", sa.Uuid(), nullable=False),
        sa.Column("other_id", sa.Uuid(), nullable=False),
        sa.Column("kept_name", sa.String(), nullable=False),
        sa.Column("other_name", sa.String(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(length=120), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_by", sa.String(length=120), nullable=True),
        sa.Column("changes", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("left_alone", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "entity IN ('organization', 'service')", name=op.f("ck_listing_merge_entity_known")
        ),
        sa.CheckConstraint("kept_id <> other_id", name=op.f("ck_listing_merge_two_listings")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_listing_merge")),
    )
    op.create_index(op.f("ix_listing_merge_kept_id"), "listing_merge", ["kept_id"], unique=False)
    op.create_index(op.f("ix_listing_merge_made_at"), "listing_merge", ["made_at"], unique=False)
    op.create_index(
        "uq_listing_merge_standing",
        "listing_merge",
        ["other_id"],
        unique=True,
        sqlite_where=sa.text("undone_at IS NULL"),
        postgresql_where=sa.text("undone_at IS NULL"),
    )
