"""What Cancel dropped of an order, so that just that goes when it is taken up again; bulk jobs forget what was typed.

Of orders that are cancelled already nothing tells it: for them it stays unknown.
"""

from __future__ import annotations

from alembic import op

revision = "0041"
down_revision = "0037"

IN_RANGE = "dropped_by_cancel >= 0 AND dropped_by_cancel <= dropped"


def upgrade() -> None:
    op.execute(
        "ALTER TABLE order_line ADD COLUMN dropped_by_cancel BIGINT"
        f" CONSTRAINT ck_order_line_dropped_by_cancel CHECK ({IN_RANGE})"
    )
    forget_how_jobs_were_done()


def forget_how_jobs_were_done() -> None:
    """What was typed for many orders stands in the History of each; of a job that is over it is forgotten."""
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    emptied = (
        "json_set(task, '$.how', json('{}'))"
        if is_sqlite
        else "CAST(jsonb_set(CAST(task AS jsonb), '{how}', '{}') AS json)"
    )
    op.execute(f"UPDATE job SET task = {emptied} WHERE kind = 'bulk' AND finished_at IS NOT NULL")


def downgrade() -> None:
    if op.get_bind().dialect.name != "sqlite":  # SQLite's goes with its column
        op.drop_constraint("ck_order_line_dropped_by_cancel", "order_line")
    op.drop_column("order_line", "dropped_by_cancel")
