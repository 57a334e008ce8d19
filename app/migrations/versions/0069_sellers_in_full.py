"""What the law wants said of the seller: asked for before the first invoice, in shops that have issued none."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0069"
down_revision = "0063"

INDEX = "ix_orders_invoice_waits_placed_at"
WAITING = sa.text("invoice_waits AND cancelled_at IS NULL AND invoiced_elsewhere_at IS NULL")


def upgrade() -> None:
    op.add_column("shop", sa.Column("is_small_business", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("shop", sa.Column("seller_demanded", sa.Boolean(), nullable=False, server_default=sa.true()))
    op.execute(
        sa.text(
            "UPDATE shop SET seller_demanded = :no"
            " WHERE EXISTS (SELECT 1 FROM invoice WHERE kind = 'invoice' AND is_demo = :no)"
        ).bindparams(no=False)
    )
    op.add_column("orders", sa.Column("invoice_waits", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_index(INDEX, "orders", ["placed_at", "id"], sqlite_where=WAITING, postgresql_where=WAITING)


def downgrade() -> None:
    op.drop_index(INDEX, table_name="orders")
    op.drop_column("orders", "invoice_waits")
    op.drop_column("shop", "seller_demanded")
    op.drop_column("shop", "is_small_business")
