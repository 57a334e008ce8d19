"""What buyers want named on invoices: a reference of theirs, as a Leitweg-ID, and their own number of the order.

Both are facts of an order that are sealed, so all orders are sealed anew.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0090"
down_revision = "0089"

COLUMNS = (("customer", "buyer_reference"), ("orders", "buyer_reference"), ("orders", "purchase_order"))


def upgrade() -> None:
    for table, name in COLUMNS:
        op.add_column(table, sa.Column(name, sa.String(length=60), nullable=False, server_default=""))
    seal_orders_anew()


def seal_orders_anew() -> None:
    waiting = "SELECT record_id FROM unsealed WHERE kind = 'order'"
    rows = f"SELECT 'order', id FROM orders WHERE NOT is_demo AND NOT is_draft AND id NOT IN ({waiting}) ORDER BY id"
    op.execute(f"INSERT INTO unsealed (kind, record_id) {rows}")


def downgrade() -> None:
    for table, name in COLUMNS:
        op.drop_column(table, name)
    seal_orders_anew()
