"""Orders are sealed, too: all that are there wait for it, and the last seal of each is found at once."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0089"
down_revision = "0088"

LAST = "kind = 'order' AND salt IS NOT NULL"


def upgrade() -> None:
    where = {"sqlite_where": sa.text(LAST), "postgresql_where": sa.text(LAST)}
    op.create_index("ix_sealed_record_last_of_order", "sealed_record", ["order_id"], unique=False, **where)
    rows = "SELECT 'order', id FROM orders WHERE NOT is_demo AND NOT is_draft ORDER BY id"
    op.execute(f"INSERT INTO unsealed (kind, record_id) {rows}")


def downgrade() -> None:
    """Their records stay: the links of the chain are made of them."""
    op.execute("DELETE FROM unsealed WHERE kind = 'order'")
    op.drop_index("ix_sealed_record_last_of_order", table_name="sealed_record")
