"""Numbers that were given after a copy was made which was put back: known, never given again, and on no document."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0057"
down_revision = "0042"


def upgrade() -> None:
    op.add_column("past_series", sa.Column("lost_at", sa.DateTime(timezone=True), nullable=True))
    # So `restore` marks them in a copy that is older than this.
    op.execute(
        "UPDATE past_series SET lost_at = CURRENT_TIMESTAMP, series = replace(series, '-lost', '') "
        "WHERE series LIKE '%-lost'"
    )


def downgrade() -> None:
    op.drop_column("past_series", "lost_at")
