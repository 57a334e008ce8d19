"""Reminders by the day an invoice is due, that ask before they go, and customers to whom none go by themselves."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0131"
down_revision = "0125"


def upgrade() -> None:
    for table, name in (("shop", "reminders_from_due"), ("shop", "reminders_ask"), ("customer", "no_reminders")):
        op.add_column(table, sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    for table, name in (("customer", "no_reminders"), ("shop", "reminders_ask"), ("shop", "reminders_from_due")):
        op.drop_column(table, name)
