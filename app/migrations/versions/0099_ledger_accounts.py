"""The accounts of the general ledger, and what the files for accountants say of the shop."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0099"
down_revision = "0092"

TEXTS = (
    ("shop", "ledger_chart"),
    ("shop", "datev_adviser"),
    ("shop", "datev_client"),
    ("payment_method", "ledger_account"),
)


def upgrade() -> None:
    for table, name in TEXTS:
        op.add_column(table, sa.Column(name, sa.String(length=60), nullable=False, server_default=""))
    op.add_column("shop", sa.Column("ledger_accounts", sa.JSON(), nullable=False, server_default="{}"))
    op.add_column("shop", sa.Column("uses_oss", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("shop", sa.Column("year_begins", sa.Integer(), nullable=False, server_default="1"))


def downgrade() -> None:
    for name in ("year_begins", "uses_oss", "ledger_accounts"):
        op.drop_column("shop", name)
    for table, name in TEXTS:
        op.drop_column(table, name)
