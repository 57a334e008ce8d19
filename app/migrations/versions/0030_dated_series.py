"""Numbers whose prefix names the year: a row of counts for each period."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0022"


def upgrade() -> None:
    op.create_table(
        "dated_series",
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("series", sa.String(10), nullable=False),
        sa.Column("prefix", sa.String(60), nullable=False),
        sa.Column("digits", sa.Integer(), nullable=False),
        sa.Column("start", sa.Integer(), nullable=False),
        sa.Column("next", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "series", "prefix", name=op.f("pk_dated_series")),
    )


def downgrade() -> None:
    """What was drawn per period becomes stretches of before, and series with such prefixes go on without the year."""
    op.execute(
        "INSERT INTO past_series (kind, series, prefix, digits, first, last) "
        "SELECT kind, series, prefix, digits, start, next - 1 FROM dated_series WHERE next > start"
    )
    op.execute("UPDATE counter SET prefix = kind || '-', start = 1, next = 1 WHERE prefix LIKE '%{%'")
    op.drop_table("dated_series")
