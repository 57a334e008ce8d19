"""No index begins with a column in which nearly all rows say the same; lists are sorted by an index each.

Indexes of orders had `is_draft` first, and a planner without statistics took them for any question about orders. Now
whether an order is a draft is their condition.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0008"

PLACED = ("is_draft IS 0", "is_draft IS false")
DRAFTS = ("is_draft IS 1", "is_draft IS true")
PEOPLE = ("merged_into_id IS NULL",) * 2
SIGNPOSTS = ("merged_into_id IS NOT NULL",) * 2

#: table, name, columns, and the condition on SQLite and on PostgreSQL
NEW = [
    ("orders", "ix_orders_placed_number", ["number", "id"], PLACED),
    ("orders", "ix_orders_placed_customer_name", ["customer_name", "id"], PLACED),
    ("orders", "ix_orders_placed_total", ["total", "id"], PLACED),
    ("orders", "ix_orders_placed_placed_at", ["placed_at", "id"], PLACED),
    ("orders", "ix_orders_placed_payment_status_placed_at", ["payment_status", "placed_at", "id"], PLACED),
    ("orders", "ix_orders_placed_shipment_status_placed_at", ["shipment_status", "placed_at", "id"], PLACED),
    (
        "orders",
        "ix_orders_placed_payment_status_shipment_status_placed_at",
        ["payment_status", "shipment_status", "placed_at", "id"],
        PLACED,
    ),
    ("orders", "ix_orders_placed_country_placed_at", ["country", "placed_at", "id"], PLACED),
    ("orders", "ix_orders_placed_custom_status_id_placed_at", ["custom_status_id", "placed_at", "id"], PLACED),
    ("orders", "ix_orders_draft_placed_at", ["placed_at", "id"], DRAFTS),
    ("customer", "ix_customer_name_id", ["name", "id"], PEOPLE),
    ("customer", "ix_customer_company_id", ["company", "id"], PEOPLE),
    ("customer", "ix_customer_email_id", ["email", "id"], PEOPLE),
    ("customer", "ix_customer_created_at_id", ["created_at", "id"], PEOPLE),
    ("customer", "ix_customer_merged_into_id", ["merged_into_id", "id"], SIGNPOSTS),
    ("product", "ix_product_price_id", ["price", "id"], None),
    ("product", "ix_product_stock_id", ["stock", "id"], None),
    ("invoice", "ix_invoice_kind_issued_at", ["kind", "issued_at", "id"], None),
    ("invoice", "ix_invoice_kind_number", ["kind", "number", "id"], None),
    ("goods_return", "ix_goods_return_created_at_id", ["created_at", "id"], None),
    ("goods_return", "ix_goods_return_status_created_at", ["status", "created_at", "id"], None),
    ("task", "ix_task_due_at_id", ["due_at", "id"], None),
    ("ticket", "ix_ticket_last_message_at_id", ["last_message_at", "id"], None),
    ("outgoing_mail", "ix_outgoing_mail_created_at_id", ["created_at", "id"], None),
    ("outgoing_mail", "ix_outgoing_mail_lower_to_address", [sa.text("lower(to_address)")], None),
    ("webhook_delivery", "ix_webhook_delivery_created_at_id", ["created_at", "id"], None),
    ("arrival", "ix_arrival_arrived_at_id", ["arrived_at", "id"], None),
]

OLD = [
    ("orders", "ix_orders_is_draft_number", ["is_draft", "number", "id"]),
    ("orders", "ix_orders_is_draft_customer_name", ["is_draft", "customer_name", "id"]),
    ("orders", "ix_orders_is_draft_total", ["is_draft", "total", "id"]),
    ("orders", "ix_orders_is_draft_payment_placed_at", ["is_draft", "payment_status", "placed_at", "id"]),
    ("orders", "ix_orders_is_draft_shipment_placed_at", ["is_draft", "shipment_status", "placed_at", "id"]),
    (
        "orders",
        "ix_orders_is_draft_both_placed_at",
        ["is_draft", "payment_status", "shipment_status", "placed_at", "id"],
    ),
    ("orders", "ix_orders_is_draft_country_placed_at", ["is_draft", "country", "placed_at", "id"]),
    ("orders", "ix_orders_is_draft_custom_placed_at", ["is_draft", "custom_status_id", "placed_at", "id"]),
    ("orders", "ix_orders_is_draft_placed_at", ["is_draft", "placed_at", "id"]),
    ("orders", "ix_orders_placed_at_id", ["placed_at", "id"]),
    ("customer", "ix_customer_name_id", ["name", "id"]),
    ("goods_return", "ix_goods_return_status_id", ["status", "id"]),
]


def upgrade() -> None:
    for table, name, _columns in OLD:
        op.drop_index(name, table_name=table)
    for table, name, columns, where in NEW:
        on_sqlite, on_postgresql = [sa.text(condition) for condition in where] if where else (None, None)
        op.create_index(name, table, columns, sqlite_where=on_sqlite, postgresql_where=on_postgresql)


def downgrade() -> None:
    for table, name, _columns, _where in NEW:
        op.drop_index(name, table_name=table)
    for table, name, columns in OLD:
        op.create_index(name, table, columns)
