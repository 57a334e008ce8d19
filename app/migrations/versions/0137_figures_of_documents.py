"""An index that holds what reports add up of invoices and credit notes, by their moments."""

from __future__ import annotations

from alembic import op

revision = "0137"
down_revision = "0134"

FIGURES = ["issued_at", "currency", "kind", "is_demo", "order_id", "net_total", "tax_total", "total"]


def upgrade() -> None:
    op.create_index("ix_invoice_figures", "invoice", FIGURES)


def downgrade() -> None:
    op.drop_index("ix_invoice_figures", "invoice")
