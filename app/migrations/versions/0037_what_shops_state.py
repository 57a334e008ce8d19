"""What its shop said last of an order, what of that waits for somebody to decide, and what a payload changed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"


def upgrade() -> None:
    op.add_column("orders", sa.Column("stated_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("orders", sa.Column("stated", sa.JSON(), nullable=False, server_default="{}"))
    op.add_column("arrival", sa.Column("changed", sa.JSON(), nullable=False, server_default="[]"))
    op.create_table(
        "shop_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.Integer(), nullable=False),
        sa.Column("part", sa.String(10), nullable=False),
        sa.Column("theirs", sa.JSON(), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name=op.f("fk_shop_change_order_id_orders"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shop_change")),
        sa.UniqueConstraint("order_id", "part", name=op.f("uq_shop_change_order_id_part")),
    )
    op.create_index("ix_shop_change_part_order_id", "shop_change", ["part", "order_id"])


def downgrade() -> None:
    op.drop_table("shop_change")
    op.drop_column("arrival", "changed")
    op.drop_column("orders", "stated")
    op.drop_column("orders", "stated_at")
