"""Where customers of an outside shop pay an order, by a pattern."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0047"
down_revision = "0046"


def upgrade() -> None:
    op.add_column("outside_shop", sa.Column("payment_page", sa.String(500), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("outside_shop", "payment_page")
