"""Goods or services, and the sales of each year that limits of VAT look at."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0105"
down_revision = "0107"


def upgrade() -> None:
    op.add_column("shop", sa.Column("sells_services", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        "yearly_sales",
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("turnover", sa.BigInteger(), nullable=False),
        sa.Column("distance_sales", sa.BigInteger(), nullable=False),
        sa.Column("reckoned_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("year", name=op.f("pk_yearly_sales")),
    )


def downgrade() -> None:
    op.drop_table("yearly_sales")
    op.drop_column("shop", "sells_services")
