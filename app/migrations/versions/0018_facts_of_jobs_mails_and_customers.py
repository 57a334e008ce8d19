"""What was read out of texts gets columns: what a job does and to what, which mail was counted, who is erased.

A job was of the kind "bulk:mark_paid" or "import:12"; a mail was counted as a reminder when its key began so; a
customer was erased when a dash stood for the name.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0019"

#: What stands before the number of the batch.
OF_A_BATCH = ("import", "undo_import")

ERASED = "personal_data_erased"


def upgrade() -> None:
    op.add_column("job", sa.Column("action", sa.String(length=60), nullable=False, server_default=""))
    op.add_column("job", sa.Column("subject_id", sa.Integer(), nullable=True))
    op.add_column(
        "outgoing_mail",
        sa.Column("is_counted_reminder", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.add_column("customer", sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True))

    op.execute("UPDATE job SET action = substr(kind, 6), kind = 'bulk' WHERE kind LIKE 'bulk:%'")
    for kind in OF_A_BATCH:
        number = f"CAST(substr(kind, {len(kind) + 2}) AS INTEGER)"
        op.execute(f"UPDATE job SET subject_id = {number}, kind = '{kind}' WHERE kind LIKE '{kind}:%'")
    op.execute("UPDATE outgoing_mail SET is_counted_reminder = true WHERE once_key LIKE 'reminder%'")
    op.execute(f"""UPDATE customer SET erased_at = COALESCE({last_erased("id")}, {last_erased("merged_into_id")}, created_at)
        WHERE name = '\u2013' AND email = ''""")


def downgrade() -> None:
    op.execute("UPDATE job SET kind = kind || ':' || action WHERE kind = 'bulk'")
    for kind in OF_A_BATCH:
        op.execute(f"UPDATE job SET kind = kind || ':' || subject_id WHERE kind = '{kind}'")
    op.drop_column("customer", "erased_at")
    op.drop_column("outgoing_mail", "is_counted_reminder")
    op.drop_column("job", "subject_id")
    op.drop_column("job", "action")


def last_erased(column: str) -> str:
    """When the customer of this id was erased last, as history knows it."""
    about = f"history.subject = 'customer:' || customer.{column}"
    return f"(SELECT max(at) FROM history WHERE history.what = '{ERASED}' AND {about})"
