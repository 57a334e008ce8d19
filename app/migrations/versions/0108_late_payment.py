"""How a shop charges for late payment, and orders of which no reminder goes by itself."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0108"
down_revision = "0105"


def upgrade() -> None:
    op.add_column("orders", sa.Column("no_reminders", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("shop", sa.Column("late_terms", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("shop", sa.Column("charged_from", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("shop", sa.Column("reference_rates", sa.JSON(), nullable=False, server_default="[]"))


def downgrade() -> None:
    for name in ("reference_rates", "charged_from", "late_terms"):
        op.drop_column("shop", name)
    op.drop_column("orders", "no_reminders")
