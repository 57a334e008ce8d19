"""Unpaid invoices are counted by their index alone: each row of an invoice is a page of the file by itself."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0151"
down_revision = "0144"

NAME = "ix_invoice_unpaid_issued_at"
SORTED = ("issued_at", "id")
TOLD = ("kind", "total", "due_on")
UNPAID = sa.text("paid_at IS NULL")


def upgrade() -> None:
    op.drop_index(NAME, table_name="invoice")
    op.create_index(NAME, "invoice", [*SORTED, *TOLD], sqlite_where=UNPAID, postgresql_where=UNPAID)


def downgrade() -> None:
    op.drop_index(NAME, table_name="invoice")
    op.create_index(NAME, "invoice", [*SORTED], sqlite_where=UNPAID, postgresql_where=UNPAID)
