"""A credit note may give what it credits back to be invoiced anew, and may be one of several that settle a return."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0030"

FIXED = (
    "order_id, kind, number, credits_id, issued_at, due_on, language, currency, "
    "net_total, tax_total, total, snapshot, is_demo"
)


def upgrade() -> None:
    op.add_column("invoice", sa.Column("makes_anew", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("invoice", sa.Column("return_id", sa.Integer(), nullable=True))
    guard(f"{FIXED}, makes_anew, return_id")


def downgrade() -> None:
    guard(FIXED)
    op.drop_column("invoice", "return_id")
    op.drop_column("invoice", "makes_anew")


def guard(columns: str) -> None:
    """What a document says never changes."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER invoice_is_fixed")
        op.execute(
            f"CREATE TRIGGER invoice_is_fixed BEFORE UPDATE OF {columns} ON invoice "
            "BEGIN SELECT RAISE(ABORT, 'invoice: what is written here never changes'); END"
        )
        return
    op.execute("DROP TRIGGER invoice_is_fixed ON invoice")
    op.execute(
        f"CREATE TRIGGER invoice_is_fixed BEFORE UPDATE OF {columns} ON invoice "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
