"""A line of an invoice or credit note may say itself what of it bears which tax.

So may the share of a discount on goods of several rates that belongs to goods of one of them. What was issued before
stays: there it is in proportion to the order line.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0018"

FIXED = "invoice_id, order_line_id, position, quantity, net, tax"


def upgrade() -> None:
    op.add_column("invoice_line", sa.Column("taxes", sa.JSON(), nullable=True))
    guard(f"{FIXED}, taxes")


def downgrade() -> None:
    guard(FIXED)
    op.drop_column("invoice_line", "taxes")


def guard(columns: str) -> None:
    """What is written on a document never changes."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER invoice_line_is_fixed")
        op.execute(
            f"CREATE TRIGGER invoice_line_is_fixed BEFORE UPDATE OF {columns} ON invoice_line "
            "BEGIN SELECT RAISE(ABORT, 'invoice_line: what is written here never changes'); END"
        )
        return
    op.execute("DROP TRIGGER invoice_line_is_fixed ON invoice_line")
    op.execute(
        f"CREATE TRIGGER invoice_line_is_fixed BEFORE UPDATE OF {columns} ON invoice_line "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
