"""The demo shop has a bank statement, which goes with it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0150"
down_revision = "0149"


def upgrade() -> None:
    op.add_column("statement_file", sa.Column("is_demo", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    op.drop_column("statement_file", "is_demo")
