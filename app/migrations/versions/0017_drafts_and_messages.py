"""Drafts are found by their number among drafts, and a webhook's latest messages not among all that it was ever told."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0007"


def upgrade() -> None:
    op.create_index(
        "ix_orders_draft_number",
        "orders",
        ["number", "id"],
        sqlite_where=sa.text("is_draft IS 1"),
        postgresql_where=sa.text("is_draft IS true"),
    )
    op.create_index("ix_webhook_delivery_endpoint_id_id", "webhook_delivery", ["endpoint_id", "id"])


def downgrade() -> None:
    op.drop_index("ix_webhook_delivery_endpoint_id_id", table_name="webhook_delivery")
    op.drop_index("ix_orders_draft_number", table_name="orders")
