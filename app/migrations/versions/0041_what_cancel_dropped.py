"""Of what will never go of an order, what Cancel dropped: only that goes after all when the order is taken up again.

Of orders that are cancelled already nothing tells it: for them it stays unknown.
"""

from __future__ import annotations

from alembic import op

revision = "0041"
down_revision = "0037"

IN_RANGE = "dropped_by_cancel >= 0 AND dropped_by_cancel <= dropped"


def upgrade() -> None:
    op.execute(
        "ALTER TABLE order_line ADD COLUMN dropped_by_cancel BIGINT"
        f" CONSTRAINT ck_order_line_dropped_by_cancel CHECK ({IN_RANGE})"
    )


def downgrade() -> None:
    if op.get_bind().dialect.name != "sqlite":  # SQLite's goes with its column
        op.drop_constraint("ck_order_line_dropped_by_cancel", "order_line")
    op.drop_column("order_line", "dropped_by_cancel")
