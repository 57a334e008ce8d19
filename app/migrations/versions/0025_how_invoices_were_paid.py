"""Payments know whether Paid made them, and for which invoice; invoices know which payments settle them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0027"

#: So many seconds after a payment that Paid made, history told of it.
SECONDS = 5

TOLD = """EXISTS (SELECT 1 FROM history WHERE history.order_id = payment.order_id
AND history.what IN ('order_paid', 'invoice_paid') AND {apart} BETWEEN -1 AND {seconds})"""

APART = {
    "sqlite": "(julianday(history.at) - julianday(payment.paid_at)) * 86400",
    "postgresql": "EXTRACT(EPOCH FROM history.at - payment.paid_at)",
}


def upgrade() -> None:
    op.add_column("payment", sa.Column("is_marked", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("payment", sa.Column("invoice_id", sa.Integer(), nullable=True))
    op.add_column("invoice", sa.Column("settled_by", sa.JSON(), nullable=True))
    told = TOLD.format(apart=APART[op.get_bind().dialect.name], seconds=SECONDS)
    op.execute(
        "UPDATE payment SET is_marked = true WHERE kind = 'payment' AND external_id IS NULL AND reference = ''"
        f" AND {told}"
    )


def downgrade() -> None:
    op.drop_column("invoice", "settled_by")
    op.drop_column("payment", "invoice_id")
    op.drop_column("payment", "is_marked")
