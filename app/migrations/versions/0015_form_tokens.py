"""Each form does its work once: the tokens of those that did."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.columns import Moment

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    op.create_table(
        "form_token",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("work", sa.String(length=64), nullable=False),
        sa.Column("used_at", Moment(), nullable=False),
        sa.Column("answer", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_form_token")),
    )
    op.create_index(op.f("ix_form_token_used_at"), "form_token", ["used_at"])
    op.create_index(op.f("ix_form_token_work"), "form_token", ["work"])


def downgrade() -> None:
    op.drop_table("form_token")
