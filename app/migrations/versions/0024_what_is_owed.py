"""Paid is said only when money came; orders whose money went back before they went need a decision."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0026"

INDEXES = {
    "ix_orders_uncredited_placed_at": (
        "refunded > credited AND invoiced - credited > paid - refunded"
        " AND (cancelled_at IS NOT NULL OR total - credited > paid - refunded)"
        " AND invoiced_elsewhere_at IS NULL"
    ),
    "ix_orders_not_invoiced_placed_at": (
        "payment_status IN ('paid', 'partially_refunded') AND total > invoiced"
        " AND paid - refunded > invoiced - credited"
        " AND invoiced_elsewhere_at IS NULL AND status <> 'draft'"
    ),
}

#: What was paid back beyond what came in too much.
WENT_BACK = "refunded - CASE WHEN paid > total THEN paid - total ELSE 0 END"

PAYMENT = f"""
UPDATE orders SET payment_status = CASE
    WHEN paid > refunded THEN CASE WHEN {WENT_BACK} > 0 THEN 'partially_refunded' ELSE 'paid' END
    WHEN paid > 0 THEN 'refunded'
    ELSE 'nothing_owed' END
WHERE payment_status = 'paid' AND cancelled_at IS NULL AND (refunded > 0 OR paid <= 0)
"""

#: All that came in part went back: nothing is paid.
NOT_PAID = """
UPDATE orders SET payment_status = 'not_paid'
WHERE payment_status = 'partially_paid' AND cancelled_at IS NULL AND paid <= refunded
"""

CAME_BACK = """(SELECT COALESCE(SUM(return_line.quantity), 0) FROM return_line
JOIN goods_return ON goods_return.id = return_line.return_id
WHERE return_line.order_line_id = order_line.id AND goods_return.credit_note_id IS NOT NULL)"""

STILL_TO_GO = f"""EXISTS (SELECT 1 FROM order_line WHERE order_line.order_id = orders.id AND order_line.kind = 'product'
AND order_line.quantity - order_line.shipped
  > CASE WHEN order_line.credited > {CAME_BACK} THEN order_line.credited - {CAME_BACK} ELSE 0 END)"""

UNDECIDED = f"""
UPDATE orders SET status = 'needs_decision'
WHERE status IN ('awaiting_shipment', 'awaiting_pickup', 'ready_for_pickup')
  AND ({WENT_BACK} > credited OR (total > 0 AND credited >= total)) AND {STILL_TO_GO}
"""

DECIDED = """
UPDATE orders SET status = CASE WHEN NOT is_pick_up THEN 'awaiting_shipment'
    WHEN ready_at IS NULL THEN 'awaiting_pickup' ELSE 'ready_for_pickup' END
WHERE status = 'needs_decision'
"""


def upgrade() -> None:
    for statement in (PAYMENT, NOT_PAID, UNDECIDED):
        op.execute(statement)
    for name, condition in INDEXES.items():
        where = sa.text(condition)
        op.create_index(name, "orders", ["placed_at", "id"], sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    for name in INDEXES:
        op.drop_index(name, table_name="orders")
    op.execute(DECIDED)
    op.execute(
        "UPDATE orders SET payment_status = 'paid'"
        " WHERE payment_status IN ('partially_refunded', 'refunded', 'nothing_owed')"
    )
