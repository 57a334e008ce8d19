"""Until which day the books are closed, and each closing with the seal of the chain at its end."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0100"
down_revision = "0096"


def upgrade() -> None:
    op.add_column("shop", sa.Column("books_closed_until", sa.Date(), nullable=True))
    op.create_table(
        "closed_period",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_by", sa.String(length=255), nullable=False),
        sa.Column("seal", sa.String(length=60), nullable=False),
        sa.Column("reopened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reopened_by", sa.String(length=255), nullable=False),
        sa.Column("reason", sa.String(length=255), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_closed_period_until", "closed_period", ["until"])


def downgrade() -> None:
    op.drop_table("closed_period")
    op.drop_column("shop", "books_closed_until")
