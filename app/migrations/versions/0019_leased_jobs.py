"""Jobs have a moment at which they are due and count their attempts, as all that workers take in hand."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0017"

#: Only until the next statement.
LONG_AGO = "1970-01-01 00:00:00"


def upgrade() -> None:
    op.add_column("job", sa.Column("attempts", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("job", sa.Column("due_at", sa.DateTime(timezone=True), nullable=False, server_default=LONG_AGO))
    op.execute("UPDATE job SET due_at = COALESCE(leased_until, created_at)")


def downgrade() -> None:
    op.drop_column("job", "due_at")
    op.drop_column("job", "attempts")
