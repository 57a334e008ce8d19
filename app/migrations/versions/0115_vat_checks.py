"""VAT numbers that VIES was asked about, and what it answered."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0115"
down_revision = "0110"


def upgrade() -> None:
    op.add_column("shop", sa.Column("checks_vat_numbers", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        "vat_check",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=60), nullable=False),
        sa.Column("state", sa.String(length=30), nullable=False),
        sa.Column("error", sa.String(length=60), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("address", sa.String(length=500), nullable=False),
        sa.Column("consultation", sa.String(length=60), nullable=False),
        sa.Column("requester", sa.String(length=60), nullable=False),
        sa.Column("asked_by", sa.String(length=255), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("worker", sa.String(length=255), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_vat_check_number_id", "vat_check", ["number", "id"])
    op.create_index("ix_vat_check_state_due_at", "vat_check", ["state", "due_at"])


def downgrade() -> None:
    op.drop_table("vat_check")
    op.drop_column("shop", "checks_vat_numbers")
