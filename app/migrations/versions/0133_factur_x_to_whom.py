"""Invoices by mail as PDF with XML: to some customers, and only to buyers of some countries.

An index of the products under the margin scheme: most shops have none, which is asked for each order without VAT.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0133"
down_revision = "0131"


def upgrade() -> None:
    op.add_column("customer", sa.Column("factur_x", sa.String(length=20), nullable=False, server_default=""))
    op.add_column("shop", sa.Column("factur_x_countries", sa.JSON(), nullable=False, server_default="[]"))
    where = sa.text("margin_scheme <> ''")
    op.create_index("ix_product_under_margin_scheme", "product", ["id"], sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    op.drop_index("ix_product_under_margin_scheme", "product")
    op.drop_column("shop", "factur_x_countries")
    op.drop_column("customer", "factur_x")
