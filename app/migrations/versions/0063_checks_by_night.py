"""The books are checked by night: whether, and when they were last."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0063"
down_revision = "0061"


def upgrade() -> None:
    op.add_column("shop", sa.Column("checks_books", sa.Boolean(), nullable=False, server_default=sa.true()))
    op.add_column("shop", sa.Column("books_checked_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    for column in ("books_checked_at", "checks_books"):
        op.drop_column("shop", column)
