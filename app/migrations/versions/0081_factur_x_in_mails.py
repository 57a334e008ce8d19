"""Whose mails bring an invoice as PDF with its XML inside."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0081"
down_revision = "0071"


def upgrade() -> None:
    op.add_column("shop", sa.Column("factur_x_for", sa.String(length=20), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("shop", "factur_x_for")
