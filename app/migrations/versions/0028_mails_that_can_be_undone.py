"""A mail of an action that can be undone waits a while, and knows what takes it back."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0032"


def upgrade() -> None:
    op.add_column("shop", sa.Column("mail_hold", sa.Integer(), nullable=False, server_default="30"))
    op.add_column("outgoing_mail", sa.Column("undone_by", sa.String(60), nullable=False, server_default=""))
    op.add_column("outgoing_mail", sa.Column("undone_on_id", sa.Integer()))
    op.add_column("outgoing_mail", sa.Column("undone_at", sa.DateTime(timezone=True)))
    op.add_column("outgoing_mail", sa.Column("job_id", sa.Integer()))
    op.create_index("ix_outgoing_mail_job_id", "outgoing_mail", ["job_id"])


def downgrade() -> None:
    op.drop_index("ix_outgoing_mail_job_id", "outgoing_mail")
    for name in ("job_id", "undone_at", "undone_on_id", "undone_by"):
        op.drop_column("outgoing_mail", name)
    op.drop_column("shop", "mail_hold")
