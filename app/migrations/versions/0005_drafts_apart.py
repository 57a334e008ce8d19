"""Drafts stand apart from orders: the indexes of the list begin with which of the two a row is."""

from __future__ import annotations

from alembic import op

revision = "0005"
down_revision = "0004"

#: the index as it was -> the one instead of it, and its columns
INSTEAD = {
    "ix_orders_number_id": ("ix_orders_is_draft_number", ["number", "id"]),
    "ix_orders_customer_name_id": ("ix_orders_is_draft_customer_name", ["customer_name", "id"]),
    "ix_orders_total_id": ("ix_orders_is_draft_total", ["total", "id"]),
    "ix_orders_payment_status_placed_at": (
        "ix_orders_is_draft_payment_placed_at",
        ["payment_status", "placed_at", "id"],
    ),
    "ix_orders_shipment_status_placed_at": (
        "ix_orders_is_draft_shipment_placed_at",
        ["shipment_status", "placed_at", "id"],
    ),
    "ix_orders_payment_shipment_placed_at": (
        "ix_orders_is_draft_both_placed_at",
        ["payment_status", "shipment_status", "placed_at", "id"],
    ),
    "ix_orders_country_placed_at": ("ix_orders_is_draft_country_placed_at", ["country", "placed_at", "id"]),
    "ix_orders_custom_status_placed_at": (
        "ix_orders_is_draft_custom_placed_at",
        ["custom_status_id", "placed_at", "id"],
    ),
}


def upgrade() -> None:
    for old, (new, columns) in INSTEAD.items():
        op.drop_index(old, table_name="orders")
        op.create_index(new, "orders", ["is_draft", *columns])


def downgrade() -> None:
    for old, (new, columns) in INSTEAD.items():
        op.drop_index(new, table_name="orders")
        op.create_index(old, "orders", columns)
