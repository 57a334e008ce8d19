"""The tabs of invoices, packing slips, products and customers are found and counted by indexes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0132"
down_revision = "0130"

UNPAID = "payment_status IN ('not_paid', 'partially_paid') AND status <> 'draft'"

#: Table, name, what it is sorted by, and of which rows.
INDEXES = (
    ("invoice", "ix_invoice_unpaid_issued_at", "issued_at", "paid_at IS NULL"),
    ("invoice", "ix_invoice_credits_id", "credits_id", "credits_id IS NOT NULL"),
    ("shipment", "ix_shipment_open_created_at", "created_at", "sent_at IS NULL AND withdrawn_at IS NULL"),
    ("shipment", "ix_shipment_lost_created_at", "created_at", "lost_at IS NOT NULL"),
    ("shipment", "ix_shipment_withdrawn_created_at", "created_at", "withdrawn_at IS NOT NULL"),
    ("product", "ix_product_kept_stock", "stock", "is_active AND keeps_stock"),
    ("product", "ix_product_not_for_sale_name", "name", "NOT is_active"),
    ("orders", "ix_orders_unpaid_customer_id", "customer_id", UNPAID),
)


def upgrade() -> None:
    op.add_column("shop", sa.Column("low_stock", sa.Integer(), server_default="5", nullable=False))
    for table, name, column, condition in INDEXES:
        where = sa.text(condition)
        op.create_index(name, table, [column, "id"], sqlite_where=where, postgresql_where=where)
    where = sa.text("merged_into_id IS NULL AND (company <> '' OR vat_id <> '')")
    asked = ["name", "id", "company", "vat_id", "merged_into_id"]
    op.create_index("ix_customer_business_name", "customer", asked, sqlite_where=where, postgresql_where=where)
    op.create_index("ix_task_status_done_at", "task", ["status", "done_at", "id"])


def downgrade() -> None:
    op.drop_index("ix_task_status_done_at", table_name="task")
    op.drop_index("ix_customer_business_name", table_name="customer")
    for table, name, _column, _condition in reversed(INDEXES):
        op.drop_index(name, table_name=table)
    op.drop_column("shop", "low_stock")
