"""Mails that bring a customer's statement of account."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0111"
down_revision = "0115"


def upgrade() -> None:
    op.add_column("outgoing_mail", sa.Column("statement", sa.JSON(), nullable=True))
    op.add_column("outgoing_mail", sa.Column("statement_print", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    op.drop_column("outgoing_mail", "statement_print")
    op.drop_column("outgoing_mail", "statement")
