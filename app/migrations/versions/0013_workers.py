"""Workers say that they live, and messages and events name the worker that has them in hand, as mails and jobs do."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0006"

#: What a worker takes in hand and named nobody so far.
NAMELESS = ("webhook_delivery", "arrival")


def upgrade() -> None:
    op.create_table(
        "worker_heartbeat",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("host", sa.String(length=255), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("doing", sa.String(length=60), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_worker_heartbeat")),
        sa.UniqueConstraint("name", name=op.f("uq_worker_heartbeat_name")),
    )
    for table in NAMELESS:
        op.add_column(table, sa.Column("worker", sa.String(length=255), nullable=False, server_default=""))


def downgrade() -> None:
    for table in NAMELESS:
        op.drop_column(table, "worker")
    op.drop_table("worker_heartbeat")
