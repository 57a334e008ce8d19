"""What an order's prices were before its VAT was reversed is sealed as well, so all orders are sealed anew."""

from __future__ import annotations

from alembic import op

revision = "0093"
down_revision = "0099"


def upgrade() -> None:
    seal_orders_anew()


def seal_orders_anew() -> None:
    waiting = "SELECT record_id FROM unsealed WHERE kind = 'order'"
    rows = f"SELECT 'order', id FROM orders WHERE NOT is_demo AND NOT is_draft AND id NOT IN ({waiting}) ORDER BY id"
    op.execute(f"INSERT INTO unsealed (kind, record_id) {rows}")


def downgrade() -> None:
    seal_orders_anew()
