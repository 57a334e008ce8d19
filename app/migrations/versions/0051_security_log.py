"""The security log, and how long it is kept."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0051"
down_revision = "0057"


def upgrade() -> None:
    op.create_table(
        "security_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("account", sa.String(255), nullable=False),
        sa.Column("staff_id", sa.Integer()),
        sa.Column("client", sa.String(45), nullable=False),
        sa.Column("detail", sa.String(255), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("fold", sa.String(64)),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name="fk_security_event_staff_id_staff", ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_security_event"),
        sa.UniqueConstraint("fold", name="uq_security_event_fold"),
    )
    op.create_index("ix_security_event_at", "security_event", ["at"])
    op.create_index("ix_security_event_kind", "security_event", ["kind", "id"])
    op.add_column("shop", sa.Column("security_log_days", sa.Integer(), nullable=False, server_default="90"))


def downgrade() -> None:
    op.drop_column("shop", "security_log_days")
    op.drop_table("security_event")
