"""More than one thing of a kind can be out: each lane of the background work by itself."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0066"
down_revision = "0058"


def columns() -> list[sa.Column[object]]:
    return [
        sa.Column("what", sa.String(length=30), nullable=False),
        sa.Column("part", sa.String(length=60), nullable=False),
        sa.Column("reason", sa.String(length=60), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tried_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
    ]


def upgrade() -> None:
    make_anew(columns(), "what", "part")


def downgrade() -> None:
    op.execute("DELETE FROM outage WHERE part <> ''")
    make_anew([column for column in columns() if column.name != "part"], "what")


def make_anew(wanted: list[sa.Column[object]], *key: str) -> None:
    """A handful of rows at most."""
    there = sa.table("outage", *[sa.column(one.name, one.type) for one in columns() if one.name != "part"])
    rows = [dict(row) for row in op.get_bind().execute(sa.select(there)).mappings()]
    op.drop_table("outage")
    made = op.create_table("outage", *wanted, sa.PrimaryKeyConstraint(*key, name=op.f("pk_outage")))
    op.bulk_insert(made, [{**row, "part": ""} if "part" in key else row for row in rows])
