"""What is written off of orders beside their documents, and up to which rest that is done."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0107"
down_revision = "0104"

CLAIM = "(CASE WHEN cancelled_at IS NULL THEN total ELSE invoiced END)"
BEFORE = {
    "ix_orders_to_pay_back_placed_at": f"paid > refunded AND paid - refunded > {CLAIM} - credited",
    "ix_orders_paid_too_much_placed_at": f"paid > refunded AND paid - refunded > {CLAIM}",
}
AFTER = {
    "ix_orders_to_pay_back_placed_at": f"paid > refunded AND paid - refunded > {CLAIM} + adjusted - credited",
    "ix_orders_paid_too_much_placed_at": f"paid > refunded AND paid - refunded > {CLAIM} + adjusted",
}


def upgrade() -> None:
    op.add_column("orders", sa.Column("adjusted", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("shop", sa.Column("write_off_limit", sa.BigInteger(), nullable=False, server_default="50000"))
    put_indexes(AFTER)


def put_indexes(conditions: dict[str, str]) -> None:
    for name, condition in conditions.items():
        where = sa.text(condition)
        op.drop_index(name, table_name="orders")
        op.create_index(name, "orders", ["placed_at", "id"], sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    put_indexes(BEFORE)
    op.drop_column("shop", "write_off_limit")
    op.drop_column("orders", "adjusted")
