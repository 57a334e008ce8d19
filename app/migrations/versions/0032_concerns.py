"""Indexes of the orders that ask for somebody: to pay back, paid too much, a question, a change that can't be read."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0023"

CLAIM = "(CASE WHEN cancelled_at IS NULL THEN total ELSE invoiced END)"
ORDERS = {
    "ix_orders_to_pay_back_placed_at": f"paid > refunded AND paid - refunded > {CLAIM} - credited",
    "ix_orders_paid_too_much_placed_at": f"paid > refunded AND paid - refunded > {CLAIM}",
    "ix_orders_question_placed_at": "has_unanswered_ticket",
}
QUARANTINED = sa.text("result = 'quarantined'")
TO_GO = sa.text("quantity > shipped + dropped")


def upgrade() -> None:
    for name, condition in ORDERS.items():
        where = sa.text(condition)
        op.create_index(name, "orders", ["placed_at", "id"], sqlite_where=where, postgresql_where=where)
    op.create_index(
        "ix_arrival_quarantined",
        "arrival",
        ["outside_shop_id", "external_id", "id"],
        sqlite_where=QUARANTINED,
        postgresql_where=QUARANTINED,
    )
    op.create_index(
        "ix_order_line_to_go", "order_line", ["product_id", "id"], sqlite_where=TO_GO, postgresql_where=TO_GO
    )


def downgrade() -> None:
    op.drop_index("ix_order_line_to_go", table_name="order_line")
    op.drop_index("ix_arrival_quarantined", table_name="arrival")
    for name in ORDERS:
        op.drop_index(name, table_name="orders")
