"""Packing slips with prices, for shops that want them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0141"
down_revision = "0140"


def upgrade() -> None:
    op.add_column("shop", sa.Column("slips_with_prices", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    op.drop_column("shop", "slips_with_prices")
