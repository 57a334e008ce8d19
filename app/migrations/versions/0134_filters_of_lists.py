"""What lists are narrowed by, orders by their methods and products, documents by amounts and reasons, is found by indexes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0134"
down_revision = "0141"

PLACED = ("is_draft IS 0", "is_draft IS false")
NO_DRAFT = "status <> 'draft'"

#: Table, name, columns before the id, and of which rows: on SQLite, on PostgreSQL.
INDEXES: tuple[tuple[str, str, tuple[str, ...], str | tuple[str, str]], ...] = (
    ("orders", "ix_orders_placed_payment_method_title_placed_at", ("payment_method_title", "placed_at"), PLACED),
    ("orders", "ix_orders_placed_shipping_method_title_placed_at", ("shipping_method_title", "placed_at"), PLACED),
    ("orders", "ix_orders_placed_channel_placed_at", ("channel", "placed_at"), PLACED),
    ("orders", "ix_orders_memo_placed_at", ("placed_at",), f"has_memo AND {NO_DRAFT}"),
    ("orders", "ix_orders_task_placed_at", ("placed_at",), f"has_open_task AND {NO_DRAFT}"),
    (
        "orders",
        "ix_orders_without_vat_placed_at",
        ("placed_at",),
        f"vat_id <> '' AND tax_total = 0 AND total <> 0 AND {NO_DRAFT}",
    ),
    ("order_line", "ix_order_line_sku_order_id", ("sku", "order_id"), "sku <> ''"),
    ("customer", "ix_customer_language_name", ("language", "name"), "merged_into_id IS NULL"),
    ("product", "ix_product_stock_not_kept_name", ("name",), "NOT keeps_stock"),
    ("product", "ix_product_vat_rate_name", ("vat_rate", "name"), ""),
    ("invoice", "ix_invoice_total_id", ("total",), ""),
    ("shipment", "ix_shipment_method_title_created_at", ("method_title", "created_at"), ""),
    ("goods_return", "ix_goods_return_reason_created_at", ("reason", "created_at"), ""),
    ("goods_return", "ix_goods_return_action_created_at", ("action", "created_at"), ""),
    ("ticket", "ix_ticket_assignee_id_last_message_at", ("assignee_id", "last_message_at"), ""),
    ("outgoing_mail", "ix_outgoing_mail_kind_id", ("kind",), ""),
    ("outgoing_mail", "ix_outgoing_mail_state_id", ("state",), ""),
    ("webhook_delivery", "ix_webhook_delivery_event_id", ("event",), ""),
)


def upgrade() -> None:
    for table, name, columns, condition in INDEXES:
        on_sqlite, on_postgresql = (condition, condition) if isinstance(condition, str) else condition
        where = {"sqlite_where": sa.text(on_sqlite), "postgresql_where": sa.text(on_postgresql)} if on_sqlite else {}
        op.create_index(name, table, [*columns, "id"], **where)
    op.create_index("ix_customer_address_country_customer_id", "customer_address", ["country", "customer_id"])


def downgrade() -> None:
    op.drop_index("ix_customer_address_country_customer_id", table_name="customer_address")
    for table, name, _columns, _condition in reversed(INDEXES):
        op.drop_index(name, table_name=table)
