"""Indexes in the orders in which lists can be put now, what is empty among them: it stands behind all others."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0144"
down_revision = "0150"

INDEXES = (
    ("ix_invoice_due_on_or_never", "invoice", "coalesce(due_on, '9999-12-31')"),
    ("ix_product_sku_or_none", "product", "coalesce(sku, '')"),
)


def upgrade() -> None:
    for name, table, by in INDEXES:
        op.create_index(name, table, [sa.text(by), "id"])


def downgrade() -> None:
    for name, table, _by in INDEXES:
        op.drop_index(name, table)
