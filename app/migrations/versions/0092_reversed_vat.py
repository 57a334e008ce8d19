"""What an order's prices were before its VAT was reversed to the buyer, so that it can be charged again as it was."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0092"
down_revision = "0091"


def upgrade() -> None:
    op.add_column("orders", sa.Column("before_reversal", sa.JSON(), nullable=True))


def downgrade() -> None:
    op.drop_column("orders", "before_reversal")
