"""Quotes have a series of numbers of their own. Drafts that were quoted before keep what their quotes are called."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0130"
down_revision = "0129"


def upgrade() -> None:
    op.add_column("orders", sa.Column("quote_number", sa.String(length=60), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("orders", "quote_number")
    for table in ("past_series", "dated_series", "counter"):
        op.execute(f"DELETE FROM {table} WHERE kind = 'quote'")
