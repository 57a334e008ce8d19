"""What connected shops are told of that which is done here: whether, by whom its customers hear of it, and the rows."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0038"

CHOICES = ("tell_sent", "tell_paid", "tell_cancelled", "tell_refunded", "tell_notes")


def upgrade() -> None:
    for name in CHOICES:
        op.add_column("connection", sa.Column(name, sa.String(10), nullable=False, server_default="off"))
    op.add_column("connection", sa.Column("mailer", sa.String(10), nullable=False, server_default="us"))
    op.add_column("connection", sa.Column("refunds_there", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("connection", sa.Column("told_since", sa.DateTime(timezone=True), nullable=True))
    op.add_column("connection", sa.Column("tell_after", sa.DateTime(timezone=True), nullable=True))
    op.add_column("connection", sa.Column("tell_trouble", sa.String(30), nullable=True))
    op.add_column("connection", sa.Column("tell_detail", sa.Text(), nullable=False, server_default=""))
    op.add_column("connection", sa.Column("tell_trouble_at", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "shop_write",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("connection_id", sa.Integer(), nullable=False),
        sa.Column("order_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(30), nullable=False),
        sa.Column("state", sa.String(30), nullable=False),
        sa.Column("shipment_id", sa.Integer(), nullable=True),
        sa.Column("payment_id", sa.Integer(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("mailed_there", sa.Boolean(), nullable=False),
        sa.Column("decided_by", sa.String(255), nullable=False),
        sa.Column("external_id", sa.String(255), nullable=False),
        sa.Column("trouble", sa.String(30), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("job_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("worker", sa.String(255), nullable=False),
        *[
            sa.ForeignKeyConstraint(
                [f"{of}_id"], [f"{table}.id"], name=op.f(f"fk_shop_write_{of}_id_{table}"), ondelete="CASCADE"
            )
            for of, table in (
                ("connection", "connection"),
                ("order", "orders"),
                ("shipment", "shipment"),
                ("payment", "payment"),
            )
        ],
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shop_write")),
    )
    op.create_index("ix_shop_write_connection_id", "shop_write", ["connection_id"])
    op.create_index("ix_shop_write_state_due_at", "shop_write", ["state", "due_at"])
    op.create_index("ix_shop_write_order_id_id", "shop_write", ["order_id", "id"])
    op.create_index("ix_shop_write_job_id", "shop_write", ["job_id"])


def downgrade() -> None:
    op.drop_table("shop_write")
    columns = ("tell_trouble_at", "tell_detail", "tell_trouble", "tell_after", "told_since", "refunds_there", "mailer")
    for name in (*columns, *CHOICES):
        op.drop_column("connection", name)
