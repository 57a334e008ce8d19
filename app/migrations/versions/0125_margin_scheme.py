"""Goods under the margin scheme and what they were bought for; orders are sealed anew, for their lines say it too."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0125"
down_revision = "0132"


def upgrade() -> None:
    for table in ("product", "order_line"):
        op.add_column(table, sa.Column("margin_scheme", sa.String(20), nullable=False, server_default=""))
        op.add_column(table, sa.Column("purchase_price", sa.BigInteger(), nullable=True))
    seal_orders_anew()


def seal_orders_anew() -> None:
    waiting = "SELECT record_id FROM unsealed WHERE kind = 'order'"
    rows = f"SELECT 'order', id FROM orders WHERE NOT is_demo AND NOT is_draft AND id NOT IN ({waiting}) ORDER BY id"
    op.execute(f"INSERT INTO unsealed (kind, record_id) {rows}")


def downgrade() -> None:
    for table in ("product", "order_line"):
        op.drop_column(table, "purchase_price")
        op.drop_column(table, "margin_scheme")
    seal_orders_anew()
