"""Where somebody begins, and until when they were here the time before."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0143"
down_revision = "0142"

MOMENTS = ("seen_at", "away_since")


def upgrade() -> None:
    op.add_column("staff", sa.Column("start_page", sa.String(60), nullable=False, server_default=""))
    for column in MOMENTS:
        op.add_column("staff", sa.Column(column, sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    for column in ("start_page", *MOMENTS):
        op.drop_column("staff", column)
