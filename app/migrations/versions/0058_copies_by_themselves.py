"""Copies that are made by themselves: when, how many are kept, where, and what became of each."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0058"
down_revision = "0059"


def upgrade() -> None:
    op.add_column("shop", sa.Column("copies_kept", sa.Integer(), nullable=False, server_default="14"))
    op.add_column("shop", sa.Column("copies_hour", sa.Integer(), nullable=False, server_default="3"))
    op.add_column("shop", sa.Column("copies_folder", sa.String(255), nullable=False, server_default=""))
    op.create_table(
        "copy_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("day", sa.String(10), nullable=True),
        sa.Column("asked_by", sa.String(255), nullable=False),
        sa.Column("file", sa.String(500), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("last_error", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("given_up_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("worker", sa.String(255), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_copy_run")),
        sa.UniqueConstraint("day", name=op.f("uq_copy_run_day")),
    )


def downgrade() -> None:
    op.drop_table("copy_run")
    for column in ("copies_folder", "copies_hour", "copies_kept"):
        op.drop_column("shop", column)
